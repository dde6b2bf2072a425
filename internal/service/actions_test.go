package service_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/api"
	"praetor/internal/automation/action"
	"praetor/internal/blocks"
	"praetor/internal/bus/memory"
	"praetor/internal/config"
	"praetor/internal/notification"
	"praetor/internal/prefect"
	"praetor/internal/service"
	"praetor/internal/store"
)

// stage is a world in which automations act.
type stage struct {
	*world
	vault      *blocks.Vault
	actions    *service.Actions
	automation prefect.Automation
	deployment uuid.UUID
}

func newStage(w *world) *stage {
	vault, err := blocks.NewVault("")
	require.NoError(w, err)
	settings, err := config.Load(config.Sources{Dir: w.TempDir(), Home: w.TempDir()})
	require.NoError(w, err)
	sender := notification.NewSender(false, w.clock.Now)
	w.Cleanup(sender.Close)
	operations := api.NewOperations(api.Options{
		Store: w.store, Orchestrator: w.orchestrator, Slots: w.orchestrator.Slots, Bus: &memory.Bus{}, Vault: vault, Settings: settings, Clock: w.clock.Now,
		Log: slog.New(slog.DiscardHandler), Version: "test",
	})
	s := &stage{world: w, vault: vault, deployment: prefect.NewID(), actions: &service.Actions{
		Store: transactions[service.ActionsTx]{w.store}, Clock: w.clock.Now, Log: slog.New(slog.DiscardHandler), Every: time.Second,
		Runner: &action.Runner{Operations: operations, Sender: sender, Clock: w.clock.Now, Log: slog.New(slog.DiscardHandler), UI: "http://ui.example"},
	}}
	s.write(func(ctx context.Context, tx *store.Tx) error { return blocks.Register(ctx, tx) })
	s.exec("INSERT INTO deployment (id, name, flow_id, tags, parameters, paused) VALUES ('%s', 'a deployment', '%s', '[]', '{}', FALSE)", s.deployment, s.flow)
	now := prefect.TimeOf(noon)
	s.automation = prefect.Automation{ID: prefect.NewID(), Created: now, Updated: now, AutomationCore: prefect.AutomationCore{
		Name: "page me", Enabled: true, Tags: []string{}, Actions: []prefect.Action{{Is: &prefect.DoNothing{Type: "do-nothing"}}},
		ActionsOnTrigger: []prefect.Action{}, ActionsOnResolve: []prefect.Action{},
		Trigger: prefect.Trigger{Event: &prefect.EventTrigger{Type: "event", ID: prefect.NewID(), Posture: prefect.Reactive, Threshold: 1}},
	}}
	s.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertAutomation(ctx, &s.automation) })
	return s
}

// event is an event of a flow run, related to all that there is.
func (s *stage) event(run uuid.UUID) *prefect.ReceivedEvent {
	id := func(kind string, id uuid.UUID, role string) prefect.RelatedResource {
		return prefect.RelatedResource{prefect.ResourceID: "prefect." + kind + "." + id.String(), prefect.ResourceRole: role, prefect.ResourceName: role + "-name"}
	}
	now := prefect.TimeOf(s.clock.Now())
	return &prefect.ReceivedEvent{Received: now, Event: prefect.Event{
		ID: prefect.NewID(), Occurred: now, Event: "prefect.flow-run.Failed", Payload: prefect.Object(`{"n": 3}`),
		Resource: prefect.Resource{prefect.ResourceID: "prefect.flow-run." + run.String(), prefect.ResourceName: "a run", "prefect.state-name": "Failed",
			"prefect.state-type": "FAILED", "prefect.state-message": "boom", "prefect.state-timestamp": "2026-11-25T12:00:00Z"},
		Related: []prefect.RelatedResource{id("flow", s.flow, "flow"), id("deployment", s.deployment, "deployment"), id("automation", s.automation.ID, "automation")},
	}}
}

// trigger has an action taken because of the event, and gives its invocation.
func (s *stage) trigger(a prefect.ActionKind, event *prefect.ReceivedEvent) uuid.UUID {
	s.Helper()
	now := prefect.TimeOf(s.clock.Now())
	t := prefect.TriggeredAction{
		ID: prefect.NewID(), AutomationID: s.automation.ID, Automation: s.automation, TriggeringEvent: event, TriggeredEventID: prefect.NewID(),
		Action: prefect.Action{Is: a}, Created: now, NotBefore: now,
		Firing: prefect.Firing{
			ID: prefect.NewID(), Trigger: s.automation.Trigger, TriggerStates: []prefect.TriggerState{prefect.Triggered}, Triggered: now,
			TriggeringLabels: map[string]string{}, TriggeringFirings: []prefect.Firing{}, TriggeringEvent: event,
		},
	}
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertTriggeredActions(ctx, []prefect.TriggeredAction{t})
	})
	return t.ID
}

// told is what the last event of an action tells: executed or failed, and its payload.
func (s *stage) told(invocation uuid.UUID) (string, map[string]any) {
	s.Helper()
	s.moveEvents()
	names := s.strings("SELECT event FROM events WHERE event LIKE 'prefect.automation.action.%%' AND CAST(payload AS TEXT) LIKE '%%%s%%' ORDER BY event", invocation)
	require.Len(s, names, 2, "each action is told of by two events")
	require.Equal(s, "prefect.automation.action.triggered", names[1])
	docs := s.strings("SELECT CAST(payload AS TEXT) FROM events WHERE event = '%s' AND CAST(payload AS TEXT) LIKE '%%%s%%'", names[0], invocation)
	require.Len(s, docs, 1)
	var told map[string]any
	require.NoError(s, json.Unmarshal([]byte(docs[0]), &told))
	return strings.TrimPrefix(names[0], "prefect.automation.action."), told
}

// do takes an action and gives what is told of it.
func (s *stage) do(a prefect.ActionKind, event *prefect.ReceivedEvent) (string, map[string]any) {
	s.Helper()
	id := s.trigger(a, event)
	require.NoError(s, s.actions.RunOnce(s.Context()))
	require.Equal(s, []string{"0"}, s.strings("SELECT count(*) FROM praetor_triggered_actions"))
	return s.told(id)
}

// block makes a block document.
func (s *stage) block(slug, data string) uuid.UUID {
	s.Helper()
	var id uuid.UUID
	s.write(func(ctx context.Context, tx *store.Tx) error {
		kind, err := tx.BlockTypeBySlug(ctx, slug)
		if err != nil {
			return err
		}
		schemas := s.strings("SELECT CAST(id AS TEXT) FROM block_schema WHERE block_type_id = '%s'", kind.ID)
		name := fmt.Sprintf("a-%s-%s", slug, prefect.NewID().String()[30:])
		document, err := s.vault.Create(ctx, tx, &prefect.BlockDocumentCreate{Name: &name, Data: prefect.Object(data), BlockSchemaID: uuid.MustParse(schemas[0]), BlockTypeID: kind.ID})
		if err == nil {
			id = document.ID
		}
		return err
	})
	return id
}

// listener is a server that takes down what it is sent.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	status int
}

func newListener(t testing.TB) *listener {
	l := &listener{status: 200}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.bodies = append(l.bodies, string(body))
		w.Header().Set("X-Forwarded-For", "secret")
		w.WriteHeader(l.status)
		_, _ = io.WriteString(w, "thanks")
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.bodies...)
}

func TestActionsOnFlowRuns(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s := newStage(w)
		run := w.flowRun(w.state(prefect.Running), nil)
		state := func() []string {
			return w.strings("SELECT state_name FROM flow_run WHERE id = '%s'", run)
		}
		what, told := s.do(&prefect.SuspendFlowRun{Type: "suspend-flow-run"}, s.event(run))
		require.Equal(w, "failed", what, "only runs of deployments can be suspended")
		require.Contains(w, told["reason"], "Failed to set state: ")

		deployed := w.flowRun(w.state(prefect.Running), func(r *prefect.FlowRun) { r.DeploymentID = &s.deployment })
		what, _ = s.do(&prefect.SuspendFlowRun{Type: "suspend-flow-run"}, s.event(deployed))
		require.Equal(w, "executed", what)
		require.Equal(w, []string{"Suspended"}, w.strings("SELECT state_name FROM flow_run WHERE id = '%s'", deployed))
		what, _ = s.do(&prefect.ResumeFlowRun{Type: "resume-flow-run"}, s.event(deployed))
		require.Equal(w, "executed", what)
		what, told = s.do(&prefect.ResumeFlowRun{Type: "resume-flow-run"}, s.event(deployed))
		require.Equal(w, "failed", what)
		require.Equal(w, "Failed to resume flow run: Cannot resume a flow run that is not paused.", told["reason"])

		name := "Odd"
		what, told = s.do(&prefect.ChangeFlowRunState{Type: "change-flow-run-state", State: prefect.Completed, Name: &name, Force: true}, s.event(run))
		require.Equal(w, "executed", what)
		require.Equal(w, 201.0, told["status_code"])
		require.Equal(w, []string{"Odd"}, state())
		what, told = s.do(&prefect.CancelFlowRun{Type: "cancel-flow-run"}, s.event(run))
		require.Equal(w, "failed", what)
		require.Contains(w, told["reason"], "Failed to set state: ")

		what, told = s.do(&prefect.DeleteFlowRun{Type: "delete-flow-run"}, s.event(run))
		require.Equal(w, "executed", what)
		require.Equal(w, 204.0, told["status_code"])
		require.Empty(w, state())
		what, told = s.do(&prefect.DeleteFlowRun{Type: "delete-flow-run"}, s.event(run))
		require.Equal(w, "failed", what)
		require.Equal(w, "Unexpected status from 'delete-flow-run' action: 404", told["reason"])
		what, told = s.do(&prefect.CancelFlowRun{Type: "cancel-flow-run"}, nil)
		require.Equal(w, "failed", what)
		require.Equal(w, "No flow run could be inferred", told["reason"])
	})
}

func TestActionsOnDeploymentsAndAutomations(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s := newStage(w)
		event := s.event(prefect.NewID())
		inferred := prefect.DeploymentTarget{Source: prefect.Inferred}
		what, told := s.do(&prefect.PauseDeployment{Type: "pause-deployment", DeploymentTarget: inferred}, event)
		require.Equal(w, "executed", what)
		require.Equal(w, 200.0, told["status_code"])
		paused := func() []string { return w.strings("SELECT count(*) FROM deployment WHERE paused") }
		require.Equal(w, []string{"1"}, paused())
		what, _ = s.do(&prefect.ResumeDeployment{Type: "resume-deployment", DeploymentTarget: prefect.DeploymentTarget{Source: prefect.Selected, DeploymentID: &s.deployment}}, nil)
		require.Equal(w, "executed", what)
		require.Equal(w, []string{"0"}, paused())
		what, told = s.do(&prefect.PauseDeployment{Type: "pause-deployment", DeploymentTarget: inferred}, nil)
		require.Equal(w, "failed", what)
		require.Equal(w, "No event to infer the deployment", told["reason"])

		what, _ = s.do(&prefect.PauseAutomation{Type: "pause-automation", AutomationTarget: prefect.AutomationTarget{Source: prefect.Inferred}}, event)
		require.Equal(w, "executed", what)
		require.Equal(w, []string{"0"}, w.strings("SELECT count(*) FROM automation WHERE enabled"))
		nobody := prefect.NewID()
		what, told = s.do(&prefect.ResumeAutomation{Type: "resume-automation", AutomationTarget: prefect.AutomationTarget{Source: prefect.Selected, AutomationID: &nobody}}, event)
		require.Equal(w, "failed", what)
		require.Equal(w, "Unexpected status from 'resume-automation' action: 404", told["reason"])

		what, told = s.do(&prefect.PauseWorkPool{Type: "pause-work-pool", WorkPoolTarget: prefect.WorkPoolTarget{Source: prefect.Selected, WorkPoolID: &nobody}}, event)
		require.Equal(w, "failed", what)
		require.Equal(w, "Work pool "+nobody.String()+" not found", told["reason"])
		what, told = s.do(&prefect.PauseWorkQueue{Type: "pause-work-queue", WorkQueueTarget: prefect.WorkQueueTarget{Source: prefect.Inferred}}, event)
		require.Equal(w, "failed", what)
		require.Equal(w, "No work queue could be inferred", told["reason"])
		what, _ = s.do(&prefect.DoNothing{Type: "do-nothing"}, nil)
		require.Equal(w, "executed", what)
	})
}

func TestRunDeployment(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s := newStage(w)
		failed := w.flowRun(w.state(prefect.Failed), nil)
		params := prefect.Object(`{"run": "{{ flow_run.name }}", "n": "{{ event.payload.n }}", "text": "state {{ flow_run.state.name }}", "deep": {"list": ["{{ event.event }}", 1]},
			"v": {"__prefect_kind": "workspace_variable", "variable_name": "env"}, "big": 123456789012345678901234567890}`)
		w.exec("INSERT INTO variable (id, name, value, tags) VALUES ('%s', 'env', '\"prod\"', '[]')", prefect.NewID())
		run := &prefect.RunDeployment{Type: "run-deployment", DeploymentTarget: prefect.DeploymentTarget{Source: prefect.Selected, DeploymentID: &s.deployment}, Parameters: &params}
		what, told := s.do(run, s.event(failed))
		require.Equal(w, "executed", what, "%v", told)
		require.Equal(w, 201.0, told["status_code"])
		made := w.strings("SELECT CAST(parameters AS TEXT) FROM flow_run WHERE deployment_id = '%s'", s.deployment)
		require.Len(w, made, 1)
		require.JSONEq(w, `{"run": "a run", "n": 3, "text": "state Failed", "deep": {"list": ["prefect.flow-run.Failed", 1]}, "v": "prod", "big": 123456789012345678901234567890}`, made[0])
		require.Contains(w, w.strings("SELECT CAST(created_by AS TEXT) FROM flow_run WHERE deployment_id = '%s'", s.deployment)[0], "AUTOMATION")

		// A server that crashed after it made the run finds it again.
		id := s.trigger(run, s.event(failed))
		key := fmt.Sprintf("automation %s, action 0, invocation %s", s.automation.ID, id)
		require.NoError(w, s.actions.RunOnce(w.Context()))
		require.Equal(w, []string{"1"}, w.strings("SELECT count(*) FROM flow_run WHERE idempotency_key = '%s'", key))

		bad := prefect.Object(`{"x": "a {{ 1 / 0 }}"}`)
		what, told = s.do(&prefect.RunDeployment{Type: "run-deployment", DeploymentTarget: run.DeploymentTarget, Parameters: &bad}, s.event(failed))
		require.Equal(w, "failed", what)
		require.Contains(w, told["reason"], "Unable to create flow run from deployment: ")
		require.Contains(w, told["reason"], "ZeroDivisionError")
		nobody := prefect.NewID()
		what, told = s.do(&prefect.RunDeployment{Type: "run-deployment", DeploymentTarget: prefect.DeploymentTarget{Source: prefect.Selected, DeploymentID: &nobody}}, s.event(failed))
		require.Equal(w, "failed", what)
		require.Equal(w, "Unexpected status from 'run-deployment' action: 404", told["reason"])
	})
}

func TestWebhooks(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s, l := newStage(w), newListener(w)
		run := w.flowRun(w.state(prefect.Failed), nil)
		hook := s.block("webhook", fmt.Sprintf(`{"method": "POST", "url": %q, "headers": {"X-A": "b"}}`, l.URL))
		payload := `{"name": {{ flow_run.name | tojson }}, "state": "{{ flow_run.state.name }}", "url": "{{ flow_run | ui_url }}"}`
		what, told := s.do(&prefect.CallWebhook{Type: "call-webhook", BlockDocumentID: hook, Payload: payload}, s.event(run))
		require.Equal(w, "executed", what, "%v", told)
		require.Equal(w, 200.0, told["status_code"])
		require.Equal(w, "thanks", told["response_body"])
		require.NotContains(w, told["response_headers"], "x-forwarded-for")
		require.Equal(w, []string{fmt.Sprintf(`{"name": "a run", "state": "Failed", "url": "http://ui.example/runs/flow-run/%s"}`, run)}, l.heard())
		require.Equal(w, []string{"1"}, w.strings("SELECT count(*) FROM events WHERE event = 'prefect.block.webhook.loaded'"))

		guarded := s.block("webhook", fmt.Sprintf(`{"url": %q, "allow_private_urls": false}`, l.URL))
		what, told = s.do(&prefect.CallWebhook{Type: "call-webhook", BlockDocumentID: guarded}, s.event(run))
		require.Equal(w, "failed", what)
		require.Contains(w, told["reason"], "It resolves to the private address 127.0.0.1.")
		require.Len(w, l.heard(), 1)

		what, told = s.do(&prefect.CallWebhook{Type: "call-webhook", BlockDocumentID: hook, Payload: "{{ 1 / 0 }}"}, s.event(run))
		require.Equal(w, "failed", what)
		require.Equal(w, "Template rendering failed: ZeroDivisionError('division by zero')", told["reason"])
		require.Equal(w, "{{ 1 / 0 }}", told["template_source"])
		what, told = s.do(&prefect.CallWebhook{Type: "call-webhook", BlockDocumentID: prefect.NewID()}, s.event(run))
		require.Equal(w, "failed", what)
		require.Equal(w, "Unexpected status from 'call-webhook' action: 404", told["reason"])
		what, told = s.do(&prefect.SendNotification{Type: "send-notification", BlockDocumentID: hook, Body: "x"}, s.event(run))
		require.Equal(w, "failed", what)
		require.Equal(w, "The referenced block was not a notification block", told["reason"])
	})
}

func TestNotifications(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s, l := newStage(w), newListener(w)
		run := w.flowRun(w.state(prefect.Failed), nil)
		block := s.block("custom-webhook", fmt.Sprintf(`{"name": "n", "url": %q, "json_data": {"text": "{{subject}}: {{body}}"}}`, l.URL))
		send := &prefect.SendNotification{Type: "send-notification", BlockDocumentID: block, Subject: "{{ automation.name }}", Body: "{{ event.payload.n | humanize_ordinal }}"}
		what, told := s.do(send, s.event(run))
		require.Equal(w, "executed", what, "%v", told)
		require.Equal(w, []string{`{"text":"page me: 3rd"}`}, l.heard())
		l.status = 404
		what, told = s.do(send, s.event(run))
		require.Equal(w, "failed", what)
		require.Equal(w, "Notification failed", told["reason"])
		require.Contains(w, told["notification_log"], "404")
	})
}

// TestRetriesAndDeadLetters has a webhook that nobody answers tried again, given up, kept, and replayed.
func TestRetriesAndDeadLetters(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s, l := newStage(w), newListener(w)
		l.Close()
		hook := s.block("webhook", fmt.Sprintf(`{"url": %q}`, l.URL))
		id := s.trigger(&prefect.CallWebhook{Type: "call-webhook", BlockDocumentID: hook, Payload: "x"}, s.event(prefect.NewID()))
		for i := range 5 {
			require.NoError(w, s.actions.RunOnce(w.Context()))
			require.NoError(w, s.actions.RunOnce(w.Context()), "it is not due again")
			require.Equal(w, []string{fmt.Sprint(i + 1)}, w.strings("SELECT attempts FROM praetor_triggered_actions"))
			w.clock.Advance(2 * time.Minute)
		}
		what, told := s.told(id)
		require.Equal(w, "failed", what)
		require.Contains(w, told["reason"], "Webhook call failed: ConnectError(")
		dead := func() (letters []prefect.DeadLetter) {
			w.write(func(ctx context.Context, tx *store.Tx) (err error) {
				letters, err = tx.DeadLetters(ctx, 10, 0)
				return err
			})
			return letters
		}
		require.Len(w, dead(), 1)
		require.Equal(w, id, dead()[0].ID)
		require.Equal(w, "page me", dead()[0].AutomationName)
		require.Contains(w, dead()[0].Reason, "ConnectError")
		require.NoError(w, s.actions.RunOnce(w.Context()), "a dead letter is not tried again")
		w.write(func(ctx context.Context, tx *store.Tx) error {
			there, err := tx.ReplayDeadLetter(ctx, id)
			require.True(w, there)
			return err
		})
		require.Empty(w, dead())
		require.NoError(w, s.actions.RunOnce(w.Context()))
		require.Equal(w, []string{"1"}, w.strings("SELECT attempts FROM praetor_triggered_actions"))
	})
}

// TestAStopReleases has a server stop while a webhook does not answer: the next one takes the action up at once.
func TestAStopReleases(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s := newStage(w)
		arrived, gone := make(chan struct{}), make(chan struct{})
		slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(arrived)
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			close(gone)
		}))
		w.Cleanup(slow.Close)
		s.trigger(&prefect.CallWebhook{Type: "call-webhook", BlockDocumentID: s.block("webhook", fmt.Sprintf(`{"url": %q}`, slow.URL))}, nil)
		ctx, stop := context.WithCancel(w.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.actions.RunOnce(ctx) }()
		<-arrived
		stop()
		require.ErrorIs(w, <-ended, context.Canceled)
		<-gone
		w.write(func(ctx context.Context, tx *store.Tx) error {
			due, err := tx.TriggeredActionDue(ctx, prefect.TimeOf(w.clock.Now()))
			require.True(w, due)
			return err
		})
	})
}

// TestUnreadableActions has one that this server does not know out of the way of the others.
func TestUnreadableActions(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s := newStage(w)
		odd := s.trigger(&prefect.DoNothing{Type: "do-nothing"}, nil)
		w.exec(`UPDATE praetor_triggered_actions SET action = '{"type": "odd"}'`)
		w.clock.Advance(time.Second)
		id := s.trigger(&prefect.DoNothing{Type: "do-nothing"}, nil)
		require.NoError(w, s.actions.RunOnce(w.Context()))
		require.NoError(w, s.actions.RunOnce(w.Context()))
		what, _ := s.told(id)
		require.Equal(w, "executed", what)
		var letters []prefect.DeadLetter
		w.write(func(ctx context.Context, tx *store.Tx) (err error) {
			letters, err = tx.DeadLetters(ctx, 10, 0)
			return err
		})
		require.Len(w, letters, 1)
		require.Equal(w, odd, letters[0].ID)
		require.Contains(w, letters[0].Reason, "there is no action of the type")
	})
}

// TestAClaimEnds has an action taken up that somebody began and did not finish.
func TestAClaimEnds(t *testing.T) {
	onBothDatabases(t, func(w *world) {
		s := newStage(w)
		id := s.trigger(&prefect.DoNothing{Type: "do-nothing"}, nil)
		claim := func() (t *prefect.TriggeredAction) {
			w.write(func(ctx context.Context, tx *store.Tx) (err error) {
				t, err = tx.ClaimTriggeredAction(ctx, prefect.TimeOf(w.clock.Now()), prefect.TimeOf(w.clock.Now().Add(time.Minute)))
				return err
			})
			return t
		}
		require.Equal(w, id, claim().ID)
		require.Nil(w, claim())
		require.NoError(w, s.actions.RunOnce(w.Context()))
		require.Empty(w, w.strings("SELECT event FROM events WHERE event LIKE 'prefect.automation.action.%%'"))
		w.clock.Advance(2 * time.Minute)
		require.NoError(w, s.actions.RunOnce(w.Context()))
		what, _ := s.told(id)
		require.Equal(w, "executed", what)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			mine, err := tx.FinishTriggeredAction(ctx, id, 1)
			require.False(w, mine, "who was late has nothing to tell")
			return err
		})
	})
}
