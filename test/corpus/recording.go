package corpus

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// recording is the work on one file: what it does with each step.
type recording struct {
	client *Client
	file   *File
	// step handles one step of a scenario.
	step func(ctx context.Context, step *Step, of *scope) error
	// notes are things that whoever records should read.
	notes []string
}

// scope is what the steps of a scenario share.
type scope struct {
	vars     *Vars
	recorder *Recorder
	matcher  *Matcher
}

// failure is an answer by which the reference says that it has failed; it
// tells nothing about how a server should behave.
type failure struct{ status int }

func (f failure) Error() string { return fmt.Sprintf("the reference failed with %d", f.status) }

// Record runs a plan against the server at base and fills in its answers. Where
// the reference fails the step is left out; the notes say so.
func Record(ctx context.Context, client *Client, file *File) (notes []string, err error) {
	r := &recording{client: client, file: file}
	r.step = func(ctx context.Context, step *Step, of *scope) error {
		response, err := client.Do(ctx, step, of.vars)
		if err != nil {
			return err
		}
		if response.Status >= 500 {
			return failure{response.Status}
		}
		if err := of.vars.Save(step, response.JSON); err != nil {
			return err
		}
		step.Answer, err = of.recorder.Answer(step, response)
		return err
	}
	err = r.run(ctx, "")
	return r.notes, err
}

// RecordDifferences runs a recorded file against a reference on PostgreSQL and
// keeps, for the steps whose answer differs there, that answer beside the first.
func RecordDifferences(ctx context.Context, client *Client, file *File) (notes []string, err error) {
	r := &recording{client: client, file: file}
	r.step = func(ctx context.Context, step *Step, of *scope) error {
		response, err := client.Do(ctx, step, of.vars)
		if err != nil {
			return err
		}
		step.Postgres = nil
		if response.Status >= 500 {
			r.notes = append(r.notes, fmt.Sprintf("%s %s: on PostgreSQL %v", step.Method, step.Path, failure{response.Status}))
			return nil
		}
		if err := of.vars.Save(step, response.JSON); err != nil {
			return err
		}
		differences := of.matcher.Answer(step, step.Answer, response)
		if len(differences) == 0 {
			return nil
		}
		r.notes = append(r.notes, fmt.Sprintf("%s %s: differs on PostgreSQL: %v", step.Method, step.Path, differences))
		step.Postgres, err = of.recorder.Answer(step, response)
		return err
	}
	err = r.run(ctx, "p")
	return r.notes, err
}

func (r *recording) run(ctx context.Context, namespace string) error {
	vars := NewVars(r.client.base, time.Now())
	setup := &scope{vars, NewRecorder(vars, namespace, r.file.Setup), NewMatcher(vars)}
	for i, step := range r.file.Setup {
		if err := r.step(ctx, step, setup); err != nil {
			return fmt.Errorf("setup, step %d, %s %s: %w", i+1, step.Method, step.Path, err)
		}
	}
	var kept []*Scenario
	for _, scenario := range r.file.Scenarios {
		own := vars.Fork(time.Now())
		of := &scope{own, setup.recorder.Fork(own, scenario.Steps), setup.matcher.Fork(own)}
		if err := r.scenario(ctx, scenario, of); err != nil {
			return err
		}
		if len(scenario.Steps) > 0 {
			kept = append(kept, scenario)
		}
	}
	r.file.Scenarios = kept
	return nil
}

// scenario records the steps of one. A step at which the reference fails is
// left out; where it should have saved something, so is the rest.
func (r *recording) scenario(ctx context.Context, scenario *Scenario, of *scope) error {
	steps := scenario.Steps
	scenario.Steps = nil
	for i, step := range steps {
		err := r.step(ctx, step, of)
		if err == nil {
			scenario.Steps = append(scenario.Steps, step)
			continue
		}
		where := fmt.Sprintf("%s, step %d, %s %s", scenario.Name, i+1, step.Method, step.Path)
		if !errors.As(err, new(failure)) {
			return fmt.Errorf("%s: %w", where, err)
		}
		r.notes = append(r.notes, fmt.Sprintf("%s: %v", where, err))
		if step.Save != nil {
			return nil
		}
	}
	return nil
}
