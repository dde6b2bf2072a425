package orchestration

import "context"

// instrumentTransitions tells of a flow run's new state once it is stored.
func instrumentTransitions() *rule {
	return &rule{always: true, after: func(s *step) error {
		if s.proposed == nil || s.validated == nil || s.o.Transitioned == nil {
			return nil
		}
		run := *s.flow
		told, tell := FlowRunTransition{Run: &run, Initial: s.initial, Validated: s.validated}, s.o.Transitioned
		s.transition.after = append(s.transition.after, func(ctx context.Context) { tell(ctx, told) })
		return nil
	}}
}
