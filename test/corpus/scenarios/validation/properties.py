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
POOL = {"method": "POST", "path": "/work_pools/", "body": {"name": "p-${uniq}", "type": "test"}, "save": {"pool": "/name"}}
# A new queue gets the first priority that is free; the reference counts otherwise once several queues have one priority.
PRIORITY = {"/priority": "number"}
QUEUE = {"method": "POST", "path": "/work_queues/", "body": {"name": "q-${uniq}"}, "save": {"queue": "/id"}, "loose": PRIORITY}
POOL_QUEUE = {
    "method": "POST",
    "path": "/work_pools/${pool}/queues",
    "body": {"name": "q-${uniq}"},
    "save": {"pool_queue": "/name"},
}
DEPLOYMENT = {
    "method": "POST",
    "path": "/deployments/",
    "body": {
        "name": "d-${uniq}",
        "flow_id": "${flow}",
        "schedules": [{"schedule": {"interval": 3600, "anchor_date": "2021-01-01T00:00:00Z"}, "active": True}],
        "parameter_openapi_schema": {"type": "object", "properties": {"x": {"type": "integer"}}},
        "parameters": {"x": 1},
    },
    "save": {"deployment": "/id", "schedule": "/schedules/0/id"},
}
BLOCK_TYPE = {
    "method": "POST",
    "path": "/block_types/",
    "body": {"name": "T ${uniq}", "slug": "t-${uniq}"},
    "save": {"block_type": "/id"},
}
BLOCK_SCHEMA = {
    "method": "POST",
    "path": "/block_schemas/",
    "body": {
        "fields": {
            "title": "T${uniq}",
            "type": "object",
            "properties": {"x": {"type": "integer"}, "secret": {"type": "string", "format": "password"}},
            "secret_fields": ["secret"],
            "block_type_slug": "t-${uniq}",
            "block_schema_references": {},
        },
        "block_type_id": "${block_type}",
    },
    "save": {"block_schema": "/id"},
    # It is made of the type's name, which is another one each time.
    "loose": {"/checksum": "string"},
}
BLOCK_DOCUMENT = {
    "method": "POST",
    "path": "/block_documents/",
    "body": {
        "name": "d-${uniq}",
        "data": {"x": 1, "secret": "s"},
        "block_schema_id": "${block_schema}",
        "block_type_id": "${block_type}",
    },
    "save": {"block_document": "/id"},
    "loose": {"/block_schema/checksum": "string"},
}
TAG_LIMIT = {
    "method": "POST",
    "path": "/concurrency_limits/",
    "body": {"tag": "t-${uniq}", "concurrency_limit": 2},
    "save": {"tag_limit": "/tag"},
}
LIMIT = {
    "method": "POST",
    "path": "/v2/concurrency_limits/",
    "body": {"name": "l-${uniq}", "limit": 5},
    "save": {"limit": "/id", "limit_name": "/name"},
}
WHEN = "2021-02-03T04:05:06.789012Z"
RESOURCE = {"prefect.resource.id": "r.${uniq}"}

# file -> operation -> how to send it: the steps before, the body (a function of
# a number that no other step has), how deep to go into its models, where
# the answer shows what became of the body when the answer itself does not, where to send it when its path has more than an id, and
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
    "deployments_write": {
        "POST /deployments/": {
            "conflicts": True, "before": [FLOW], "depth": 2, "body": lambda n: {"flow_id": "${flow}", "name": f"d{n}", "parameters": {}},
        },
        "PATCH /deployments/{id}": {
            "conflicts": True,
            "before": [FLOW, DEPLOYMENT], "id": "${deployment}", "read": "/deployments/${deployment}", "depth": 2,
        },
    },
    "deployment_schedules": {
        "POST /deployments/": {
            "before": [FLOW], "depth": 4, "only": ("schedules",),
            "body": lambda n: {"flow_id": "${flow}", "name": f"d{n}", "parameters": {}, "schedules": [{"schedule": {"interval": 60, "anchor_date": WHEN}}]},
        },
        "POST /deployments/{id}/schedules": {
            "before": [FLOW, DEPLOYMENT], "id": "${deployment}", "depth": 2,
            "body": lambda n: [{"schedule": {"cron": "0 0 * * *"}, "active": True}],
        },
        "PATCH /deployments/{id}/schedules/{schedule_id}": {
            "before": [FLOW, DEPLOYMENT], "at": "/deployments/${deployment}/schedules/${schedule}", "depth": 2,
            "read": "/deployments/${deployment}/schedules",
        },
        "POST /deployments/{id}/schedule": {
            "before": [FLOW, DEPLOYMENT], "id": "${deployment}",
            "body": lambda n: {"start_time": WHEN, "end_time": "2021-02-03T05:05:06Z"},
        },
    },
    "deployment_runs": {
        "POST /deployments/{id}/create_flow_run": {
            "conflicts": True, "before": [FLOW, DEPLOYMENT], "id": "${deployment}", "depth": 2, "body": lambda n: {"name": "r"},
        },
        "POST /deployments/{id}/create_flow_run/bulk": {
            "before": [FLOW, DEPLOYMENT], "id": "${deployment}", "body": lambda n: [{"name": "r"}],
            "loose": {"/results/0/error": "any"},
        },
        "POST /deployments/get_scheduled_flow_runs": {"body": lambda n: {"deployment_ids": [ID]}},
        "POST /deployments/bulk_delete": {},
    },
    "deployments_read": {
        "POST /deployments/filter": {"depth": 4, "only": ("limit", "offset", "sort", "deployments", "work_pools", "work_pool_queues")},
        "POST /deployments/count": {},
        "POST /deployments/paginate": {},
    },
    "work_pools_write": {
        "POST /work_pools/": {"body": lambda n: {"name": f"p{n}-${{uniq}}", "type": "test"}, "depth": 2},
        "PATCH /work_pools/{name}": {"conflicts": True, "before": [POOL], "at": "/work_pools/${pool}", "read": "/work_pools/${pool}", "depth": 2},
        "POST /work_pools/{work_pool_name}/queues": {
            "before": [POOL], "at": "/work_pools/${pool}/queues", "body": lambda n: {"name": f"q{n}"},
        },
        "PATCH /work_pools/{work_pool_name}/queues/{name}": {
            "conflicts": True, "before": [POOL, POOL_QUEUE], "at": "/work_pools/${pool}/queues/${pool_queue}", "read": "/work_pools/${pool}/queues/${pool_queue}",
        },
        "POST /work_pools/{work_pool_name}/workers/heartbeat": {
            "before": [POOL], "at": "/work_pools/${pool}/workers/heartbeat", "body": lambda n: {"name": f"w{n}"}, "depth": 2,
        },
    },
    "work_pools_read": {
        "POST /work_pools/filter": {"depth": 4},
        "POST /work_pools/count": {},
        "POST /work_pools/{work_pool_name}/queues/filter": {"before": [POOL], "at": "/work_pools/${pool}/queues/filter", "depth": 3},
        "POST /work_pools/{work_pool_name}/workers/filter": {"before": [POOL], "at": "/work_pools/${pool}/workers/filter", "depth": 3},
        "POST /work_pools/{name}/concurrency_status": {"before": [POOL], "at": "/work_pools/${pool}/concurrency_status"},
        "POST /work_pools/{name}/get_scheduled_flow_runs": {"before": [POOL], "at": "/work_pools/${pool}/get_scheduled_flow_runs"},
    },
    "work_queues": {
        "POST /work_queues/": {"conflicts": True, "body": lambda n: {"name": f"q{n}-${{uniq}}"}, "depth": 2},
        "PATCH /work_queues/{id}": {"conflicts": True, "before": [QUEUE], "id": "${queue}", "read": "/work_queues/${queue}", "depth": 2, "loose": PRIORITY},
        "POST /work_queues/filter": {"depth": 3, "body": lambda n: {"work_queues": {"name": {"any_": ["no such queue"]}}}},
        "POST /work_queues/{id}/get_runs": {"before": [QUEUE], "id": "${queue}"},
        "POST /work_queues/{id}/concurrency_status": {"before": [QUEUE], "id": "${queue}"},
    },
    "blocks_write": {
        "POST /block_types/": {"conflicts": True, "body": lambda n: {"name": f"T {n} ${{uniq}}", "slug": f"t{n}-${{uniq}}"}},
        "PATCH /block_types/{id}": {"before": [BLOCK_TYPE], "id": "${block_type}", "read": "/block_types/${block_type}"},
        "POST /block_schemas/": {
            "before": [BLOCK_TYPE], "body": lambda n: {"fields": {"title": f"x{n}"}, "block_type_id": "${block_type}"},
        },
        "POST /block_documents/": {
            "conflicts": True, "before": [BLOCK_TYPE, BLOCK_SCHEMA], "loose": {"/block_schema/checksum": "string"},
            "body": lambda n: {
                "name": f"d{n}", "data": {"x": 1}, "block_schema_id": "${block_schema}", "block_type_id": "${block_type}",
            },
        },
        "PATCH /block_documents/{id}": {
            "before": [BLOCK_TYPE, BLOCK_SCHEMA, BLOCK_DOCUMENT], "id": "${block_document}", "read": "/block_documents/${block_document}",
            "loose": {"/block_schema/checksum": "string"},
            "body": lambda n: {"data": {"x": 2}},
        },
    },
    "blocks_read": {
        "POST /block_types/filter": {"depth": 3, "body": lambda n: {"block_types": {"name": {"like_": "no such type"}}}},
        "POST /block_schemas/filter": {"depth": 3, "body": lambda n: {"block_schemas": {"version": {"any_": ["no such version"]}}}},
        "POST /block_documents/filter": {"depth": 3, "body": lambda n: {"block_documents": {"name": {"any_": ["no such block"]}}}},
        "POST /block_documents/count": {"depth": 2},
    },
    "concurrency_limits": {
        "POST /concurrency_limits/": {"body": lambda n: {"tag": f"t{n}-${{uniq}}", "concurrency_limit": 1}},
        "POST /concurrency_limits/tag/{tag}/reset": {"before": [TAG_LIMIT], "at": "/concurrency_limits/tag/${tag_limit}/reset"},
        "POST /concurrency_limits/increment": {"body": lambda n: {"names": [f"no-{n}"], "task_run_id": ID}},
        "POST /concurrency_limits/decrement": {"body": lambda n: {"names": [f"no-{n}"], "task_run_id": ID}},
    },
    "concurrency_limits_read": {
        "POST /concurrency_limits/filter": {},
        "POST /v2/concurrency_limits/filter": {},
    },
    "global_concurrency_limits": {
        "POST /v2/concurrency_limits/": {"conflicts": True, "body": lambda n: {"name": f"l{n}-${{uniq}}", "limit": 1}},
        "PATCH /v2/concurrency_limits/{id_or_name}": {
            "conflicts": True, "before": [LIMIT], "at": "/v2/concurrency_limits/${limit}", "read": "/v2/concurrency_limits/${limit}",
        },
        "POST /v2/concurrency_limits/increment": {"before": [LIMIT], "body": lambda n: {"slots": 1, "names": [f"no-{n}"]}},
        "POST /v2/concurrency_limits/decrement": {"before": [LIMIT], "body": lambda n: {"slots": 1, "names": [f"no-{n}"]}},
        "POST /v2/concurrency_limits/increment-with-lease": {"body": lambda n: {"slots": 1, "names": [f"no-{n}"]}, "depth": 2},
        "POST /v2/concurrency_limits/decrement-with-lease": {"body": lambda n: {"lease_id": ID}},
        "POST /v2/concurrency_limits/leases/{lease_id}/renew": {"at": f"/v2/concurrency_limits/leases/{ID}/renew"},
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
        # Without the blocks of the reference an answer holds only what the scenario made.
        settings = {"PREFECT_API_BLOCKS_REGISTER_ON_START": "false"} if name.startswith("blocks_") else {}
        plan = Plan(f"validation/{name}", settings=settings)
        for operation, how in operations.items():
            add_operation(plan, models, operation, how)
        yield plan


def add_operation(plan, models, operation, how):
    method, path = operation.split(" ")
    schema = models.body(method, path)
    make = how.get("body", lambda n: {})
    numbers = iter(range(10**6))
    address = how.get("at", path)
    for parameter in ("{id}", "{countable}"):
        address = address.replace(parameter, how.get("id", ""))

    def scenario(name):
        steps = plan.scenario(f"{operation} {name}")
        steps.extend(how.get("before", []))
        return steps

    def finish(steps):
        if "read" in how:
            steps.get(how["read"], loose=how.get("loose", {}))

    def call(steps, body, **rest):
        loose = how.get("loose", {}) | rest.pop("loose", {})
        if how.get("conflicts"):
            loose["/detail"] = "string"
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
    # Models that stand side by side have properties of the same name.
    for at, required in dict(models.properties(schema, how.get("depth", 1))).items():
        if "only" in how and at[0] not in how["only"]:
            continue
        at = (0, *at) if isinstance(make(0), list) and at[0] != 0 else at
        steps = scenario("/".join(map(str, at)))
        # The reference lists every zone that it knows.
        zones = {"loose": {f"/exception_detail/*/{part}": "any" for part in ("msg", "type", "ctx")}} if at[-1] == "timezone" else {}
        for value in values(at):
            call(steps, changed(make(next(numbers)), at, unique(value, at)), **zones)
        if required:
            call(steps, without(make(next(numbers)), at))
        finish(steps)
    for name in how.get("properties", ()):
        steps = scenario(name)
        for value in ANY:
            steps.call(method, address, {name: value})
        finish(steps)


def unique(value, at):
    """Texts that may become the names of things must not meet in the database."""
    return "text-${uniq}" if value == "text" and at[-1] != "interval" else value


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
