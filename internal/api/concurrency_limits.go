package api

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/concurrency"
	"praetor/internal/events"
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
			return existing, changeLimit(ctx, tx, existing.ID, &prefect.ConcurrencyLimitV2Update{Limit: prefect.Some(&b.ConcurrencyLimit)})
		}
		created = true
		limit := &prefect.ConcurrencyLimitV2{
			ID: prefect.NewID(), Created: now, Updated: now, Active: true, Name: tagPrefix + b.Tag, Limit: b.ConcurrencyLimit,
			AvgSlotOccupancySeconds: defaultOccupancy,
		}
		return limit, insertLimit(ctx, tx, limit)
	})
	if err != nil {
		return reply[*prefect.ConcurrencyLimit]{}, err
	}
	shown, err := s.tagLimit(ctx, limit)
	return newOrOld(created, shown), err
}

// tagLimit is a limit on a tag as the older operations show it: with the task runs that hold its slots.
func (s *Server) tagLimit(ctx context.Context, l *prefect.ConcurrencyLimitV2) (*prefect.ConcurrencyLimit, error) {
	shown, err := s.tagLimits(ctx, []prefect.ConcurrencyLimitV2{*l})
	if err != nil {
		return nil, err
	}
	return &shown[0], nil
}

func (s *Server) tagLimits(ctx context.Context, limits []prefect.ConcurrencyLimitV2) ([]prefect.ConcurrencyLimit, error) {
	leases, err := read(ctx, s, func(tx *store.Tx) ([]prefect.ConcurrencyLease, error) {
		return s.slots.Leases.OnLimits(ctx, tx, idsOf(limits), nil)
	})
	now := prefect.TimeOf(s.clock())
	all := make([]prefect.ConcurrencyLimit, len(limits))
	for i := range limits {
		l := &limits[i]
		all[i] = prefect.ConcurrencyLimit{
			ID: l.ID, Created: l.Created, Updated: l.Updated, Tag: strings.TrimPrefix(l.Name, tagPrefix), ConcurrencyLimit: l.Limit, ActiveSlots: []string{},
		}
		for k := range leases {
			lease := &leases[k]
			if h := lease.Holder; h != nil && h.Type == prefect.TaskRunHolder && lease.Expires.After(now.Time) && slices.Contains(lease.Limits, l.ID) {
				all[i].ActiveSlots = append(all[i].ActiveSlots, h.ID.String())
			}
		}
	}
	return all, err
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
	all, err := s.tagLimits(ctx, newer)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range all {
		seen[all[i].Tag] = true
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
	return write(ctx, s, func(tx *store.Tx) (any, error) {
		found, err := s.findTagLimit(ctx, tx, in)
		switch {
		case err != nil:
			return nil, err
		case found.newer != nil:
			if err := s.slots.ReleaseAll(ctx, tx, found.newer.ID); err != nil {
				return nil, err
			}
			err = dropLimit(ctx, tx, found.newer)
		default:
			var there bool
			if there, err = tx.DeleteTagLimit(ctx, found.older.ID); err == nil && there {
				err = tx.EmitEvents(ctx, events.TagLimitEvent(events.Deleted, found.older, tx.Now()))
			}
		}
		return nil, err
	})
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
	return write(ctx, s, func(tx *store.Tx) (any, error) {
		found, err := s.findTagLimit(ctx, tx, in.byTag)
		if err != nil {
			return nil, err
		}
		if found.newer == nil {
			found.older.ActiveSlots = []string{}
			for _, h := range holders {
				found.older.ActiveSlots = append(found.older.ActiveSlots, h.String())
			}
			return nil, tx.SaveTagSlots(ctx, found.older)
		}
		if err := s.slots.ReleaseAll(ctx, tx, found.newer.ID); err != nil {
			return nil, err
		}
		for _, h := range holders {
			if err := s.slots.LeaseUnrenewed(ctx, tx, found.newer.ID, taskRunHolder(h)); err != nil {
				return nil, err
			}
		}
		n := min(int64(len(holders)), found.newer.Limit)
		return nil, tx.UpdateConcurrencyLimitV2(ctx, found.newer.ID, &prefect.ConcurrencyLimitV2Update{ActiveSlots: prefect.Some(&n)})
	})
}

func taskRunHolder(id uuid.UUID) *prefect.LeaseHolder {
	return &prefect.LeaseHolder{Type: prefect.TaskRunHolder, ID: id}
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
	return write(ctx, s, func(tx *store.Tx) ([]prefect.MinimalConcurrencyLimit, error) {
		limits, err := lockTagLimits(ctx, tx, in.Body.Names)
		if err != nil {
			return nil, err
		}
		var leased []prefect.ConcurrencyLimitV2
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
		lease, err := s.slots.TakeLeased(ctx, tx, idsOf(leased), 1, &concurrency.Terms{Holder: taskRunHolder(holder), TTL: concurrency.UnrenewedLease})
		if err == nil && lease == nil {
			err = full(taken[0].Name)
		}
		return taken, err
	})
}

func deadlocked(tag string) error {
	return &prefect.Error{Kind: prefect.Locked, Message: `The concurrency limit on tag "` + tag + `" is 0 and will deadlock if the task tries to run again.`}
}

// giveTaskRunSlots gives back what the task run holds of the limits on the tags.
func (s *Server) giveTaskRunSlots(ctx context.Context, in *taskRunSlots) ([]prefect.MinimalConcurrencyLimit, error) {
	holder := in.Body.TaskRunID
	return write(ctx, s, func(tx *store.Tx) ([]prefect.MinimalConcurrencyLimit, error) {
		limits, err := lockTagLimits(ctx, tx, in.Body.Names)
		if err != nil {
			return nil, err
		}
		if err := s.slots.ReleaseHeld(ctx, tx, idsOf(limits.newer), holder); err != nil {
			return nil, err
		}
		given := minimal(limits.newer)
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
}
