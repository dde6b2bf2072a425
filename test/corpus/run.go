package corpus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// StandIn does what a route would do that a server does not have yet, and gives what is known of its answer: only that is
// compared. It gives false for a route that the server has.
type StandIn func(ctx context.Context, method, path string, body []byte) (document any, standsIn bool, err error)

// Replay is a run of a file's scenarios against one server.
type Replay struct {
	client  *Client
	dialect string
	standIn StandIn
	vars    *Vars
	matcher *Matcher
}

// StartReplay runs a file's setup against the client's server; it returns a readable text for each step whose answer
// differs. standIn may be nil.
func StartReplay(ctx context.Context, client *Client, dialect string, file *File, standIn StandIn) (*Replay, []string) {
	vars := NewVars(client.base, time.Now())
	replay := &Replay{client: client, dialect: dialect, standIn: standIn, vars: vars, matcher: NewMatcher(vars)}
	problems := replay.steps(ctx, file.Setup, vars, replay.matcher)
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
		response, err := r.answer(ctx, step, vars)
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

// answer is the server's, or where that does not have the route, that of what stands in for it.
func (r *Replay) answer(ctx context.Context, step *Step, vars *Vars) (*Response, error) {
	response, err := r.client.Do(ctx, step, vars)
	if err != nil || r.standIn == nil || !noSuchRoute(response) {
		return response, err
	}
	path, body, err := expandRequest(step, vars)
	if err != nil {
		return nil, err
	}
	document, standsIn, err := r.standIn(ctx, step.Method, path, body)
	if err != nil {
		return nil, fmt.Errorf("stand in: %w", err)
	}
	if !standsIn {
		return response, nil
	}
	answer := &Response{SentAt: response.SentAt, Partial: true, IsJSON: document != nil}
	if !answer.IsJSON {
		return answer, nil
	}
	raw, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("stand in: %w", err)
	}
	answer.JSON, err = decodeJSON(raw)
	return answer, err
}

// noSuchRoute tells whether a server has said that it does not know what it is asked.
func noSuchRoute(response *Response) bool {
	return response.Status == http.StatusNotFound && show(response.JSON) == `{"detail":"Not Found"}` ||
		response.Status == http.StatusMethodNotAllowed
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
