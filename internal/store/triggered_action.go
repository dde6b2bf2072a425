package store

import (
	"context"

	"praetor/internal/prefect"
)

//nolint:gochecknoglobals // Go has no constant slices
var triggeredActionBulk = []bulkColumn{
	{"id", kindUUID}, {"automation_id", kindUUID}, {"automation", kindJSONB}, {"firing", kindJSONB}, {"triggering_event", kindJSONB},
	{"triggered_event_id", kindUUID}, {"action_index", kindInt}, {"action", kindJSONB}, {"created", kindTime}, {"attempts", kindInt},
	{"not_before", kindTime},
}

// InsertTriggeredActions has actions taken, in the transaction that evaluated the events which triggered them: each of them once at
// least, and no other.
func (tx *Tx) InsertTriggeredActions(ctx context.Context, actions []prefect.TriggeredAction) error {
	return tx.insertTriggeredActions(ctx, actions, "")
}

// InsertStreamedActions is InsertTriggeredActions for actions that may be stored already.
func (tx *Tx) InsertStreamedActions(ctx context.Context, actions []prefect.TriggeredAction) error {
	return tx.insertTriggeredActions(ctx, actions, "ON CONFLICT (id) DO NOTHING")
}

func (tx *Tx) insertTriggeredActions(ctx context.Context, actions []prefect.TriggeredAction, conflict string) error {
	if len(actions) == 0 {
		return nil
	}
	rows := tx.bulkInsert("praetor_triggered_actions", triggeredActionBulk, conflict)
	for i := range actions {
		a := &actions[i]
		var event any
		if a.TriggeringEvent != nil {
			event = JSON{a.TriggeringEvent}
		}
		if err := rows.row(ctx, a.ID, a.AutomationID, JSON{a.Automation}, JSON{a.Firing}, event, a.TriggeredEventID, a.ActionIndex,
			JSON{a.Action}, a.Created, a.Attempts, a.NotBefore); err != nil {
			return err
		}
	}
	return rows.queue(ctx)
}
