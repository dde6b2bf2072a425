package events

import "praetor/internal/prefect"

const kindLimit = "concurrency-limit"

// LimitEvent tells what happened to a limit that has a name.
func LimitEvent(action Action, l *prefect.ConcurrencyLimitV2, at prefect.Time) prefect.Event {
	return event(kindLimit, string(action), l.ID, l.Name, at, struct {
		Name   string  `json:"name"`
		Limit  int64   `json:"limit"`
		Active bool    `json:"active"`
		Decay  float64 `json:"slot_decay_per_second"`
	}{l.Name, l.Limit, l.Active, l.SlotDecayPerSecond})
}

// TagLimitEvent tells what happened to the limit of a tag.
func TagLimitEvent(action Action, l *prefect.ConcurrencyLimit, at prefect.Time) prefect.Event {
	return event(kindLimit, string(action), l.ID, l.Tag, at, struct {
		Tag   string `json:"tag"`
		Limit int64  `json:"concurrency_limit"`
	}{l.Tag, l.ConcurrencyLimit})
}
