package action

import (
	"strings"

	"praetor/internal/jinja"
)

// convert makes what a field of a JSON document stands for.
type convert func(any) any

// shape is a class of the reference's: which of its fields are more than JSON says.
type shape struct {
	class  string
	fields map[string]convert
	// more gives what objects of the class can do.
	more func(*model) map[string]any
}

// of makes the object of a JSON document; what is no object stays as it is.
func (s *shape) of(v any) any {
	doc, ok := v.(*jinja.Dict)
	if !ok {
		return v
	}
	m := &model{class: s.class, fields: map[string]any{}, doc: doc}
	for _, k := range doc.Keys() {
		name := jinja.Str(k)
		value, _ := doc.Get(k)
		if as, special := s.fields[name]; special {
			value = as(value)
		}
		m.names = append(m.names, name)
		m.fields[name] = value
	}
	if s.more != nil {
		m.more = s.more(m)
	}
	return m
}

func enumOf(class string) convert {
	return func(v any) any {
		if text, ok := v.(string); ok {
			return enum{class, text}
		}
		return v
	}
}

func listOf(as convert) convert {
	return func(v any) any {
		items, ok := v.([]any)
		if !ok {
			return v
		}
		made := make([]any, len(items))
		for i := range items {
			made[i] = as(items[i])
		}
		return made
	}
}

func labelsOf(class string) convert {
	return func(v any) any {
		if d, ok := v.(*jinja.Dict); ok {
			return &labelled{class, d}
		}
		return v
	}
}

// dated are the fields of everything that is stored.
func dated(fields map[string]convert) map[string]convert {
	fields["id"], fields["created"], fields["updated"] = asID, asTime, asTime
	return fields
}

func plainOf(class string, fields map[string]convert) convert {
	return (&shape{class: class, fields: fields}).of
}

func stateOf(v any) any {
	details := plainOf("StateDetails", map[string]convert{
		"flow_run_id": asID, "task_run_id": asID, "child_flow_run_id": asID, "scheduled_time": asTime, "cache_expiration": asTime, "pause_timeout": asTime,
		"transition_id": asID, "task_parameters_id": asID, "deployment_concurrency_lease_id": asID,
	})
	s := &shape{class: "State", fields: map[string]convert{"id": asID, "type": enumOf("StateType"), "timestamp": asTime, "state_details": details}}
	s.more = func(m *model) map[string]any {
		is := func(types ...string) jinja.Func {
			return func(jinja.Args) (any, error) {
				now, _ := jinja.Text(m.fields["type"])
				for _, t := range types {
					if t == now {
						return true, nil
					}
				}
				return false, nil
			}
		}
		return map[string]any{
			"is_scheduled": is("SCHEDULED"), "is_pending": is("PENDING"), "is_running": is("RUNNING"), "is_completed": is("COMPLETED"), "is_failed": is("FAILED"),
			"is_crashed": is("CRASHED"), "is_cancelled": is("CANCELLED"), "is_cancelling": is("CANCELLING"), "is_paused": is("PAUSED"),
			"is_final": is("COMPLETED", "FAILED", "CRASHED", "CANCELLED"),
		}
	}
	return s.of(v)
}

// shapes are the classes of the objects that are looked up, by the names of templates.
func shapes() map[string]*shape {
	run := func(fields map[string]convert) map[string]convert {
		for _, name := range []string{"expected_start_time", "next_scheduled_start_time", "start_time", "end_time"} {
			fields[name] = asTime
		}
		for _, name := range []string{"total_run_time", "estimated_run_time", "estimated_start_time_delta"} {
			fields[name] = asSeconds
		}
		fields["state"], fields["state_type"], fields["state_id"] = stateOf, enumOf("StateType"), asID
		return dated(fields)
	}
	return map[string]*shape{
		"deployment": {class: "DeploymentResponse", fields: dated(map[string]convert{
			"flow_id": asID, "last_polled": asTime, "status": enumOf("DeploymentStatus"), "work_queue_id": asID, "infrastructure_document_id": asID,
			"storage_document_id": asID,
		})},
		"flow": {class: "Flow", fields: dated(map[string]convert{})},
		"flow_run": {class: "FlowRunResponse", fields: run(map[string]convert{
			"flow_id": asID, "deployment_id": asID, "work_queue_id": asID, "work_pool_id": asID, "parent_task_run_id": asID, "infrastructure_document_id": asID,
			"empirical_policy": plainOf("FlowRunPolicy", nil), "created_by": plainOf("CreatedBy", map[string]convert{"id": asID}),
		})},
		"task_run": {class: "TaskRun", fields: run(map[string]convert{
			"flow_run_id": asID, "cache_expiration": asTime, "empirical_policy": plainOf("TaskRunPolicy", nil),
		})},
		"work_pool": {class: "WorkPool", fields: dated(map[string]convert{"default_queue_id": asID, "status": enumOf("WorkPoolStatus")})},
		"work_queue": {class: "WorkQueueWithStatus", fields: dated(map[string]convert{
			"work_pool_id": asID, "last_polled": asTime, "status": enumOf("WorkQueueStatus"),
			"health_check_policy": plainOf("WorkQueueHealthPolicy", nil),
		})},
		"concurrency_limit": {class: "ConcurrencyLimitV2", fields: dated(map[string]convert{})},
	}
}

func triggerOf(v any) any {
	d, ok := v.(*jinja.Dict)
	if !ok {
		return v
	}
	s := &shape{class: "EventTrigger"}
	s.fields = map[string]convert{
		"id": asID, "within": asSeconds, "posture": enumOf("Posture"), "triggers": listOf(triggerOf),
		"match": specificationOf, "match_related": func(v any) any {
			if _, isList := v.([]any); isList {
				return listOf(specificationOf)(v)
			}
			return specificationOf(v)
		},
	}
	switch kind, _ := d.Get("type"); kind {
	case "compound":
		s.class = "CompoundTrigger"
	case "sequence":
		s.class = "SequenceTrigger"
	}
	return s.of(d)
}

// specification is a labelled whose values are lists when they are asked for.
type specification struct{ labelled }

// Item implements jinja.Indexed.
func (s *specification) Item(key any) (any, bool) {
	v, ok := s.dict.Get(key)
	if text, isText := v.(string); isText {
		return []any{text}, true
	}
	return v, ok
}

func specificationOf(v any) any {
	if d, ok := v.(*jinja.Dict); ok {
		return &specification{labelled{"ResourceSpecification", d}}
	}
	return v
}

func automationOf(v any) any {
	action := func(v any) any {
		class := "Action"
		if d, ok := v.(*jinja.Dict); ok {
			kind, _ := d.Get("type")
			class = ""
			for _, word := range strings.Split(jinja.Str(kind), "-") {
				if word != "" {
					class += strings.ToUpper(word[:1]) + word[1:]
				}
			}
		}
		return plainOf(class, map[string]convert{
			"deployment_id": asID, "block_document_id": asID, "work_pool_id": asID, "work_queue_id": asID, "automation_id": asID, "schedule_after": asSeconds,
			"state": enumOf("StateType"),
		})(v)
	}
	return plainOf("Automation", dated(map[string]convert{
		"trigger": triggerOf, "actions": listOf(action), "actions_on_trigger": listOf(action), "actions_on_resolve": listOf(action),
	}))(v)
}

func (c *contextMaker) eventOf(v any) any {
	s := &shape{class: "ReceivedEvent", fields: map[string]convert{
		"id": asID, "follows": asID, "occurred": asTime, "received": asTime, "resource": labelsOf("Resource"), "related": listOf(labelsOf("RelatedResource")),
	}}
	s.more = func(m *model) map[string]any {
		related, _ := m.fields["related"].([]any)
		first, all := jinja.NewDict(), jinja.NewDict()
		for _, r := range related {
			resource, ok := r.(*labelled)
			if !ok {
				continue
			}
			role := resource.label("prefect.resource.role")
			if _, known := first.Get(role); !known {
				first.Set(role, resource)
			}
			list, _ := all.Get(role)
			items, _ := list.([]any)
			all.Set(role, append(items, r))
		}
		return map[string]any{
			"involved_resources": append([]any{m.fields["resource"]}, related...),
			"resource_in_role":   first, "resources_in_role": all, "url": c.uiURL(m),
			"find_resource_label": jinja.Func(func(a jinja.Args) (any, error) { return findLabel(m, related, a.String(0, "label", "")), nil }),
		}
	}
	return s.of(v)
}

// findLabel looks for a label of the resource, or with "related:ROLE:LABEL" of the first related one in that role.
func findLabel(event *model, related []any, label string) any {
	if role, ok := strings.CutPrefix(label, "related:"); ok {
		at := strings.LastIndex(role, ":")
		if at < 0 {
			return nil
		}
		for _, r := range related {
			if resource, ok := r.(*labelled); ok && resource.label("prefect.resource.role") == role[:at] {
				return resource.label(role[at+1:])
			}
		}
		return nil
	}
	if resource, ok := event.fields["resource"].(*labelled); ok {
		return resource.label(label)
	}
	return nil
}

func (c *contextMaker) firingOf(v any) any {
	s := &shape{class: "Firing", fields: map[string]convert{
		"id": asID, "trigger": triggerOf, "triggered": asTime, "triggering_event": c.eventOf, "trigger_states": listOf(enumOf("TriggerState")),
	}}
	s.fields["triggering_firings"] = listOf(c.firingOf)
	s.more = func(m *model) map[string]any {
		return map[string]any{
			"all_firings": jinja.Func(func(jinja.Args) (any, error) { return allFirings(m), nil }),
			"all_events":  jinja.Func(func(jinja.Args) (any, error) { return allEvents(m), nil }),
		}
	}
	return s.of(v)
}

func allFirings(m *model) []any {
	all := []any{m}
	below, _ := m.fields["triggering_firings"].([]any)
	for _, b := range below {
		if firing, ok := b.(*model); ok {
			all = append(all, allFirings(firing)...)
		}
	}
	return all
}

func allEvents(m *model) []any {
	all := []any{}
	for _, f := range allFirings(m) {
		if firing, ok := f.(*model); ok && firing.fields["triggering_event"] != nil {
			all = append(all, firing.fields["triggering_event"])
		}
	}
	return all
}
