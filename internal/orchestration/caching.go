package orchestration

import (
	"strconv"
	"unicode/utf8"

	"praetor/internal/prefect"
)

// retrieveCache gives a task run the state that another left under the same cache key.
func retrieveCache() *rule {
	return &rule{from: anyState, to: states{prefect.Running}, before: func(s *step) error {
		d := &s.proposed.StateDetails
		if d.CacheKey == nil || *d.CacheKey == "" || d.RefreshCache != nil && *d.RefreshCache {
			return nil
		}
		found, err := s.tx.CachedState(s.ctx, *d.CacheKey)
		if err != nil || found == nil {
			return err
		}
		cached := freshCopy(found, s.now)
		name := "Cached"
		cached.Name = &name
		s.reject(&cached, "Retrieved state from cache")
		return nil
	}}
}

// insertCache leaves the state of a task run that completed under its cache key.
func insertCache() *rule {
	return &rule{from: anyState, to: states{prefect.Completed},
		before: func(s *step) error {
			key := s.proposed.StateDetails.CacheKey
			if most := s.o.Settings.MaxCacheKeyLength; key != nil && utf8.RuneCountInString(*key) > most {
				s.reject(s.proposed, "Cache key exceeded maximum allowed length of "+strconv.Itoa(most)+" characters.")
			}
			return nil
		},
		after: func(s *step) error {
			d := &s.validated.StateDetails
			if d.CacheKey == nil || *d.CacheKey == "" {
				return nil
			}
			return s.tx.CacheState(s.ctx, *d.CacheKey, d.CacheExpiration, s.validated.ID)
		},
	}
}
