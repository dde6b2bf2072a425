package events

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"praetor/internal/prefect"
)

const (
	// maxStateMessage is how many characters of a state's message an event carries.
	maxStateMessage = 100_000
	// tightTiming is how close two states are for the event of one to name that of the other.
	tightTiming = 5 * time.Minute
)

// FlowRunStateChanged tells that the flow run, whose fields are those after the change, went from the initial state, or from
// none, to the validated one. The event has that state's id.
func FlowRunStateChanged(run *prefect.FlowRun, in *prefect.FlowRunRelated, initial, validated *prefect.State) prefect.Event {
	e := prefect.Event{
		ID: validated.ID, Occurred: validated.Timestamp, Event: "prefect.flow-run." + validated.DisplayName(),
		Resource: prefect.Resource{
			prefect.ResourceID:        resourceID("flow-run", run.ID),
			prefect.ResourceName:      run.Name,
			"prefect.run-count":       strconv.FormatInt(run.RunCount, 10),
			"prefect.state-message":   shortMessage(validated.Message),
			"prefect.state-name":      validated.DisplayName(),
			"prefect.state-timestamp": isoTime(validated.Timestamp),
			"prefect.state-type":      string(validated.Type),
		},
		Related: flowRunRelated(run, in),
	}
	payload := stateChange{Validated: payloadOfState(validated)}
	payload.Intended.To = validated.Type
	if initial != nil {
		payload.Intended.From, payload.Initial = &initial.Type, payloadOfState(initial)
		if apart := e.Occurred.Sub(initial.Timestamp.Time); -tightTiming < apart && apart < tightTiming {
			e.Follows = &initial.ID
		}
	}
	e.Payload = object(payload)
	return e
}

// stateChange is the payload of a flow run's new state.
type stateChange struct {
	Intended struct {
		From *prefect.StateType `json:"from"`
		To   prefect.StateType  `json:"to"`
	} `json:"intended"`
	Initial   *statePayload `json:"initial_state"`
	Validated *statePayload `json:"validated_state"`
}

type statePayload struct {
	Type            prefect.StateType `json:"type"`
	Name            string            `json:"name,omitempty"`
	Message         string            `json:"message,omitempty"`
	PauseReschedule string            `json:"pause_reschedule,omitempty"`
}

func payloadOfState(s *prefect.State) *statePayload {
	p := &statePayload{Type: s.Type, Name: s.DisplayName(), Message: shortMessage(s.Message)}
	if s.Type == prefect.Paused {
		p.PauseReschedule = strconv.FormatBool(s.StateDetails.PauseReschedule)
	}
	return p
}

// flowRunRelated names what the run belongs to, then the tags of it all, then who made the run.
func flowRunRelated(run *prefect.FlowRun, in *prefect.FlowRunRelated) []prefect.RelatedResource {
	all := []prefect.RelatedResource{}
	tags := slices.Clone(run.Tags)
	add := func(kind string, o *prefect.Named) {
		if o != nil {
			all = append(all, relatedNamed(kind, o))
			tags = append(tags, o.Tags...)
		}
	}
	add(roleFlow, in.Flow)
	add("deployment", in.Deployment)
	add(roleWorkQueue, in.WorkQueue)
	if in.WorkPool != nil {
		all = append(all, relatedPool(in.WorkPool))
	}
	add(roleTaskRun, in.TaskRun)
	slices.Sort(tags)
	for _, tag := range slices.Compact(tags) {
		all = append(all, prefect.RelatedResource{prefect.ResourceID: "prefect.tag." + tag, prefect.ResourceRole: "tag"})
	}
	if creator := creatorOf(run.CreatedBy); creator != nil {
		all = append(all, creator)
	}
	return all
}

// creatorOf names the deployment or the automation that made a run, or gives nil.
func creatorOf(c *prefect.CreatedBy) prefect.RelatedResource {
	if c == nil || c.Type == nil || c.ID == nil {
		return nil
	}
	kind := map[string]string{"DEPLOYMENT": "deployment", "AUTOMATION": "automation"}[*c.Type]
	if kind == "" {
		return nil
	}
	r := related(kind, "creator", *c.ID)
	if c.DisplayValue != nil && *c.DisplayValue != "" {
		r[prefect.ResourceName] = *c.DisplayValue
	}
	return r
}

// isoTime is a time as Python writes it.
func isoTime(t prefect.Time) string {
	layout := "2006-01-02T15:04:05.000000-07:00"
	if t.Nanosecond() < int(time.Microsecond) {
		layout = "2006-01-02T15:04:05-07:00"
	}
	return t.Format(layout)
}

// shortMessage leaves out the middle of a message that is too long, and says so.
func shortMessage(message *string) string {
	if message == nil {
		return ""
	}
	m := *message
	length := utf8.RuneCountInString(m)
	if length <= maxStateMessage {
		return m
	}
	runes := []rune(m)
	const half = maxStateMessage / 2
	short := string(runes[:half]) + "..." + strconv.Itoa(length-2*half) + " additional characters..." + string(runes[length-half:])
	if utf8.RuneCountInString(short) >= length {
		return m
	}
	return short
}
