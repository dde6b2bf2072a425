"""Rules of single properties, sizes, and several mistakes in one body."""

from .. import Plan
from .properties import FLOW, FLOW_RUN, ID, TASK_RUN, VARIABLE, WHEN

LABELS = [
    {"a": "x"}, {"a": 1}, {"a": 1.0}, {"a": 1.5}, {"a": True}, {"a": None}, {"a": []}, {"a": {}}, {"": ""}, {"a": 2**63},
    {"a": 2**80}, {"é": "𝄞"}, {"a.b": 1, "a": {"b": 1}}, None, {},
]  # fmt: skip
DOCUMENTS = [
    {"x": 2**80}, {"x": -(2**80)}, {"x": 1e300}, {"x": 1.0}, {"x": 0.1}, {"x": -0.0}, {"x": "é𝄞"}, {"x": "\u0001"},
    {"": ""}, {"x": {"y": [{"z": None}]}}, {"__prefect_kind": "json", "value": "1"}, {"x" * 1000: "y" * 1000},
]  # fmt: skip
# Written out, because a JSON library may not write them so.
RAW_VALUES = [
    "NaN", "Infinity", "-Infinity", "1E5", "1e5", "1.50", "100000000000000000000000.0", "1e400", "-0", "0.1e-6", "1E-7",
    "123456789.123456789", '"\\ud83d\\ude00"', '"\\ud83d"', '"\\u0000"', '"\\/"', '{"a":1,"a":2}',
]  # fmt: skip
FILTER = {"object": "o", "property": "p", "type": "t", "operation": "q"}


def plans(spec):
    plan = Plan("validation/special")
    names(plan)
    labels_and_documents(plan)
    policies(plan)
    sizes(plan)
    inputs(plan)
    many(plan)
    yield plan
    # With nothing stored: what is found does not depend on what the others leave behind.
    plan = Plan("validation/filters")
    filters(plan)
    yield plan


def names(plan):
    flow_names = ["a/b", "a%b", "a&b", "a>b", "a<b", "", " ", "a b", "é", "a\nb", "\n", "x" * 1000, ".", "a\\b", "a?b#c", "${uniq}'"]
    steps = plan.scenario("flow names")
    for name in flow_names:
        steps.post("/flows/", {"name": name})
    variables = [
        "a", "A", "a-b", "a_b", "a.b", "a b", "1", "-", "_", "é", "", " a", "a\n", "a" * 255, "a" * 256, "a/b", "ａ", "٣",
    ]  # fmt: skip
    steps = plan.scenario("variable names")
    steps.append(VARIABLE)
    for name in variables:
        steps.post("/variables/", {"name": name, "value": 1})
        steps.patch("/variables/${variable}", {"name": name}, loose={"/detail": "string"})
        steps.patch("/variables/${variable}", {"name": "v-${uniq}"})
    keys = ["a", "A", "a-b", "a_b", "a.b", "a b", "1", "-", "é", "", "a\n", "a/b", "a" * 300, None]
    steps = plan.scenario("artifact keys")
    for key in keys:
        steps.post("/artifacts/", {"key": key, "type": "t", "data": 1})
    run_names = ["", " ", None, "a/b", "x" * 1000, "é", "\n"]
    steps = plan.scenario("run names")
    steps.extend([FLOW, FLOW_RUN, TASK_RUN])
    for number, name in enumerate(run_names):
        steps.post("/flow_runs/", {"flow_id": "${flow}", "name": name})
        steps.post("/task_runs/", {"task_key": "t", "dynamic_key": f"{number}-${{uniq}}", "name": name})
        steps.patch("/flow_runs/${flow_run}", {"name": name}).get("/flow_runs/${flow_run}")
        steps.patch("/task_runs/${task_run}", {"name": name}).get("/task_runs/${task_run}")
    steps = plan.scenario("tags")
    for tags in ([], [""], ["a", "a"], ["b", "a"], ["x" * 500], [1], [None], "a", {"a": 1}, None):
        steps.post("/flows/", {"name": f"tags {tags} ${{uniq}}"[:60].replace("/", ""), "tags": tags})


def labels_and_documents(plan):
    steps = plan.scenario("labels")
    steps.extend([FLOW, FLOW_RUN])
    for number, labels in enumerate(LABELS):
        steps.post("/flows/", {"name": f"l{number}-${{uniq}}", "labels": labels})
        steps.post("/flow_runs/", {"flow_id": "${flow}", "name": "r", "labels": labels})
        body = {"task_key": "t", "dynamic_key": f"l{number}-${{uniq}}", "name": "t", "labels": labels}
        steps.post("/task_runs/", body)
        steps.patch("/flow_runs/${flow_run}/labels", labels).get("/flow_runs/${flow_run}")
    steps = plan.scenario("parameters, context and data")
    steps.extend([FLOW, FLOW_RUN])
    for document in DOCUMENTS:
        steps.post("/flow_runs/", {"flow_id": "${flow}", "name": "r", "parameters": document, "context": document})
        steps.patch("/flow_runs/${flow_run}", {"parameters": document}).get("/flow_runs/${flow_run}")
        steps.post("/artifacts/", {"type": "t", "data": document, "metadata_": {"a": "b"}})
    steps = plan.scenario("values as they are written")
    steps.extend([FLOW, FLOW_RUN])
    for number, raw in enumerate(RAW_VALUES):
        steps.post("/variables/", raw=f'{{"name": "raw{number}-${{uniq}}", "value": {raw}}}')
        steps.post("/flow_runs/", raw=f'{{"flow_id": "${{flow}}", "name": "r", "parameters": {{"x": {raw}}}}}')
        steps.post("/artifacts/", raw=f'{{"type": "t", "data": {raw}}}')
        steps.post("/flow_runs/${flow_run}/set_state", raw=f'{{"state": {{"type": "RUNNING", "data": {raw}}}}}')
        steps.post("/flows/filter", raw=f'{{"limit": {raw}, "flows": {{"name": {{"any_": ["none"]}}}}}}')
    steps = plan.scenario("metadata of artifacts")
    for metadata in ({}, None, {"a": 1}, {"a": None}, {"a": ["b"]}, {"a": {}}, {"a": True}, {"": ""}, [], "x", {"a": "x" * 501}):
        steps.post("/artifacts/", {"type": "t", "metadata_": metadata, "description": "d"})
    steps = plan.scenario("values of variables")
    steps.post("/variables/", {"name": "v-large-${uniq}", "value": 2**70})
    for number, value in enumerate(("", "x", 0, 1.0, True, None, [], {}, [1, "a", None], {"a": {"b": 1.0}})):
        steps.post("/variables/", {"name": f"v{number}-${{uniq}}", "value": value}, save={f"v{number}": "/id"})
        steps.get(f"/variables/${{v{number}}}")


def policies(plan):
    steps = plan.scenario("policies of task runs")
    cases = [
        {"retry_delay": [1] * 50}, {"retry_delay": [1] * 51}, {"retry_delay": [1.5, 2]}, {"retry_delay": ["1"]},
        {"retry_delay": "5"}, {"retry_delay": -1}, {"retry_delay": 1.0}, {"retry_delay": True}, {"retry_delay": [True]},
        {"retry_jitter_factor": -0.1}, {"retry_jitter_factor": 0}, {"retry_jitter_factor": "0.5"}, {"retries": -1},
        {"retries": 1.0}, {"retries": 1.5}, {"retries": "2"}, {"retries": True}, {"max_retries": 3}, {"max_retries": None},
        {"retry_delay_seconds": 2.5}, {"max_retries": 0, "retries": 5}, {"max_retries": 4, "retries": 5},
        {"unknown": 1}, None, [], "x",
    ]  # fmt: skip
    for number, policy in enumerate(cases):
        body = {"task_key": "t", "dynamic_key": f"{number}-${{uniq}}", "name": "t", "empirical_policy": policy}
        steps.post("/task_runs/", body, loose={"/request_body/empirical_policy": "any"})
    steps = plan.scenario("policies of flow runs")
    steps.append(FLOW)
    more = [
        {"pause_keys": []}, {"pause_keys": ["b", "a", "b"]}, {"pause_keys": "ab"}, {"pause_keys": [1]}, {"pause_keys": None},
        {"pause_keys": {"a": 1}}, {"resuming": None}, {"resuming": "yes"}, {"retry_type": "in_process"},
        {"retry_type": "reschedule"}, {"retry_type": "other"}, {"retry_delay": 2.0}, {"retry_delay": 2.5},
    ]  # fmt: skip
    for policy in cases + more:
        body = {"flow_id": "${flow}", "name": "r", "empirical_policy": policy}
        steps.post("/flow_runs/", body, loose={"/request_body/empirical_policy": "any"})
    steps = plan.scenario("inputs of task runs")
    cases = [
        [], [{"input_type": "parameter", "name": "p"}], [{"input_type": "constant", "type": "int"}],
        [{"input_type": "task_run", "id": ID}], [{"input_type": "flow_run", "id": ID}], [{"input_type": "other"}],
        [{"input_type": "task_run"}], [{"id": ID}], [{"name": "p"}], [{}], [None], "x", None, [{"type": "int"}],
        [{"input_type": "task_run", "id": ID, "more": 1}],
    ]  # fmt: skip
    for number, given in enumerate(cases):
        body = {"task_key": "t", "dynamic_key": f"{number}-${{uniq}}", "name": "t", "task_inputs": {"x": given}}
        steps.post("/task_runs/", body)
    steps = plan.scenario("ids of task runs")
    for number, given in enumerate((None, "aaaaaaaa-0000-4000-8000-00000000000a", "aaaaaaaa-0000-4000-8000-00000000000a")):
        body = {"id": given, "task_key": "t", "dynamic_key": f"{number}-${{uniq}}", "name": "t"}
        steps.post("/task_runs/", body, loose={"/detail": "string"})


def sizes(plan):
    steps = plan.scenario("large parameters")
    steps.extend([FLOW, FLOW_RUN])
    for length in (400_000, 524_277, 524_279, 524_280, 600_000):
        echo = {"/request_body": "any", "/exception_detail/0/input": "any", "/parameters": "any"}
        body = {"flow_id": "${flow}", "name": "r", "parameters": {"x": "a" * length}}
        steps.post("/flow_runs/", body, loose=echo)
        steps.patch("/flow_runs/${flow_run}", {"parameters": {"x": "a" * length}}, loose=echo)
    steps = plan.scenario("long cache keys")
    for number, length in enumerate((1999, 2000, 2001)):
        body = {"task_key": "t", "dynamic_key": f"{number}-${{uniq}}", "name": "t", "cache_key": "c" * length}
        steps.post("/task_runs/", body, loose={"/request_body": "any", "/exception_detail/0/input": "any"})
    steps = plan.scenario("long values of variables")
    values = ["a" * length for length in (4997, 4998, 4999, 5000, 5001)]
    values += ["é" * 833, "é" * 834, "𝄞" * 416, "𝄞" * 417, '"' * 2499, '"' * 2500, "\u007f" * 4998, "/" * 4998]
    values += [[1] * 1666, [1] * 1667, {"a": [1] * 1663}, {"a": [1] * 1664}, [1.0] * 1000, [1.0] * 1001]
    for number, value in enumerate(values):
        steps.post("/variables/", {"name": f"v{number}-${{uniq}}", "value": value})
    steps.post("/variables/", raw='{"name": "spaced-${uniq}", "value": [1' + " " * 6000 + "]}")
    steps = plan.scenario("long lists for the interface")
    for count in (200, 201):
        for path, key in (
            ("/ui/flows/count-deployments", "flow_ids"),
            ("/ui/flows/next-runs", "flow_ids"),
            ("/ui/flow_runs/count-task-runs", "flow_run_ids"),
        ):
            ids = [f"55555555-0000-4000-8000-{number:012x}" for number in range(count)]
            steps.post(path, {key: ids})
    steps = plan.scenario("logs as they are kept")
    run = "66666666-0000-4000-8000-000000000001"
    odd = [{"level": "30"}, {"level": 40.0}, {"level": True}, {"level": -5}, {"message": ""}, {"message": "é𝄞\n"}, {"name": ""}]
    for number, change in enumerate(odd):
        log = {"name": "l", "level": 20, "message": "m", "timestamp": f"2021-01-0{number + 1}T00:00:00Z", "flow_run_id": run}
        steps.post("/logs/", [log | change])
    steps.post("/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}})
    steps = plan.scenario("a long log")
    for length in (100, 1_000_000):
        log = {"name": "l", "level": 20, "message": "m" * length, "timestamp": WHEN}
        steps.post("/logs/", [log])


def inputs(plan):
    steps = plan.scenario("keys and values of run inputs")
    steps.extend([FLOW, FLOW_RUN])
    for key in ("k", "k", "a-b.c", "a b", "", "é", "a/b", "x" * 300, "a\n"):
        steps.post("/flow_runs/${flow_run}/input", {"key": key, "value": "v"})
    for number, value in enumerate(("", "é𝄞", "{}", "1", 1, None, {}, [], "\n")):
        steps.post("/flow_runs/${flow_run}/input", {"key": f"v{number}", "value": value, "sender": "me"})
        steps.get(f"/flow_runs/${{flow_run}}/input/v{number}")


def many(plan):
    steps = plan.scenario("several mistakes at once")
    steps.extend([FLOW, FLOW_RUN])
    steps.post("/flows/", {"name": 1, "tags": [1, "a", None], "labels": {"a": [], "b": {}}, "z": 1, "y": 2})
    steps.post("/flows/filter", {"limit": "x", "offset": -1, "sort": "no", "flows": {"name": {"any_": 1, "z": 1}, "tags": 1}})
    steps.post("/flow_runs/", {"flow_id": "x", "state": {"type": "no", "state_details": {"flow_run_id": 1}}, "tags": "a"})
    steps.post("/flow_runs/", {"state": {}, "parameters": [], "context": [], "empirical_policy": {"retries": "x", "pause_keys": 1}})
    steps.post("/flow_runs/${flow_run}/set_state", {"state": {"type": 1, "name": 1, "message": 1}, "force": "x"})
    steps.post("/flow_runs/${flow_run}/set_state", {"type": "RUNNING"})
    steps.post("/flow_runs/history", {"history_start": "x", "history_end": 1e40, "history_interval_seconds": "x"})
    steps.post("/logs/", [{"name": 1}, {}, "x", {"name": "a", "level": 1.5, "message": None, "timestamp": "x", "z": 1}])
    steps.post("/logs/", [{"name": "n", "level": 20, "message": "m", "timestamp": WHEN}, {"level": 20}])
    steps.post("/task_runs/", {"task_inputs": {"a": [{"input_type": "x"}], "b": 1}, "cache_expiration": "x", "id": "x"})
    steps.post("/artifacts/", {"flow_run_id": "x", "task_run_id": 1, "key": 1, "metadata_": {"a": []}, "z": 1})
    steps.post("/variables/", {"name": "A B", "tags": 1, "z": 1})
    steps.put("/saved_searches/", {"name": 1, "filters": [{}, FILTER, {"object": 1}, 1]})
    steps.post("/events", [{"id": "x", "occurred": "x", "event": 1, "resource": {}, "related": [{}, {"prefect.resource.id": "a"}]}])
    steps.post(f"/flow_runs/{ID}/input/filter", {"limit": "x", "exclude_keys": 1})
    steps.get("/flow_run_states/?flow_run_id=x", headers={"X-PREFECT-API-VERSION": "0.1.0"})
    steps.post("/flows/", {"name": 1}, headers={"X-PREFECT-API-VERSION": "x"})


def filters(plan):
    steps = plan.scenario("filters within filters")
    named = {"name": {"any_": ["none"]}}
    for bad in (
        {"and_": []}, {"operator": "and_"}, {"operator": "or_"}, {"operator": "not_"}, {"operator": "AND"}, {"operator": None},
        {"name": {}}, {"name": None}, {"name": {"any_": None}}, {"name": {"any_": []}}, {"id": {"any_": []}},
        {"id": {"any_": [ID, "x", None, 1]}}, {"tags": {"all_": "a"}}, {"tags": {"is_null_": "maybe"}},
        {"tags": {"operator": "or_", "all_": ["a"]}}, {"deployment": {"is_null_": 2}}, {"unknown": {"any_": []}},
    ):  # fmt: skip
        steps.post("/flows/filter", {"flows": named | bad})
        steps.post("/flow_runs/count", {"flows": named, "flow_runs": bad})
        steps.post("/task_runs/count", {"flows": bad, "task_runs": {"name": {"any_": ["none"]}}})
    steps = plan.scenario("states in filters")
    for kind in (["RUNNING"], ["running"], ["x"], [None], [1], "RUNNING", [], None, ["RUNNING", "RUNNING"]):
        for key in ("any_", "not_any_"):
            steps.post("/flow_runs/count", {"flow_runs": {"state": {"type": {key: kind}}}})
            steps.post("/flow_runs/count", {"flow_runs": {"state": {"name": {key: kind}}}})
            steps.post("/task_runs/count", {"task_runs": {"state": {"type": {key: kind}}}})
    steps = plan.scenario("pages")
    for limit in (None, 0, 1, 200, 201, -1, "7", 1.0, 1.5, True):
        for page in (None, 0, 1, 2, -1, "2", 10**6):
            body = {key: value for key, value in (("limit", limit), ("page", page)) if value is not None}
            steps.post("/flow_runs/paginate", body | {"flow_runs": {"name": {"any_": ["none"]}}})
