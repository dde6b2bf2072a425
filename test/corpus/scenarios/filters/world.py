"""The world that the filters are asked about. Instants are of 2021 and 2035, so
that answers name them; names are plain where they are sorted by, because the
order of other letters depends on the database's collation."""

import base64
import datetime

from .. import Plan

NOBODY = "99999999-0000-4000-8000-000000000000"
AUTOMATION = "aaaaaaaa-0000-4000-8000-000000000001"

FLOWS = [
    ("alpha", ["x"]),
    ("beta", ["x", "y"]),
    ("gamma", []),
    ("alpha_beta", ["y"]),
    ("Alpha Two", ["x y", "z"]),
    ("back\\slash", ["x", "x"]),
    ("donn\u00e9es", ["\u00e9"]),
    ("empty", ["z", "x"]),
]
# flow, name, tags, more
DEPLOYMENTS = [
    (0, "daily", ["a"], {}),
    (0, "Daily two", ["a", "b"], {"paused": True}),
    (1, "night_ly", [], {"concurrency_limit": 5}),
    (2, "never", ["c"], {"concurrency_limit": 2}),
]
FLOW_RUNS = 60
TASK_RUNS = 45
RUN_TAGS = [[], ["t1"], ["t1", "t2"], ["t2", "t3"], ["t1 t2"], ["T1"]]
ODD_NAMES = {50: "Run_Fifty", 51: "50% done", 52: "back\\slash", 53: "\u00e9t\u00e9 run", 54: "RUN05"}
# What is forced on a run that was created as scheduled.
WAYS = [
    [],
    [("SCHEDULED", "Late")],
    [("PENDING", None)],
    [("RUNNING", None)],
    [("RUNNING", None), ("COMPLETED", None)],
    [("RUNNING", None), ("FAILED", None)],
    [("RUNNING", None), ("CRASHED", None)],
    [("RUNNING", None), ("CANCELLING", None)],
    [("CANCELLED", None)],
    [("RUNNING", None), ("PAUSED", None)],
    [("RUNNING", None), ("SCHEDULED", "AwaitingRetry")],
    [("COMPLETED", "Cached")],
    [("RUNNING", None), ("FAILED", "TimedOut")],
]
SUBFLOWS = range(20, 25)


def moment(day, hours=0):
    at = datetime.datetime(2021, 3, 1) + datetime.timedelta(days=day, hours=hours)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def scheduled_at(number):
    """When a flow run is due: every sixth in 2035."""
    at = datetime.datetime(2035 if number % 6 == 5 else 2021, 3, 1) + datetime.timedelta(hours=7 * number)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def task_at(number):
    at = datetime.datetime(2021, 4, 1) + datetime.timedelta(minutes=90 * number)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def task_id(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def run(number):
    return f"${{r{number}}}"


def world(name, runs=FLOW_RUNS, tasks=TASK_RUNS):
    """A plan whose setup makes the world (or its beginning)."""
    plan = Plan(f"filters/{name}")
    setup = plan.setup
    for number, (flow, tags) in enumerate(FLOWS):
        setup.post("/flows/", {"name": flow, "tags": tags, "labels": {"n": number}}, save={f"f{number}": "/id"})
    for number, (flow, deployment, tags, more) in enumerate(DEPLOYMENTS):
        body = {"name": deployment, "flow_id": f"${{f{flow}}}", "tags": tags, **more}
        setup.post("/deployments/", body, save={f"d{number}": "/id"})
    for number in range(runs):
        if number == SUBFLOWS[0]:
            parents(setup)
        add_flow_run(setup, number)
    for number in range(tasks):
        add_task_run(setup, number)
    return plan


def parents(setup):
    """Task runs of r3 that stand for subflows."""
    for number in SUBFLOWS:
        body = {
            "id": task_id(number + 1000),
            "flow_run_id": run(3),
            "task_key": "sub",
            "dynamic_key": str(number),
            "name": f"sub{number}",
            "state": {"type": "PENDING"},
        }
        setup.post("/task_runs/", body)


def add_flow_run(setup, number):
    body = {
        "flow_id": f"${{f{number % 7}}}",
        "name": ODD_NAMES.get(number, f"run{number:02d}"),
        "tags": RUN_TAGS[number % len(RUN_TAGS)],
        "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": scheduled_at(number)}},
    }
    if number % 5 == 0:
        body["deployment_id"] = f"${{d{number // 5 % 4}}}"
    if number % 3:
        body["flow_version"] = f"v{number % 3}"
    if number % 4 == 0:
        body["idempotency_key"] = f"key{number}"
    if number in SUBFLOWS:
        body["parent_task_run_id"] = task_id(number + 1000)
    headers = None
    if number % 10 == 3:
        name = base64.b64encode(f"automation {number}".encode()).decode()
        headers = {"prefect-automation-id": AUTOMATION, "prefect-automation-name": name}
    setup.post("/flow_runs/", body, save={f"r{number}": "/id"}, headers=headers)
    for kind, name in WAYS[number % len(WAYS)]:
        force(setup, f"/flow_runs/{run(number)}", kind, name, f"{number}")


def force(setup, path, kind, name, number):
    state = {"type": kind}
    if name:
        state["name"] = name
    if kind == "SCHEDULED":
        state["state_details"] = {"scheduled_time": scheduled_at(int(number.strip("t")))}
    if (kind, number) == ("COMPLETED", "4"):
        state["data"] = {"type": "unpersisted"}
    save = {"RUNNING": {f"start{number}": "/state/timestamp"}}.get(kind)
    if kind in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
        save = {f"end{number}": "/state/timestamp"}
    setup.post(path + "/set_state", {"state": state, "force": True}, save=save)


def add_task_run(setup, number):
    body = {
        "id": task_id(number),
        "task_key": f"key{number % 4}",
        "dynamic_key": str(number),
        "name": f"task{number:02d}" if number != 40 else "Task_40%",
        "tags": RUN_TAGS[number % len(RUN_TAGS)],
        "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": task_at(number)}},
    }
    if number % 9 != 8:
        body["flow_run_id"] = run(number % 16)
    if number >= 16:
        body["task_inputs"] = {"x": [{"input_type": "task_run", "id": task_id(number - 16)}]}
        if number % 2:
            # The reference's first graph fails on these.
            body["task_inputs"]["y"] = [{"input_type": "constant", "type": "int"}, {"input_type": "parameter", "name": "p"}]
    setup.post("/task_runs/", body)
    for kind, name in WAYS[(number * 5) % len(WAYS)]:
        force(setup, f"/task_runs/{task_id(number)}", kind, name, f"t{number}")


def ask(steps, path, filters=None, *, sort=None, by="-id", count=None, **body):
    """Ask for a list (and its count): the answer's ids.

    Without a sort the reference orders by ids, which are random.
    """
    request = dict(filters or {})
    request |= body
    if sort:
        steps.post(path, request | {"sort": sort}, project={"": "id"})
    else:
        steps.post(path, request, project={"": "id"}, sorted={"": by})
    if count:
        steps.post(count, filters or {})


def either(plan, cases, others, prefix=""):
    """The filters with each criterion, and with none, beside another one of which either will do."""
    for name, of_it in cases.items():
        steps = plan.scenario(f"{prefix}by {name} or something else")
        other = next({n: c} for n, c in others.items() if n != name)
        for case in [*of_it, {}]:
            yield steps, {name: case, "operator": "or_"} | other


def combined(cases, names):
    """Two properties of a filter at once, with each operator."""
    for first, second in zip(names, names[1:], strict=False):
        for operator in ("and_", "or_", "not_"):
            yield {first: cases[first][0], second: cases[second][0], "operator": operator}
