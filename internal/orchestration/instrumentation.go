package orchestration

import "praetor/internal/events"

// instrumentTransitions tells of a flow run's new state, by an event that is stored with it.
func instrumentTransitions() *rule {
	return &rule{always: true, after: func(s *step) error {
		if s.proposed == nil || s.validated == nil {
			return nil
		}
		return s.tx.EmitEvents(s.ctx, events.FlowRunStateChanged(s.flow, s.flow.Related, s.initial, s.validated))
	}}
}
