package deployment

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json"

	"praetor/internal/prefect"
	"praetor/internal/schedule"
)

// NewSchedule is a schedule as a client gives it, for a deployment.
func NewSchedule(d *prefect.Deployment, w *prefect.DeploymentScheduleWrite, now prefect.Time) prefect.DeploymentSchedule {
	return prefect.DeploymentSchedule{
		ID: prefect.NewID(), Created: now, Updated: now, DeploymentID: d.ID, Schedule: schedule.Normalize(w.Schedule, now.Time),
		Active: w.Active, MaxScheduledRuns: w.MaxScheduledRuns, Parameters: w.Parameters, Slug: w.Slug,
	}
}

// Given is the schedule that an update describes, if it does.
func Given(u *prefect.DeploymentScheduleUpdate) (w prefect.DeploymentScheduleWrite, ok bool) {
	if u.Schedule == nil {
		return w, false
	}
	w = prefect.DeploymentScheduleWrite{Schedule: *u.Schedule, Active: u.Active == nil || *u.Active, Parameters: u.Parameters, Slug: u.Slug}
	return w, true
}

// UpdateSchedule changes a schedule.
func UpdateSchedule(s *prefect.DeploymentSchedule, u *prefect.DeploymentScheduleUpdate, now time.Time) {
	given(&s.Active, u.Active)
	if u.Schedule != nil {
		s.Schedule = schedule.Normalize(*u.Schedule, now)
	}
	if u.MaxScheduledRuns != nil {
		s.MaxScheduledRuns = u.MaxScheduledRuns
	}
	if u.Slug != nil {
		s.Slug = u.Slug
	}
	s.Parameters = u.Parameters
}

// Keep gives schedules that take the place of old ones the ids of those that they are the same as: by their slug or, without one,
// in all that they say. The keys of planned runs hold the id, and a date that a run was planned for must not be planned anew.
func Keep(old, anew []prefect.DeploymentSchedule) {
	taken := map[int]bool{}
	for i := range anew {
		for j := range old {
			if !taken[j] && same(&old[j], &anew[i]) {
				taken[j] = true
				anew[i].ID, anew[i].Created = old[j].ID, old[j].Created
				break
			}
		}
	}
}

func same(a, b *prefect.DeploymentSchedule) bool {
	if a.Slug != nil || b.Slug != nil {
		return a.Slug != nil && b.Slug != nil && *a.Slug == *b.Slug
	}
	return bytes.Equal(compact(a.Schedule), compact(b.Schedule)) && bytes.Equal(compact(a.Parameters), compact(b.Parameters))
}

func compact(v any) []byte {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil // it was read from JSON
	}
	return text
}

// Changes are what an update does to the schedules of a deployment.
type Changes struct {
	// Replace says that the schedules give way to New; otherwise those are added, and those of Patched are changed.
	Replace bool
	New     []prefect.DeploymentScheduleWrite
	Patched []Patch
}

// Patch is a change of a schedule that exists.
type Patch struct {
	Schedule *prefect.DeploymentSchedule
	Update   *prefect.DeploymentScheduleUpdate
}

// Reconcile finds out what an update does to schedules. Where all have slugs, those tell which are meant and none is deleted;
// otherwise the new schedules take the place of the old.
func Reconcile(old []prefect.DeploymentSchedule, update prefect.Opt[[]prefect.DeploymentScheduleUpdate]) (*Changes, error) {
	c := &Changes{}
	bySlug := map[string]*prefect.DeploymentSchedule{}
	for i := range old {
		if old[i].Slug != nil {
			bySlug[*old[i].Slug] = &old[i]
		}
	}
	if len(old) == 0 || len(bySlug) < len(old) {
		c.Replace = update.Set
		for i := range update.Value {
			if w, ok := Given(&update.Value[i]); ok {
				c.New = append(c.New, w)
			}
		}
		return c, nil
	}
	replaced := map[string]bool{}
	for _, u := range update.Value {
		switch {
		case u.Slug == nil:
			return nil, prefect.NewError(prefect.Invalid, "Please provide a slug for each schedule in your request to ensure schedules are updated correctly.")
		case u.Replaces == nil || *u.Replaces == "":
		case replaced[*u.Replaces]:
			return nil, prefect.NewError(prefect.Invalid, "Multiple schedules have 'replaces' targeting the same slug: "+*u.Replaces)
		default:
			replaced[*u.Replaces] = true
		}
	}
	for i := range update.Value {
		u := &update.Value[i]
		target := *u.Slug
		if u.Replaces != nil && *u.Replaces != "" {
			if target = *u.Replaces; bySlug[*u.Slug] != nil && !replaced[*u.Slug] {
				return nil, prefect.NewError(prefect.Invalid, "Cannot rename schedule from '"+target+"' to '"+*u.Slug+"': a schedule with slug '"+*u.Slug+"' already exists.")
			}
		}
		if known := bySlug[target]; known != nil {
			c.Patched = append(c.Patched, Patch{known, u})
			continue
		}
		w, ok := Given(u)
		if !ok {
			return nil, prefect.NewError(prefect.Invalid, "Unable to create new deployment schedules without a schedule configuration.")
		}
		c.New = append(c.New, w)
	}
	return c, nil
}
