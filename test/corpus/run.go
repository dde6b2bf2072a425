package corpus

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Replay is a run of a file's scenarios against one server.
type Replay struct {
	client  *Client
	dialect string
	vars    *Vars
	matcher *Matcher
}

// StartReplay runs a file's setup against the client's server; it returns a readable text for each step whose answer
// differs.
func StartReplay(ctx context.Context, client *Client, dialect string, file *File) (*Replay, []string) {
	start := time.Now()
	vars := NewVars(client.base, start)
	replay := &Replay{client: client, dialect: dialect, vars: vars, matcher: NewMatcher(vars)}
	problems := replay.steps(ctx, file.Setup, vars, replay.matcher)
	vars.setupTook = time.Since(start)
	return replay, problems
}

// Scenario runs one scenario; it returns a readable text for each step whose
// answer differs.
func (r *Replay) Scenario(ctx context.Context, scenario *Scenario) []string {
	vars := r.vars.Fork(time.Now())
	return r.steps(ctx, scenario.Steps, vars, r.matcher.Fork(vars))
}

func (r *Replay) steps(ctx context.Context, steps []*Step, vars *Vars, matcher *Matcher) []string {
	var problems []string
	for i, step := range steps {
		head := fmt.Sprintf("step %d: %s %s", i+1, step.Method, step.Path)
		response, err := r.client.Do(ctx, step, vars)
		if err != nil {
			return append(problems, head+": "+err.Error())
		}
		// What is saved counts as known in the same answer.
		saveErr := vars.Save(step, response.JSON)
		var lines []string
		for _, difference := range matcher.Answer(step, step.Expected(r.dialect), response) {
			lines = append(lines, "\n    "+difference.String())
		}
		if saveErr != nil {
			lines = append(lines, "\n    "+saveErr.Error())
		}
		if lines != nil {
			problems = append(problems, head+describeBody(step)+strings.Join(lines, ""))
		}
		if saveErr != nil {
			return problems
		}
	}
	return problems
}

// describeBody shows the start of a step's request.
func describeBody(step *Step) string {
	text := string(step.Body)
	if step.Raw != nil {
		text = *step.Raw
	}
	if len(text) > 400 {
		text = text[:400] + "..."
	}
	if text != "" {
		text = " " + text
	}
	return text
}
