"""Filters of logs, and their text search."""

from .world import NOBODY, combined, either, run, task_id, world

LEVELS = [0, 10, 20, 25, 30, 40, 50]
LOGGERS = ["prefect.flow_runs", "prefect.task_runs", "my.Logger"]
MESSAGES = [
    "Beginning flow run", "Finished in state Completed()", "an error in the connection", "Connection timeout after 5 s",
    'said "hello world" twice', "100% done", "a_b and a-b", "back\\slash", "CamelCase ERROR", "\u00e9t\u00e9 fini", "two\nlines",
    "", "-dash +plus !bang", "quoted \\\" inside",
]  # fmt: skip
QUERIES = [
    "", "  ", "error", "ERROR", "connection timeout", '"connection timeout"', "error -connection", "error !connection",
    "-error", "!error", "+connection +timeout", "+connection error", "+error -camelcase", "%", "_", "a_b", "a-b", "\\",
    "back\\slash", '"back\\\\slash"', '"said \\"hello"', '"hello world', '"', '""', "- error", "+ error", "! error", "-", "+",
    "--error", "+-error", "my.logger", "prefect.task", "run prefect.flow", "\u00e9t\u00e9", "\u00c9T\u00c9", "lines", "two\nlines",
    '-"hello world"', '+"hello world" twice', 'abc"hello"', '"hello"abc', "100%", "done error -an", "5", "\terror\t", "'error'",
    '"-dash"', "\\-dash", "x" * 200, "x" * 201, "state Completed()", "*", "err?r", "(error)", "error OR done", "error,done",
]  # fmt: skip
FLOW_RUN, TASK_RUN = run(0), task_id(1)


def at(number):
    return f"2021-05-{number // 24 + 1:02d}T{number % 24:02d}:00:00.{number:06d}Z"


CASES = {
    "level": [{"ge_": 30}, {"le_": 20}, {"ge_": 20, "le_": 30}, {"ge_": 51}, {"le_": -1}, {}],
    "timestamp": [{"before_": at(10)}, {"after_": at(10)}, {"after_": at(10), "before_": at(12)}, {"after_": at(100)}, {}],
    "flow_run_id": [{"any_": [FLOW_RUN]}, {"any_": [FLOW_RUN, run(1)]}, {"any_": []}, {"any_": [NOBODY]}, {}],
    "task_run_id": [{"any_": [TASK_RUN]}, {"any_": []}, {"is_null_": True}, {"is_null_": False},
                    {"any_": [TASK_RUN], "is_null_": True}, {}],
}  # fmt: skip


def plans():
    plan = logs_plan("logs")
    for name, cases in CASES.items():
        steps = plan.scenario(f"by {name}")
        for case in cases:
            ask(steps, {name: case})
    for steps, logs in either(plan, CASES, {"level": {"ge_": 50}, "timestamp": {"before_": at(3)}}):
        ask(steps, logs)
    steps = plan.scenario("by two things")
    for case in combined(CASES, list(CASES)):
        ask(steps, case)
    steps = plan.scenario("sorts, limits and offsets")
    for sort in ("TIMESTAMP_ASC", "TIMESTAMP_DESC"):
        for limit, offset in ((200, 0), (7, 0), (7, 7), (7, 70), (0, 0)):
            body = {"sort": sort, "limit": limit, "offset": offset}
            steps.post("/logs/filter", body, project={"": "timestamp"})
    steps = plan.scenario("whole")
    steps.post("/logs/filter", {"limit": 20})
    steps.post("/logs/filter")
    steps = plan.scenario("download")
    for number in (0, 1, 3):
        headers = ["content-type", "content-disposition"]
        steps.get(f"/flow_runs/{run(number)}/logs/download", compare_headers=headers)
    steps.get(f"/flow_runs/{NOBODY}/logs/download")
    yield plan
    yield texts()


def texts():
    plan = logs_plan("logs_text")
    # The reference's search needs a function that SQLite has from 3.44 on.
    plan.recorded_on = "postgres"
    steps = plan.scenario("by text")
    for query in QUERIES:
        ask(steps, {"text": {"query": query}})
    steps = plan.scenario("by text and level")
    for query in ("error", "-error", "+connection"):
        for operator in ("and_", "or_", "not_"):
            ask(steps, {"text": {"query": query}, "level": {"ge_": 30}, "operator": operator})
    return plan


def logs_plan(name):
    plan = world(name, runs=4, tasks=4)
    logs = []
    for number in range(70):
        log = {
            "name": LOGGERS[number % 3],
            "level": LEVELS[number % 7],
            "message": MESSAGES[number % len(MESSAGES)],
            "timestamp": at(number),
        }
        if number % 5:
            log["flow_run_id"] = run(number % 4)
        if number % 3:
            log["task_run_id"] = task_id(number % 4)
        logs.append(log)
    plan.setup.post("/logs/", logs[:40]).post("/logs/", logs[40:])
    plan.setup.post("/logs/", [])
    return plan


def ask(steps, logs):
    steps.post("/logs/filter", {"logs": logs}, project={"": "timestamp"})
