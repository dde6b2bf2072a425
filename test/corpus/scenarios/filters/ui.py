"""What the user interface asks for: runs in short, and counts. A world of its own, without deployments."""

from .. import Plan
from .world import NOBODY, moment, run, scheduled_at, task_id

ZEROS = NOBODY.replace("9", "0")
RUNS = 14
TASKS = 12
WAYS = [[], ["RUNNING"], ["RUNNING", "COMPLETED"], ["RUNNING", "FAILED"], ["RUNNING", "CRASHED"], ["CANCELLED"], ["PENDING"], ["RUNNING", "PAUSED"]]


def plans():
    plan = Plan("filters/ui")
    build(plan.setup)
    in_short(plan)
    of_flow_runs(plan)
    of_flows(plan)
    of_task_runs(plan)
    yield plan


def build(setup):
    for number in range(4):
        setup.post("/flows/", {"name": f"flow{number}", "tags": ["x"] if number else []}, save={f"f{number}": "/id"})
    for number in range(RUNS):
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": scheduled_at(number)}}
        body = {"flow_id": f"${{f{number % 3}}}", "name": f"run{number:02d}", "state": state, "tags": ["t"] if number % 2 else []}
        if number == RUNS - 1:
            body["parent_task_run_id"] = task_id(0)
        setup.post("/flow_runs/", body, save={f"r{number}": "/id"})
        if number == 0:
            tasks(setup)
        for kind in WAYS[number % len(WAYS)]:
            setup.post(f"/flow_runs/{run(number)}/set_state", {"state": {"type": kind}, "force": True})


def tasks(setup):
    for number in range(TASKS):
        body = {"id": task_id(number), "task_key": "key", "dynamic_key": str(number), "name": f"task{number:02d}"}
        if number % 5 != 4:
            body["flow_run_id"] = run(0)
        setup.post("/task_runs/", body)
        for kind in WAYS[number % len(WAYS)]:
            setup.post(f"/task_runs/{task_id(number)}/set_state", {"state": {"type": kind}, "force": True})


def in_short(plan):
    path = "/ui/flow_runs/history"
    # How long ago 2021 is depends on when one asks.
    loose = {"/*/lateness": "any", "/*/duration": "any"}
    steps = plan.scenario("flow runs in short")
    for sort in ("EXPECTED_START_TIME_DESC", "EXPECTED_START_TIME_ASC", "NAME_ASC", "NAME_DESC"):
        steps.post(path, {"sort": sort}, loose=loose)
    steps.post(path, {}, loose=loose)
    steps.post(path, {"limit": 3, "offset": 2}, loose=loose)
    steps.post(path, {"limit": 0}).post(path, {"limit": 1000, "offset": 100})
    steps.post(path, {"limit": None, "offset": None, "sort": None}, loose=loose)
    for body in (
        {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED"]}}}},
        {"flow_runs": {"expected_start_time": {"after_": moment(1)}}},
        {"flows": {"tags": {"is_null_": True}}},
        {"task_runs": {"name": {"any_": ["task01"]}}},
        {"deployments": {"name": {"any_": ["none"]}}},
        {"work_pools": {"name": {"any_": ["none"]}}},
    ):
        steps.post(path, body, loose=loose)
    steps.post(path, {"flow_runs": {"expected_start_time": {"after_": "2035-01-01T00:00:00Z"}, "start_time": {"is_null_": True}}})
    steps = plan.scenario("flow runs in short, asked wrongly")
    for body in ({"limit": 1001}, {"limit": "x"}, {"offset": -1}, {"sort": "NONE"}, {"flows": 1}, {"flows": {"x": 1}}, []):
        steps.post(path, body)


def of_flow_runs(plan):
    path = "/ui/flow_runs/count-task-runs"
    steps = plan.scenario("task runs of flow runs")
    for ids in ([run(0), run(1), NOBODY], [], [run(0), run(0)]):
        steps.post(path, {"flow_run_ids": ids})
    for body in ({}, {"flow_run_ids": None}, {"flow_run_ids": "x"}, {"flow_run_ids": ["x", 1]}, {"flow_run_ids": {}}):
        steps.post(path, body)


def of_flows(plan):
    flows = ["${f0}", "${f1}", "${f2}", "${f3}", NOBODY]
    for path in ("/ui/flows/count-deployments", "/ui/flows/next-runs"):
        steps = plan.scenario(path)
        for ids in (flows, [], ["${f3}"], ["${f1}", "${f1}"]):
            steps.post(path, {"flow_ids": ids})
        for body in ({}, {"flow_ids": 1}, {"flow_ids": ["x"]}):
            steps.post(path, body)


def of_task_runs(plan):
    steps = plan.scenario("task runs by state")
    for body in (
        {},
        {"task_runs": {"state": {"type": {"any_": ["RUNNING", "FAILED"]}}}},
        {"flow_runs": {"id": {"any_": [run(0)]}}},
        {"flows": {"name": {"any_": ["flow1"]}}},
        {"deployments": {"name": {"any_": ["none"]}}},
        {"flow_runs": 1},
    ):
        steps.post("/ui/task_runs/count", body)
    steps = plan.scenario("task runs by time")
    year = 365 * 86400
    for span in (
        {"after_": f"${{now-{year}}}"},
        {"after_": f"${{now-{year}}}", "before_": f"${{now+{2 * year}}}"},
        {"after_": "1970-01-01T00:00:00Z"},
        {"after_": "2021-01-01T00:00:00Z", "before_": "2021-02-01T00:00:00Z"},
        {"after_": "${now+7200}"},
        {"after_": "2021-01-01T00:00:00Z", "before_": "2020-01-01T00:00:00Z"},
        {"after_": "2021-01-01T00:00:00Z", "before_": "2021-01-01T00:00:00Z"},
        {"before_": "2021-01-01T00:00:00Z"},
        {},
    ):
        steps.post("/ui/task_runs/dashboard/counts", {"task_runs": {"start_time": span}})
    recent = {"start_time": {"after_": f"${{now-{year}}}"}}
    for body in (
        {"task_runs": recent | {"name": {"like_": "task1"}}},
        {"task_runs": recent | {"state": {"type": {"any_": ["RUNNING"]}}}},
        {"task_runs": recent, "flow_runs": {"id": {"any_": [run(0)]}}},
        {"task_runs": recent, "flows": {"name": {"any_": ["flow1"]}}},
        {"task_runs": recent, "work_pools": {"name": {"any_": ["none"]}}, "work_queues": {"name": {"any_": ["none"]}}},
        {},
        {"task_runs": None},
        {"task_runs": {}},
        {"task_runs": 1},
    ):
        steps.post("/ui/task_runs/dashboard/counts", body)
    steps = plan.scenario("one task run")
    loose = {"/estimated_start_time_delta": "any"}
    for number in (0, 1, 2, 4):
        steps.get(f"/ui/task_runs/{task_id(number)}", loose=loose)
    steps.get(f"/ui/task_runs/{NOBODY}").get("/ui/task_runs/x").get(f"/ui/task_runs/{ZEROS}")
