package service

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/bus/redisstream"
	"praetor/internal/prefect"
)

// StreamActions takes the actions of automations that servers of the other kind have triggered out of their stream and into the database,
// where they are taken, tried again and given up like our own.
type StreamActions struct {
	Store Store[StreamActionsTx]
	Clock Clock
	// Triggered is called after actions were stored.
	Triggered func()
}

// StreamActionsTx is what StreamActions writes.
type StreamActionsTx interface {
	InsertStreamedActions(ctx context.Context, actions []prefect.TriggeredAction) error
}

// streamedAction is an action as the reference's servers write it.
type streamedAction struct {
	ID               uuid.UUID              `json:"id"`
	Automation       prefect.Automation     `json:"automation"`
	Firing           prefect.Firing         `json:"firing"`
	Triggered        prefect.Time           `json:"triggered"`
	TriggeringEvent  *prefect.ReceivedEvent `json:"triggering_event"`
	Action           prefect.Action         `json:"action"`
	ActionIndex      int64                  `json:"action_index"`
	TriggeredEventID *uuid.UUID             `json:"automation_triggered_event_id"`
}

// Handle stores the actions of messages.
func (s *StreamActions) Handle(ctx context.Context, messages []redisstream.Message) (out redisstream.Outcome, err error) {
	actions := make([]prefect.TriggeredAction, 0, len(messages))
	for i := range messages {
		a, err := readStreamedAction(messages[i].Data)
		if err != nil {
			out.Fail(&messages[i], err)
			continue
		}
		action := prefect.TriggeredAction{
			ID: a.ID, AutomationID: a.Automation.ID, Automation: a.Automation, Firing: a.Firing, TriggeringEvent: a.TriggeringEvent,
			ActionIndex: a.ActionIndex, Action: a.Action, Created: a.Triggered, NotBefore: s.Clock.Now(),
		}
		if a.TriggeredEventID != nil {
			action.TriggeredEventID = *a.TriggeredEventID
		}
		actions = append(actions, action)
	}
	if len(actions) == 0 {
		return out, nil
	}
	err = s.Store.Write(ctx, func(tx StreamActionsTx) error { return tx.InsertStreamedActions(ctx, actions) })
	if err == nil {
		s.Triggered()
	}
	return out, err
}

func readStreamedAction(text string) (a streamedAction, err error) {
	err = json.Unmarshal([]byte(text), &a, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err == nil && (a.ID == uuid.Nil || a.Automation.ID == uuid.Nil || a.Action.Is == nil) {
		err = errNoAction
	}
	return a, err
}

var errNoAction = errors.New("the message is no triggered action")
