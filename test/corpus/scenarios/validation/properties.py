"""Every property of every request model meets every kind of value."""

from .. import Plan
from .models import Models, changed, without

# One of each kind of value, and the near misses that are coerced or refused.
ANY = [
    None, "text", "", " ", 0, 1, -1, 1.0, 1.5, "1", "-1", "1.0", " 1 ", "1_000", True, False, "true", "no",
    [], ["x"], [1], [None], [[]], {}, {"x": 1},
]  # fmt: skip
INTEGERS = [
    "+1", "01", "1e2", "0x10", "1.5", "١", 200, 201, 1e3, 2**31 - 1, 2**31, 2**63 - 1, 2**63, "9" * 30, "inf", "nan",
]  # fmt: skip
BOOLEANS = ["True", "TRUE", "t", "T", "y", "Y", "yes", "on", "ON", "off", "n", "f", "0", "1.0", 2, 0.0, "  true"]
UUID = "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c"
UUIDS = [
    UUID, UUID.upper(), UUID.replace("-", ""), "{" + UUID + "}", "urn:uuid:" + UUID, UUID[:-1], UUID + "0", " " + UUID,
    UUID.replace("1", "g"), UUID.replace("-", "_"), "0190a6c41b1e-7c3a8d2f3c5e8f7a9b0c",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "not-a-uuid", "{", "urn:uuid:",
]  # fmt: skip
TEXTS = ["x" * 300, "é𝄞", "a/b", "a%b", "a&b", "a>b", "a<b", "a b", "A", "a_b", "a-b", "a.b", "\n", "a\u0000b", '"', "0"]

ID = "11111111-1111-4111-8111-111111111111"
FLOW = {"method": "POST", "path": "/flows/", "body": {"name": "f-${uniq}"}, "save": {"flow": "/id"}}
FLOW_RUN = {
    "method": "POST",
    "path": "/flow_runs/",
    "body": {"flow_id": "${flow}", "name": "r"},
    "save": {"flow_run": "/id"},
}
TASK_RUN = {
    "method": "POST",
    "path": "/task_runs/",
    "body": {"task_key": "t", "dynamic_key": "d-${uniq}", "name": "t"},
    "save": {"task_run": "/id"},
}
ARTIFACT = {"method": "POST", "path": "/artifacts/", "body": {"type": "t"}, "save": {"artifact": "/id"}}
VARIABLE = {
    "method": "POST",
    "path": "/variables/",
    "body": {"name": "v-${uniq}", "value": 1},
    "save": {"variable": "/id"},
}
WHEN = "2021-02-03T04:05:06.789012Z"
RESOURCE = {"prefect.resource.id": "r.${uniq}"}

# file -> operation -> how to send it: the steps before, the body (a function of
# a number that no other step has), how deep to go into its models, where
# the answer shows what became of the body when the answer itself does not, and
# whether it may conflict with what is stored: the words for that are not compared.
OPERATIONS = {
    "flows_write": {
        "POST /flows/": {"body": lambda n: {"name": f"f{n}-${{uniq}}"}},
        "PATCH /flows/{id}": {"before": [FLOW], "id": "${flow}", "read": "/flows/${flow}"},
    },
    "flows_read": {
        "POST /flows/filter": {"depth": 4, "only": ("limit", "offset", "sort", "flows")},
        "POST /flows/count": {},
        "POST /flows/paginate": {},
        "POST /ui/flows/count-deployments": {"body": lambda n: {"flow_ids": [ID]}},
        "POST /ui/flows/next-runs": {"body": lambda n: {"flow_ids": [ID]}},
    },
    "flow_runs_write": {
        "POST /flow_runs/": {"conflicts": True, "before": [FLOW], "body": lambda n: {"flow_id": "${flow}", "name": "r"}, "depth": 3},
        "PATCH /flow_runs/{id}": {
            "before": [FLOW, FLOW_RUN], "id": "${flow_run}", "read": "/flow_runs/${flow_run}", "depth": 3,
        },
        "POST /flow_runs/{id}/set_state": {
            "before": [FLOW, FLOW_RUN], "id": "${flow_run}", "depth": 3, "body": lambda n: {"state": {"type": "RUNNING"}},
        },
        "PATCH /flow_runs/{id}/labels": {
            "before": [FLOW, FLOW_RUN], "id": "${flow_run}", "read": "/flow_runs/${flow_run}",
            "body": lambda n: {"label": "x"}, "properties": ["label"],
        },
        "POST /flow_runs/{id}/resume": {"before": [FLOW, FLOW_RUN], "id": "${flow_run}"},
        "POST /flow_runs/{id}/input": {
            "before": [FLOW, FLOW_RUN], "id": "${flow_run}", "body": lambda n: {"key": f"k{n}", "value": "v"},
        },
        "POST /flow_runs/{id}/input/filter": {
            "before": [FLOW, FLOW_RUN], "id": "${flow_run}", "body": lambda n: {"prefix": "k"},
        },
    },
    "flow_runs_bulk": {
        "POST /flow_runs/bulk_delete": {},
        "POST /flow_runs/bulk_set_state": {"body": lambda n: {"state": {"type": "RUNNING"}}},
        "POST /flows/bulk_delete": {},
    },
    "flow_runs_read": {
        "POST /flow_runs/filter": {"depth": 4, "only": ("limit", "offset", "sort", "flow_runs", "deployments")},
        "POST /flow_runs/count": {},
        "POST /flow_runs/paginate": {},
        "POST /flow_runs/lateness": {},
        "POST /flow_runs/history": {
            "body": lambda n: {"history_start": WHEN, "history_end": WHEN, "history_interval_seconds": 60},
        },
        "POST /ui/flow_runs/history": {},
        "POST /ui/flow_runs/count-task-runs": {"body": lambda n: {"flow_run_ids": [ID]}},
    },
    "task_runs_write": {
        "POST /task_runs/": {
            "conflicts": True, "depth": 3, "body": lambda n: {"task_key": "t", "dynamic_key": f"{n}-${{uniq}}", "name": "t"},
        },
        "PATCH /task_runs/{id}": {"before": [TASK_RUN], "id": "${task_run}", "read": "/task_runs/${task_run}"},
        "POST /task_runs/{id}/set_state": {
            "before": [TASK_RUN], "id": "${task_run}", "depth": 3, "body": lambda n: {"state": {"type": "RUNNING"}},
        },
    },
    "task_runs_read": {
        "POST /task_runs/filter": {"depth": 4, "only": ("limit", "offset", "sort", "task_runs")},
        "POST /task_runs/count": {},
        "POST /task_runs/paginate": {},
        "POST /task_runs/history": {
            "body": lambda n: {"history_start": WHEN, "history_end": WHEN, "history_interval_seconds": 60},
        },
        "POST /ui/task_runs/count": {},
        # The answer is a row of intervals that end now: only refusals are the same each time.
        "POST /ui/task_runs/dashboard/counts": {"body": lambda n: {"task_runs": {"x": 1}}},
    },
    "logs_write": {
        "POST /logs/": {"body": lambda n: [{"name": f"n{n}", "level": 20, "message": "m", "timestamp": WHEN}]},
    },
    "logs_read": {
        "POST /logs/filter": {"depth": 4, "body": lambda n: {"logs": {"level": {"ge_": 1000}}}},
    },
    "artifacts_write": {
        "POST /artifacts/": {"conflicts": True, "body": lambda n: {"type": "t"}},
        "PATCH /artifacts/{id}": {"before": [ARTIFACT], "id": "${artifact}", "read": "/artifacts/${artifact}"},
    },
    "artifacts_read": {
        "POST /artifacts/filter": {"depth": 4, "only": ("limit", "offset", "sort", "artifacts")},
        "POST /artifacts/latest/filter": {"depth": 4, "only": ("limit", "offset", "sort", "artifacts")},
        "POST /artifacts/count": {},
        "POST /artifacts/latest/count": {},
    },
    "variables_write": {
        "POST /variables/": {"body": lambda n: {"name": f"v{n}-${{uniq}}", "value": 1}},
    },
    "variables_update": {
        "PATCH /variables/{id}": {"conflicts": True, "before": [VARIABLE], "id": "${variable}", "read": "/variables/${variable}"},
    },
    "variables_read": {
        "POST /variables/filter": {"depth": 4},
        "POST /variables/count": {},
    },
    "saved_searches": {
        "PUT /saved_searches/": {
            "body": lambda n: {
                "name": f"s{n}-${{uniq}}",
                "filters": [{"object": "o", "property": "p", "type": "t", "operation": "q", "value": 1}],
            },
            "depth": 3,
        },
    },
    "saved_searches_read": {"POST /saved_searches/filter": {}},
    "ui_schemas": {
        "POST /ui/schemas/validate": {"body": lambda n: {"schema": {"type": "object"}, "values": {}}},
    },
    "events_write": {
        "POST /events": {
            "body": lambda n: [{"id": ID, "occurred": WHEN, "event": f"e{n}", "resource": RESOURCE, "payload": {}}],
            "depth": 3,
        },
    },
    "events_read": {
        "POST /events/filter": {"depth": 4, "body": lambda n: {"filter": {"event": {"name": ["no such event"]}}}},
        "POST /events/count-by/{countable}": {
            "id": "event", "depth": 3, "body": lambda n: {"filter": {"event": {"name": ["no such event"]}}},
        },
    },
    "admin_templates": {
        "PUT /admin/storage": {"body": lambda n: {"default_result_storage_block_id": ID}},
    },
}  # fmt: skip

# Of these the server does not have the routes yet. Take one out, and record it, when they are there.
LATER = {"ui_schemas"}

BODIES = [
    ("no body", {}),
    ("empty", {"raw": ""}),
    ("null", {"raw": "null"}),
    ("object", {"raw": "{}"}),
    ("list", {"raw": "[]"}),
    ("list of objects", {"raw": "[{}]"}),
    ("number", {"raw": "1"}),
    ("true", {"raw": "true"}),
    ("text", {"raw": '"text"'}),
    ("blank", {"raw": "  "}),
    ("open object", {"raw": "{"}),
    ("open list", {"raw": "["}),
    ("open text", {"raw": '{"a'}),
    ("no value", {"raw": '{"a":'}),
    ("no colon", {"raw": '{"a" 1}'}),
    ("no comma", {"raw": '{"a": 1 "b": 2}'}),
    ("comma at the end", {"raw": '{"a": 1,}'}),
    ("comma in a list", {"raw": "[1,]"}),
    ("single quotes", {"raw": "{'a': 1}"}),
    ("more after it", {"raw": "{} {}"}),
    ("a bare word", {"raw": "text"}),
    ("a control character", {"raw": '{"a": "\n"}'}),
    ("a bad escape", {"raw": '{"a": "\\x"}'}),
    ("on the third line", {"raw": '{\n "a": 1,\n oops\n}'}),
]
TYPES = ["text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", "application/json; charset=utf-8"]


def plans(spec):
    models = Models(spec)
    for name, operations in OPERATIONS.items():
        if name in LATER:
            continue
        plan = Plan(f"validation/{name}")
        for operation, how in operations.items():
            add_operation(plan, models, operation, how)
        yield plan


def add_operation(plan, models, operation, how):
    method, path = operation.split(" ")
    schema = models.body(method, path)
    make = how.get("body", lambda n: {})
    numbers = iter(range(10**6))
    address = path
    for parameter in ("{id}", "{countable}"):
        address = address.replace(parameter, how.get("id", ""))

    def scenario(name):
        steps = plan.scenario(f"{operation} {name}")
        steps.extend(how.get("before", []))
        return steps

    def finish(steps):
        if "read" in how:
            steps.get(how["read"])

    def call(steps, body, **rest):
        loose = {"/detail": "string"} if how.get("conflicts") else {}
        if isinstance(body, dict) and "empirical_policy" in body:
            # The reference shows the policy as its own code has changed it.
            loose["/request_body/empirical_policy"] = "any"
        if loose:
            rest["loose"] = loose
        steps.call(method, address, body, **rest)

    steps = scenario("body")
    for _, body in BODIES:
        steps.call(method, address, **body)
    for content_type in (*TYPES, ""):
        call(steps, make(next(numbers)), headers={"Content-Type": content_type})
    finish(steps)
    for at, required in list(models.properties(schema, how.get("depth", 1))):
        if "only" in how and at[0] not in how["only"]:
            continue
        at = (0, *at) if isinstance(make(0), list) and at[0] != 0 else at
        steps = scenario("/".join(map(str, at)))
        for value in values(at):
            call(steps, changed(make(next(numbers)), at, unique(value)))
        if required:
            call(steps, without(make(next(numbers)), at))
        finish(steps)
    for name in how.get("properties", ()):
        steps = scenario(name)
        for value in ANY:
            steps.call(method, address, {name: value})
        finish(steps)


def unique(value):
    """Texts that may become the names of things must not meet in the database."""
    return "text-${uniq}" if value == "text" else value


NUMBERS = {"limit", "offset", "page", "level", "ge_", "le_", "retries", "retry_delay", "history_interval_seconds", "time_interval"}
FLAGS = {"is_null_", "force", "deferred", "retriable", "resuming", "include_subflows"}
IDS = {"flow_id", "flow_run_id", "task_run_id", "id", "parent_task_run_id", "transition_id", "default_result_storage_block_id"}
NAMES = {"name", "key", "task_key", "type", "state"}
ID_LISTS = {"any_", "not_any_", "flow_ids", "flow_run_ids"}


# Enough for a property of which there are many alike.
FEW = [None, "text", "", 1, 1.5, "1", True, [], ["x"], [None], {"x": 1}]


def values(at):
    """What to put in the place of a property; fewer values where it lies deep in filters."""
    name, deep = at[-1], len([part for part in at if part != 0]) > 2
    extra = []
    for names, more in ((NUMBERS, INTEGERS), (FLAGS, BOOLEANS), (IDS, UUIDS), (NAMES, TEXTS)):
        if name in names:
            extra += more
    if name in ID_LISTS:
        extra += [[ID, 1], [ID, None], [ID, "x"]] + [[value] for value in UUIDS]
    return FEW + extra[:5] if deep else ANY + extra
