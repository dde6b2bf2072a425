package api

import (
	"context"
	"math"
	"time"

	"github.com/google/uuid"

	"praetor/internal/deployment"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

// replaceSchedules puts schedules in the place of all that the deployment has. Those that it has already keep their ids.
func replaceSchedules(ctx context.Context, tx *store.Tx, d *prefect.Deployment, given []prefect.DeploymentScheduleWrite, now prefect.Time) error {
	anew := make([]prefect.DeploymentSchedule, len(given))
	for i := range given {
		anew[i] = deployment.NewSchedule(d, &given[i], now)
		anew[i].MaxScheduledRuns = nil // the reference drops it here
	}
	deployment.Keep(d.Schedules, anew)
	if len(d.Schedules) > 0 {
		if err := tx.DeleteSchedules(ctx, d.ID); err != nil {
			return err
		}
	}
	return slugsTaken(tx.InsertSchedules(ctx, anew))
}

// slugsTaken is what it means that a schedule cannot be stored.
func slugsTaken(err error) error {
	if store.IsUnique(err) {
		return prefect.NewError(prefect.Conflict, "Schedule slugs must be unique within a deployment.")
	}
	return err
}

// changeSchedules does to the deployment's schedules what an update asks for.
func changeSchedules(ctx context.Context, tx *store.Tx, d *prefect.Deployment, c *deployment.Changes, now prefect.Time) error {
	if c.Replace {
		return replaceSchedules(ctx, tx, d, c.New, now)
	}
	var renamed []uuid.UUID
	for _, p := range c.Patched {
		if p.Update.Replaces != nil && *p.Update.Replaces != "" {
			renamed = append(renamed, p.Schedule.ID)
		}
	}
	if len(renamed) > 0 {
		if err := tx.ForgetSlugs(ctx, renamed); err != nil {
			return err
		}
	}
	for _, p := range c.Patched {
		deployment.UpdateSchedule(p.Schedule, p.Update, now.Time)
		if err := tx.SaveSchedule(ctx, p.Schedule); err != nil {
			return slugsTaken(err)
		}
	}
	added := make([]prefect.DeploymentSchedule, len(c.New))
	for i := range c.New {
		added[i] = deployment.NewSchedule(d, &c.New[i], now)
	}
	return slugsTaken(tx.InsertSchedules(ctx, added))
}

func (s *Server) readDeploymentSchedules(ctx context.Context, in *byID) ([]prefect.DeploymentSchedule, error) {
	d, err := readOne(ctx, s, "Deployment", func(tx *store.Tx) (*prefect.Deployment, error) { return tx.Deployment(ctx, in.ID) })
	if err != nil {
		return nil, missingDeployment(err)
	}
	return d.Schedules, nil
}

type createSchedules struct {
	byID
	Body []prefect.DeploymentScheduleWrite `body:""`
}

func (s *Server) createDeploymentSchedules(ctx context.Context, in *createSchedules) ([]prefect.DeploymentSchedule, error) {
	for i := range in.Body {
		if err := s.checkMaxRuns(in.Body[i].MaxScheduledRuns, i); err != nil {
			return nil, err
		}
	}
	return write(ctx, s, func(tx *store.Tx) ([]prefect.DeploymentSchedule, error) {
		d, err := lockedDeployment(ctx, tx, in.ID, "Deployment not found.")
		if err != nil {
			return nil, err
		}
		added := make([]prefect.DeploymentSchedule, len(in.Body))
		for i := range in.Body {
			added[i] = deployment.NewSchedule(d, &in.Body[i], tx.Now())
		}
		return added, slugsTaken(tx.InsertSchedules(ctx, added))
	})
}

type bySchedule struct {
	byID
	ScheduleID uuid.UUID `path:"schedule_id"`
}

type updateSchedule struct {
	bySchedule
	Body prefect.DeploymentScheduleUpdate `body:""`
}

func (s *Server) updateDeploymentSchedule(ctx context.Context, in *updateSchedule) (none, error) {
	if err := s.checkMaxRuns(in.Body.MaxScheduledRuns); err != nil {
		return none{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		d, err := lockedDeployment(ctx, tx, in.ID, "Deployment not found.")
		if err != nil {
			return none{}, err
		}
		now := tx.Now()
		for i := range d.Schedules {
			if d.Schedules[i].ID != in.ScheduleID {
				continue
			}
			deployment.UpdateSchedule(&d.Schedules[i], &in.Body, now.Time)
			if err := tx.SaveSchedule(ctx, &d.Schedules[i]); err != nil {
				return none{}, slugsTaken(err)
			}
			return none{}, tx.DeletePlannedRuns(ctx, d.ID, &now)
		}
		return none{}, prefect.NewError(prefect.NotFound, "Schedule not found.")
	})
}

func (s *Server) deleteDeploymentSchedule(ctx context.Context, in *bySchedule) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		if _, err := lockedDeployment(ctx, tx, in.ID, "Deployment not found."); err != nil {
			return none{}, err
		}
		gone, err := tx.DeleteSchedule(ctx, in.ID, in.ScheduleID)
		if err == nil && !gone {
			err = prefect.NewError(prefect.NotFound, "Schedule not found.")
		}
		if err != nil {
			return none{}, err
		}
		return none{}, tx.DeletePlannedRuns(ctx, in.ID, nil)
	})
}

type scheduleDeployment struct {
	byID
	Body struct {
		StartTime prefect.Opt[prefect.Time] `json:"start_time" wire:"datetime" v:"nullable"`
		EndTime   prefect.Opt[prefect.Time] `json:"end_time" wire:"datetime" v:"nullable"`
		MinTime   *float64                  `json:"min_time"` // seconds
		MinRuns   *int64                    `json:"min_runs"`
		MaxRuns   *int64                    `json:"max_runs"`
	} `body:"embed"`
}

// maxPlanned bounds how many runs of a schedule one request plans: as many as a search for dates gives.
const maxPlanned = 1000

func (s *Server) scheduleDeployment(ctx context.Context, in *scheduleDeployment) (any, error) {
	b, settings := &in.Body, &s.settings.Services.Scheduler
	now := prefect.TimeOf(s.clock())
	h := deployment.Horizon{From: now.Time, Min: settings.MinRuns, Max: settings.MaxRuns}
	if b.StartTime.Set {
		h.From = b.StartTime.Value.Time
	}
	h.To, h.Until = h.From.Add(settings.MaxScheduledTime), h.From.Add(settings.MinScheduledTime)
	if b.EndTime.Set {
		h.To = b.EndTime.Value.Time
	}
	if b.MinTime != nil {
		h.Until = h.From.Add(secondsLong(*b.MinTime))
	}
	if b.MinRuns != nil {
		h.Min = *b.MinRuns
	}
	if b.MaxRuns != nil {
		h.Max = min(*b.MaxRuns, maxPlanned)
	}
	d, err := read(ctx, s, func(tx *store.Tx) (*prefect.Deployment, error) { return tx.Deployment(ctx, in.ID) })
	if err != nil || d == nil {
		return nil, err
	}
	runs, _ := deployment.Plan(d, h, now) // a schedule that cannot be followed makes no runs
	_, err = write(ctx, s, func(tx *store.Tx) (int64, error) { return tx.InsertPlannedRuns(ctx, runs) })
	return nil, err
}

// secondsLong is a number of seconds as a duration, or the nearest that there is.
func secondsLong(seconds float64) time.Duration {
	switch limit := math.MaxInt64 / float64(time.Second); {
	case seconds >= limit:
		return math.MaxInt64
	case seconds <= -limit:
		return math.MinInt64
	}
	return time.Duration(seconds * float64(time.Second))
}
