package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"praetor/internal/concurrency"
	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// defaultOccupancy is for how many seconds a slot counts as used before anything is known of it, as in the reference.
const defaultOccupancy = 2.0

type createLimit struct {
	Body prefect.ConcurrencyLimitV2Create `body:""`
}

func (s *Server) createLimit(ctx context.Context, in *createLimit) (*prefect.ConcurrencyLimitV2, error) {
	b, now := &in.Body, prefect.TimeOf(s.clock())
	limit := &prefect.ConcurrencyLimitV2{
		ID: prefect.NewID(), Created: now, Updated: now, Active: b.Active, Name: b.Name, Limit: b.Limit, ActiveSlots: b.ActiveSlots,
		DeniedSlots: b.DeniedSlots, SlotDecayPerSecond: b.SlotDecayPerSecond, AvgSlotOccupancySeconds: defaultOccupancy,
	}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) { return none{}, insertLimit(ctx, tx, limit) })
	return limit, err
}

type byIDOrName struct {
	IDOrName string `path:"id_or_name"`
}

// limit finds a limit by its id or its name, and is a 404 where there is none.
func (in *byIDOrName) limit(ctx context.Context, tx *store.Tx) (*prefect.ConcurrencyLimitV2, error) {
	var found *prefect.ConcurrencyLimitV2
	var err error
	if id, parseErr := uuid.Parse(in.IDOrName); parseErr == nil {
		found, err = tx.ConcurrencyLimitV2(ctx, id)
	} else {
		found, err = limitByName(ctx, tx, in.IDOrName)
	}
	if err == nil && found == nil {
		err = notFound("Concurrency Limit")
	}
	return found, err
}

func limitByName(ctx context.Context, tx *store.Tx, name string) (*prefect.ConcurrencyLimitV2, error) {
	limits, err := tx.ConcurrencyLimitsByName(ctx, []string{name})
	if len(limits) == 0 {
		return nil, err
	}
	return &limits[0], nil
}

func (s *Server) readLimit(ctx context.Context, in *byIDOrName) (*prefect.GlobalConcurrencyLimit, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.GlobalConcurrencyLimit, error) {
		limit, err := in.limit(ctx, tx)
		if err != nil {
			return nil, err
		}
		shown := s.shown(limit)
		return &shown, nil
	})
}

// shown is a limit with the slots that are left of those that decay.
func (s *Server) shown(l *prefect.ConcurrencyLimitV2) prefect.GlobalConcurrencyLimit {
	return prefect.GlobalConcurrencyLimit{
		ID: l.ID, Created: l.Created, Updated: l.Updated, Active: l.Active, Name: l.Name, Limit: l.Limit,
		ActiveSlots: s.slots.Waits.Active(l, prefect.TimeOf(s.clock())), SlotDecayPerSecond: l.SlotDecayPerSecond,
	}
}

type readLimits struct {
	Body paging `body:"embed"`
}

func (s *Server) readLimits(ctx context.Context, in *readLimits) ([]prefect.GlobalConcurrencyLimit, error) {
	limits, err := read(ctx, s, func(tx *store.Tx) ([]prefect.ConcurrencyLimitV2, error) {
		return tx.ConcurrencyLimitsV2(ctx, "", *in.Body.Limit, in.Body.Offset)
	})
	all := make([]prefect.GlobalConcurrencyLimit, len(limits))
	for i := range limits {
		all[i] = s.shown(&limits[i])
	}
	return all, err
}

type updateLimit struct {
	byIDOrName
	Body prefect.ConcurrencyLimitV2Update `body:""`
}

func (s *Server) updateLimit(ctx context.Context, in *updateLimit) (none, error) {
	b := &in.Body
	switch {
	case prefect.IsNull(b.Active):
		return none{}, neverNull("active")
	case prefect.IsNull(b.Name):
		return none{}, neverNull("name")
	case prefect.IsNull(b.Limit):
		return none{}, neverNull("limit")
	case prefect.IsNull(b.ActiveSlots):
		return none{}, neverNull("active_slots")
	case prefect.IsNull(b.DeniedSlots):
		return none{}, neverNull("denied_slots")
	case prefect.IsNull(b.SlotDecayPerSecond):
		return none{}, neverNull("slot_decay_per_second")
	}
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		limit, err := in.limit(ctx, tx)
		if err != nil {
			return none{}, err
		}
		if err := changeLimit(ctx, tx, limit.ID, &in.Body); err != nil {
			return none{}, err
		}
		return none{}, s.slots.Admit(ctx, tx, limit.ID)
	})
}

func (s *Server) deleteLimit(ctx context.Context, in *byIDOrName) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		limit, err := in.limit(ctx, tx)
		if err != nil {
			return none{}, err
		}
		if err := s.slots.ReleaseAll(ctx, tx, limit.ID); err != nil {
			return none{}, err
		}
		return none{}, dropLimit(ctx, tx, limit)
	})
}

// insertLimit stores a new limit and tells of it.
func insertLimit(ctx context.Context, tx *store.Tx, l *prefect.ConcurrencyLimitV2) error {
	if err := tx.InsertConcurrencyLimitV2(ctx, l); err != nil {
		return err
	}
	return tx.EmitEvents(ctx, events.LimitEvent(events.Created, l, l.Created))
}

// changeLimit changes a limit and tells of it.
func changeLimit(ctx context.Context, tx *store.Tx, id uuid.UUID, u *prefect.ConcurrencyLimitV2Update) error {
	if err := tx.UpdateConcurrencyLimitV2(ctx, id, u); err != nil {
		return err
	}
	l, err := tx.ConcurrencyLimitV2(ctx, id)
	if err != nil || l == nil {
		return err
	}
	return tx.EmitEvents(ctx, events.LimitEvent(events.Updated, l, l.Updated))
}

// dropLimit deletes a limit, if it is still there, and tells of it.
func dropLimit(ctx context.Context, tx *store.Tx, l *prefect.ConcurrencyLimitV2) error {
	if there, err := tx.DeleteConcurrencyLimitV2(ctx, l.ID); err != nil || !there {
		return err
	}
	return tx.EmitEvents(ctx, events.LimitEvent(events.Deleted, l, tx.Now()))
}

// wanted are the slots that a client asks for.
type wanted struct {
	Slots int64            `json:"slots" v:"required,gt=0"`
	Names []string         `json:"names" v:"required"`
	Mode  concurrency.Mode `json:"mode" default:"\"concurrency\"" v:"literal=concurrency|rate_limit"`
}

// acquire takes the slots and gives the limits that they are of, and the lease on them where there are terms for one. Names
// that no limit has do not restrict.
func (s *Server) acquire(ctx context.Context, w *wanted, terms *concurrency.Terms) (limits []prefect.ConcurrencyLimitV2, lease uuid.UUID, err error) {
	limits, err = read(ctx, s, func(tx *store.Tx) ([]prefect.ConcurrencyLimitV2, error) {
		return tx.ConcurrencyLimitsByName(ctx, w.Names)
	})
	if err == nil {
		lease, err = s.slots.Acquire(ctx, limits, w.Slots, w.Mode, terms)
	}
	return limits, lease, locked(err)
}

// locked makes the answer of a full limit: 423 with the time to come again.
func locked(err error) error {
	var full *concurrency.FullError
	if !errors.As(err, &full) {
		return err
	}
	return lockedFor(full.RetryAfter, http.StatusText(http.StatusLocked))
}

func lockedFor(seconds float64, message string) error {
	return &prefect.Error{Kind: prefect.Locked, Message: message, RetryAfter: strconv.FormatFloat(seconds, 'f', -1, 64)}
}

func minimal(limits []prefect.ConcurrencyLimitV2) []prefect.MinimalConcurrencyLimit {
	all := make([]prefect.MinimalConcurrencyLimit, len(limits))
	for i := range limits {
		all[i] = prefect.MinimalConcurrencyLimit{ID: limits[i].ID, Name: limits[i].Name, Limit: limits[i].Limit}
	}
	return all
}

type incrementSlots struct {
	Body struct {
		wanted
		CreateIfMissing *bool `json:"create_if_missing"`
	} `body:"embed"`
}

func (s *Server) incrementSlots(ctx context.Context, in *incrementSlots) ([]prefect.MinimalConcurrencyLimit, error) {
	limits, _, err := s.acquire(ctx, &in.Body.wanted, nil)
	return minimal(limits), err
}

type leaseSlots struct {
	Body struct {
		wanted
		LeaseDuration float64              `json:"lease_duration" default:"300" v:"ge=60,le=86400"`
		Holder        *prefect.LeaseHolder `json:"holder"`
	} `body:"embed"`
}

func (s *Server) leaseSlots(ctx context.Context, in *leaseSlots) (*prefect.LeasedConcurrencyLimits, error) {
	b := &in.Body
	limits, lease, err := s.acquire(ctx, &b.wanted, &concurrency.Terms{Holder: b.Holder, TTL: seconds(b.LeaseDuration)})
	if err != nil {
		return nil, err
	}
	return &prefect.LeasedConcurrencyLimits{LeaseID: lease, Limits: minimal(limits)}, nil
}

func seconds(s float64) time.Duration { return prefect.Seconds(s).Duration() }

type decrementSlots struct {
	Body struct {
		Slots            int64    `json:"slots" v:"required,gt=0"`
		Names            []string `json:"names" v:"required"`
		OccupancySeconds *float64 `json:"occupancy_seconds" v:"gt=0"`
		CreateIfMissing  *bool    `json:"create_if_missing"`
	} `body:"embed"`
}

func (s *Server) decrementSlots(ctx context.Context, in *decrementSlots) ([]prefect.MinimalConcurrencyLimit, error) {
	b := &in.Body
	var held time.Duration
	if b.OccupancySeconds != nil {
		held = seconds(*b.OccupancySeconds)
	}
	limits, err := write(ctx, s, func(tx *store.Tx) ([]prefect.ConcurrencyLimitV2, error) {
		limits, err := tx.ConcurrencyLimitsByName(ctx, b.Names)
		if err != nil {
			return nil, err
		}
		return limits, s.slots.Give(ctx, tx, idsOf(limits), b.Slots, held)
	})
	return minimal(limits), err
}

func idsOf(limits []prefect.ConcurrencyLimitV2) []uuid.UUID {
	ids := make([]uuid.UUID, len(limits))
	for i := range limits {
		ids[i] = limits[i].ID
	}
	return ids
}

type releaseSlots struct {
	Body struct {
		LeaseID uuid.UUID `json:"lease_id" v:"required"`
	} `body:"embed"`
}

func (s *Server) releaseSlots(ctx context.Context, in *releaseSlots) (none, error) {
	return none{}, s.slots.Release(ctx, in.Body.LeaseID)
}

type renewLease struct {
	LeaseID uuid.UUID `path:"lease_id"`
	Body    struct {
		LeaseDuration float64 `json:"lease_duration" default:"300" v:"ge=60,le=86400"`
	} `body:"embed"`
}

func (s *Server) renewLease(ctx context.Context, in *renewLease) (none, error) {
	renewed, err := s.slots.Renew(ctx, in.LeaseID, seconds(in.Body.LeaseDuration))
	if err == nil && !renewed {
		err = prefect.NewError(prefect.Gone, "Lease not found - it may have expired or been revoked")
	}
	return none{}, err
}
