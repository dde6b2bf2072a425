"""Filters of flow runs."""

from .flows import RELATED as OF_FLOWS
from .world import AUTOMATION, FLOW_RUNS, NOBODY, SUBFLOWS, ask, combined, either, moment, run, scheduled_at, task_id, world

TERMINAL = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}}}
CASES = {
    "id": [{"any_": [run(1), run(7)]}, {"any_": []}, {"any_": [NOBODY]}, {"not_any_": [run(1), run(2)]}, {"not_any_": []},
           {"any_": [run(1), run(2)], "not_any_": [run(2)]}],
    "name": [{"any_": ["run01", "run02"]}, {"any_": ["RUN01"]}, {"like_": "run1"}, {"like_": "RUN05"}, {"like_": "n_"},
             {"like_": "%"}, {"like_": "_"}, {"like_": "\\"}, {"like_": "\u00e9t\u00e9"}, {"like_": ""}, {"any_": []},
             {"any_": ["run01"], "like_": "run02"}],
    "tags": [{"all_": ["t1"]}, {"all_": ["t1", "t2"]}, {"all_": ["t2", "t1"]}, {"all_": []}, {"all_": ["t1 t2"]},
             {"any_": ["t1", "t3"]}, {"any_": []}, {"any_": ["T1"]}, {"is_null_": True}, {"is_null_": False},
             {"all_": ["t1"], "any_": ["t2"]}, {"all_": ["t3"], "is_null_": True, "operator": "or_"},
             {"any_": ["t1"], "operator": "not_"}, {"all_": ["t1"], "any_": ["t3"], "operator": "not_"}],
    "deployment_id": [{"any_": ["${d0}"]}, {"any_": ["${d0}", "${d3}"]}, {"any_": []}, {"is_null_": True}, {"is_null_": False},
                      {"any_": ["${d1}"], "is_null_": True}, {"any_": ["${d1}"], "is_null_": True, "operator": "or_"},
                      {"any_": ["${d1}"], "operator": "not_"}, {"is_null_": True, "operator": "not_"}],
    "work_queue_name": [{"any_": ["default"]}, {"is_null_": True}, {"is_null_": False}, {"any_": []},
                        {"any_": ["x"], "is_null_": True, "operator": "or_"}],
    "state": [{"type": {"any_": ["COMPLETED", "FAILED"]}}, {"type": {"not_any_": ["SCHEDULED", "RUNNING"]}},
              {"type": {"any_": []}}, {"name": {"any_": ["Late", "Cached"]}}, {"name": {"any_": ["late"]}},
              {"name": {"not_any_": ["Late"]}}, {"type": {"any_": ["FAILED"]}, "name": {"any_": ["TimedOut"]}},
              {"type": {"any_": ["FAILED"]}, "name": {"any_": ["Late"]}, "operator": "or_"},
              {"type": {"any_": ["SCHEDULED"]}, "operator": "not_"},
              {"type": {"any_": ["SCHEDULED"]}, "name": {"any_": ["Late"]}, "operator": "not_"}, {}],
    "flow_version": [{"any_": ["v1"]}, {"any_": ["v1", "v2"]}, {"any_": []}, {"any_": ["V1"]}],
    "start_time": [{"after_": "${start10}"}, {"before_": "${start10}"}, {"after_": "${start3}", "before_": "${start19}"},
                   {"is_null_": True}, {"is_null_": False}, {"after_": moment(0)}, {"before_": moment(5)},
                   {"after_": moment(2), "before_": moment(6)}, {"after_": "2030-01-01T00:00:00Z"},
                   {"after_": moment(2), "is_null_": True}, {"before_": moment(9), "is_null_": False}],
    "end_time": [{"after_": "${end17}"}, {"before_": "${end17}"}, {"is_null_": True}, {"is_null_": False},
                 {"after_": "${end5}", "before_": "${end30}"}, {"after_": moment(0)}, {"before_": "${end5}", "is_null_": True}],
    "expected_start_time": [{"before_": scheduled_at(7)}, {"after_": scheduled_at(7)}, {"after_": "2035-01-01T00:00:00Z"},
                            {"after_": moment(3), "before_": moment(4)}, {}],
    "next_scheduled_start_time": [{"before_": moment(4)}, {"after_": moment(4)}, {"after_": "2035-01-01T00:00:00Z"},
                                  {"before_": scheduled_at(13)}, {"after_": scheduled_at(13)}],
    "parent_flow_run_id": [{"any_": [run(3)]}, {"any_": [run(4)]}, {"any_": []}, {"any_": [run(3)], "operator": "not_"}],
    "parent_task_run_id": [{"any_": [task_id(SUBFLOWS[0] + 1000)]}, {"is_null_": True}, {"is_null_": False}, {"any_": []},
                           {"any_": [task_id(1021)], "is_null_": True, "operator": "or_"}],
    "idempotency_key": [{"any_": ["key4", "key8"]}, {"not_any_": ["key4"]}, {"any_": []}, {"any_": ["KEY4"]},
                        {"any_": ["key4"], "not_any_": ["key8"]}],
    "created_by": [{"id_": [AUTOMATION]}, {"type_": ["AUTOMATION"]}, {"type_": ["DEPLOYMENT"]}, {"is_null_": True},
                   {"is_null_": False}, {"id_": [NOBODY]}, {"type_": ["AUTOMATION"], "is_null_": True, "operator": "or_"},
                   {"id_": [AUTOMATION], "operator": "not_"}],
}  # fmt: skip
OF_RUNS = {
    "flows": [
        {"name": {"any_": ["alpha"]}}, {"tags": {"all_": ["x"]}}, {"id": {"any_": ["${f2}"]}}, {"deployment": {"is_null_": True}},
        {"name": {"like_": "alpha"}, "operator": "not_"}, {},
    ],
    "task_runs": [
        {"name": {"any_": ["task03", "task20"]}}, {"name": {"like_": "task1"}}, {"state": {"type": {"any_": ["RUNNING"]}}},
        {"id": {"any_": [task_id(2), task_id(8)]}}, {"subflow_runs": {"exists_": True}}, {"tags": {"all_": ["t2"]}}, {},
    ],
    "deployments": OF_FLOWS["deployments"],
}  # fmt: skip
SORT = "EXPECTED_START_TIME_ASC"


def plans():
    plan = world("flow_runs")
    for name, cases in CASES.items():
        steps = plan.scenario(f"by {name}")
        for case in cases:
            ask(steps, "/flow_runs/filter", {"flow_runs": {name: case}}, sort=SORT, count="/flow_runs/count")
    for steps, flow_runs in either(plan, CASES, {"name": {"any_": ["run03"]}, "id": {"any_": [run(9)]}}):
        ask(steps, "/flow_runs/filter", {"flow_runs": flow_runs}, sort=SORT)
    steps = plan.scenario("by two criteria of a state's type or name")
    for state in ({"type": {"any_": ["SCHEDULED"], "not_any_": ["SCHEDULED"]}}, {"name": {"any_": ["Late"], "not_any_": ["Late"]}}):
        ask(steps, "/flow_runs/filter", {"flow_runs": {"state": state}}, sort=SORT)
    steps = plan.scenario("by two things")
    for case in combined(CASES, list(CASES)):
        ask(steps, "/flow_runs/filter", {"flow_runs": case}, sort=SORT, count="/flow_runs/count")
    steps = plan.scenario("by many things")
    many = {"tags": {"all_": ["t1"]}, "state": {"type": {"not_any_": ["CANCELLED"]}}, "name": {"like_": "run"}}
    for operator in ("and_", "or_", "not_"):
        body = {"flow_runs": many | {"operator": operator}}
        ask(steps, "/flow_runs/filter", body, sort=SORT, count="/flow_runs/count")
    for name, cases in OF_RUNS.items():
        steps = plan.scenario(f"by their {name}")
        for case in cases:
            ask(steps, "/flow_runs/filter", {name: case}, sort=SORT, count="/flow_runs/count")
            ask(steps, "/flow_runs/filter", {name: case, "flow_runs": {"tags": {"any_": ["t1", "t2"]}}}, sort=SORT)
    steps = plan.scenario("by several of them")
    pairs = [("flows", "task_runs"), ("flows", "deployments"), ("task_runs", "deployments")]
    for first, second in pairs:
        for one in OF_RUNS[first][:3]:
            for other in OF_RUNS[second][:3]:
                body = {first: one, second: other}
                ask(steps, "/flow_runs/filter", body, sort=SORT, count="/flow_runs/count")
    pages(plan)
    steps = plan.scenario("whole")
    fixed = {"/*/estimated_run_time": "duration", "/*/estimated_start_time_delta": "any", "/*/total_run_time": "duration"}
    body = {"sort": SORT, "flow_runs": TERMINAL, "limit": 10}
    steps.post("/flow_runs/filter", body, loose=fixed)
    for number in (0, 4, 13, 20, 45):
        loose = {"/estimated_run_time": "any", "/estimated_start_time_delta": "any", "/total_run_time": "duration"}
        steps.get(f"/flow_runs/{run(number)}", loose=loose)
        steps.get(f"/flow_run_states/?flow_run_id={run(number)}")
    steps = plan.scenario("for the interface")
    ids = [run(number) for number in range(10)] + [NOBODY]
    steps.post("/ui/flow_runs/count-task-runs", {"flow_run_ids": ids})
    loose = {"/*/duration": "any", "/*/lateness": "any"}
    steps.post("/ui/flow_runs/history", {"sort": SORT, "limit": 20}, loose=loose)
    steps.post("/ui/flow_runs/history", {"sort": SORT, "limit": 1000, "offset": 50}, loose=loose)
    for name, cases in OF_RUNS.items():
        for case in cases[:3]:
            steps.post("/ui/flow_runs/history", {"sort": SORT, name: case}, project={"": "id"})
    steps.post("/ui/flow_runs/history", {"limit": 5}, loose=loose)
    steps.post("/ui/flow_runs/history", {"limit": 1001})
    yield plan


def pages(plan):
    steps = plan.scenario("sorts, limits and offsets")
    ask(steps, "/flow_runs/filter", count="/flow_runs/count")
    for sort in ("EXPECTED_START_TIME_ASC", "EXPECTED_START_TIME_DESC", "START_TIME_ASC", "START_TIME_DESC"):
        for limit, offset in ((200, 0), (7, 0), (7, 7), (7, FLOW_RUNS), (0, 0)):
            ask(steps, "/flow_runs/filter", sort=sort, limit=limit, offset=offset)
    named = {"flow_runs": {"name": {"like_": "run0"}, "idempotency_key": {"not_any_": ["x"]}}}
    for sort in ("NAME_ASC", "NAME_DESC"):
        for limit in (200, 3):
            ask(steps, "/flow_runs/filter", named, sort=sort, limit=limit)
    ask(steps, "/flow_runs/filter", {"flow_runs": TERMINAL}, sort="END_TIME_DESC")
    due = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    ask(steps, "/flow_runs/filter", due, sort="NEXT_SCHEDULED_START_TIME_ASC")
    ask(steps, "/flow_runs/filter", due, sort="NEXT_SCHEDULED_START_TIME_ASC", limit=3, offset=2)
    steps = plan.scenario("pages")
    for limit, page in ((7, 1), (7, 2), (7, 9), (7, 10), (200, 1), (0, 1), (60, 1), (59, 2)):
        body = {"sort": SORT, "limit": limit, "page": page}
        steps.post("/flow_runs/paginate", body, project={"/results": "id"})
        steps.post("/flow_runs/paginate", body | {"flow_runs": TERMINAL}, project={"/results": "id"})
    steps.post("/flow_runs/paginate", {}, project={"/results": "id"}, sorted={"/results": "-id"})
    for name, cases in OF_RUNS.items():
        for case in cases:
            steps.post("/flow_runs/paginate", {"sort": SORT, name: case}, project={"/results": "id"})
