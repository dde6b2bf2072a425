package automation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/lifecycle/lifecycletest"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/store/storetest"
)

// seeds are what simulations run on each database: from first to before last. PRAETOR_SIMULATION_SEEDS names them, as a number (10,000 at
// night) or as "first-last"; without it, they are enough for every change.
func seeds(t *testing.T) (first, last uint64) {
	text := os.Getenv("PRAETOR_SIMULATION_SEEDS")
	switch {
	case text != "":
	case testing.Short():
		return 0, 20
	default:
		return 0, 200
	}
	from, to, some := strings.Cut(text, "-")
	if !some {
		from, to = "0", text
	}
	first, err := strconv.ParseUint(from, 10, 64)
	require.NoError(t, err)
	last, err = strconv.ParseUint(to, 10, 64)
	require.NoError(t, err)
	return first, last
}

// TestEachAutomationFiresAsTheOracleSays has several evaluators share a database while events come late, twice and in the wrong order,
// transactions fail before and after they are committed, and evaluators lose their memory. What fires is what the oracle says: one that
// knows no batches, no database and no failure.
func TestEachAutomationFiresAsTheOracleSays(t *testing.T) {
	first, last := seeds(t)
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		clock := lifecycletest.NewClock(epoch)
		s := db.OpenAt(t, clock.Now)
		fired := 0
		for seed := first; seed < last; seed++ {
			fired += simulate(t, db, s, clock, seed)
		}
		require.Greater(t, fired, int(last-first), "simulations in which nothing happens show nothing")
	})
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// simulation is one run.
type simulation struct {
	*testing.T
	rand      *rand.Rand
	db        storetest.Database
	store     *flakyStore
	clock     *lifecycletest.Clock
	consumers []*Evaluator
	oracle    *oracle
	events    []prefect.ReceivedEvent // that will come
	received  []prefect.ReceivedEvent // that have come
	log       []string
}

func simulate(t *testing.T, db storetest.Database, s *store.Store, clock *lifecycletest.Clock, seed uint64) int {
	clock.Advance(time.Hour)
	m := &simulation{T: t, rand: rand.New(rand.NewPCG(seed, 1)), db: db, clock: clock}
	m.store = &flakyStore{store: s, rand: m.rand}
	m.clear(s)
	m.oracle = newOracle(m.automations(s))
	for i := range 2 + m.rand.IntN(2) {
		m.consumers = append(m.consumers, nil)
		m.restart(i)
	}
	m.makeEvents()
	for len(m.events) > 0 {
		m.step()
	}
	clock.Advance(20 * time.Minute)
	for range 3 {
		m.react(0, 0)
		m.elapse(0, 0)
	}
	m.compare(seed)
	return len(m.oracle.fired)
}

// clear empties the tables that a simulation fills.
func (m *simulation) clear(s *store.Store) {
	require.NoError(m, s.Write(m.Context(), func(tx *store.Tx) error {
		old, err := tx.Automations(m.Context(), nil, prefect.AutomationNameAsc, 1000, 0)
		if err != nil {
			return err
		}
		ids := make([]uuid.UUID, len(old))
		for i := range old {
			ids[i] = old[i].ID
		}
		_, err = tx.DeleteAutomations(m.Context(), ids)
		return err
	}))
	statements := make([]string, 0, 5)
	for _, table := range []string{"praetor_event_queue", "praetor_triggered_actions", "automation_event_follower", "event_resources", "events"} {
		statements = append(statements, "DELETE FROM "+table)
	}
	m.db.Exec(m, strings.Join(statements, ";"))
}

// automations stores automations by chance.
func (m *simulation) automations(s *store.Store) []*prefect.Automation {
	all := make([]*prefect.Automation, 1+m.rand.IntN(4))
	for i := range all {
		m.clock.Advance(time.Millisecond)
		core := prefect.AutomationCore{
			Name: strconv.Itoa(i), Enabled: true, Tags: []string{}, Trigger: m.trigger(2), ActionsOnTrigger: []prefect.Action{}, ActionsOnResolve: []prefect.Action{},
			Actions: []prefect.Action{{Is: &prefect.DoNothing{Type: "do-nothing"}}, {Is: &prefect.CancelFlowRun{Type: "cancel-flow-run"}}},
		}
		require.NoError(m, s.Write(m.Context(), func(tx *store.Tx) (err error) {
			all[i], err = Create(m.Context(), tx, &core, "", tx.Now())
			return err
		}))
	}
	m.db.Exec(m, "DELETE FROM praetor_event_queue") // that they were created
	return all
}

func (m *simulation) trigger(depth int) prefect.Trigger {
	if depth > 0 && m.rand.Float64() < 0.4 {
		children := make([]prefect.Trigger, 1+m.rand.IntN(3))
		for i := range children {
			children[i] = m.trigger(depth - 1)
		}
		within := pick(m.rand, nil, seconds(5.5), seconds(20.5), seconds(60.5))
		if m.rand.Float64() < 0.5 {
			return prefect.Trigger{Sequence: &prefect.SequenceTrigger{Type: "sequence", Triggers: children, Within: within}}
		}
		require := pick(m.rand, prefect.Require{Word: "any"}, prefect.Require{Word: "all"}, prefect.Require{Count: 1 + m.rand.Int64N(int64(len(children)))})
		return prefect.Trigger{Compound: &prefect.CompoundTrigger{Type: "compound", Triggers: children, Within: within, Require: require}}
	}
	t := &prefect.EventTrigger{
		Type: "event", Posture: prefect.Reactive, Threshold: pick[int64](m.rand, 1, 1, 2, 3), After: []string{}, Expect: []string{}, ForEach: []string{},
		Within: pick[prefect.Seconds](m.rand, 0, 0, 5, 15, 30),
		// Not what automations emit themselves.
		Match: prefect.ResourceSpecification{"prefect.resource.id": {Values: []string{"thing.*"}, One: true}},
	}
	t.MatchRelated.All = []prefect.ResourceSpecification{{}}
	if m.rand.Float64() < 0.3 {
		t.Posture, t.Within = prefect.Proactive, pick[prefect.Seconds](m.rand, 10, 15, 30)
	}
	for range m.rand.IntN(3) {
		t.Expect = append(t.Expect, pick(m.rand, "a", "b", "c", "*"))
	}
	if m.rand.Float64() < 0.3 {
		t.After = append(t.After, pick(m.rand, "a", "b"))
	}
	if m.rand.Float64() < 0.4 {
		t.ForEach = []string{pick(m.rand, "prefect.resource.id", "related:flow:prefect.resource.id", "color")}
	}
	return prefect.Trigger{Event: t}
}

func seconds(s prefect.Seconds) *prefect.Seconds { return &s }

func pick[T any](r *rand.Rand, among ...T) T { return among[r.IntN(len(among))] }

// makeEvents makes the events in the order in which they will come, which is not that in which they happen.
func (m *simulation) makeEvents() {
	n := 10 + m.rand.IntN(30)
	at := prefect.TimeOf(m.clock.Now())
	for i := range n {
		at = at.Add(time.Duration(m.rand.IntN(5)) * time.Second)
		e := prefect.ReceivedEvent{Event: prefect.Event{
			ID: numbered(uint64(i + 1)), Occurred: at, Event: pick(m.rand, "a", "b", "c"), Payload: prefect.Object("{}"),
			Resource: prefect.Resource{"prefect.resource.id": fmt.Sprint("thing.", m.rand.IntN(3)), "color": pick(m.rand, "red", "blue")},
			Related:  []prefect.RelatedResource{{"prefect.resource.id": fmt.Sprint("flow.", m.rand.IntN(2)), "prefect.resource.role": "flow"}},
		}}
		if m.rand.Float64() < 0.4 {
			leader := numbered(uint64(1 + m.rand.IntN(n))) // it may come later, never, or follow this one
			e.Follows = &leader
		}
		m.events = append(m.events, e)
	}
	for i := range m.events {
		j := min(len(m.events)-1, i+m.rand.IntN(1+m.rand.IntN(8)))
		m.events[i], m.events[j] = m.events[j], m.events[i]
	}
	if m.rand.Float64() < 0.3 {
		m.events = m.events[:len(m.events)-m.rand.IntN(4)] // the last are lost
	}
}

func numbered(n uint64) (id uuid.UUID) {
	id[0] = 0x7e
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func (m *simulation) note(format string, args ...any) {
	m.log = append(m.log, m.clock.Now().Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

// step does one thing by chance.
func (m *simulation) step() {
	k := m.rand.IntN(len(m.consumers))
	switch p := m.rand.Float64(); {
	case p < 0.45:
		m.deliver()
	case p < 0.70:
		m.react(k, 0.25)
	case p < 0.82:
		m.elapse(k, 0.2)
	case p < 0.87:
		m.note("%d restarts", k)
		m.restart(k)
		m.oracle.restart(k)
	default:
		// Never by whole seconds: the oracle knows the microseconds of firings only about.
		m.clock.Advance(pick(m.rand, time.Second, 3*time.Second, 11*time.Second, 16*time.Minute/time.Duration(1+m.rand.IntN(40))) + time.Duration(50+m.rand.IntN(900))*time.Millisecond)
	}
}

// restart gives a consumer no memory.
func (m *simulation) restart(k int) {
	m.consumers[k] = NewEvaluator(m.store, m.clock.Now, slog.New(slog.DiscardHandler), Options{Swept: time.Minute, Batch: 4})
}

// deliver has events come, some of them again.
func (m *simulation) deliver() {
	n := min(len(m.events), 1+m.rand.IntN(6))
	batch := slices.Clone(m.events[:n])
	m.events = m.events[n:]
	now := prefect.TimeOf(m.clock.Now())
	for i := range batch {
		batch[i].Received = now
		if batch[i].Occurred.After(now.Time) && m.rand.Float64() < 0.9 {
			batch[i].Occurred = now
		}
	}
	m.received = append(m.received, batch...)
	again := slices.Clone(batch)
	for range m.rand.IntN(4) {
		e := pick(m.rand, m.received...)
		e.Received = now
		again = append(again, e)
	}
	var fresh []prefect.ReceivedEvent
	require.NoError(m, m.store.store.Write(m.Context(), func(tx *store.Tx) (err error) {
		if fresh, err = tx.NewEvents(m.Context(), again); err != nil {
			return err
		}
		return tx.InsertEvents(m.Context(), fresh)
	}))
	for i := range fresh {
		m.note("%s comes: %d of %s, follows %v", fresh[i].Event.Event, number(fresh[i].ID), fresh[i].Occurred.Format("05"), fresh[i].Follows)
	}
	m.oracle.deliver(fresh)
}

// react has a consumer evaluate the queue. When a transaction fails, the consumer crashes.
func (m *simulation) react(k int, failing float64) {
	m.store.failing = failing
	_, err := m.consumers[k].React(m.Context())
	m.store.failing = 0
	left, others := m.count("SELECT count(*) FROM praetor_event_queue"), m.count("SELECT count(*) FROM praetor_event_queue q JOIN events e ON e.id = q.event_id WHERE length(e.event) = 1")
	m.note("%d reacts: %v, %d left", k, err, left)
	m.oracle.react(k, left, others, prefect.TimeOf(m.clock.Now()))
	m.crashed(k, err)
}

func (m *simulation) count(query string) int {
	n, err := strconv.Atoi(m.db.Strings(m, query)[0])
	require.NoError(m, err)
	return n
}

func (m *simulation) crashed(k int, err error) {
	if err == nil {
		return
	}
	require.ErrorIs(m, err, errFlaky)
	m.restart(k)
	m.oracle.restart(k)
}

// elapse has a consumer look at the time.
func (m *simulation) elapse(k int, failing float64) {
	v, now := m.consumers[k], prefect.TimeOf(m.clock.Now())
	if m.oracle.lost(now) {
		m.store.failing, m.store.committed = failing, false
		err := v.release(m.Context())
		m.store.failing = 0
		m.note("%d releases: %v", k, err)
		if m.store.committed {
			m.oracle.release(k, now)
		}
		if m.crashed(k, err); err != nil {
			return
		}
	}
	m.store.failing, m.store.committed = failing, false
	err := v.elapseTriggers(m.Context())
	m.store.failing = 0
	m.note("%d elapses: %v", k, err)
	if m.store.committed || err == nil {
		m.oracle.elapse(k, now)
	}
	if m.crashed(k, err); err != nil {
		return
	}
	require.NoError(m, v.sweep(m.Context()))
	m.oracle.sweep(k, now)
}

// compare holds what is stored against the oracle.
func (m *simulation) compare(seed uint64) {
	rows := m.db.Strings(m, "SELECT CAST(firing AS TEXT) FROM praetor_triggered_actions ORDER BY created, id")
	var fired []string
	for _, row := range rows {
		var f prefect.Firing
		require.NoError(m, json.Unmarshal([]byte(strings.Trim(row, " ")), &f))
		fired = append(fired, told(&f))
	}
	slices.Sort(fired)
	expected := append(slices.Clone(m.oracle.fired), m.oracle.fired...) // two actions each
	slices.Sort(expected)
	if !slices.Equal(expected, fired) {
		for _, a := range m.oracle.automations {
			text, err := json.Marshal(a.Trigger)
			require.NoError(m, err)
			m.Log(string(text))
		}
		m.Log(strings.Join(m.log, "\n"))
		m.Fatalf("seed %d: the oracle says %v, and what fired is %v", seed, without(expected, fired), without(fired, expected))
	}
	require.Equal(m, []string{strconv.Itoa(len(m.oracle.fired))}, m.db.Strings(m, "SELECT count(*) FROM events WHERE event = 'prefect.automation.triggered'"))
	require.Equal(m, []string{strconv.Itoa(len(m.oracle.state.Buckets()))}, m.db.Strings(m, "SELECT count(*) FROM automation_bucket"), "seed %d", seed)
	require.Equal(m, []string{strconv.Itoa(len(m.oracle.state.Children()))}, m.db.Strings(m, "SELECT count(*) FROM composite_trigger_child_firing"), "seed %d", seed)
	require.Equal(m, []string{"0"}, m.db.Strings(m, "SELECT count(*) FROM automation_event_follower"), "seed %d", seed)
}

// without gives what is in a list and not in another.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

// told is what a firing says, but for ids and times.
func told(f *prefect.Firing) string {
	text := f.Trigger.ID().String()
	if f.TriggeringEvent != nil {
		text += fmt.Sprint(" by ", number(f.TriggeringEvent.ID))
	}
	for _, label := range slices.Sorted(mapKeys(f.TriggeringLabels)) {
		text += " " + label + "=" + f.TriggeringLabels[label]
	}
	for i := range f.TriggeringFirings {
		text += " (" + told(&f.TriggeringFirings[i]) + ")"
	}
	return text
}

func number(id uuid.UUID) uint64 { return binary.BigEndian.Uint64(id[8:]) }

var errFlaky = errors.New("the connection broke")

// flakyStore fails by chance: before a transaction is committed, or after.
type flakyStore struct {
	store     *store.Store
	rand      *rand.Rand
	failing   float64
	committed bool // a transaction was
}

func (s *flakyStore) Read(ctx context.Context, fn func(Tx) error) error {
	return s.store.Read(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (s *flakyStore) Write(ctx context.Context, fn func(Tx) error) error {
	before, after := s.rand.Float64() < s.failing/2, s.rand.Float64() < s.failing/2
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil || !before {
			return err
		}
		return errFlaky
	})
	if err == nil {
		s.committed = true
		if after {
			err = errFlaky
		}
	}
	return err
}
