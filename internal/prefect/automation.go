package prefect

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Automation says what to do when some events happen, or do not happen, to some resources.
type Automation struct {
	ID      uuid.UUID `json:"id"`
	Created Time      `json:"created"`
	Updated Time      `json:"updated"`
	AutomationCore
}

// AutomationCore is what a client says of an automation.
type AutomationCore struct {
	Name        string   `json:"name" v:"required"`
	Description string   `json:"description" default:"\"\""`
	Enabled     bool     `json:"enabled" default:"true"`
	Tags        []string `json:"tags" default:"[]"`
	Trigger     Trigger  `json:"trigger" v:"required"`
	// Actions are taken at every change of the trigger's state, ActionsOnTrigger when it fires, ActionsOnResolve when it has ended.
	Actions          []Action `json:"actions" v:"required"`
	ActionsOnTrigger []Action `json:"actions_on_trigger" default:"[]"`
	ActionsOnResolve []Action `json:"actions_on_resolve" default:"[]"`
}

// The events that every run of a deployment causes.
const flowRunEvents = "prefect.flow-run.Scheduled prefect.flow-run.Pending prefect.flow-run.Running prefect.flow-run.*"

// Violations refuses automations that would run deployments for ever, each run being the cause of the next.
func (a *AutomationCore) Violations() []Violation {
	t := a.Trigger.Event
	if !a.Enabled || t == nil || t.Posture != Reactive {
		return nil
	}
	if !slices.ContainsFunc(strings.Fields(flowRunEvents), func(event string) bool { return slices.Contains(t.Expect, event) }) {
		return nil
	}
	for _, action := range a.Actions {
		run, ok := action.Is.(*RunDeployment)
		switch {
		case !ok:
		case run.Source == Inferred:
			return []Violation{{Message: "Running an inferred deployment on each state of a flow run starts a loop that never ends: " +
				"select the deployment, and narrow match or match_related down."}}
		case t.Match.everyOfKind("prefect.flow-run") &&
			slices.ContainsFunc(t.MatchRelated.All, func(s ResourceSpecification) bool { return s.everyOfKind("prefect.flow-run") }):
			return []Violation{{Message: "Running a selected deployment on each state of any flow run may start a loop that never ends: " +
				"narrow match or match_related down, so that the runs of that deployment are left out."}}
		}
	}
	return nil
}

// AutomationCreate is the body that creates an automation.
type AutomationCreate struct {
	_ struct{} `wire:"forbid"`
	AutomationCore
	OwnerResource *string `json:"owner_resource"`
}

// AutomationUpdate is the body that changes an automation. What it does not name stays as it is.
type AutomationUpdate struct {
	_ struct{} `wire:"forbid"`
	AutomationCore
	Named []string `wire:"members"`
}

// Apply changes what the body names.
func (u *AutomationUpdate) Apply(a *AutomationCore) {
	a.Name, a.Trigger, a.Actions = u.Name, u.Trigger, u.Actions
	for _, name := range u.Named {
		switch name {
		case "description":
			a.Description = u.Description
		case "enabled":
			a.Enabled = u.Enabled
		case "tags":
			a.Tags = u.Tags
		case "actions_on_trigger":
			a.ActionsOnTrigger = u.ActionsOnTrigger
		case "actions_on_resolve":
			a.ActionsOnResolve = u.ActionsOnResolve
		}
	}
}

// AutomationPartialUpdate is the body that switches an automation on or off.
type AutomationPartialUpdate struct {
	_       struct{}  `wire:"forbid"`
	Enabled Opt[bool] `json:"enabled"`
}

// AutomationFilter selects automations.
type AutomationFilter struct {
	_        struct{}                 `wire:"forbid"`
	Operator Operator                 `json:"operator" default:"\"and_\""`
	ID       *AnyIDFilter             `json:"id"`
	Name     *AnyFilter               `json:"name"`
	Created  *AutomationFilterCreated `json:"created"`
	Tags     *TagsFilter              `json:"tags"`
}

// AutomationFilterCreated selects automations by the time at which they were created.
type AutomationFilterCreated struct {
	_      struct{} `wire:"forbid"`
	Before *Time    `json:"before_"`
}

// AutomationSort orders automations.
type AutomationSort string

// The orders of automations.
const (
	AutomationCreatedDesc AutomationSort = "CREATED_DESC"
	AutomationUpdatedDesc AutomationSort = "UPDATED_DESC"
	AutomationNameAsc     AutomationSort = "NAME_ASC"
	AutomationNameDesc    AutomationSort = "NAME_DESC"
)

// Enum lists the allowed values.
func (AutomationSort) Enum() []string {
	return []string{"CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC"}
}
