"""Automations: what happens to them, when they fire, and what their actions do."""

import uuid

from ..orchestration.states import state
from .emitted import nothing_told, plan, told

AUTOMATION = "prefect.automation.${automation}"
# Where nothing listens.
NOWHERE = "http://127.0.0.1:9/"
NOBODY = "00000000-0000-4000-8000-000000000000"


def plans():
    yield changes()
    yield triggers()
    yield actions()
    yield calls()


def event_trigger(*expect, **more):
    return {"type": "event", "posture": "Reactive", "expect": list(expect), "threshold": 1, "within": 0, **more}


def automation(steps, trigger, *actions, save="automation", name="${uniq} automation", **more):
    """Make an automation and wait until the server has told of it and of something later: by then its trigger is looked at."""
    body = {"name": name, "trigger": trigger, "actions": list(actions), **more}
    steps.post("/automations/", body, save={save: "/id"})
    told(steps, 1, f"prefect.automation.${{{save}}}")
    steps.post("/flows/", {"name": f"${{uniq}} after {save}"}, save={"later": "/id"})
    return told(steps, 1, "prefect.flow.${later}")


def happen(steps, made, *names, resource="test.it", related=(), occurred="${now}", **labels):
    """Send events, whose ids are the same in each run of the scenario."""
    where = f"{made.name} {list(made.scenarios)[-1]} {len(steps)}"
    body = [
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{where} {i}")), "event": name, "occurred": occurred,
            "resource": {"prefect.resource.id": resource, **labels}, "related": list(related),
        }
        for i, name in enumerate(names)
    ]  # fmt: skip
    steps.post("/events", body)


def heard(steps, count, *names, resource=AUTOMATION, **rest):
    """Ask for the events of those names of an automation, one after the other."""
    criteria = {"resource": {"id": [resource]}, "event": {"name": list(names)}, "order": "ASC"}
    steps.post("/events/filter", {"filter": criteria, "limit": 50}, until={"/total": count}, **rest)
    return steps


def fired(steps, **rest):
    heard(steps, 1, "prefect.automation.triggered", **rest)


def acted(steps, **rest):
    """Ask what became of the only action of the only firing."""
    heard(steps, 1, "prefect.automation.action.executed", "prefect.automation.action.failed", **rest)
    heard(steps, 1, "prefect.automation.action.triggered", **rest)


def changes():
    made = plan("automations", acts=True)
    do_nothing = {"type": "do-nothing"}

    steps = made.scenario("created, changed and deleted")
    trigger = event_trigger("never.${uniq}", match={"a": ["b", "c*"]}, match_related={"d": "e"}, for_each=["f"], threshold=3, within=60)
    automation(steps, trigger, do_nothing, description="d", tags=["t", "u"], actions_on_trigger=[do_nothing])
    steps.patch("/automations/${automation}", {"enabled": False})
    steps.patch("/automations/${automation}", {"enabled": False})
    steps.patch("/automations/${automation}", {"enabled": True})
    told(steps, 4, AUTOMATION)
    whole = {"name": "${uniq} other", "enabled": False, "trigger": event_trigger("never.${uniq}"), "actions": [], "actions_on_resolve": [do_nothing]}
    steps.put("/automations/${automation}", whole)
    steps.put("/automations/${automation}", whole)
    told(steps, 6, AUTOMATION)
    steps.delete("/automations/${automation}")
    told(steps, 7, AUTOMATION)
    steps.delete("/automations/${automation}")
    nothing_told(steps, f"prefect.automation.{NOBODY}")
    told(steps, 7, AUTOMATION)

    parts = [event_trigger("never.one"), event_trigger("never.two", posture="Proactive", within=60)]
    for name, trigger in {
        "proactive": event_trigger("never", posture="Proactive", within=3600, after=["a"], match_related=[{"a": "b"}, {"c": "d"}]),
        "compound": {"type": "compound", "require": "any", "within": None, "triggers": parts},
        "compound of two": {"type": "compound", "require": 2, "within": 60, "triggers": parts},
        "sequence": {"type": "sequence", "within": 60.5, "triggers": [{"type": "compound", "require": "all", "within": 60, "triggers": parts}, parts[0]]},
    }.items():
        steps = made.scenario(f"created with a trigger: {name}")
        automation(steps, trigger, do_nothing)
        steps.patch("/automations/${automation}", {"enabled": False})
        told(steps, 2, AUTOMATION)

    steps = made.scenario("owned by a resource")
    for name in ("one", "two"):
        body = {"trigger": event_trigger("never"), "actions": [do_nothing], "owner_resource": "prefect.deployment.${uniq}", "name": name}
        steps.post("/automations/", body, save={name: "/id"})
    steps.delete("/automations/owned-by/prefect.deployment.${uniq}")
    nothing_told(steps, f"prefect.automation.{NOBODY}")
    told(steps, 1, "prefect.automation.${one}")
    told(steps, 1, "prefect.automation.${two}")

    steps = made.scenario("refused")
    steps.post("/automations/", {"name": "${uniq}", "trigger": {"type": "event"}, "actions": [{"type": "no-such"}]}, loose={"": "any"})
    steps.patch(f"/automations/{NOBODY}", {"enabled": True})
    nothing_told(steps, f"prefect.automation.{NOBODY}")
    return made


def triggers():
    made = plan("automations_fired", acts=True)
    do_nothing = {"type": "do-nothing"}

    def scenario(name, trigger, *actions, **more):
        steps = made.scenario(name)
        automation(steps, trigger, *(actions or [do_nothing]), **more)
        return steps

    steps = scenario("an event", event_trigger("one.${uniq}"))
    happen(steps, made, "one.${uniq}", related=[{"prefect.resource.id": "test.other", "prefect.resource.role": "a role"}], **{"prefect.resource.name": "n"})
    fired(steps)
    acted(steps)

    steps = scenario("an event of some minutes ago", event_trigger("one.${uniq}"))
    happen(steps, made, "one.${uniq}", occurred="${now-400}")
    fired(steps)
    acted(steps)

    steps = scenario("of each", event_trigger("one.${uniq}", threshold=2, within=600, for_each=["colour"]))
    happen(steps, made, "one.${uniq}", colour="green")
    happen(steps, made, "one.${uniq}", colour="blue")
    happen(steps, made, "one.${uniq}", colour="green")
    fired(steps)
    acted(steps)

    parts = [event_trigger("one.${uniq}", for_each=["prefect.resource.id"]), event_trigger("two.${uniq}")]
    for name, trigger in {
        "any of two": {"type": "compound", "require": "any", "within": None, "triggers": parts},
        "all of two": {"type": "compound", "require": "all", "within": 600, "triggers": parts},
        "a sequence": {"type": "sequence", "within": None, "triggers": parts},
    }.items():
        steps = scenario(name, trigger)
        happen(steps, made, "one.${uniq}", resource="test.one")
        if name != "any of two":
            happen(steps, made, "two.${uniq}", resource="test.two")
        fired(steps)
        acted(steps)

    steps = scenario("an absence", event_trigger("one.${uniq}", posture="Proactive", after=["zero.${uniq}"], within=10, for_each=["prefect.resource.id"]))
    happen(steps, made, "zero.${uniq}")
    fired(steps)
    acted(steps)

    steps = scenario("several actions", event_trigger("one.${uniq}"), do_nothing, {"type": "cancel-flow-run"}, actions_on_trigger=[do_nothing], actions_on_resolve=[do_nothing])
    happen(steps, made, "one.${uniq}")
    fired(steps)
    for what, count in {"triggered": 3, "executed": 2, "failed": 1}.items():
        heard(steps, count, f"prefect.automation.action.{what}", unordered=["/events"])

    steps = scenario("what another one did", event_trigger("one.${uniq}"))
    automation(steps, event_trigger("prefect.automation.action.executed", match={"prefect.resource.id": AUTOMATION}), do_nothing, save="second")
    happen(steps, made, "one.${uniq}")
    fired(steps)
    acted(steps)
    fired(steps, resource="prefect.automation.${second}")
    acted(steps, resource="prefect.automation.${second}")

    steps = scenario("one that is off", event_trigger("one.${uniq}"))
    steps.patch("/automations/${automation}", {"enabled": False})
    happen(steps, made, "one.${uniq}")
    nothing_told(steps, f"prefect.automation.{NOBODY}")
    told(steps, 2, AUTOMATION)
    return made


def actions():
    made = plan("automations_act", acts=True)
    made.setup.post("/flows/", {"name": "${uniq} flow"}, save={"flow": "/id"})
    deployments(made)
    pools(made)
    runs(made)
    others(made)
    return made


def calls():
    """What leaves the server: webhooks and notifications."""
    made = plan("automations_call", acts=True)
    setup = made.setup
    for slug in ("webhook", "custom-webhook", "slack-webhook", "secret"):
        name = slug.replace("-", "_")
        # What a catalogue says of them is compared elsewhere.
        setup.get(f"/block_types/slug/{slug}", save={f"{name}_type": "/id"}, loose={"": "any"})
        criteria = {"block_type_id": {"any_": [f"${{{name}_type}}"]}}
        setup.post("/block_schemas/filter", {"block_schemas": criteria}, save={f"{name}_schema": "/0/id"}, loose={"": "any"})
    webhooks(made)
    notifications(made)
    return made


def act(made, name, action, resource="test.it", before=None, related=(), after=None, loose=None):
    """A scenario in which an action is taken."""
    steps = made.scenario(f"{action['type']}: {name}")
    if before:
        before(steps)
    automation(steps, event_trigger("one.${uniq}"), action)
    happen(steps, made, "one.${uniq}", resource=resource, related=related)
    acted(steps, **({"loose": loose} if loose else {}))
    if after:
        after(steps)
    return steps


def deployments(made):
    deployment = "prefect.deployment.${deployment}"
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

    def before(steps):
        body = {
            "name": "${uniq}", "flow_id": "${flow}", "parameter_openapi_schema": schema, "enforce_parameter_schema": True, "tags": ["t"],
            "schedules": [{"schedule": {"interval": 3600}, "active": True}],
        }  # fmt: skip
        steps.post("/deployments/", body, save={"deployment": "/id"})

    def runs(steps):
        steps.post("/flow_runs/filter", {"deployments": {"id": {"any_": ["${deployment}"]}}})

    run = {"type": "run-deployment", "source": "selected", "deployment_id": "${deployment}"}
    act(made, "with parameters", {**run, "parameters": {"n": 5}, "job_variables": {"a": "b"}, "schedule_after": 60}, before=before, after=runs)
    act(made, "with templates", {**run, "parameters": {"n": "{{ events | length }}", "e": "of {{ event.resource.id }}"}}, before=before, after=runs)
    act(made, "a parameter of another type", {**run, "parameters": {"n": "text"}}, before=before, after=runs)
    act(made, "a template that fails", {**run, "parameters": {"n": "{{ 1 / 0 }}"}}, before=before)
    act(made, "a variable that is not there", {**run, "parameters": {"n": {"__prefect_kind": "workspace_variable", "variable_name": "no_such"}}}, before=before)
    act(made, "nobody's", {**run, "deployment_id": NOBODY})
    act(made, "inferred", {"type": "run-deployment", "source": "inferred", "parameters": {"n": 1}}, before=before, resource=deployment)
    act(made, "inferred from nothing", {"type": "run-deployment", "source": "inferred"})
    for kind in ("pause-deployment", "resume-deployment"):

        def after(steps):
            steps.get("/deployments/${deployment}")

        chosen = {"type": kind, "source": "selected", "deployment_id": "${deployment}"}
        act(made, "selected", chosen, before=before, after=after)
        act(made, "nobody's", {**chosen, "deployment_id": NOBODY})
        related = [{"prefect.resource.id": deployment, "prefect.resource.role": "deployment"}]
        act(made, "inferred", {"type": kind, "source": "inferred"}, before=before, related=related)
        act(made, "inferred from nothing", {"type": kind, "source": "inferred"})


def pools(made):
    def before(steps):
        steps.post("/work_pools/", {"name": "${uniq}-pool", "type": "process"}, save={"pool": "/id", "queue": "/default_queue_id"})

    for what, other in {"pool": "queue", "queue": "pool"}.items():
        for kind in (f"pause-work-{what}", f"resume-work-{what}"):
            chosen = {"type": kind, "source": "selected", f"work_{what}_id": f"${{{what}}}"}
            act(made, "selected", chosen, before=before)
            act(made, "nobody's", {**chosen, f"work_{what}_id": NOBODY})
            act(made, "inferred", {"type": kind, "source": "inferred"}, before=before, resource=f"prefect.work-{what}.${{{what}}}")
            act(made, "inferred from nothing", {"type": kind, "source": "inferred"}, before=before, resource=f"prefect.work-{other}.${{{other}}}")


def runs(made):
    run = "prefect.flow-run.${run}"

    def in_state(*states, deployed=False):
        def before(steps):
            body = {"flow_id": "${flow}", "name": "a run", "state": states[0]}
            if deployed:
                steps.post("/deployments/", {"name": "${uniq}", "flow_id": "${flow}"}, save={"deployment": "/id"})
                body["deployment_id"] = "${deployment}"
            steps.post("/flow_runs/", body, save={"run": "/id"})
            for proposed in states[1:]:
                steps.post("/flow_runs/${run}/set_state", {"state": proposed, "force": True})

        return before

    def count(n):  # with the event that made the automation fire
        return lambda steps: told(steps, n, run)

    running, completed = state("RUNNING"), state("COMPLETED", message="done")
    suspended = state("PAUSED", "Suspended", pause_key="k", pause_reschedule=True, pause_timeout="2034-01-01T00:00:00Z")
    paused = state("PAUSED", pause_key="k", pause_timeout="2034-01-01T00:00:00Z")
    nobody = f"prefect.flow-run.{NOBODY}"
    for kind in ("cancel-flow-run", "suspend-flow-run", "resume-flow-run", "delete-flow-run"):
        for name, before in {
            "one that is scheduled": in_state(state("SCHEDULED")),
            "one that runs": in_state(running),
            "one that runs, of a deployment": in_state(running, deployed=True),
            "one that is suspended": in_state(running, suspended, deployed=True),
            "one that is paused": in_state(running, paused),
            "one that is over": in_state(completed),
        }.items():
            act(made, name, {"type": kind}, before=before, resource=run)
        if kind != "resume-flow-run":  # the reference fails, and says nothing
            act(made, "nobody's", {"type": kind}, resource=nobody)
        act(made, "inferred from nothing", {"type": kind})
        act(made, "inferred from a related resource", {"type": kind}, before=in_state(running),
            related=[{"prefect.resource.id": run, "prefect.resource.role": "flow-run"}])  # fmt: skip
    change = {"type": "change-flow-run-state", "state": "FAILED", "name": "Broken", "message": "by hand"}
    act(made, "another state", change, before=in_state(running), resource=run, after=count(3))
    act(made, "without words", {"type": "change-flow-run-state", "state": "FAILED"}, before=in_state(running), resource=run, after=count(3))
    act(made, "one that is over", {**change, "state": "PENDING"}, before=in_state(completed), resource=run)
    act(made, "one that is over, by force", {**change, "state": "PENDING", "force": True}, before=in_state(completed), resource=run, after=count(3))
    act(made, "nobody's", change, resource=nobody)
    act(made, "inferred from nothing", change)


def others(made):
    other = "prefect.automation.${other}"

    def before(steps):
        automation(steps, event_trigger("never"), {"type": "do-nothing"}, save="other", name="${uniq} other")

    for kind in ("pause-automation", "resume-automation"):

        chosen = {"type": kind, "source": "selected", "automation_id": "${other}"}
        act(made, "selected", chosen, before=before, after=lambda steps: told(steps, 2, other))
        act(made, "nobody's", {**chosen, "automation_id": NOBODY})
        act(made, "inferred", {"type": kind, "source": "inferred"}, before=before, resource=other, after=lambda steps: told(steps, 3, other))
        act(made, "inferred from nothing", {"type": kind, "source": "inferred"})


def block(slug, data, name="${uniq}-block"):
    """Make a block document."""
    slug = slug.replace("-", "_")

    def before(steps):
        body = {"name": name, "data": data, "block_type_id": f"${{{slug}_type}}", "block_schema_id": f"${{{slug}_schema}}"}
        steps.post("/block_documents/", body, save={"block": "/id"}, loose={"": "any"})

    return before


def loaded(kind):
    """The document was made, and loaded."""

    def after(steps):
        criteria = {"resource": {"id": ["prefect.block-document.${block}"]}, "event": {"name": [f"prefect.block.{kind}.loaded"]}}
        steps.post("/events/filter", {"filter": criteria, "limit": 50}, until={"/total": 1})

    return after


def webhooks(made):
    call = {"type": "call-webhook", "block_document_id": "${block}", "payload": "{{ event.event }}"}
    # What a server says of itself in its answers is its own.
    loose = {"/events/0/payload/response_headers": "any"}
    hello = {"method": "GET", "url": "${base}/hello"}
    act(made, "the answer is told", call, before=block("webhook", hello), after=loaded("webhook"), loose=loose)
    posted = {"method": "POST", "url": "${base}/flows/count", "headers": {"Content-Type": "application/json", "Authorization": "secret"}}
    act(made, "with a payload", {**call, "payload": '{"flows": {"name": {"any_": ["{{ event.id }}"]}}}'}, before=block("webhook", posted), loose=loose)
    act(made, "without a payload", {"type": "call-webhook", "block_document_id": "${block}"}, before=block("webhook", posted), loose=loose)
    act(made, "an answer that is an error", call, before=block("webhook", {"method": "GET", "url": "${base}/no/such"}), loose=loose)
    # Where nobody listens Praetor tries for longer than a scenario waits, and the reference once.
    act(made, "an address that is not allowed", call, before=block("webhook", {**hello, "allow_private_urls": False}), after=loaded("webhook"))
    act(made, "a template that fails", {**call, "payload": "{{ 1 / 0 }}"}, before=block("webhook", hello), after=loaded("webhook"))
    act(made, "without an address", call, before=block("webhook", {"method": "GET"}))
    act(made, "of another method", call, before=block("webhook", {"method": "FETCH", "url": "${base}/hello"}))
    act(made, "another block", call, before=block("custom-webhook", {"name": "n", "url": "${base}/hello", "method": "GET"}), after=loaded("custom-webhook"))
    act(made, "a block of another kind", call, before=block("secret", {"value": "v"}), after=loaded("secret"))
    act(made, "nobody's", {**call, "block_document_id": NOBODY})


def notifications(made):
    notify = {"type": "send-notification", "block_document_id": "${block}", "subject": "s {{ event.event }}", "body": "b {{ event.resource.id }}"}
    custom = {"name": "n", "url": "${base}/flows/count", "method": "POST", "json_data": {"name": "{{subject}} {{body}}"}}
    act(made, "sent", notify, before=block("custom-webhook", {**custom, "json_data": {}}), after=loaded("custom-webhook"))
    # Of an answer that is an error, and of one that never comes, the reference tells nothing: it fails in a way that it does not expect.
    act(made, "a template that fails", {**notify, "body": "{{ 1 / 0 }}"}, before=block("custom-webhook", custom), after=loaded("custom-webhook"))
    act(made, "without an address", notify, before=block("custom-webhook", {"name": "n"}))
    act(made, "a block of another kind", notify, before=block("webhook", {"method": "GET", "url": NOWHERE}), after=loaded("webhook"))
    act(made, "nobody's", {**notify, "block_document_id": NOBODY})
