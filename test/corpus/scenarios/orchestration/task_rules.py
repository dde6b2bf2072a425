"""The rules of task runs that a pair of states alone does not show."""

import json

from .states import (
    FUTURE,
    PAST,
    PERSISTED,
    PROPOSED,
    RUNNING,
    UNPERSISTED,
    create_task_run,
    set_task_state,
    state,
    task_run_in,
)
from .task_pairs import running_plan

AWAITING_RETRY = state("SCHEDULED", "AwaitingRetry", scheduled_time=PAST)
NOWHERE = "00000001-0000-4000-8000-000000000000"


def plans():
    yield retries()
    yield caching()
    yield details()
    yield concurrency()


def in_flow_run(steps, save="task", **fields):
    return create_task_run(steps, save=save, flow_run_id="${flow_run}", **fields)


def retries():
    plan = running_plan("task_retries")
    for limit in (None, 0, 1, 2):
        for delay in (None, 0, 5, 2.5, [10, 20, 30], [40]):
            for count in (1, 2, 3):
                steps = plan.scenario(f"retries {limit}, delay {delay}, run {count}")
                in_flow_run(steps, empirical_policy={"retries": limit, "retry_delay": delay})
                for _ in range(count - 1):
                    set_task_state(steps, RUNNING, force=True)
                    set_task_state(steps, AWAITING_RETRY, force=True)
                set_task_state(steps, RUNNING)
                set_task_state(steps, state("FAILED", "TimedOut", message="m", data={"f": 1.0}))
                steps.get("/task_runs/${task}")
                set_task_state(steps, RUNNING).get("/task_runs/${task}")
    for retriable in (None, True, False):
        for kind in ("FAILED", "CRASHED", "CANCELLED"):
            steps = plan.scenario(f"{kind}, retriable {retriable}")
            in_flow_run(steps, empirical_policy={"retries": 1, "retry_delay": 0})
            set_task_state(steps, RUNNING)
            failure = {"type": kind, "state_details": {"retriable": retriable}}
            set_task_state(steps, failure).get("/task_runs/${task}")
    # Jitter is random: only that there is a retry can be compared.
    for factor in (0, 0.5, 2):
        steps = plan.scenario(f"jitter {factor}")
        in_flow_run(steps, empirical_policy={"retries": 1, "retry_delay": 100, "retry_jitter_factor": factor})
        set_task_state(steps, RUNNING)
        random = {"/state/state_details/scheduled_time": "string"} if factor else {}
        set_task_state(steps, PROPOSED["Failed"], loose=random)
    for given in ({"max_retries": 3}, {"max_retries": 3, "retry_delay_seconds": 7}, {"retries": 1, "retry_delay": []}):
        steps = plan.scenario(f"policy {json.dumps(given)}")
        in_flow_run(steps, empirical_policy=given)
        set_task_state(steps, RUNNING).get("/task_runs/${task}")
        if given.get("retry_delay") != []:
            set_task_state(steps, PROPOSED["Failed"]).get("/task_runs/${task}")
    steps = plan.scenario("a life of retries")
    in_flow_run(steps, empirical_policy={"retries": 2, "retry_delay": 0})
    for proposed in (RUNNING, PROPOSED["Failed"]) * 4:
        set_task_state(steps, proposed).get("/task_runs/${task}")
    steps.get("/task_run_states/?task_run_id=${task}")
    return plan


def caching():
    plan = running_plan("task_caching")
    expirations = {"none": None, "past": PAST, "future": FUTURE, "long ago": "2020-01-01T00:00:00Z"}
    for name, expiration in expirations.items():
        for refresh in (None, False, True):
            for data in (PERSISTED, UNPERSISTED, None):
                steps = plan.scenario(f"expiration {name}, refresh {refresh}, data {json.dumps(data)}")
                key = {"cache_key": "key-${uniq}"}
                in_flow_run(steps, "first")
                set_task_state(steps, state("RUNNING", **key), "first")
                kept = state("COMPLETED", message="kept", data=data, **key, cache_expiration=expiration, traceparent="x")
                set_task_state(steps, kept, "first")
                in_flow_run(steps, "second")
                asked = {"type": "RUNNING", "state_details": key | {"refresh_cache": refresh}}
                set_task_state(steps, asked, "second").get("/task_runs/${second}")
    steps = plan.scenario("the newest that has not expired")
    for number, expiration in enumerate((FUTURE, None, PAST)):
        in_flow_run(steps, f"t{number}")
        set_task_state(steps, RUNNING, f"t{number}")
        done = state("COMPLETED", data={"n": number}, cache_key="key-${uniq}", cache_expiration=expiration)
        set_task_state(steps, done, f"t{number}")
    in_flow_run(steps, "last")
    set_task_state(steps, state("RUNNING", cache_key="key-${uniq}"), "last").get("/task_runs/${last}")
    set_task_state(steps, state("RUNNING", cache_key="key-${uniq}"), "last").get("/task_runs/${last}")
    steps = plan.scenario("a forced completion is not kept")
    in_flow_run(steps, "first")
    set_task_state(steps, state("COMPLETED", cache_key="key-${uniq}"), "first", force=True)
    in_flow_run(steps, "second")
    set_task_state(steps, state("RUNNING", cache_key="key-${uniq}"), "second")
    steps = plan.scenario("a cached completion names itself")
    in_flow_run(steps, "first")
    set_task_state(steps, RUNNING, "first")
    set_task_state(steps, state("COMPLETED", "Custom", data=PERSISTED, cache_key="key-${uniq}"), "first")
    for run in ("second", "third"):
        in_flow_run(steps, run)
        set_task_state(steps, state("RUNNING", cache_key="key-${uniq}"), run).get(f"/task_runs/${{{run}}}")
    for length in (1999, 2000, 2001):
        steps = plan.scenario(f"a key of {length} characters")
        in_flow_run(steps)
        set_task_state(steps, RUNNING)
        set_task_state(steps, state("COMPLETED", cache_key="k" * length)).get("/task_runs/${task}")
    steps = plan.scenario("only running is answered from the cache")
    in_flow_run(steps, "first")
    set_task_state(steps, RUNNING, "first")
    set_task_state(steps, state("COMPLETED", cache_key="key-${uniq}"), "first")
    for kind in ("PENDING", "SCHEDULED", "FAILED", "COMPLETED"):
        in_flow_run(steps, kind)
        set_task_state(steps, state(kind, cache_key="key-${uniq}"), kind)
    return plan


def details():
    plan = running_plan("task_details")
    for scheduled in (PAST, "${now+40}", FUTURE):
        steps = plan.scenario(f"scheduled at {scheduled}")
        create_task_run(steps, state("SCHEDULED", scheduled_time=scheduled), flow_run_id="${flow_run}")
        for proposed in (RUNNING, state("PENDING"), RUNNING):
            set_task_state(steps, proposed).get("/task_runs/${task}")
    for name, data in {"text": "t", "zero": 0, "list": [1.0], "object": {}, "nested": {"type": "reference"}}.items():
        steps = plan.scenario(f"data {name}")
        task_run_in(steps, "Running", flow_run_id="${flow_run}")
        set_task_state(steps, {"type": "COMPLETED", "data": data}).get("/task_runs/${task}")
        # A task run that completed with a text or a list makes the reference fail here.
        if isinstance(data, dict) or not data:
            set_task_state(steps, RUNNING).get("/task_runs/${task}")
    steps = plan.scenario("a transition id is nothing to task runs")
    in_flow_run(steps)
    for _ in range(2):
        set_task_state(steps, state("RUNNING", transition_id=NOWHERE)).get("/task_runs/${task}")
    steps = plan.scenario("a whole life")
    in_flow_run(steps, tags=["b", "a"], task_inputs={"x": [{"input_type": "constant", "type": "int"}]})
    for name in ("NotReady", "Pending", "Running", "Completed", "Running", "Failed", "Running", "Cancelling", "Cancelled"):
        set_task_state(steps, PROPOSED[name]).get("/task_runs/${task}")
    steps.get("/task_run_states/?task_run_id=${task}")
    steps = plan.scenario("no such run")
    steps.post(f"/task_runs/{NOWHERE}/set_state", {"state": RUNNING})
    steps.post(f"/task_runs/{NOWHERE}/set_state", {"state": RUNNING, "force": True})
    steps = plan.scenario("its flow run was deleted")
    steps.post("/flow_runs/", {"flow_id": "${flow}", "state": RUNNING, "name": "r"}, save={"gone": "/id"})
    create_task_run(steps, flow_run_id="${gone}")
    steps.delete("/flow_runs/${gone}").get("/task_runs/${task}")
    set_task_state(steps, RUNNING)
    return plan


def concurrency():
    """Limits by tag; the delay of a full one is random in the reference."""
    plan = running_plan("task_tag_limits")
    plan.recorded_on = "postgres"
    waits = {"/details/delay_seconds": "number"}

    def limit(steps, tag, size, kind="v1"):
        if kind == "v1":
            steps.post("/concurrency_limits/", {"tag": tag, "concurrency_limit": size})
        else:
            steps.post("/v2/concurrency_limits/", {"name": f"tag:{tag}", "limit": size, "active": kind == "v2"})

    def slots(steps, tag):
        loose = {"/active_slots/*": "string", "/avg_slot_occupancy_seconds": "number"}
        steps.get(f"/concurrency_limits/tag/{tag}", loose=loose)

    for kind in ("v1", "v2", "inactive"):
        for size in (0, 1, 2):
            steps = plan.scenario(f"{kind} limit of {size}")
            limit(steps, "a-${uniq}", size, kind)
            for run in ("one", "two", "three"):
                in_flow_run(steps, run, tags=["a-${uniq}", "free-${uniq}"])
                set_task_state(steps, RUNNING, run, loose=waits)
                slots(steps, "a-${uniq}")
            for run, end in (("one", "Completed"), ("two", "Failed")):
                set_task_state(steps, PROPOSED[end], run)
                slots(steps, "a-${uniq}")
            for run in ("three", "three", "two"):
                set_task_state(steps, RUNNING, run, loose=waits).get(f"/task_runs/${{{run}}}")
                slots(steps, "a-${uniq}")
    for first, second in ((1, 1), (2, 1), (1, 0), (0, 1)):
        steps = plan.scenario(f"two tags, limits {first} and {second}")
        limit(steps, "a-${uniq}", first)
        limit(steps, "b-${uniq}", second)
        loose = {"/details/delay_seconds": "number", "/details/reason": "string"}
        for run, tags in (("both", ["a-${uniq}", "b-${uniq}"]), ("a", ["a-${uniq}"]), ("b", ["b-${uniq}"])):
            in_flow_run(steps, run, tags=tags)
            set_task_state(steps, RUNNING, run, loose=loose)
            slots(steps, "a-${uniq}")
            slots(steps, "b-${uniq}")
        set_task_state(steps, PROPOSED["Crashed"], "both")
        slots(steps, "a-${uniq}")
        slots(steps, "b-${uniq}")
    for leaving in ("Pending", "Paused", "Cancelling", "Cancelled", "AwaitingRetry", "Running", "CompletedPersisted"):
        for force in (False, True):
            steps = plan.scenario(f"a slot is kept or left by {leaving}{' forced' * force}")
            limit(steps, "a-${uniq}", 1)
            in_flow_run(steps, "one", tags=["a-${uniq}"])
            set_task_state(steps, RUNNING, "one")
            set_task_state(steps, PROPOSED[leaving], "one", force=force, loose=waits)
            slots(steps, "a-${uniq}")
            in_flow_run(steps, "two", tags=["a-${uniq}"])
            set_task_state(steps, RUNNING, "two", loose=waits)
    steps = plan.scenario("a rejected run gives its slot back")
    limit(steps, "a-${uniq}", 1)
    in_flow_run(steps, "kept")
    set_task_state(steps, RUNNING, "kept")
    set_task_state(steps, state("COMPLETED", cache_key="key-${uniq}"), "kept")
    in_flow_run(steps, "cached", tags=["a-${uniq}"])
    set_task_state(steps, state("RUNNING", cache_key="key-${uniq}"), "cached")
    slots(steps, "a-${uniq}")
    create_task_run(steps, state("SCHEDULED", scheduled_time=FUTURE), "early", flow_run_id="${flow_run}", tags=["a-${uniq}"])
    set_task_state(steps, RUNNING, "early")
    slots(steps, "a-${uniq}")
    return plan
