package orchestration

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// handlePausing lets a running flow run pause, each pause once.
func handlePausing() *rule {
	var key string
	return &rule{from: anyState, to: states{prefect.Paused},
		before: func(s *step) error {
			verb := "pause"
			if s.proposed.DisplayName() == "Suspended" {
				verb = "suspend"
			}
			if s.initial == nil {
				s.abort("Cannot " + verb + " flows with no state.")
				return nil
			}
			if !s.initial.Is(prefect.Running) {
				s.reject(nil, "Cannot "+verb+" flows that are not currently running.")
				return nil
			}
			if key = uuid.NewString(); s.proposed.StateDetails.PauseKey != nil {
				key = *s.proposed.StateDetails.PauseKey
			}
			if keys := s.flow.EmpiricalPolicy.PauseKeys; keys != nil && slices.Contains(*keys, key) {
				s.reject(nil, "This "+verb+" has already fired.")
				return nil
			}
			if !s.proposed.StateDetails.PauseReschedule {
				return nil
			}
			switch {
			case s.flow.ParentTaskRunID != nil:
				s.abort("Cannot " + verb + " subflows.")
			case s.flow.DeploymentID == nil:
				s.abort("Cannot " + verb + " flows without a deployment.")
			}
			return nil
		},
		after: func(s *step) error {
			keys := []string{}
			if s.flow.EmpiricalPolicy.PauseKeys != nil {
				keys = *s.flow.EmpiricalPolicy.PauseKeys
			}
			keys = append(slices.Clone(keys), key)
			s.touched = true
			s.flow.EmpiricalPolicy.PauseKeys = &keys
			return nil
		},
	}
}

// handleResuming lets a paused flow run go on, or end.
func handleResuming() *rule {
	return &rule{from: states{prefect.Paused}, to: anyState,
		before: func(s *step) error {
			if s.proposed == nil {
				return nil
			}
			switch t := s.proposed.Type; {
			case t == prefect.Running, t == prefect.Scheduled, t == prefect.Cancelling, t.IsTerminal():
			default:
				// The types are printed as Python prints its enumerations.
				s.reject(nil, "This run cannot transition to the StateType."+string(t)+" state from the StateType."+string(s.initial.Type)+" state.")
				return nil
			}
			name := strings.ToLower(s.proposed.DisplayName())
			if s.initial.StateDetails.PauseReschedule && s.flow.DeploymentID == nil {
				s.reject(nil, "Cannot reschedule a "+name+" flow run without a deployment.")
				return nil
			}
			if s.proposed.Is(prefect.Cancelling) {
				return nil
			}
			if until := s.initial.StateDetails.PauseTimeout; until != nil && until.Before(s.now.Time) {
				verb := "pause"
				if s.proposed.DisplayName() == "Suspended" {
					verb = "suspend"
				}
				failed := prefect.NewState(prefect.Failed, "", s.now.Time)
				message := "The flow was " + name + " and never resumed."
				failed.Message = &message
				s.reject(&failed, "The flow run "+verb+" has timed out and can no longer resume.")
			}
			return nil
		},
		after: func(s *step) error {
			s.touched = true
			setResuming(s.flow, true)
			return nil
		},
	}
}
