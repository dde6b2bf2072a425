package api

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// Limits on task runs' tags. The newer kind is a global limit named "tag:...", whose slots are leased; those of the older
// kind, which list their holders, are in databases that an earlier release of the reference wrote.

const tagPrefix = "tag:"

type limitTag struct {
	Body prefect.ConcurrencyLimitCreate `body:""`
}

func (s *Server) limitTag(ctx context.Context, in *limitTag) (reply[*prefect.ConcurrencyLimit], error) {
	b, now := &in.Body, prefect.TimeOf(s.clock())
	created := false
	limit, err := write(ctx, s, func(tx *store.Tx) (*prefect.ConcurrencyLimitV2, error) {
		existing, err := limitByName(ctx, tx, tagPrefix+b.Tag)
		if err != nil {
			return nil, err
		}
		if existing != nil {
			existing.Limit, existing.Updated = b.ConcurrencyLimit, tx.Now()
			return existing, tx.UpdateConcurrencyLimitV2(ctx, existing.ID, &prefect.ConcurrencyLimitV2Update{Limit: prefect.Some(&b.ConcurrencyLimit)})
		}
		created = true
		limit := &prefect.ConcurrencyLimitV2{
			ID: prefect.NewID(), Created: now, Updated: now, Active: true, Name: tagPrefix + b.Tag, Limit: b.ConcurrencyLimit,
			AvgSlotOccupancySeconds: defaultOccupancy,
		}
		return limit, tx.InsertConcurrencyLimitV2(ctx, limit)
	})
	if err != nil {
		return reply[*prefect.ConcurrencyLimit]{}, err
	}
	shown, err := s.tagLimit(ctx, limit)
	return newOrOld(created, shown), err
}

// tagLimit is a limit on a tag as the older operations show it: with the task runs that hold its slots.
func (s *Server) tagLimit(ctx context.Context, l *prefect.ConcurrencyLimitV2) (*prefect.ConcurrencyLimit, error) {
	leases, err := s.slots.Leases.ByLimit(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	shown := &prefect.ConcurrencyLimit{
		ID: l.ID, Created: l.Created, Updated: l.Updated, Tag: strings.TrimPrefix(l.Name, tagPrefix), ConcurrencyLimit: l.Limit, ActiveSlots: []string{},
	}
	now := s.clock()
	for i := range leases {
		if h := leases[i].Holder; h != nil && h.Type == string(prefect.TaskRunHolder) && leases[i].Expires.After(now) {
			shown.ActiveSlots = append(shown.ActiveSlots, h.ID.String())
		}
	}
	return shown, nil
}

type byTag struct {
	Tag string `path:"tag"`
}

// foundLimit is a limit on a tag, of one kind or the other.
type foundLimit struct {
	newer *prefect.ConcurrencyLimitV2
	older *prefect.ConcurrencyLimit
}

// find looks for a limit by tag, or by id where tag is empty, and is a 404 where there is none.
func (s *Server) findTagLimit(ctx context.Context, tx *store.Tx, in any) (found foundLimit, err error) {
	switch in := in.(type) {
	case byTag:
		if found.newer, err = limitByName(ctx, tx, tagPrefix+in.Tag); err == nil && found.newer == nil {
			var older []prefect.ConcurrencyLimit
			if older, err = tx.LockTagLimits(ctx, []string{in.Tag}); len(older) > 0 {
				found.older = &older[0]
			}
		}
	case byID:
		if found.newer, err = tx.ConcurrencyLimitV2(ctx, in.ID); err == nil && found.newer == nil {
			found.older, err = tx.TagLimit(ctx, in.ID)
		}
	}
	if err == nil && found.newer == nil && found.older == nil {
		err = notFound("Concurrency limit")
	}
	return found, err
}

func (s *Server) readTagLimitBy(ctx context.Context, in any) (*prefect.ConcurrencyLimit, error) {
	found, err := write(ctx, s, func(tx *store.Tx) (foundLimit, error) { return s.findTagLimit(ctx, tx, in) })
	switch {
	case err != nil:
		return nil, err
	case found.older != nil:
		return found.older, nil
	case !strings.HasPrefix(found.newer.Name, tagPrefix):
		return nil, notFound("Concurrency limit")
	}
	return s.tagLimit(ctx, found.newer)
}

func (s *Server) readTagLimit(ctx context.Context, in *byID) (*prefect.ConcurrencyLimit, error) {
	return s.readTagLimitBy(ctx, *in)
}

func (s *Server) readTagLimitByTag(ctx context.Context, in *byTag) (*prefect.ConcurrencyLimit, error) {
	return s.readTagLimitBy(ctx, *in)
}

func (s *Server) readTagLimits(ctx context.Context, in *readLimits) ([]prefect.ConcurrencyLimit, error) {
	most, offset := *in.Body.Limit, in.Body.Offset
	var newer []prefect.ConcurrencyLimitV2
	older, err := read(ctx, s, func(tx *store.Tx) (older []prefect.ConcurrencyLimit, err error) {
		if newer, err = tx.ConcurrencyLimitsV2(ctx, tagPrefix, most+offset, 0); err != nil {
			return nil, err
		}
		return tx.TagLimits(ctx, most+offset, 0)
	})
	if err != nil {
		return nil, err
	}
	all := make([]prefect.ConcurrencyLimit, 0, len(newer)+len(older))
	seen := map[string]bool{}
	for i := range newer {
		shown, err := s.tagLimit(ctx, &newer[i])
		if err != nil {
			return nil, err
		}
		seen[shown.Tag] = true
		all = append(all, *shown)
	}
	for i := range older {
		if !seen[older[i].Tag] {
			all = append(all, older[i])
		}
	}
	from := min(offset, int64(len(all)))
	return all[from:min(from+most, int64(len(all)))], nil
}

func (s *Server) deleteTagLimitBy(ctx context.Context, in any) (any, error) {
	found, err := write(ctx, s, func(tx *store.Tx) (foundLimit, error) {
		found, err := s.findTagLimit(ctx, tx, in)
		switch {
		case err != nil:
			return found, err
		case found.newer != nil:
			_, err = tx.DeleteConcurrencyLimitV2(ctx, found.newer.ID)
		default:
			_, err = tx.DeleteTagLimit(ctx, found.older.ID)
		}
		return found, err
	})
	if err != nil || found.newer == nil {
		return nil, err
	}
	return nil, s.forgetLeases(ctx, found.newer.ID)
}

// forgetLeases revokes every lease on a limit.
func (s *Server) forgetLeases(ctx context.Context, limit uuid.UUID) error {
	leases, err := s.slots.Leases.ByLimit(ctx, limit)
	for i := 0; i < len(leases) && err == nil; i++ {
		err = s.slots.Leases.Revoke(ctx, leases[i].ID)
	}
	return err
}

func (s *Server) deleteTagLimit(ctx context.Context, in *byID) (any, error) {
	return s.deleteTagLimitBy(ctx, *in)
}

func (s *Server) deleteTagLimitByTag(ctx context.Context, in *byTag) (any, error) {
	return s.deleteTagLimitBy(ctx, *in)
}

type resetTagLimit struct {
	byTag
	Body struct {
		SlotOverride *[]uuid.UUID `json:"slot_override"`
	} `body:"embed"`
}

// resetTagLimit makes those task runs the only holders of the limit's slots, or nobody.
func (s *Server) resetTagLimit(ctx context.Context, in *resetTagLimit) (any, error) {
	var holders []uuid.UUID
	if in.Body.SlotOverride != nil {
		holders = *in.Body.SlotOverride
	}
	found, err := write(ctx, s, func(tx *store.Tx) (foundLimit, error) {
		found, err := s.findTagLimit(ctx, tx, in.byTag)
		if err != nil {
			return found, err
		}
		if found.newer != nil {
			n := min(int64(len(holders)), found.newer.Limit)
			return found, tx.UpdateConcurrencyLimitV2(ctx, found.newer.ID, &prefect.ConcurrencyLimitV2Update{ActiveSlots: prefect.Some(&n)})
		}
		found.older.ActiveSlots = []string{}
		for _, h := range holders {
			found.older.ActiveSlots = append(found.older.ActiveSlots, h.String())
		}
		return found, tx.SaveTagSlots(ctx, found.older)
	})
	if err != nil || found.newer == nil {
		return nil, err
	}
	if err := s.forgetLeases(ctx, found.newer.ID); err != nil {
		return nil, err
	}
	for _, h := range holders {
		if _, err := s.slots.Leases.Create(ctx, []uuid.UUID{found.newer.ID}, 1, taskRunHolder(h), concurrency.UnrenewedLease); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func taskRunHolder(id uuid.UUID) *concurrency.Holder {
	return &concurrency.Holder{Type: string(prefect.TaskRunHolder), ID: id}
}

type taskRunSlots struct {
	Body struct {
		Names     []string  `json:"names" v:"required"`
		TaskRunID uuid.UUID `json:"task_run_id" v:"required"`
	} `body:"embed"`
}

// tagLimits are the limits on some tags; the newer kind wins where a tag has both.
type tagLimits struct {
	newer []prefect.ConcurrencyLimitV2
	older []prefect.ConcurrencyLimit
}

func lockTagLimits(ctx context.Context, tx *store.Tx, tags []string) (l tagLimits, err error) {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = tagPrefix + tag
	}
	if l.newer, err = tx.LockLimitsByName(ctx, names); err != nil {
		return l, err
	}
	if l.older, err = tx.LockTagLimits(ctx, tags); err != nil {
		return l, err
	}
	l.older = slices.DeleteFunc(l.older, func(o prefect.ConcurrencyLimit) bool {
		return slices.ContainsFunc(l.newer, func(n prefect.ConcurrencyLimitV2) bool { return n.Name == tagPrefix+o.Tag })
	})
	return l, nil
}

// takeTaskRunSlots takes a slot of every limit on the tags, or none.
func (s *Server) takeTaskRunSlots(ctx context.Context, in *taskRunSlots) ([]prefect.MinimalConcurrencyLimit, error) {
	holder := in.Body.TaskRunID
	wait := s.settings.Tasks.TagConcurrencySlotWait.Seconds()
	full := func(tag string) error {
		return lockedFor(wait, "Concurrency limit for the "+tag+" tag has been reached")
	}
	var leased []prefect.ConcurrencyLimitV2
	taken, err := write(ctx, s, func(tx *store.Tx) ([]prefect.MinimalConcurrencyLimit, error) {
		limits, err := lockTagLimits(ctx, tx, in.Body.Names)
		if err != nil {
			return nil, err
		}
		taken := []prefect.MinimalConcurrencyLimit{}
		for _, l := range limits.newer {
			tag := strings.TrimPrefix(l.Name, tagPrefix)
			if l.Limit == 0 {
				return nil, deadlocked(tag)
			}
			if l.Active {
				leased = append(leased, l)
				taken = append(taken, prefect.MinimalConcurrencyLimit{ID: l.ID, Name: tag, Limit: l.Limit})
			}
		}
		for i := range limits.older {
			l := &limits.older[i]
			switch {
			case l.ConcurrencyLimit == 0:
				return nil, deadlocked(l.Tag)
			case int64(len(l.ActiveSlots)) >= l.ConcurrencyLimit:
				return nil, full(l.Tag)
			case !slices.Contains(l.ActiveSlots, holder.String()):
				l.ActiveSlots = append(l.ActiveSlots, holder.String())
			}
			if err := tx.SaveTagSlots(ctx, l); err != nil {
				return nil, err
			}
			taken = append(taken, prefect.MinimalConcurrencyLimit{ID: l.ID, Name: l.Tag, Limit: l.ConcurrencyLimit})
		}
		if len(leased) == 0 {
			return taken, nil
		}
		free, err := s.slots.Waits.Take(ctx, tx, idsOf(leased), 1)
		if err == nil && !free {
			err = full(taken[0].Name)
		}
		return taken, err
	})
	if err != nil || len(leased) == 0 {
		return taken, err
	}
	_, err = s.slots.Lease(ctx, leased, 1, taskRunHolder(holder), concurrency.UnrenewedLease)
	return taken, err
}

func deadlocked(tag string) error {
	return &prefect.Error{Kind: prefect.Locked, Message: `The concurrency limit on tag "` + tag + `" is 0 and will deadlock if the task tries to run again.`}
}

// giveTaskRunSlots gives back what the task run holds of the limits on the tags.
func (s *Server) giveTaskRunSlots(ctx context.Context, in *taskRunSlots) ([]prefect.MinimalConcurrencyLimit, error) {
	holder := in.Body.TaskRunID
	var newer []prefect.ConcurrencyLimitV2
	given, err := write(ctx, s, func(tx *store.Tx) ([]prefect.MinimalConcurrencyLimit, error) {
		limits, err := lockTagLimits(ctx, tx, in.Body.Names)
		if err != nil {
			return nil, err
		}
		newer = limits.newer
		given := minimal(newer)
		for i := range limits.older {
			l := &limits.older[i]
			at := slices.Index(l.ActiveSlots, holder.String())
			if at < 0 {
				continue
			}
			l.ActiveSlots = slices.Delete(l.ActiveSlots, at, at+1)
			if err := tx.SaveTagSlots(ctx, l); err != nil {
				return nil, err
			}
			given = append(given, prefect.MinimalConcurrencyLimit{ID: l.ID, Name: l.Tag, Limit: l.ConcurrencyLimit})
		}
		return given, nil
	})
	if err != nil {
		return nil, err
	}
	for i := range newer {
		leases, err := s.slots.Leases.ByLimit(ctx, newer[i].ID)
		if err != nil {
			return nil, err
		}
		for k := range leases {
			if h := leases[k].Holder; h != nil && h.ID == holder {
				if err := s.slots.Release(ctx, leases[k].ID); err != nil {
					return nil, err
				}
			}
		}
	}
	return given, nil
}
