"""Filters of flows."""

from .world import FLOWS, NOBODY, ask, combined, either, run, world

CASES = {
    "id": [{"any_": ["${f0}", "${f2}"]}, {"any_": []}, {"any_": [NOBODY]}, {"not_any_": ["${f0}"]},
           {"any_": ["${f0}", "${f1}"], "not_any_": ["${f1}"]}, {"not_any_": []}],
    "name": [{"any_": ["alpha", "beta"]}, {"any_": ["ALPHA"]}, {"any_": []}, {"like_": "alpha"}, {"like_": "ALPHA"},
             {"like_": "_"}, {"like_": "%"}, {"like_": "\\"}, {"like_": "\u00e9"}, {"like_": ""}, {"like_": "a%a"},
             {"any_": ["alpha"], "like_": "beta"}, {"like_": "ta_"}],
    "tags": [{"all_": ["x"]}, {"all_": ["x", "y"]}, {"all_": ["y", "x"]}, {"all_": []}, {"all_": ["x y"]}, {"all_": ["none"]},
             {"all_": ["X"]}, {"is_null_": True}, {"is_null_": False}, {"all_": ["x"], "is_null_": True},
             {"all_": ["x"], "is_null_": True, "operator": "or_"}, {"all_": ["x"], "operator": "not_"},
             {"all_": ["x"], "is_null_": True, "operator": "not_"}, {"all_": ["\u00e9"]}],
    "deployment": [{"is_null_": True}, {"is_null_": False}, {"is_null_": False, "operator": "not_"}, {}],
}  # fmt: skip
RELATED = {
    "flow_runs": [
        {"id": {"any_": [run(0), run(8)]}}, {"name": {"like_": "run1"}}, {"state": {"type": {"any_": ["COMPLETED"]}}},
        {"tags": {"all_": ["t2"]}}, {"id": {"any_": [NOBODY]}}, {}, {"operator": "not_", "name": {"like_": "run"}},
    ],
    "task_runs": [
        {"name": {"any_": ["task03", "task20"]}}, {"state": {"type": {"any_": ["RUNNING"]}}}, {"tags": {"is_null_": True}}, {},
    ],
    "deployments": [
        {"name": {"like_": "daily"}}, {"tags": {"all_": ["a"]}}, {"paused": {"eq_": True}}, {"id": {"any_": ["${d2}"]}},
        {"concurrency_limit": {"ge_": 3}}, {"flow_or_deployment_name": {"like_": "alpha"}}, {},
        {"tags": {"any_": ["c", "b"]}}, {"concurrency_limit": {"le_": 4}}, {"concurrency_limit": {"is_null_": True}},
        {"id": {"not_any_": ["${d2}"]}}, {"name": {"any_": ["never"]}}, {"work_queue_name": {"any_": ["default"]}},
    ],
}  # fmt: skip
PLAIN = {"flows": {"name": {"any_": ["alpha", "beta", "gamma", "empty"]}}}


def plans():
    plan = world("flows")
    for name, cases in CASES.items():
        steps = plan.scenario(f"by {name}")
        for case in cases:
            ask(steps, "/flows/filter", {"flows": {name: case}}, sort="CREATED_DESC", count="/flows/count")
    for steps, flows in either(plan, CASES, {"name": {"any_": ["gamma"]}, "id": {"any_": ["${f4}"]}}):
        ask(steps, "/flows/filter", {"flows": flows}, sort="CREATED_DESC", count="/flows/count")
    steps = plan.scenario("by two things")
    for case in combined(CASES, ("id", "name", "tags", "deployment")):
        ask(steps, "/flows/filter", {"flows": case}, sort="CREATED_DESC", count="/flows/count")
    for name, cases in RELATED.items():
        steps = plan.scenario(f"by their {name}")
        for case in cases:
            ask(steps, "/flows/filter", {name: case}, sort="CREATED_DESC", count="/flows/count")
            ask(steps, "/flows/filter", {name: case, "flows": {"name": {"like_": "alpha"}}}, sort="CREATED_DESC")
    steps = plan.scenario("by everything")
    everything = {name: cases[0] for name, cases in RELATED.items()}
    ask(steps, "/flows/filter", everything, sort="CREATED_DESC", count="/flows/count")
    pages(plan)
    steps = plan.scenario("whole")
    steps.post("/flows/filter", {"sort": "CREATED_DESC", "limit": 3})
    steps.get("/flows/${f4}")
    for flow, _ in FLOWS[:5]:
        steps.get(f"/flows/name/{flow.replace(' ', '%20')}")
    steps = plan.scenario("for the interface")
    ids = [f"${{f{number}}}" for number in range(len(FLOWS))] + [NOBODY]
    steps.post("/ui/flows/count-deployments", {"flow_ids": ids})
    steps.post("/ui/flows/next-runs", {"flow_ids": ids})
    yield plan


def pages(plan):
    steps = plan.scenario("sorts, limits and offsets")
    steps.post("/flows/filter", PLAIN, project={"": "id"})
    # An update has the time in milliseconds only: two may be equal.
    steps.post("/flows/filter", {"sort": "UPDATED_DESC"}, project={"": "id"}, sorted={"": "-updated"})
    ask(steps, "/flows/filter", sort="CREATED_DESC", count="/flows/count")
    for sort in ("NAME_ASC", "NAME_DESC"):
        ask(steps, "/flows/filter", PLAIN, sort=sort)
    for limit, offset in ((1, 0), (1, 1), (3, 2), (0, 0), (200, 0), (200, 3), (5, 100)):
        ask(steps, "/flows/filter", sort="CREATED_DESC", limit=limit, offset=offset)
    steps = plan.scenario("pages")
    for limit, page in ((3, 1), (3, 2), (3, 3), (3, 4), (200, 1), (0, 1)):
        body = {"sort": "CREATED_DESC", "limit": limit, "page": page}
        steps.post("/flows/paginate", body, project={"/results": "id"})
        steps.post("/flows/paginate", body | PLAIN, project={"/results": "id"})
    for name, cases in RELATED.items():
        for case in cases:
            steps.post("/flows/paginate", {"sort": "CREATED_DESC", name: case}, project={"/results": "id"})
