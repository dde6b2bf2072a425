package api

import (
	"context"
	"math"
	"strconv"
	"time"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type readEvents struct {
	Body eventsQuery `body:"embed"`
}

type eventsQuery struct {
	Filter *prefect.EventFilter `json:"filter"`
	Limit  int64                `json:"limit" default:"50" v:"ge=0,le=50"`
}

// readEvents answers with the first page of the events that a filter selects.
func (s *Server) readEvents(ctx context.Context, in *readEvents) (*prefect.EventPage, error) {
	f := in.Body.Filter
	if f == nil {
		f = &prefect.EventFilter{}
	}
	f.Complete(s.clock())
	return read(ctx, s, func(tx *store.Tx) (*prefect.EventPage, error) {
		events, total, err := tx.FirstEvents(ctx, f, in.Body.Limit)
		if err != nil {
			return nil, err
		}
		return eventPage(ctx, &eventCursor{Filter: *f, Count: total, PageSize: in.Body.Limit}, events)
	})
}

type readNextEvents struct {
	Token string `query:"page-token" v:"required"`
}

// readNextEvents answers with the page that a token stands for.
func (s *Server) readNextEvents(ctx context.Context, in *readNextEvents) (*prefect.EventPage, error) {
	cursor, err := readEventToken(in.Token)
	if err != nil {
		return nil, err
	}
	cursor.Filter.Complete(s.clock())
	return read(ctx, s, func(tx *store.Tx) (*prefect.EventPage, error) {
		events, err := tx.Events(ctx, &cursor.Filter, cursor.Count, cursor.PageSize, cursor.Offset)
		if err != nil {
			return nil, err
		}
		return eventPage(ctx, cursor, events)
	})
}

// eventPage is the page at the cursor, with the events that were found for it.
func eventPage(ctx context.Context, c *eventCursor, events []prefect.ReceivedEvent) (*prefect.EventPage, error) {
	page := &prefect.EventPage{Events: events, Total: c.Count}
	if c.Offset+c.PageSize < c.Count {
		next, err := c.next().link(ctx)
		if err != nil {
			return nil, err
		}
		page.NextPage = &next
	}
	return page, nil
}

type countEvents struct {
	Countable prefect.Countable `path:"countable"`
	Body      eventCountQuery   `body:"embed"`
}

type eventCountQuery struct {
	Filter       prefect.EventFilter `json:"filter" v:"required"`
	TimeUnit     prefect.TimeUnit    `json:"time_unit" default:"\"day\""`
	TimeInterval float64             `json:"time_interval" default:"1.0" v:"ge=0.01" wire:"any_float"`
}

// countEvents counts events by what they have in common. "day" is an older name of counting by time.
func (s *Server) countEvents(ctx context.Context, in *countEvents) ([]prefect.EventCount, error) {
	f := &in.Body.Filter
	f.Complete(s.clock())
	spans, err := newEventSpans(f, in.Body.TimeUnit, in.Body.TimeInterval, s.clock())
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx *store.Tx) ([]prefect.EventCount, error) {
		switch in.Countable {
		case prefect.CountByEvent:
			return tx.CountEventsByName(ctx, f)
		case prefect.CountByResource:
			return tx.CountEventsByResource(ctx, f)
		default:
			counts, err := tx.CountEventsByTime(ctx, f, eventEpoch(), spans.length)
			return spans.fill(counts), err
		}
	})
}

// maxEventSpans bounds how finely events are counted by time.
const maxEventSpans = 1000

// eventEpoch is where the spans of time by which events are counted begin: a Monday before the first events.
func eventEpoch() prefect.Time { return prefect.TimeOf(time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)) }

// eventSpans are the spans of time by which events are counted.
type eventSpans struct {
	length int64 // of each, in microseconds
	first  int64 // the number of the first, counted from the epoch on
	end    int64 // in microseconds of Unix time: no span begins then or later
}

func newEventSpans(f *prefect.EventFilter, unit prefect.TimeUnit, interval float64, now time.Time) (*eventSpans, error) {
	const second = 1e6
	lengths := map[prefect.TimeUnit]float64{"week": 7 * 24 * 3600 * second, "day": 24 * 3600 * second, "hour": 3600 * second, "minute": 60 * second, "second": second}
	length := math.RoundToEven(lengths[unit] * interval)
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC).UnixMicro()
	if length > float64(last) {
		return nil, prefect.NewError(prefect.Invalid, "The given interval is longer than time itself. Please reduce the interval.")
	}
	since, until := f.Occurred.Since.Value.UnixMicro(), f.Occurred.Until.Value.UnixMicro()
	s := &eventSpans{length: int64(length), end: until}
	if n := (until - since + s.length - 1) / s.length; n > maxEventSpans {
		return nil, prefect.NewError(prefect.Invalid, "The given interval would create "+strconv.FormatInt(n, 10)+" buckets, which is too many. "+
			"Please increase the interval or reduce the time range to produce "+strconv.Itoa(maxEventSpans)+" buckets or fewer.")
	}
	s.first = floorDiv(since-eventEpoch().UnixMicro(), s.length)
	if until > now.UnixMicro() {
		s.end = endOf(unit, now).UnixMicro()
	}
	if start := s.start(s.first); start < time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() || max(start, s.end) > last-s.length {
		return nil, prefect.NewError(prefect.Invalid, "The given interval reaches beyond the years 1 to 9999. Please reduce the interval.")
	}
	return s, nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// start is when a span begins, in microseconds of Unix time.
func (s *eventSpans) start(number int64) int64 { return eventEpoch().UnixMicro() + number*s.length }

// fill lists all spans with their counts.
func (s *eventSpans) fill(counts map[int64]int64) []prefect.EventCount {
	all := []prefect.EventCount{}
	for number := s.first; s.start(number) < s.end; number++ {
		start := prefect.TimeOf(time.UnixMicro(s.start(number)))
		label := "2006-01-02T15:04:05.000000-07:00" // as Python writes it
		if start.Nanosecond() == 0 {
			label = "2006-01-02T15:04:05-07:00"
		}
		all = append(all, prefect.EventCount{
			Value: strconv.Itoa(len(all)), Label: start.Format(label), Count: counts[number],
			StartTime: start, EndTime: prefect.TimeOf(time.UnixMicro(s.start(number+1) - 1)),
		})
	}
	return all
}

// endOf is the end of the unit of time that now lies in.
func endOf(unit prefect.TimeUnit, now time.Time) time.Time {
	now = now.UTC()
	day := now.Truncate(24 * time.Hour)
	switch unit {
	case "second":
		day = now.Truncate(time.Second).Add(time.Second)
	case "minute":
		day = now.Truncate(time.Minute).Add(time.Minute)
	case "hour":
		day = now.Truncate(time.Hour).Add(time.Hour)
	case "day":
		day = day.AddDate(0, 0, 1)
	case "week":
		day = day.AddDate(0, 0, 7-(int(day.Weekday())+6)%7)
	}
	return day.Add(-time.Microsecond)
}
