"""Filters of artifacts and of the latest artifact of each key."""

from .world import NOBODY, ask, combined, either, run, task_id, world

KEYS = ["report", "data-1", None, "re-port", "zeta"]
TYPES = ["table", "markdown", "progress", None, "result"]
CASES = {
    "key": [{"any_": ["report", "zeta"]}, {"like_": "re"}, {"like_": "RE"}, {"like_": "_"}, {"like_": "%"}, {"like_": "-"},
            {"exists_": True}, {"exists_": False}, {"any_": []}, {"any_": ["report"], "like_": "data"},
            {"like_": "re", "exists_": False}, {}],
    "flow_run_id": [{"any_": [run(0)]}, {"any_": [run(0), run(1)]}, {"any_": []}, {"any_": [NOBODY]}, {}],
    "task_run_id": [{"any_": [task_id(1)]}, {"any_": []}, {}],
    "type": [{"any_": ["table"]}, {"any_": ["table", "markdown"]}, {"not_any_": ["table"]}, {"any_": []}, {"not_any_": []},
             {"any_": ["table"], "not_any_": ["table"]}, {"any_": ["TABLE"]}, {"not_any_": ["result", "progress"]}, {}],
}  # fmt: skip
ARTIFACTS = CASES | {"id": [{"any_": ["${a3}", "${a7}"]}, {"any_": []}, {"any_": [NOBODY]}, {}]}
LATEST = CASES | {"latest_id": [{"any_": ["${a28}", "${a25}", "${a3}"]}, {"any_": []}, {"any_": [NOBODY]}, {}]}
RELATED = {
    "flow_runs": [
        {"id": {"any_": [run(1)]}}, {"name": {"like_": "run0"}}, {"state": {"type": {"any_": ["RUNNING"]}}}, {},
        {"operator": "not_", "id": {"any_": [run(1)]}},
    ],
    "task_runs": [{"id": {"any_": [task_id(1)]}}, {"name": {"any_": ["task02"]}}, {"tags": {"is_null_": True}}, {}],
    "flows": [{"name": {"any_": ["alpha"]}}, {"tags": {"all_": ["x"]}}, {}],
    "deployments": [{"name": {"any_": ["daily"]}}, {"tags": {"is_null_": True}}, {}],
}  # fmt: skip


def plans():
    plan = world("artifacts", runs=8, tasks=6)
    for number in range(30):
        body = {"type": TYPES[number % 5], "data": {"n": number}, "description": f"number {number}"}
        body["key"] = KEYS[(number * 3 + number // 5) % 5]
        if number % 4:
            body["flow_run_id"] = run(number % 8)
        if number % 3 == 0:
            body["task_run_id"] = task_id(number % 6)
        if number % 7 == 0:
            body["metadata_"] = {"m": str(number)}
        plan.setup.post("/artifacts/", body, save={f"a{number}": "/id"})
    for kind, path, cases in (("all", "", ARTIFACTS), ("latest", "/latest", LATEST)):
        questions(plan, kind, path, cases)
    steps = plan.scenario("latest of a key")
    for key in ("report", "data-1", "re-port", "zeta", "REPORT", "none"):
        steps.get(f"/artifacts/{key}/latest")
    steps = plan.scenario("latest after a change and a removal")
    create = {"key": "gone", "type": "table"}
    for number in range(3):
        steps.post("/artifacts/", create | {"data": number}, save={f"g{number}": "/id"})
    steps.get("/artifacts/gone/latest").delete("/artifacts/${g2}").get("/artifacts/gone/latest")
    steps.patch("/artifacts/${g1}", {"data": {"new": 1.0}, "description": "changed"})
    steps.get("/artifacts/gone/latest").get("/artifacts/${g1}")
    only = {"artifacts": {"key": {"any_": ["gone"]}}}
    steps.post("/artifacts/latest/filter", only)
    steps.delete("/artifacts/${g0}").get("/artifacts/gone/latest")
    steps.delete("/artifacts/${g1}").get("/artifacts/gone/latest").delete("/artifacts/${g1}")
    steps.post("/artifacts/latest/filter", only)
    yield plan


def questions(plan, kind, path, cases):
    filters, count = f"/artifacts{path}/filter", f"/artifacts{path}/count"
    for name, of_it in cases.items():
        steps = plan.scenario(f"{kind} by {name}")
        for case in of_it:
            ask(steps, filters, {"artifacts": {name: case}}, sort="CREATED_DESC", count=count)
    others = {"type": {"any_": ["progress"]}, "key": {"any_": ["data-1"]}}
    for steps, artifacts in either(plan, cases, others, f"{kind} "):
        ask(steps, filters, {"artifacts": artifacts}, sort="CREATED_DESC")
    steps = plan.scenario(f"{kind} by two things")
    for case in combined(cases, list(cases)):
        ask(steps, filters, {"artifacts": case}, sort="CREATED_DESC", count=count)
    for name, of_it in RELATED.items():
        steps = plan.scenario(f"{kind} by their {name}")
        for case in of_it:
            ask(steps, filters, {name: case}, sort="CREATED_DESC", count=count)
            ask(steps, filters, {name: case, "artifacts": {"type": {"any_": ["table"]}}}, sort="CREATED_DESC")
    steps = plan.scenario(f"{kind}: sorts, limits and offsets")
    for limit, offset in ((200, 0), (4, 0), (4, 3), (4, 100), (0, 0)):
        ask(steps, filters, sort="CREATED_DESC", limit=limit, offset=offset)
    ask(steps, filters, count=count)
    steps.post(filters, {"sort": "UPDATED_DESC"}, project={"": "id"}, sorted={"": "-updated"})
    # Artifacts of one key are in no order.
    keyed = {"artifacts": {"key": {"exists_": True}}}
    for sort, by in (("KEY_ASC", "key"), ("KEY_DESC", "-key")):
        plain = {"artifacts": {"key": {"any_": ["report", "zeta"]}}}
        steps.post(filters, plain | {"sort": sort}, project={"": "id"}, sorted={"": by})
    steps = plan.scenario(f"{kind}, whole")
    steps.post(filters, keyed | {"sort": "CREATED_DESC", "limit": 6})
