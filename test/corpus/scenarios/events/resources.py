"""What else is created, changed and deleted."""

from .emitted import nothing_told, plan, told


def plans():
    yield resources()
    yield deployments()
    yield work_pools()


def resources():
    made = plan("resources")
    steps = made.scenario("flows")
    flow = "prefect.flow.${flow}"
    steps.post("/flows/", {"name": "${uniq} flow", "tags": ["a"], "labels": {"n": 1, "t": "x", "b": True}}, save={"flow": "/id"})
    steps.post("/flows/", {"name": "${uniq} flow", "tags": ["other"]})
    told(steps, 1, flow)
    steps.patch("/flows/${flow}", {"tags": ["b", "c"]})
    steps.patch("/flows/${flow}", {})
    told(steps, 3, flow)
    steps.delete("/flows/${flow}")
    told(steps, 4, flow)

    steps = made.scenario("flows, many at once")
    for name in ("one", "two"):
        steps.post("/flows/", {"name": "${uniq} " + name}, save={name: "/id"})
    steps.post("/flows/bulk_delete", {"flows": {"id": {"any_": ["${one}", "${two}"]}}}, unordered=["/deleted"])
    told(steps, 4, "prefect.flow.${one}", "prefect.flow.${two}")

    for kind, value in {"text": "x", "object": {"a": [1, 2.5, None], "b": {"c": "d"}}, "null": None, "number": 12}.items():
        steps = made.scenario(f"variables of a value that is {kind}")
        variable = "prefect.variable.${variable}"
        steps.post("/variables/", {"name": "v_${uniq}", "value": value, "tags": ["t"]}, save={"variable": "/id"})
        steps.patch("/variables/${variable}", {"value": "new", "tags": []})
        steps.patch("/variables/name/v_${uniq}", {"name": "w_${uniq}"})
        steps.patch("/variables/${variable}", {"value": value})
        told(steps, 4, variable)
        steps.delete("/variables/name/w_${uniq}")
        told(steps, 5, variable)

    steps = made.scenario("artifacts")
    steps.post("/flows/", {"name": "${uniq} flow"}, save={"flow": "/id"})
    steps.post("/flow_runs/", {"flow_id": "${flow}"}, save={"run": "/id"})
    steps.post("/task_runs/", {"flow_run_id": "${run}", "task_key": "k", "dynamic_key": "0"}, save={"task": "/id"})
    steps.post("/artifacts/", {"key": "k-${uniq}", "type": "markdown", "data": "text", "description": "d", "flow_run_id": "${run}", "task_run_id": "${task}"},
               save={"first": "/id"})  # fmt: skip
    steps.get("/artifacts/k-${uniq}/latest", save={"collection": "/id"})
    collection = "prefect.artifact-collection.${collection}"
    told(steps, 1, collection)
    steps.post("/artifacts/", {"key": "k-${uniq}", "data": {"n": 1, "l": [1, None]}}, save={"second": "/id"})
    told(steps, 2, collection)
    steps.patch("/artifacts/${second}", {"description": "another"})
    steps.delete("/artifacts/${second}")
    told(steps, 3, collection)
    steps.delete("/artifacts/${first}")
    told(steps, 4, collection)

    steps = made.scenario("artifacts that are not the newest, or have no key")
    steps.post("/artifacts/", {"key": "k-${uniq}"}, save={"first": "/id"})
    steps.post("/artifacts/", {"key": "k-${uniq}", "data": "x"})
    steps.post("/artifacts/", {"type": "table", "data": [1]}, save={"without": "/id"})
    steps.get("/artifacts/k-${uniq}/latest", save={"collection": "/id"})
    steps.delete("/artifacts/${first}").delete("/artifacts/${without}")
    told(steps, 2, "prefect.artifact-collection.${collection}")
    nothing_told(steps, "prefect.artifact.${without}", "prefect.artifact.${first}")

    blocks(made)
    limits(made)
    return made


FIELDS = {
    "title": "Thing", "type": "object", "properties": {"text": {"type": "string"}, "secret": {"type": "string", "writeOnly": True, "format": "password"}},
    "secret_fields": ["secret", "deep.secret"], "block_schema_references": {},
}  # fmt: skip


def blocks(made):
    steps = made.scenario("block types")
    kind = "prefect.block-type.${type}"
    steps.post("/block_types/", {"name": "${uniq} type", "slug": "t-${uniq}", "description": "a <b>", "code_example": "x > 1"}, save={"type": "/id"})
    steps.patch("/block_types/${type}", {"logo_url": "https://example.com/a.png", "description": "new <i>"})
    told(steps, 2, kind)
    steps.delete("/block_types/${type}")
    told(steps, 3, kind)

    steps = made.scenario("block documents")
    document = "prefect.block-document.${document}"
    steps.post("/block_types/", {"name": "${uniq} type", "slug": "t-${uniq}"}, save={"type": "/id"})
    steps.post("/block_schemas/", {"fields": FIELDS, "block_type_id": "${type}", "capabilities": ["get", "put"], "version": "${uniq}"}, save={"schema": "/id"})
    data = {"text": "open", "secret": "hidden", "number": 5, "deep": {"secret": "x", "open": "y"}, "null": None}
    where = {"block_schema_id": "${schema}", "block_type_id": "${type}"}
    steps.post("/block_documents/", {"name": "d-${uniq}", "data": data, **where}, save={"document": "/id"})
    told(steps, 1, document)
    steps.patch("/block_documents/${document}", {"data": {"text": "changed"}})
    steps.patch("/block_documents/${document}", {"data": {"text": "only"}, "merge_existing_data": False})
    steps.patch("/block_documents/${document}", {})
    told(steps, 4, document)
    steps.post("/block_documents/", {"name": "h-${uniq}", "data": {"held": {"$ref": {"block_document_id": "${document}"}}, "text": "t"}, **where},
               save={"holder": "/id"})  # fmt: skip
    told(steps, 1, "prefect.block-document.${holder}")
    steps.delete("/block_documents/${document}")
    told(steps, 5, document)

    steps = made.scenario("anonymous block documents")
    steps.post("/block_types/", {"name": "${uniq} type", "slug": "t-${uniq}"}, save={"type": "/id"})
    steps.post("/block_schemas/", {"fields": FIELDS, "block_type_id": "${type}", "version": "${uniq}"}, save={"schema": "/id"})
    steps.post("/block_documents/", {"is_anonymous": True, "block_schema_id": "${schema}", "block_type_id": "${type}"}, save={"document": "/id"})
    steps.patch("/block_documents/${document}", {"data": {"text": "changed"}})
    steps.delete("/block_documents/${document}")
    nothing_told(steps, document)


def limits(made):
    steps = made.scenario("limits")
    limit = "prefect.concurrency-limit.${limit}"
    steps.post("/v2/concurrency_limits/", {"name": "${uniq}", "limit": 3, "slot_decay_per_second": 0.5}, save={"limit": "/id"})
    steps.patch("/v2/concurrency_limits/${limit}", {"limit": 4, "active": False})
    steps.patch("/v2/concurrency_limits/${uniq}", {"name": "${uniq} new", "active": True})
    told(steps, 3, limit)
    steps.post("/v2/concurrency_limits/increment", {"slots": 1, "names": ["${uniq} new"], "mode": "rate_limit"})
    steps.delete("/v2/concurrency_limits/${limit}")
    told(steps, 4, limit)

    steps = made.scenario("limits of tags")
    steps.post("/concurrency_limits/", {"tag": "${uniq}", "concurrency_limit": 3}, save={"limit": "/id"})
    steps.post("/concurrency_limits/", {"tag": "${uniq}", "concurrency_limit": 5})
    told(steps, 2, limit)
    steps.post("/concurrency_limits/tag/${uniq}/reset", {})
    steps.delete("/concurrency_limits/tag/${uniq}")
    told(steps, 3, limit)


def deployments():
    made = plan("deployments")
    made.setup.post("/flows/", {"name": "${uniq} flow", "tags": ["f"]}, save={"flow": "/id"})
    deployment = "prefect.deployment.${deployment}"

    def create(steps, **fields):
        return steps.post("/deployments/", {"name": "${uniq}", "flow_id": "${flow}", **fields}, save={"deployment": "/id"})

    steps = made.scenario("a plain one")
    create(steps)
    told(steps, 1, deployment)
    create(steps)
    steps.patch("/deployments/${deployment}", {})
    steps.post("/deployments/${deployment}/pause_deployment").post("/deployments/${deployment}/resume_deployment")
    steps.delete("/deployments/${deployment}")
    told(steps, 2, deployment)

    steps = made.scenario("in a pool")
    steps.post("/work_pools/", {"name": "${uniq}-pool", "type": "process"}, save={"pool": "/id"})
    steps.post("/work_pools/", {"name": "${uniq}-other", "type": "docker"})
    steps.post("/v2/concurrency_limits/", {"name": "${uniq}", "limit": 3}, save={"limit": "/id"})
    create(steps, work_pool_name="${uniq}-pool", global_concurrency_limit_id="${limit}")
    told(steps, 1, deployment)
    steps.patch("/deployments/${deployment}", {"work_pool_name": "${uniq}-other", "work_queue_name": "new"})
    told(steps, 2, deployment)
    steps.patch("/deployments/${deployment}", {"work_pool_name": None})
    told(steps, 3, deployment)
    steps.delete("/deployments/${deployment}")
    told(steps, 4, deployment)

    changes = {
        "description": "d", "tags": ["x", "y"], "parameters": {"a": 1, "b": None}, "enforce_parameter_schema": False, "entrypoint": "a.py:f", "path": "/p",
        "pull_steps": [{"step": {"n": 1}}], "job_variables": {"env": {"A": "1"}}, "paused": True, "version": "2",
        "parameter_openapi_schema": {"type": "object", "properties": {"a": {"type": "integer"}}}, "concurrency_limit": 4,
        "concurrency_options": {"collision_strategy": "CANCEL_NEW"}, "work_queue_name": "a queue",
    }  # fmt: skip
    for field, value in changes.items():
        steps = made.scenario(f"another {field} by a change")
        create(steps)
        steps.patch("/deployments/${deployment}", {field: value})
        count = 1 if field == "concurrency_limit" else 2
        told(steps, count, deployment)
        steps.patch("/deployments/${deployment}", {field: value})
        nothing_told(steps, "prefect.deployment.${flow}")
        told(steps, count, deployment)
        steps = made.scenario(f"another {field} by creating it again")
        create(steps)
        create(steps, **{field: value})
        told(steps, 2, deployment)
    steps = made.scenario("many fields at once")
    create(steps, labels={"l": "1"}, **{f: v for f, v in changes.items() if f != "concurrency_limit"})
    create(steps, labels={"l": "2"}, description="e", tags=[], version="3")
    told(steps, 2, deployment)

    steps = made.scenario("its schedules alone")
    create(steps)
    steps.patch("/deployments/${deployment}", {"schedules": [{"schedule": {"interval": 3600}, "active": True}]})
    steps.post("/deployments/${deployment}/schedules", [{"schedule": {"cron": "0 0 * * *"}, "active": False}])
    nothing_told(steps, "prefect.deployment.${flow}")
    told(steps, 1, deployment)

    steps = made.scenario("many deleted at once")
    for name in ("one", "two"):
        steps.post("/deployments/", {"name": "${uniq} " + name, "flow_id": "${flow}"}, save={name: "/id"})
    steps.post("/deployments/bulk_delete", {"deployments": {"id": {"any_": ["${one}", "${two}"]}}}, unordered=["/deleted"])
    told(steps, 4, "prefect.deployment.${one}", "prefect.deployment.${two}")

    steps = made.scenario("ready by a poll of its own")
    create(steps)
    steps.post("/deployments/get_scheduled_flow_runs", {"deployment_ids": ["${deployment}"]})
    told(steps, 2, deployment)
    steps.post("/deployments/get_scheduled_flow_runs", {"deployment_ids": ["${deployment}"]})
    nothing_told(steps, "prefect.deployment.${flow}")
    told(steps, 2, deployment)
    return made


def work_pools():
    made = plan("work_pools")
    pool, queue = "prefect.work-pool.${pool}", "prefect.work-queue.${queue}"

    def create(steps, **fields):
        saved = {"pool": "/id", "queue": "/default_queue_id"}
        return steps.post("/work_pools/", {"name": "${uniq}-pool", "type": "process", **fields}, save=saved)

    for kind in ("process", "prefect-agent"):
        for paused in (False, True):
            steps = made.scenario(f"a pool of type {kind}, {'paused' if paused else 'not paused'}")
            create(steps, type=kind, is_paused=paused, description="d", concurrency_limit=2)
            steps.patch("/work_pools/${uniq}-pool", {"is_paused": not paused})
            steps.patch("/work_pools/${uniq}-pool", {"is_paused": paused})
            steps.patch("/work_pools/${uniq}-pool", {"is_paused": paused})
            told(steps, 5 if kind == "process" else 2, pool)
            told(steps, 1, queue)

    steps = made.scenario("changes of a pool")
    create(steps)
    template = {"job_configuration": {"command": "{{ command }}"}, "variables": {"properties": {"command": {"type": "string", "default": "x"}}}}
    for change in (
        {"description": "new"}, {"description": "new"}, {"concurrency_limit": 3}, {"concurrency_limit": None}, {"base_job_template": template},
        {"storage_configuration": {"bundle_upload_step": {"a": {"b": 1}}}}, {"description": None, "concurrency_limit": 1, "is_paused": True}, {},
    ):  # fmt: skip
        steps.patch("/work_pools/${uniq}-pool", change)
    told(steps, 9, pool)
    steps.delete("/work_pools/${uniq}-pool")
    told(steps, 10, pool)
    told(steps, 2, queue)

    steps = made.scenario("a worker comes")
    create(steps)
    for _ in range(2):
        steps.post("/work_pools/${uniq}-pool/workers/heartbeat", {"name": "w"})
    steps.patch("/work_pools/${uniq}-pool", {"is_paused": True})
    steps.patch("/work_pools/${uniq}-pool", {"is_paused": False})
    told(steps, 5, pool)

    steps = made.scenario("queues of a pool")
    create(steps)
    steps.post("/work_pools/${uniq}-pool/queues", {"name": "q", "description": "d", "priority": 1}, save={"q": "/id"})
    told(steps, 1, "prefect.work-queue.${q}")
    for change in ({"description": "e", "concurrency_limit": 2}, {"priority": 2}, {"is_paused": True}, {"is_paused": True}, {"is_paused": False}, {"name": "r"}):
        steps.patch(f"/work_pools/${{uniq}}-pool/queues/q", change)  # noqa: F541
    told(steps, 6, "prefect.work-queue.${q}")
    steps.delete("/work_pools/${uniq}-pool/queues/r")
    told(steps, 7, "prefect.work-queue.${q}")
    told(steps, 1, queue)

    steps = made.scenario("queues of agents")
    steps.post("/work_queues/", {"name": "${uniq}"}, save={"q": "/id"})
    for change in ({"description": "e"}, {"is_paused": True}, {"is_paused": False}, {"priority": 9}, {"filter": {"tags": ["a"]}}):
        steps.patch("/work_queues/${q}", change)
    told(steps, 5, "prefect.work-queue.${q}")
    steps.delete("/work_queues/${q}")
    told(steps, 6, "prefect.work-queue.${q}")

    steps = made.scenario("a poll makes its queues and deployments ready")
    create(steps)
    steps.post("/flows/", {"name": "${uniq} flow"}, save={"flow": "/id"})
    steps.post("/deployments/", {"name": "d", "flow_id": "${flow}", "work_pool_name": "${uniq}-pool"}, save={"deployment": "/id"})
    steps.post("/work_pools/${uniq}-pool/get_scheduled_flow_runs", {})
    told(steps, 2, queue)
    told(steps, 2, "prefect.deployment.${deployment}")

    steps = made.scenario("a poll of an agent")
    steps.post("/work_queues/", {"name": "${uniq}"}, save={"q": "/id"})
    steps.post("/work_queues/${q}/get_runs", {})
    told(steps, 2, "prefect.work-queue.${q}")
    return made
