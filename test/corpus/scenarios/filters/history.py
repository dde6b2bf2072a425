"""Histories, lateness and graphs of runs."""

from .flow_runs import OF_RUNS
from .world import FLOW_RUNS, NOBODY, moment, run, task_id, world

STATES = ["/*/states"]
# The sums grow with the age of the runs.
SUMS = {"/*/states/*/sum_estimated_lateness": "any", "/*/states/*/sum_estimated_run_time": "any"}
DAY = 86400


def plans():
    plan = world("history")
    histories(plan)
    lateness(plan)
    yield plan
    yield graphs()


def histories(plan):
    spans = [
        (moment(0), moment(20), DAY), (moment(0), moment(3), 3600 * 7), (moment(0, 3), moment(1, 20), 3600),
        (moment(5), moment(5), DAY), (moment(6), moment(5), DAY), (moment(0), moment(2), 1.5 * DAY),
        ("2035-01-01T00:00:00Z", "2035-04-01T00:00:00Z", 7 * DAY), (moment(0), moment(0.5), 60),
        ("2021-03-01T00:00:00+05:30", "2021-03-03T00:00:00+05:30", DAY), ("2020-01-01T00:00:00Z", "2036-01-01T00:00:00Z", 400 * DAY),
        (moment(40), moment(42), 3600 * 5),
    ]  # fmt: skip
    for kind in ("flow_runs", "task_runs"):
        for start, end, interval in spans:
            steps = plan.scenario(f"{kind} from {start} to {end} by {interval}")
            body = {"history_start": start, "history_end": end, "history_interval_seconds": interval}
            steps.post(f"/{kind}/history", body, loose=SUMS, unordered=STATES)
        steps = plan.scenario(f"some {kind}")
        span = {"history_start": moment(0), "history_end": moment(40), "history_interval_seconds": 8 * DAY}
        for name, cases in OF_RUNS.items():
            for case in cases[:4]:
                steps.post(f"/{kind}/history", span | {name: case}, loose=SUMS, unordered=STATES)
        for state in (["COMPLETED"], ["SCHEDULED", "RUNNING"], []):
            body = span | {kind: {"state": {"type": {"any_": state}}}}
            steps.post(f"/{kind}/history", body, loose=SUMS, unordered=STATES)
    steps = plan.scenario("sums of runs that were due in the future")
    due = {"expected_start_time": {"after_": "2035-01-01T00:00:00Z"}, "state": {"type": {"any_": ["COMPLETED", "FAILED", "SCHEDULED"]}}}
    span = {"history_start": "2035-03-01T00:00:00Z", "history_end": "2035-03-20T00:00:00Z", "history_interval_seconds": 30 * DAY}
    run_times = {"/*/states/*/sum_estimated_run_time": "duration"}
    steps.post("/flow_runs/history", span | {"flow_runs": due}, loose=run_times, unordered=STATES)


def lateness(plan):
    steps = plan.scenario("lateness")
    steps.post("/flow_runs/lateness", {}, loose={"": "number"})
    steps.post("/flow_runs/lateness", {"flow_runs": {"id": {"any_": [NOBODY]}}})
    future = {"flow_runs": {"expected_start_time": {"after_": "2035-01-01T00:00:00Z"}}}
    steps.post("/flow_runs/lateness", future)
    for name, cases in OF_RUNS.items():
        for case in cases[:3]:
            steps.post("/flow_runs/lateness", future | {name: case})
    steps = plan.scenario("how late")
    steps.post("/flows/", {"name": "late"}, save={"late": "/id"})
    for number, (due, ways) in enumerate(
        (("${now-100}", ("RUNNING",)), ("${now-300}", ()), ("${now-50}", ("CANCELLED",)), ("${now+500}", ()))
    ):
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": due}}
        steps.post("/flow_runs/", {"flow_id": "${late}", "name": "l", "state": state}, save={"l": "/id"})
        for kind in ways:
            steps.post("/flow_runs/${l}/set_state", {"state": {"type": kind}, "force": True})
        steps.post("/flow_runs/lateness", {"flows": {"id": {"any_": ["${late}"]}}}, loose={"": "duration"})
        one = {"flow_runs": {"id": {"any_": ["${l}"]}}}
        steps.post("/flow_runs/lateness", one, loose={"": "duration"})


def graphs():
    plan = world("graphs")
    setup = plan.setup
    for number, key in enumerate(("report", None, "zeta")):
        body = {"flow_run_id": run(3), "task_run_id": task_id(19), "key": key, "type": "table", "data": 1}
        if number == 2:
            del body["task_run_id"]
        setup.post("/artifacts/", body)
    for number in range(FLOW_RUNS):
        if number % 4 == 3 or number < 5:
            steps = plan.scenario(f"of run {number}")
            loose = {"/*/estimated_run_time": "any"}
            steps.get(f"/flow_runs/{run(number)}/graph", loose=loose, unordered=["", "/*/upstream_dependencies"])
            steps.get(f"/flow_runs/{run(number)}/graph-v2", unordered=["/root_node_ids"])
    steps = plan.scenario("since")
    for since in ("2021-01-01T00:00:00Z", "2050-01-01T00:00:00Z", "${start3}", "${startt19}"):
        steps.get(f"/flow_runs/{run(3)}/graph-v2?since={since}", unordered=["/root_node_ids"])
    steps = plan.scenario("of no run")
    steps.get(f"/flow_runs/{NOBODY}/graph").get(f"/flow_runs/{NOBODY}/graph-v2")
    steps = plan.scenario("a chain")
    steps.post("/flow_runs/", {"flow_id": "${f0}", "name": "chain"}, save={"chain": "/id"})
    steps.post("/flow_runs/${chain}/set_state", {"state": {"type": "RUNNING"}})
    for number, parents in enumerate(([], [0], [0], [1, 2], [])):
        inputs = [{"input_type": "task_run", "id": task_id(2000 + parent)} for parent in parents]
        body = {
            "id": task_id(2000 + number),
            "flow_run_id": "${chain}",
            "task_key": "k",
            "dynamic_key": str(number),
            "name": f"link{number}",
            "task_inputs": {"x": inputs, "__parents__": inputs if number == 2 else []},
        }
        steps.post("/task_runs/", body)
        states = ("RUNNING", "COMPLETED") if number < 3 else ("RUNNING",) if number == 3 else ()
        for kind in states:
            steps.post(f"/task_runs/{task_id(2000 + number)}/set_state", {"state": {"type": kind}})
        steps.get("/flow_runs/${chain}/graph-v2", unordered=["/root_node_ids"])
    loose = {"/*/estimated_run_time": "any"}
    steps.get("/flow_runs/${chain}/graph", loose=loose, unordered=["", "/*/upstream_dependencies"])
    return plan
