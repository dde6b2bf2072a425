package orchestration

import (
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
)

// secureTaskSlots takes a slot of every limit on the run's tags, or none: a limit is either of the older kind, which lists
// its holders, or of the newer, which is named "tag:..." and leases its slots. The newer wins where a tag has both.
func secureTaskSlots() *rule {
	var lease *uuid.UUID
	var held []prefect.ConcurrencyLimit
	return &rule{from: anyState, to: states{prefect.Running},
		before: func(s *step) (err error) {
			if len(s.task.Tags) == 0 {
				return nil
			}
			limits, err := s.tx.LockLimitsByName(s.ctx, tagNames(s.task.Tags))
			if err != nil {
				return err
			}
			newer := map[string]bool{}
			var ids []uuid.UUID
			for i := range limits {
				l := &limits[i]
				if !l.Active {
					continue
				}
				tag := strings.TrimPrefix(l.Name, "tag:")
				newer[tag] = true
				if l.Limit == 0 {
					s.abort(deadlock(tag))
					return nil
				}
				ids = append(ids, l.ID)
			}
			if len(ids) > 0 {
				if lease, err = s.takeTagSlots(limits, ids); err != nil || lease == nil {
					return err
				}
			}
			if held, err = s.takeListedSlots(newer); err != nil || s.proposed != nil || lease == nil {
				return err
			}
			return releaseLease(s.transition, *lease, nil)
		},
		undo: func(s *step) error {
			if lease != nil {
				if err := releaseLease(s.transition, *lease, nil); err != nil {
					return err
				}
			}
			for i := range held {
				if err := s.leaveListedSlot(&held[i]); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func deadlock(tag string) string {
	return `The concurrency limit on tag "` + tag + `" is 0 and will deadlock if the task tries to run again.`
}

func tagNames(tags []string) []string {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = "tag:" + tag
	}
	return names
}

// takeTagSlots takes a slot of each of the newer limits and leases them, or delays the run and gives nil.
func (s *step) takeTagSlots(limits []prefect.ConcurrencyLimitV2, ids []uuid.UUID) (*uuid.UUID, error) {
	lease, err := s.o.Slots.TakeLeased(s.ctx, s.tx, ids, 1,
		&concurrency.Terms{Holder: &prefect.LeaseHolder{Type: prefect.TaskRunHolder, ID: s.task.ID}, TTL: concurrency.UnrenewedLease})
	if err != nil {
		return nil, err
	}
	if lease == nil {
		most := s.o.Settings.TagConcurrencySlotWait.Seconds()
		var fullest prefect.ConcurrencyLimitV2
		var tags []string
		for _, l := range limits {
			if !l.Active {
				continue
			}
			tags = append(tags, strings.TrimPrefix(l.Name, "tag:"))
			if fullest.Limit == 0 || float64(l.ActiveSlots)/float64(l.Limit) > float64(fullest.ActiveSlots)/float64(fullest.Limit) {
				fullest = l
			}
		}
		average := most
		if fullest.AvgSlotOccupancySeconds > 0 {
			average = math.Min(fullest.AvgSlotOccupancySeconds, most)
		}
		s.delay(int64(math.RoundToEven(concurrency.ClampedPoisson(average, 0.3))), "Concurrency limit reached for tags: "+strings.Join(tags, ", "))
		return nil, nil
	}
	return &lease.ID, nil
}

// takeListedSlots takes a slot of each of the older limits, except on the tags that have a newer one.
func (s *step) takeListedSlots(newer map[string]bool) ([]prefect.ConcurrencyLimit, error) {
	limits, err := s.tx.LockTagLimits(s.ctx, s.task.Tags)
	if err != nil {
		return nil, err
	}
	limits = slices.DeleteFunc(limits, func(l prefect.ConcurrencyLimit) bool { return newer[l.Tag] })
	id := s.task.ID.String()
	for i := range limits {
		l := &limits[i]
		if l.ConcurrencyLimit == 0 {
			s.abort(deadlock(l.Tag))
			return nil, nil
		}
		if int64(len(l.ActiveSlots)) >= l.ConcurrencyLimit {
			s.delay(int64(s.o.Settings.TagConcurrencySlotWait.Seconds()), "Concurrency limit for the "+l.Tag+" tag has been reached")
			return nil, nil
		}
	}
	for i := range limits {
		l := &limits[i]
		if !slices.Contains(l.ActiveSlots, id) {
			l.ActiveSlots = append(l.ActiveSlots, id)
		}
		if err := s.tx.SaveTagSlots(s.ctx, l); err != nil {
			return nil, err
		}
	}
	return limits, nil
}

func (s *step) leaveListedSlot(l *prefect.ConcurrencyLimit) error {
	id := s.task.ID.String()
	if !slices.Contains(l.ActiveSlots, id) {
		return nil
	}
	l.ActiveSlots = slices.DeleteFunc(l.ActiveSlots, func(holder string) bool { return holder == id })
	return s.tx.SaveTagSlots(s.ctx, l)
}

// releaseTaskSlots gives the run's slots back when it no longer runs.
func releaseTaskSlots() *rule {
	return &rule{always: true, after: func(s *step) error {
		if s.proposed == nil || s.validated.Is(prefect.Running) || s.validated.Is(prefect.Cancelling) || len(s.task.Tags) == 0 {
			return nil
		}
		limits, err := s.tx.ConcurrencyLimitsByName(s.ctx, tagNames(s.task.Tags))
		if err != nil {
			return err
		}
		if len(limits) > 0 {
			ids := make([]uuid.UUID, len(limits))
			for i := range limits {
				ids[i] = limits[i].ID
			}
			if err := s.o.Slots.ReleaseHeld(s.ctx, s.tx, ids, s.task.ID); err != nil {
				return err
			}
		}
		listed, err := s.tx.LockTagLimits(s.ctx, s.task.Tags)
		if err != nil {
			return err
		}
		for i := range listed {
			if err := s.leaveListedSlot(&listed[i]); err != nil {
				return err
			}
		}
		return nil
	}}
}

// releaseLease gives the slots of a lease back, once. See Slots.ReleaseOrGive for the limit.
func releaseLease(t *transition, id uuid.UUID, limit *uuid.UUID) error {
	if slices.Contains(t.released, id) {
		return nil
	}
	t.released = append(t.released, id)
	return t.o.Slots.ReleaseOrGive(t.ctx, t.tx, id, limit)
}
