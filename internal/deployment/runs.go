package deployment

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"praetor/internal/prefect"
	"praetor/internal/schedule"
)

// NewRun is a run of the deployment as a client asks for it, with parameters that are made already. It has no labels and no state.
func NewRun(d *prefect.Deployment, c *prefect.DeploymentFlowRunCreate, parameters prefect.Object, now prefect.Time) *prefect.FlowRun {
	run := &prefect.FlowRun{
		ID: prefect.NewID(), Created: now, Updated: now, FlowID: d.FlowID, DeploymentID: &d.ID, DeploymentVersion: d.Version,
		WorkQueueID: d.WorkQueueID, WorkQueueName: d.WorkQueueName, Parameters: parameters, IdempotencyKey: c.IdempotencyKey, Context: c.Context,
		EmpiricalPolicy: c.EmpiricalPolicy, Tags: union(d.Tags, c.Tags), ParentTaskRunID: c.ParentTaskRunID,
		InfrastructureDocumentID: c.InfrastructureDocumentID, JobVariables: c.JobVariables,
	}
	if run.InfrastructureDocumentID == nil {
		run.InfrastructureDocumentID = d.InfrastructureDocumentID
	}
	// Null stays null for a run with a key alone, as in the reference.
	if run.JobVariables == nil && (c.IdempotencyKey == nil || *c.IdempotencyKey == "") {
		none := prefect.Object("{}")
		run.JobVariables = &none
	}
	if c.Name != nil {
		run.Name = *c.Name
	} else {
		run.Name = prefect.RandomName()
	}
	return run
}

// union joins lists and keeps the first of equal texts.
func union(lists ...[]string) []string {
	joined := []string{}
	for _, text := range slices.Concat(lists...) {
		if !slices.Contains(joined, text) {
			joined = append(joined, text)
		}
	}
	return joined
}

// Horizon says how far ahead runs are planned: from From, no run after To and no more than Max of a schedule, and no further than
// needed to have Min runs and to reach Until.
type Horizon struct {
	From, To, Until time.Time
	Min, Max        int64
}

// Plan gives the runs that the active schedules of the deployment make within the horizon, each with its state. Their idempotency
// keys tell them from each other, whoever plans them. A schedule that cannot be followed makes the runs that were found of it; the
// error tells of all such.
func Plan(d *prefect.Deployment, h Horizon, now prefect.Time) (runs []prefect.FlowRun, err error) {
	for i := range d.Schedules {
		s := &d.Schedules[i]
		if !s.Active || h.Max <= 0 {
			continue
		}
		dates, bad := schedule.Dates(s.Schedule, schedule.Window{
			From: h.From, To: h.To, Until: h.Until, Min: int(h.Min), Max: int(h.Max),
		})
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("schedule %s: %w", s.ID, bad))
		}
		runs = appendPlanned(runs, d, s, dates, now)
	}
	return runs, err
}

// appendPlanned appends the runs of a schedule. They share what they have in common: nobody may change it.
func appendPlanned(runs []prefect.FlowRun, d *prefect.Deployment, s *prefect.DeploymentSchedule, dates []time.Time, now prefect.Time) []prefect.FlowRun {
	message, kind, display, no := "Flow run scheduled", "SCHEDULE", s.Schedule.Kind(), false
	if s.Slug != nil && *s.Slug != "" {
		display = *s.Slug
	}
	common := prefect.FlowRun{
		Created: now, Updated: now, FlowID: d.FlowID, DeploymentID: &d.ID, DeploymentVersion: d.Version, WorkQueueID: d.WorkQueueID,
		WorkQueueName: d.WorkQueueName, Parameters: overlay(d.Parameters, s.Parameters), Tags: append([]string{"auto-scheduled"}, d.Tags...),
		InfrastructureDocumentID: d.InfrastructureDocumentID, AutoScheduled: true, Labels: runLabels(d),
		CreatedBy:       &prefect.CreatedBy{ID: &s.ID, Type: &kind, DisplayValue: &display},
		EmpiricalPolicy: prefect.FlowRunPolicy{PauseKeys: &[]string{}, Resuming: &no},
	}
	for _, date := range dates {
		run, due, key := common, prefect.TimeOf(date), schedule.IdempotencyKey(d.ID, s.ID, date)
		state := prefect.NewScheduled("", date, now.Time)
		state.Message = &message
		*state.StateDetails.ScheduledTime = prefect.ZonedTime(date)
		run.ID, run.Name, run.IdempotencyKey, run.State = prefect.NewID(), prefect.RandomName(), &key, &state
		run.NextScheduledStartTime, run.ExpectedStartTime = &due, &due
		runs = append(runs, run)
	}
	return runs
}

func runLabels(d *prefect.Deployment) prefect.Labels {
	return d.Labels.With(&prefect.Labels{
		"prefect.flow.id":       prefect.Raw(`"` + d.FlowID.String() + `"`),
		"prefect.deployment.id": prefect.Raw(`"` + d.ID.String() + `"`),
	})
}
