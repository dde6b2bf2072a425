"""Filters by work pools and work queues."""

from .world import NOBODY, ask, moment, world

POOLS = {
    "pools": [
        {"name": {"any_": ["pool-a"]}}, {"type": {"any_": ["process"]}}, {"id": {"any_": ["${pool0}"]}}, {"id": {"any_": [NOBODY]}},
        {"name": {"any_": ["pool-a"]}, "operator": "not_"}, {},
    ],
    "queues": [
        {"name": {"any_": ["default"]}}, {"name": {"startswith_": ["hi", "de"]}}, {"id": {"any_": ["${queue}"]}},
        {"name": {"any_": ["high"]}, "operator": "not_"}, {},
    ],
}  # fmt: skip


def plans():
    plan = world("work_pools", runs=2, tasks=0)
    setup = plan.setup
    for number, (name, kind) in enumerate((("pool-a", "process"), ("pool-b", "docker"))):
        setup.post("/work_pools/", {"name": name, "type": kind}, save={f"pool{number}": "/id"})
    setup.post("/work_pools/pool-a/queues", {"name": "high"}, save={"queue": "/id"})
    for number, (pool, queue) in enumerate((("pool-a", None), ("pool-a", "high"), ("pool-b", None), (None, None))):
        body = {
            "flow_id": "${f0}",
            "name": f"pooled{number}",
            "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": moment(30 + number)}},
        }
        if pool:
            body["work_pool_name"] = pool
        if queue:
            body["work_queue_name"] = queue
        setup.post("/flow_runs/", body, save={f"p{number}": "/id"})
        task = {"id": f"0000000{number}-1111-4000-8000-000000000000", "task_key": "t", "dynamic_key": "0", "name": "t"}
        setup.post("/task_runs/", task | {"flow_run_id": f"${{p{number}}}"})
    sort = "EXPECTED_START_TIME_ASC"
    steps = plan.scenario("flow runs")
    for kind, key in (("pools", "work_pools"), ("queues", "work_pool_queues")):
        for case in POOLS[kind]:
            ask(steps, "/flow_runs/filter", {key: case}, sort=sort, count="/flow_runs/count")
            steps.post("/flow_runs/paginate", {key: case, "sort": sort}, project={"/results": "id"})
    both = {"work_pools": POOLS["pools"][0], "work_pool_queues": POOLS["queues"][0]}
    ask(steps, "/flow_runs/filter", both, sort=sort, count="/flow_runs/count")
    for case in ({"any_": ["default"]}, {"any_": ["high"]}, {"is_null_": True}, {"is_null_": False}):
        ask(steps, "/flow_runs/filter", {"flow_runs": {"work_queue_name": case}}, sort=sort)
    steps = plan.scenario("flows")
    for case in POOLS["pools"]:
        ask(steps, "/flows/filter", {"work_pools": case}, sort="CREATED_DESC", count="/flows/count")
    steps = plan.scenario("history")
    span = {"history_start": moment(0), "history_end": moment(60), "history_interval_seconds": 86400 * 20}
    sums = {"/*/states/*/sum_estimated_lateness": "any", "/*/states/*/sum_estimated_run_time": "any"}
    for kind, key in (("pools", "work_pools"), ("queues", "work_queues")):
        for case in POOLS[kind]:
            steps.post("/flow_runs/history", span | {key: case}, loose=sums, unordered=["/*/states"])
    steps = plan.scenario("lateness and the interface")
    for case in POOLS["pools"]:
        steps.post("/flow_runs/lateness", {"work_pools": case}, loose={"": "any"})
        steps.post("/ui/flow_runs/history", {"work_pools": case, "sort": sort}, project={"": "id"})
    steps = plan.scenario("whole")
    late = {"/estimated_start_time_delta": "any"}
    for number in range(4):
        steps.get(f"/flow_runs/${{p{number}}}", loose=late)
    yield plan
