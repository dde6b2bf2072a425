package action

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/jinja"
	"praetor/internal/prefect"
)

// Operations is what actions do, and what they look at: the operations of the API without a request. Each gives the answer
// that a request would get; an error is none of the request's faults, and another try may help.
type Operations interface {
	CreateRun(ctx context.Context, deploymentID uuid.UUID, run *prefect.DeploymentFlowRunCreate, by *prefect.CreatedBy) (*prefect.FlowRun, Answer, error)
	PauseDeployment(ctx context.Context, id uuid.UUID, paused bool) (Answer, error)
	SetFlowRunState(ctx context.Context, id uuid.UUID, state prefect.StateCreate, force bool) (*prefect.OrchestrationResult, Answer, error)
	ResumeFlowRun(ctx context.Context, id uuid.UUID) (*prefect.OrchestrationResult, Answer, error)
	DeleteFlowRun(ctx context.Context, id uuid.UUID) (Answer, error)
	PauseWorkQueue(ctx context.Context, id uuid.UUID, paused bool) (Answer, error)
	PauseWorkPool(ctx context.Context, name string, paused bool) (Answer, error)
	EnableAutomation(ctx context.Context, id uuid.UUID, enabled bool) (Answer, error)
	// WorkPool gives a pool, or nil.
	WorkPool(ctx context.Context, id uuid.UUID) (*prefect.WorkPool, error)
	// Object gives what the API shows of an object, or nil; the kind is one of those of objectKinds.
	Object(ctx context.Context, kind string, id uuid.UUID) (any, error)
	// Variables gives all variables, or those with the names.
	Variables(ctx context.Context, names []string) (map[string]prefect.Raw, error)
	// Block gives a block document with its type and its secrets in the clear, or nil.
	Block(ctx context.Context, id uuid.UUID) (*prefect.BlockDocument, error)
	// Emit stores events of the server's own.
	Emit(ctx context.Context, events ...prefect.Event) error
}

// Answer is how the API answers a request.
type Answer struct {
	Status int
	// Detail is what an answer to a bad request says, as JSON; nil where it says nothing.
	Detail prefect.Raw
}

// reason says why a request failed, in the reference's words.
func (a Answer) reason(action string) string {
	detail := ""
	if a.Detail != nil {
		if v, err := jinja.FromJSON(a.Detail); err == nil && v != nil {
			detail = jinja.Str(v)
		}
	}
	quoted := jinja.Quoted(action)
	switch {
	case a.Status != 409 && a.Status != 422:
		return "Unexpected status from " + quoted + " action: " + jinja.Str(int64(a.Status))
	case detail != "":
		return "Validation error occurred for " + quoted + " - " + detail
	case a.Status == 422:
		return "Validation error occurred for " + quoted
	}
	return "Conflict (409) occurred for " + quoted + " - "
}
