"""Filters of task runs."""

from .flow_runs import CASES as FLOW_RUN_CASES
from .flow_runs import OF_RUNS
from .world import NOBODY, TASK_RUNS, ask, combined, either, moment, run, task_at, task_id, world

CASES = {
    "id": [{"any_": [task_id(1), task_id(7)]}, {"any_": []}, {"any_": [NOBODY]}],
    "name": [{"any_": ["task01", "task02"]}, {"any_": ["TASK01"]}, {"like_": "task1"}, {"like_": "TASK1"}, {"like_": "_"},
             {"like_": "%"}, {"like_": "sub"}, {"like_": ""}, {"any_": []}, {"any_": ["task01"], "like_": "task02"}],
    "tags": [{"all_": ["t1"]}, {"all_": ["t1", "t2"]}, {"all_": []}, {"all_": ["t1 t2"]}, {"is_null_": True},
             {"is_null_": False}, {"all_": ["t3"], "is_null_": True, "operator": "or_"}, {"all_": ["t1"], "operator": "not_"}],
    "state": [{"type": {"any_": ["COMPLETED", "FAILED"]}}, {"type": {"any_": []}}, {"name": {"any_": ["Late", "Cached"]}},
              {"type": {"any_": ["FAILED"]}, "name": {"any_": ["TimedOut"]}},
              {"type": {"any_": ["FAILED"]}, "name": {"any_": ["Late"]}, "operator": "or_"},
              {"type": {"any_": ["SCHEDULED"]}, "operator": "not_"}, {}],
    "start_time": [{"after_": "${startt6}"}, {"before_": "${startt6}"}, {"is_null_": True}, {"is_null_": False},
                   {"after_": moment(0)}, {"before_": moment(0)}, {"after_": "${startt6}", "is_null_": True}],
    "end_time": [{"after_": "${endt9}"}, {"before_": "${endt9}"}, {"is_null_": True}, {"is_null_": False}, {"after_": moment(0)}],
    "expected_start_time": [{"before_": task_at(7)}, {"after_": task_at(7)}, {"after_": task_at(7), "before_": task_at(9)}, {}],
    "subflow_runs": [{"exists_": True}, {"exists_": False}, {}],
    "flow_run_id": [{"any_": [run(1), run(2)]}, {"is_null_": True}, {"is_null_": False}, {"any_": []},
                    {"any_": [run(1)], "is_null_": True}, {"any_": [run(1)], "is_null_": False},
                    {"any_": [run(1)], "operator": "not_"}, {"is_null_": True, "operator": "not_"}],
}  # fmt: skip
RELATED = {"flows": OF_RUNS["flows"], "deployments": OF_RUNS["deployments"]} | {
    "flow_runs": [{name: case} for name, cases in FLOW_RUN_CASES.items() for case in cases[:3]] + [{}],
}
SORT = "EXPECTED_START_TIME_ASC"
# The subflows' task runs are due when they were made, all after 2021.
MADE = {"task_runs": {"expected_start_time": {"before_": "2022-01-01T00:00:00Z"}}}


def plans():
    plan = world("task_runs")
    for name, cases in CASES.items():
        steps = plan.scenario(f"by {name}")
        for case in cases:
            ask(steps, "/task_runs/filter", {"task_runs": {name: case}}, count="/task_runs/count")
            ask(steps, "/task_runs/filter", {"task_runs": {name: case}}, sort=SORT)
    for steps, task_runs in either(plan, CASES, {"name": {"any_": ["task03"]}, "id": {"any_": [task_id(9)]}}):
        ask(steps, "/task_runs/filter", {"task_runs": task_runs})
    steps = plan.scenario("by two things")
    for case in combined(CASES, list(CASES)):
        ask(steps, "/task_runs/filter", {"task_runs": case}, count="/task_runs/count")
    for name, cases in RELATED.items():
        steps = plan.scenario(f"by their {name}")
        for case in cases:
            ask(steps, "/task_runs/filter", {name: case}, count="/task_runs/count")
            ask(steps, "/task_runs/filter", {name: case, "task_runs": {"tags": {"all_": ["t1"]}}})
            steps.post("/ui/task_runs/count", {name: case})
    steps = plan.scenario("by flow runs and more")
    ids = {"id": {"any_": [run(0), run(1), run(2)]}}
    for more in ({"flows": {"name": {"any_": ["alpha"]}}}, {"deployments": {"name": {"like_": "daily"}}}):
        ask(steps, "/task_runs/filter", {"flow_runs": ids} | more, count="/task_runs/count")
    ask(steps, "/task_runs/filter", {"flow_runs": ids | {"name": {"like_": "run00"}}}, count="/task_runs/count")
    ask(steps, "/task_runs/filter", {"flow_runs": ids | {"operator": "not_"}}, count="/task_runs/count")
    pages(plan)
    steps = plan.scenario("whole")
    loose = {"/*/estimated_run_time": "any", "/*/estimated_start_time_delta": "any", "/*/total_run_time": "duration"}
    steps.post("/task_runs/filter", {"limit": 10}, loose=loose)
    one = {"/estimated_run_time": "any", "/estimated_start_time_delta": "any", "/total_run_time": "duration"}
    for number in (0, 8, 20, 1020):
        steps.get(f"/task_runs/{task_id(number)}", loose=one).get(f"/ui/task_runs/{task_id(number)}", loose=one)
        steps.get(f"/task_run_states/?task_run_id={task_id(number)}")
    steps = plan.scenario("for the interface")
    steps.post("/ui/task_runs/count", {})
    for name, cases in CASES.items():
        for case in cases[:2]:
            steps.post("/ui/task_runs/count", {"task_runs": {name: case}})
    # Twenty intervals, of which the last ends with the minute that is now.
    for window in ({"after_": "${now-60}"}, {"after_": "${now-6000}"}, {"after_": "2021-01-01T00:00:00Z"}, {"before_": "${now}"}):
        steps.post("/ui/task_runs/dashboard/counts", {"task_runs": {"start_time": window}}, loose={"/*": "any"})
    past = {"after_": "2021-01-01T00:00:00Z", "before_": "2021-02-01T00:00:00Z"}
    steps.post("/ui/task_runs/dashboard/counts", {"task_runs": {"start_time": past}})
    yield plan


def pages(plan):
    steps = plan.scenario("sorts, limits and offsets")
    for sort in ("ID_DESC", "EXPECTED_START_TIME_ASC", "EXPECTED_START_TIME_DESC"):
        for limit, offset in ((200, 0), (7, 0), (7, 7), (7, TASK_RUNS + 5), (0, 0)):
            ask(steps, "/task_runs/filter", sort=sort, limit=limit, offset=offset)
    for sort in ("NAME_ASC", "NAME_DESC"):
        ask(steps, "/task_runs/filter", {"task_runs": {"name": {"like_": "task1"}}}, sort=sort)
    ended = {"task_runs": {"end_time": {"is_null_": False}}}
    ask(steps, "/task_runs/filter", ended, sort="END_TIME_DESC")
    due = {"task_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    steps.post(
        "/task_runs/filter",
        due | {"sort": "NEXT_SCHEDULED_START_TIME_ASC"},
        project={"": "id"},
        sorted={"": "next_scheduled_start_time"},
    )
    steps = plan.scenario("pages")
    for limit, page in ((7, 1), (7, 2), (7, 8), (7, 9), (200, 1), (0, 1)):
        body = {"sort": "ID_DESC", "limit": limit, "page": page}
        steps.post("/task_runs/paginate", body, project={"/results": "id"})
        steps.post("/task_runs/paginate", body | MADE, project={"/results": "id"})
    for name, cases in RELATED.items():
        for case in cases:
            steps.post("/task_runs/paginate", {name: case}, project={"/results": "id"})
