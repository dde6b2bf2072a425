package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"praetor/internal/automation"
	"praetor/internal/jinja"
	"praetor/internal/parameters"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

type createAutomation struct {
	Body prefect.AutomationCreate `body:""`
}

func (s *Server) createAutomation(ctx context.Context, in *createAutomation) (*prefect.Automation, error) {
	owner := ""
	if in.Body.OwnerResource != nil {
		owner = *in.Body.OwnerResource
	}
	if err := s.checkActions(ctx, in.Body.Actions, false); err != nil {
		return nil, err
	}
	return write(ctx, s, func(tx *store.Tx) (*prefect.Automation, error) {
		return automation.Create(ctx, tx, &in.Body.AutomationCore, owner, tx.Now())
	})
}

// checkActions looks at the job variables of the actions that run a deployment. With empty it looks at those too that give none.
func (s *Server) checkActions(ctx context.Context, actions []prefect.Action, empty bool) error {
	var problems []string
	for _, action := range actions {
		run, ok := action.Is.(*prefect.RunDeployment)
		if !ok || run.DeploymentID == nil || run.JobVariables == nil || !empty && workpool.IsEmpty(*run.JobVariables) {
			continue
		}
		_, err := read(ctx, s, func(tx *store.Tx) (none, error) { return none{}, s.checkActionVariables(ctx, tx, run) })
		var invalid *parameters.ValidationError
		if errors.As(err, &invalid) {
			problems = append(problems, invalid.Message)
		} else if err != nil {
			return err
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return prefect.NewError(prefect.Invalid, "Error creating automation: "+strings.Join(problems, " "))
}

func (s *Server) checkActionVariables(ctx context.Context, tx *store.Tx, run *prefect.RunDeployment) error {
	d, err := tx.Deployment(ctx, *run.DeploymentID)
	if err == nil && d == nil {
		err = prefect.NewError(prefect.NotFound, "Deployment not found.")
	}
	if err != nil || d.WorkPoolName == nil || workpool.IsEmpty(d.JobVariables) && workpool.IsEmpty(*run.JobVariables) {
		return err
	}
	p, err := tx.WorkPoolByName(ctx, *d.WorkPoolName)
	if err != nil || p == nil {
		return err
	}
	return workpool.CheckVariables(ctx, s.blockData(tx), p.BaseJobTemplate, workpool.Check{IgnoreInvalidDefaults: true}, *run.JobVariables)
}

// existing makes a 404 of an automation that was not found.
func existing(a *prefect.Automation, err error) (*prefect.Automation, error) {
	if err == nil && a == nil {
		err = automationNotFound()
	}
	return a, err
}

func automationNotFound() error {
	return &prefect.Error{Kind: prefect.NotFound, Message: "Automation not found", Exception: true}
}

type updateAutomation struct {
	byID
	Body prefect.AutomationUpdate `body:""`
}

func (s *Server) updateAutomation(ctx context.Context, in *updateAutomation) (none, error) {
	if err := s.checkActions(ctx, in.Body.Actions, true); err != nil {
		return none{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		a, err := existing(tx.LockAutomation(ctx, in.ID))
		if err != nil {
			return none{}, err
		}
		return none{}, automation.Replace(ctx, tx, a, &in.Body, tx.Now())
	})
}

type patchAutomation struct {
	byID
	Body prefect.AutomationPartialUpdate `body:""`
}

func (s *Server) patchAutomation(ctx context.Context, in *patchAutomation) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		a, err := existing(tx.LockAutomation(ctx, in.ID))
		if err != nil {
			return none{}, err
		}
		var enabled *bool
		if in.Body.Enabled.Set {
			enabled = &in.Body.Enabled.Value
		}
		violations, err := automation.Switch(ctx, tx, a, enabled, tx.Now())
		if err == nil && len(violations) > 0 {
			err = &invalidFieldError{message: violations[0].Message, whole: true}
		}
		return none{}, err
	})
}

func (s *Server) readAutomation(ctx context.Context, in *byID) (*prefect.Automation, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.Automation, error) { return existing(tx.Automation(ctx, in.ID)) })
}

func (s *Server) deleteAutomation(ctx context.Context, in *byID) (none, error) {
	deleted, err := write(ctx, s, func(tx *store.Tx) (bool, error) { return automation.Delete(ctx, tx, in.ID, tx.Now()) })
	if err == nil && !deleted {
		err = automationNotFound()
	}
	return none{}, err
}

type automationsQuery struct {
	paging
	Automations *prefect.AutomationFilter `json:"automations"`
	Sort        prefect.AutomationSort    `json:"sort" default:"\"NAME_ASC\""`
}

type readAutomations struct {
	Body automationsQuery `body:"embed"`
}

func (s *Server) readAutomations(ctx context.Context, in *readAutomations) ([]prefect.Automation, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Automation, error) {
		return tx.Automations(ctx, q.Automations, q.Sort, *q.Limit, q.Offset)
	})
}

type countAutomations struct {
	Body struct {
		Automations *prefect.AutomationFilter `json:"automations"`
	} `body:"embed"`
}

func (s *Server) countAutomations(ctx context.Context, in *countAutomations) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountAutomations(ctx, in.Body.Automations) })
}

type byResource struct {
	ResourceID string `path:"resource_id"`
}

func (s *Server) readRelatedAutomations(ctx context.Context, in *byResource) ([]prefect.Automation, error) {
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Automation, error) {
		return tx.RelatedAutomations(ctx, in.ResourceID, false, prefect.Time{})
	})
}

// deleteOwnedAutomations deletes what belongs to a resource. Unlike other deletions it emits no events, as in the reference: what owned the
// automations is about to make them anew.
func (s *Server) deleteOwnedAutomations(ctx context.Context, in *byResource) (any, error) {
	return write(ctx, s, func(tx *store.Tx) (any, error) {
		return nil, automation.DeleteOwned(ctx, tx, in.ResourceID, tx.Now())
	})
}

type validateTemplate struct {
	Body *string `body:""`
}

// templateProblem tells what is wrong with a template.
type templateProblem struct {
	Error struct {
		Line    int    `json:"line"`
		Message string `json:"message"`
		Source  string `json:"source"`
	} `json:"error"`
}

// validateTemplate answers with 204 for a template that can be read, and else tells what is wrong with it.
func (s *Server) validateTemplate(_ context.Context, in *validateTemplate) (any, error) {
	if in.Body == nil {
		return reply[none]{status: http.StatusNoContent}, nil
	}
	t, err := jinja.Parse(*in.Body)
	if err == nil {
		err = t.Validate()
	}
	if err == nil {
		return reply[none]{status: http.StatusNoContent}, nil
	}
	problem := templateProblem{}
	problem.Error.Message, problem.Error.Source = err.Error(), *in.Body
	var syntax *jinja.SyntaxError
	if errors.As(err, &syntax) {
		problem.Error.Line = syntax.Line
	}
	return reply[templateProblem]{http.StatusUnprocessableEntity, problem}, nil
}

type dryRun struct {
	Body prefect.DryRun `body:""`
}

// maxDrySpan is the longest span of time of a dry run.
const maxDrySpan = 31 * 24 * time.Hour

// dryRunAutomation tells when a trigger would have fired. Nothing is done.
func (s *Server) dryRunAutomation(ctx context.Context, in *dryRun) (*prefect.DryRunReport, error) {
	b := &in.Body
	until := prefect.TimeOf(s.clock())
	if b.Until != nil && b.Until.Before(until.Time) {
		until = prefect.TimeOf(b.Until.Time)
	}
	since := prefect.TimeOf(b.Since.Time)
	switch span := until.Sub(since.Time); {
	case span <= 0:
		return nil, invalidField("since must be before until, and in the past", "since")
	case span > maxDrySpan:
		return nil, invalidField("since and until may be 31 days apart", "since")
	}
	return read(ctx, s, func(tx *store.Tx) (*prefect.DryRunReport, error) {
		if b.AutomationID != nil {
			a, err := existing(tx.Automation(ctx, *b.AutomationID))
			if err != nil {
				return nil, err
			}
			b.Trigger = &a.Trigger
		}
		total := int64(-1)
		return automation.DryRun(ctx, *b.Trigger, since, until, b.Limit, func(ctx context.Context, f *prefect.EventFilter, limit, offset int64) (events []prefect.ReceivedEvent, err error) {
			if total < 0 {
				if total, err = tx.CountEvents(ctx, f); err != nil {
					return nil, err
				}
			}
			return tx.Events(ctx, f, total, limit, offset)
		})
	})
}
