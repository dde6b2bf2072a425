"""The rules of flow runs that a pair of states alone does not show."""

import json

from .flow_pairs import flow_plan
from .states import (
    FUTURE,
    INITIAL,
    PAST,
    PERSISTED,
    PROPOSED,
    RUNNING,
    UNPERSISTED,
    create_flow_run,
    create_task_run,
    flow_run_in,
    set_flow_state,
    state,
)

AWAITING_RETRY = state("SCHEDULED", "AwaitingRetry", scheduled_time=PAST)
IDS = [f"0000000{i}-0000-4000-8000-000000000000" for i in range(1, 6)]


def plans():
    yield retries()
    yield pauses()
    yield resume()
    yield scheduling()
    yield details()
    yield bulk()


def retries():
    plan = flow_plan("flow_retries")
    for limit in (None, 0, 1, 2):
        for delay in (None, 0, 5, 90):
            for count in (1, 2, 3):
                steps = plan.scenario(f"retries {limit}, delay {delay}, run {count}")
                create_flow_run(steps, empirical_policy={"retries": limit, "retry_delay": delay})
                for _ in range(count - 1):
                    set_flow_state(steps, RUNNING, force=True)
                    set_flow_state(steps, AWAITING_RETRY, force=True)
                set_flow_state(steps, RUNNING, force=True)
                set_flow_state(steps, state("FAILED", "TimedOut", message="m", data={"d": 1, "f": 1.0}))
                steps.get("/flow_runs/${run}")
                set_flow_state(steps, RUNNING).get("/flow_runs/${run}")
    for given in (
        {"max_retries": 3},
        {"max_retries": 3, "retry_delay_seconds": 7},
        {"retries": 1, "retry_delay": 1, "pause_keys": ["b", "a"], "resuming": True, "retry_type": "reschedule"},
        {"retries": None, "retry_type": "in_process"},
    ):
        steps = plan.scenario(f"policy {json.dumps(given)}")
        create_flow_run(steps, empirical_policy=given)
        for proposed in (RUNNING, PROPOSED["Failed"], RUNNING, PROPOSED["Failed"]):
            set_flow_state(steps, proposed).get("/flow_runs/${run}")
    steps = plan.scenario("a retry forgets the pauses")
    create_flow_run(steps, empirical_policy={"retries": 3})
    for proposed in (RUNNING, PROPOSED["Paused"], RUNNING, PROPOSED["Paused"], PROPOSED["Failed"], RUNNING):
        set_flow_state(steps, proposed).get("/flow_runs/${run}")
    set_flow_state(steps, PROPOSED["Paused"]).get("/flow_runs/${run}")
    steps = plan.scenario("only a running run retries")
    for before in ("Pending", "Cancelling", "Crashed", "Scheduled"):
        flow_run_in(steps, before, save=before, empirical_policy={"retries": 3})
        set_flow_state(steps, PROPOSED["Failed"], run=before).get(f"/flow_runs/${{{before}}}")
    return plan


def pauses():
    plan = flow_plan("flow_pauses")
    resumed = (RUNNING, PROPOSED["Running"])
    sequences = {
        "the same key twice": (PROPOSED["Paused"], RUNNING, PROPOSED["Paused"]),
        "another key": (PROPOSED["Paused"], RUNNING, state("PAUSED", pause_key="other")),
        "no key, twice": (state("PAUSED"), RUNNING, state("PAUSED")),
        "pause a paused run": (PROPOSED["Paused"], state("PAUSED", pause_key="other")),
        "suspend without a deployment": (PROPOSED["Suspended"],),
        "suspend by name only": (state("PAUSED", "Suspended"),),
        "reschedule with another name": (state("PAUSED", "Waiting", pause_reschedule=True),),
        "to scheduled and on": (PROPOSED["Paused"], PROPOSED["Resuming"], PROPOSED["Pending"], *resumed),
        "to a future time": (PROPOSED["Paused"], PROPOSED["ScheduledFuture"], RUNNING),
        "expired, resumed": (state("PAUSED", pause_timeout=PAST), RUNNING),
        "expired, by name": (state("PAUSED", pause_timeout=PAST), state("RUNNING", "Suspended")),
        "expired, cancelled": (state("PAUSED", pause_timeout=PAST), PROPOSED["Cancelling"]),
        "expired, completed": (state("PAUSED", pause_timeout=PAST), PROPOSED["Completed"]),
        "fails while paused": (PROPOSED["Paused"], PROPOSED["Failed"]),
        "crashes while paused": (PROPOSED["Paused"], PROPOSED["Crashed"], RUNNING),
        "resumed twice": (PROPOSED["Paused"], RUNNING, RUNNING),
        "a rerun forgets the pauses": (PROPOSED["Paused"], RUNNING, PROPOSED["Completed"], RUNNING, PROPOSED["Paused"]),
    }
    for name, proposals in sequences.items():
        for retry in (False, True):
            steps = plan.scenario(name + " with retries" * retry)
            flow_run_in(steps, "Running", empirical_policy={"retries": 2} if retry else {})
            for proposed in proposals:
                set_flow_state(steps, proposed).get("/flow_runs/${run}")
    steps = plan.scenario("suspend a subflow")
    flow_run_in(steps, "Running", "parent")
    create_task_run(steps, flow_run_id="${parent}")
    flow_run_in(steps, "Running", parent_task_run_id="${task}")
    set_flow_state(steps, PROPOSED["Suspended"]).get("/flow_runs/${run}").get("/task_runs/${task}")
    set_flow_state(steps, PROPOSED["Paused"]).get("/flow_runs/${run}").get("/task_runs/${task}")
    return plan


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}, "required": ["n"]}
KEYSET = {"response": "in-response", "schema": "in-schema"}


def resume():
    plan = flow_plan("flow_resume")
    plan.setup.post("/deployments/", {"name": "d", "flow_id": "${flow}"}, save={"deployment": "/id"})
    for before in INITIAL:
        for deployed in (False, True):
            steps = plan.scenario(f"{before}{' of a deployment' * deployed}")
            flow_run_in(steps, before, **({"deployment_id": "${deployment}"} if deployed else {}))
            steps.post("/flow_runs/${run}/resume").get("/flow_runs/${run}")
            steps.get("/flow_run_states/?flow_run_id=${run}")
    steps = plan.scenario("suspended, resumed, submitted, run")
    flow_run_in(steps, "Running", deployment_id="${deployment}")
    for proposed in (PROPOSED["Suspended"], None, PROPOSED["Pending"], RUNNING, PROPOSED["Suspended"]):
        if proposed:
            set_flow_state(steps, proposed)
        else:
            steps.post("/flow_runs/${run}/resume", {"run_input": {"ignored": 1}})
        steps.get("/flow_runs/${run}")
    schemas = {
        "an object": json.dumps(SCHEMA),
        "no schema": None,
        "not JSON": "{",
        "circular": json.dumps({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/a"}}}),
    }
    inputs = {
        "nothing": None,
        "null": {"run_input": None},
        "right": {"run_input": {"n": 1, "s": "x"}},
        "a wrong type": {"run_input": {"n": "one"}},
        "one missing": {"run_input": {"s": "x"}},
        "one more": {"run_input": {"n": 1, "more": [1.0]}},
        "a hydrated number": {"run_input": {"n": {"__prefect_kind": "json", "value": "3"}}},
        "bad JSON to hydrate": {"run_input": {"n": {"__prefect_kind": "json", "value": "{"}}},
        "an unknown variable": {"run_input": {"n": {"__prefect_kind": "workspace_variable", "variable_name": "no"}}},
        "a template": {"run_input": {"n": 1, "s": {"__prefect_kind": "jinja", "template": "a{{ 1 + 1 }}"}}},
    }
    for schema_name, schema in schemas.items():
        for input_name, body in inputs.items():
            steps = plan.scenario(f"with input: {schema_name}, {input_name}")
            create_flow_run(steps)
            set_flow_state(steps, RUNNING, force=True)
            set_flow_state(steps, state("PAUSED", pause_key="k", pause_timeout=FUTURE, run_input_keyset=KEYSET))
            if schema is not None:
                steps.post("/flow_runs/${run}/input", {"key": "in-schema", "value": schema})
            steps.post("/flow_runs/${run}/resume", body)
            steps.get("/flow_runs/${run}").get("/flow_runs/${run}/input/in-response")
    return plan


def scheduling():
    plan = flow_plan("flow_scheduling")
    times = {"far past": "2021-03-04T05:06:07Z", "past": PAST, "soon": "${now+40}", "future": FUTURE}
    for when, scheduled in times.items():
        steps = plan.scenario(f"{when}: to pending, running")
        create_flow_run(steps, state("SCHEDULED", scheduled_time=scheduled))
        steps.get("/flow_runs/${run}")
        for proposed in (state("PENDING"), RUNNING, PROPOSED["Completed"]):
            set_flow_state(steps, proposed).get("/flow_runs/${run}")
        steps = plan.scenario(f"{when}: to running at once")
        create_flow_run(steps, state("SCHEDULED", scheduled_time=scheduled))
        set_flow_state(steps, RUNNING).get("/flow_runs/${run}")
        steps = plan.scenario(f"{when}: pending with its own time")
        create_flow_run(steps, state("SCHEDULED", scheduled_time=scheduled))
        for proposed in (state("PENDING", scheduled_time="2022-01-01T00:00:00Z"), RUNNING):
            set_flow_state(steps, proposed).get("/flow_runs/${run}")
        steps = plan.scenario(f"{when}: pending sub-states keep it")
        create_flow_run(steps, state("SCHEDULED", scheduled_time=scheduled))
        for name in ("Pending", "Submitting", "InfrastructurePending", "InfrastructurePending", "Pending"):
            set_flow_state(steps, state("PENDING", name))
        steps.get("/flow_runs/${run}")
        steps = plan.scenario(f"{when}: late, then late again")
        create_flow_run(steps, state("SCHEDULED", scheduled_time=scheduled))
        late = state("SCHEDULED", "Late", scheduled_time=scheduled)
        for proposed in (late, late, PROPOSED["Scheduled"], late):
            set_flow_state(steps, proposed).get("/flow_runs/${run}")
    return plan


def details():
    """What a state carries, and what is done once only."""
    plan = flow_plan("flow_details")
    full = {
        "flow_run_id": IDS[0],
        "task_run_id": IDS[1],
        "child_flow_run_id": IDS[2],
        "scheduled_time": "2031-01-02T03:04:05.678901+02:00",
        "cache_key": "ck",
        "cache_expiration": "2031-01-01T00:00:00Z",
        "deferred": True,
        "untrackable_result": True,
        "pause_timeout": FUTURE,
        "pause_reschedule": False,
        "pause_key": "pk",
        "run_input_keyset": {"a": "b"},
        "refresh_cache": True,
        "retriable": False,
        "transition_id": IDS[3],
        "task_parameters_id": IDS[4],
        "traceparent": "tp",
    }
    for kind in ("RUNNING", "COMPLETED", "PENDING", "SCHEDULED", "CRASHED"):
        steps = plan.scenario(f"all details of {kind}")
        create_flow_run(steps, state("SCHEDULED", scheduled_time=PAST))
        set_flow_state(steps, state(kind, "Given", message="é𝄞\n\"", data=[1, 2.5, {"x": None}], **full))
        steps.get("/flow_runs/${run}").get("/flow_run_states/?flow_run_id=${run}")
    for name, data in {"text": "t", "empty": "", "zero": 0, "false": False, "list": [], "object": {}, "big": 2**80}.items():
        steps = plan.scenario(f"data {name}")
        flow_run_in(steps, "Running")
        set_flow_state(steps, {"type": "COMPLETED", "data": data}).get("/flow_runs/${run}")
        set_flow_state(steps, PROPOSED["Completed"]).get("/flow_runs/${run}")
    for before in ("Pending", "Running", "Completed"):
        for after in ("Running", "Completed", "Cancelled"):
            steps = plan.scenario(f"transition id: {after} twice from {before}")
            flow_run_in(steps, before)
            once = state(PROPOSED[after]["type"], transition_id=IDS[0])
            for proposed in (once, once, state(PROPOSED[after]["type"], transition_id=IDS[1]), once):
                set_flow_state(steps, proposed)
            steps.get("/flow_runs/${run}").get("/flow_run_states/?flow_run_id=${run}")
    steps = plan.scenario("transition id of another type is the same transition")
    flow_run_in(steps, "Pending")
    set_flow_state(steps, state("RUNNING", transition_id=IDS[0]))
    set_flow_state(steps, state("COMPLETED", transition_id=IDS[0])).get("/flow_runs/${run}")
    for first in (PERSISTED, UNPERSISTED, None, {"other": 1}, "text", [1]):
        for second in (PERSISTED, UNPERSISTED, None):
            for force in (False, True):
                steps = plan.scenario(f"completed {json.dumps(first)} over {json.dumps(second)}{' forced' * force}")
                create_flow_run(steps)
                set_flow_state(steps, state("COMPLETED", data=first), force=True)
                set_flow_state(steps, state("COMPLETED", data=second), force=force).get("/flow_runs/${run}")
    steps = plan.scenario("a whole life")
    create_flow_run(steps, state("SCHEDULED", scheduled_time=PAST), parameters={"x": 1.0}, tags=["b", "a"])
    life = ("Late", "Pending", "Submitting", "Running", "Completed", "Running", "Failed", "Running", "Cancelling", "Cancelled")
    for name in life:
        set_flow_state(steps, PROPOSED[name]).get("/flow_runs/${run}")
    steps.get("/flow_run_states/?flow_run_id=${run}")
    steps = plan.scenario("no such run")
    for name in ("Running", "Completed", "Paused"):
        steps.post(f"/flow_runs/{IDS[0]}/set_state", {"state": PROPOSED[name]})
    steps.post(f"/flow_runs/{IDS[0]}/set_state", {"state": RUNNING, "force": True})
    steps.post(f"/flow_runs/{IDS[0]}/resume")
    return plan


def bulk():
    plan = flow_plan("flow_bulk")
    runs = [f"run{i}" for i in range(5)]
    for after in ("Cancelled", "Cancelling", "Running", "Scheduled", "Paused", "Completed"):
        for force in (False, True):
            steps = plan.scenario(f"set {after}{' forced' * force}")
            for save, before in zip(runs, ("Pending", "Running", "Completed", "Scheduled", "Suspended"), strict=True):
                flow_run_in(steps, before, save)
            chosen = {"id": {"any_": [f"${{{save}}}" for save in runs] + [IDS[0]]}}
            body = {"flow_runs": chosen, "state": PROPOSED[after]} | ({"force": True} if force else {})
            # The reference shows the details of the run that came last in all results.
            loose = {"/results/*/state/state_details/flow_run_id": "any"}
            steps.post("/flow_runs/bulk_set_state", body, unordered=["/results"], loose=loose)
            for save in runs:
                steps.get(f"/flow_runs/${{{save}}}")
    steps = plan.scenario("none found")
    steps.post("/flow_runs/bulk_set_state", {"flow_runs": {"id": {"any_": [IDS[0]]}}, "state": RUNNING})
    for limit in (0, 1, 50, 51):
        steps = plan.scenario(f"limit {limit}")
        flow_run_in(steps, "Pending")
        body = {"flow_runs": {"id": {"any_": ["${run}"]}}, "state": RUNNING, "limit": limit}
        steps.post("/flow_runs/bulk_set_state", body)
    return plan
