package store_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

// manyEvents are events of a few names about a few resources, one a minute, oldest first.
func manyEvents(n int, from time.Time) []prefect.ReceivedEvent {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time
	names := []string{"order.made", "order.paid", "order.sent", "parcel.sent", "parcel.lost", "user_left", "userXleft"}
	events := make([]prefect.ReceivedEvent, n)
	for i := range events {
		id := prefect.ResourceID
		events[i] = received(prefect.Event{
			ID: prefect.NewID(), Occurred: prefect.TimeOf(from.Add(time.Duration(i) * time.Minute)), Event: names[r.IntN(len(names))],
			Resource: prefect.Resource{id: fmt.Sprintf("shop.order.%02d", r.IntN(40)), "region": []string{"eu", "us"}[r.IntN(2)], "odd \"label\"": "a_b%c"},
			Related: []prefect.RelatedResource{
				{id: fmt.Sprintf("shop.customer.%d", r.IntN(12)), prefect.ResourceRole: "customer", "level": []string{"gold", "silver"}[r.IntN(2)]},
				{id: fmt.Sprintf("shop.order.%02d", r.IntN(40)), prefect.ResourceRole: "earlier"},
			},
			Payload: prefect.Object(fmt.Sprintf(`{"note":"Piece %d of the Puzzle","n":%d}`, r.IntN(60), i)),
		})
	}
	return events
}

// eventFilters are filters of all kinds; those of a database select what prefect.EventFilter.Matcher does.
func eventFilters() map[string]prefect.EventFilter {
	labels := func(label string, values ...string) prefect.ResourceSpecification {
		return prefect.ResourceSpecification{label: {Values: values}}
	}
	return map[string]prefect.EventFilter{
		"all":                       {},
		"a name":                    {Event: &prefect.EventNameFilter{Name: []string{"order.paid"}}},
		"names":                     {Event: &prefect.EventNameFilter{Name: []string{"order.paid", "order.paid", "parcel.lost", "none"}}},
		"no such name":              {Event: &prefect.EventNameFilter{Name: []string{"none"}}},
		"a prefix":                  {Event: &prefect.EventNameFilter{Prefix: []string{"order."}}},
		"all but names":             {Event: &prefect.EventNameFilter{ExcludeName: []string{"order.paid"}, ExcludePrefix: []string{"parcel."}}},
		"a resource":                {Resource: &prefect.EventResourceFilter{ID: []string{"shop.order.07"}}},
		"resources by a prefix":     {Resource: &prefect.EventResourceFilter{IDPrefix: []string{"shop.order.1"}}},
		"all resources by a prefix": {Resource: &prefect.EventResourceFilter{IDPrefix: []string{"shop."}}},
		"resources by prefixes":     {Resource: &prefect.EventResourceFilter{IDPrefix: []string{"shop.order.3", "shop.order.1", "shop.order.11"}}},
		"no resource by a prefix":   {Resource: &prefect.EventResourceFilter{IDPrefix: []string{"shop.customer."}}},
		"a name and a prefix": {Event: &prefect.EventNameFilter{Name: []string{"order.paid"}},
			Resource: &prefect.EventResourceFilter{IDPrefix: []string{"shop.order.2"}}},
		"a prefix and a label": {Resource: &prefect.EventResourceFilter{IDPrefix: []string{"shop.order.2"}, Labels: labels("region", "eu")}},
		"a label":              {Resource: &prefect.EventResourceFilter{Labels: labels("region", "eu")}},
		"a name and a label":   {Event: &prefect.EventNameFilter{Name: []string{"parcel.lost"}}, Resource: &prefect.EventResourceFilter{Labels: labels("region", "eu")}},
		"an id and a role": {Resource: &prefect.EventResourceFilter{ID: []string{"shop.order.07"}},
			Related: prefect.OneOrMore[prefect.EventRelatedFilter]{{Role: []string{"earlier"}}}},
		"a label with a star": {Resource: &prefect.EventResourceFilter{Labels: labels("region", "u*", "nowhere")}},
		"not a label":         {Resource: &prefect.EventResourceFilter{Labels: labels("region", "!eu")}},
		"an odd label":        {Resource: &prefect.EventResourceFilter{Labels: labels("odd \"label\"", "a_b%c")}},
		"no such label":       {Resource: &prefect.EventResourceFilter{Labels: labels("size", "*")}},
		"an id among labels":  {Resource: &prefect.EventResourceFilter{Labels: labels(prefect.ResourceID, "shop.order.1*", "shop.order.22")}},
		"distinct":            {Resource: &prefect.EventResourceFilter{IDPrefix: []string{"shop.order.1"}, Distinct: true}},
		"related":             {Related: prefect.OneOrMore[prefect.EventRelatedFilter]{{ID: []string{"shop.customer.3"}, Role: []string{"customer"}}}},
		"a role":              {Related: prefect.OneOrMore[prefect.EventRelatedFilter]{{Role: []string{"earlier"}}}},
		"a related label":     {Related: prefect.OneOrMore[prefect.EventRelatedFilter]{{Labels: labels("level", "gold")}}},
		"in a role":           {Related: prefect.OneOrMore[prefect.EventRelatedFilter]{{ResourcesInRoles: []prefect.ResourceInRole{{ID: "shop.order.09", Role: "earlier"}}}}},
		"any resource":        {AnyResource: prefect.OneOrMore[prefect.EventAnyResourceFilter]{{ID: []string{"shop.order.09"}}}},
		"any by a prefix":     {AnyResource: prefect.OneOrMore[prefect.EventAnyResourceFilter]{{IDPrefix: []string{"shop.order.0"}}}},
		"any by a label":      {AnyResource: prefect.OneOrMore[prefect.EventAnyResourceFilter]{{Labels: labels("level", "gold")}}},
		"text":                {Text: &prefect.EventTextFilter{Query: "PUZZLE"}},
		"rare text":           {Text: &prefect.EventTextFilter{Query: `"piece 17 of"`}},
		"text and not":        {Text: &prefect.EventTextFilter{Query: "gold -silver"}},
		"no text":             {Text: &prefect.EventTextFilter{Query: "nowhere_to_be_found"}},
	}
}

// TestEventFilters holds what the databases find and count against a plain comparison with each event, for long and short times, which
// are searched in different ways.
func TestEventFilters(t *testing.T) {
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	events := manyEvents(1500, from)
	spans := map[string][2]time.Duration{"all": {-time.Hour, 48 * time.Hour}, "an hour": {10 * time.Hour, 11 * time.Hour}, "before": {-time.Hour, -time.Minute}, "backwards": {5 * time.Hour, time.Hour}}
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		s := db.Open(t)
		require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertEvents(t.Context(), events) }))
		db.Exec(t, "ANALYZE events")
		if db.Dialect == sqlb.SQLite {
			db.Exec(t, "DROP TABLE sqlite_stat1") // neither server makes it
		}
		for name, filter := range eventFilters() {
			for span, times := range spans {
				for _, order := range []prefect.EventOrder{prefect.EventsAscending, prefect.EventsDescending} {
					f := filter
					f.Order = order
					f.Occurred.Since = prefect.Some(prefect.TimeOf(from.Add(times[0])))
					f.Occurred.Until = prefect.Some(prefect.TimeOf(from.Add(times[1])))
					t.Run(fmt.Sprintf("%s, %s, %s", name, span, order), func(t *testing.T) { requireSelected(t, s, &f, events) })
				}
			}
		}
	})
}

func requireSelected(t *testing.T, s *store.Store, f *prefect.EventFilter, events []prefect.ReceivedEvent) {
	matches := f.Matcher()
	var selected []prefect.ReceivedEvent
	for i := range events {
		if matches(&events[i]) {
			selected = append(selected, events[i])
		}
	}
	names, resources, hours := map[string]int64{}, map[string]int64{}, map[int64]int64{}
	pivot, hour := prefect.TimeOf(time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)), int64(time.Hour/time.Microsecond)
	for _, e := range selected {
		names[e.Event.Event]++
		resources[e.Resource[prefect.ResourceID]]++
		hours[(e.Occurred.UnixMicro()-pivot.UnixMicro())/hour]++
	}
	if f.Order == prefect.EventsDescending {
		slices.Reverse(selected)
	}
	if f.Resource != nil && f.Resource.Distinct {
		seen := map[string]bool{}
		selected = slices.DeleteFunc(selected, func(e prefect.ReceivedEvent) bool {
			id := e.Resource[prefect.ResourceID]
			defer func() { seen[id] = true }()
			return seen[id]
		})
	}
	ids := func(events []prefect.ReceivedEvent) []uuid.UUID {
		all := []uuid.UUID{}
		for i := range events {
			all = append(all, events[i].ID)
		}
		return all
	}
	require.NoError(t, s.Read(t.Context(), func(tx *store.Tx) error {
		page, total, err := tx.FirstEvents(t.Context(), f, 20)
		require.NoError(t, err)
		require.EqualValues(t, len(selected), total)
		require.Equal(t, ids(selected[:min(20, len(selected))]), ids(page))
		for _, offset := range []int{0, 20, 700} {
			page, err := tx.Events(t.Context(), f, total, 20, int64(offset))
			require.NoError(t, err)
			require.Equal(t, ids(selected[min(offset, len(selected)):min(offset+20, len(selected))]), ids(page))
		}
		requireCounts(t, names, f, tx.CountEventsByName)
		requireCounts(t, resources, f, tx.CountEventsByResource)
		byHour, err := tx.CountEventsByTime(t.Context(), f, pivot, hour)
		require.NoError(t, err)
		require.Equal(t, hours, byHour)
		return nil
	}))
}

func requireCounts(t *testing.T, expected map[string]int64, f *prefect.EventFilter, count func(context.Context, *prefect.EventFilter) ([]prefect.EventCount, error)) {
	t.Helper()
	counts, err := count(t.Context(), f)
	require.NoError(t, err)
	require.True(t, slices.IsSortedFunc(counts, func(a, b prefect.EventCount) int { return cmp.Compare(b.Count, a.Count) }))
	found := map[string]int64{}
	for _, c := range counts {
		found[c.Value] = c.Count
		require.False(t, c.EndTime.Before(c.StartTime.Time))
	}
	require.Equal(t, expected, found)
}
