"""Deployments with a concurrency limit."""

from .flow_pairs import flow_plan
from .states import PROPOSED, RUNNING, create_flow_run, set_flow_state, state

SUBMITTING = PROPOSED["Submitting"]
# Clients that managed these slots themselves, or could not renew a lease.
CLIENTS = {"3.0.3": "prefect/3.0.3 (API 0.8.4)", "3.4.10": "prefect/3.4.10 (API 0.8.4)", "other": "curl/8"}


def plans():
    yield limits()


def deployment(steps, limit, strategy, save="deployment", **options):
    body = {"name": f"{save}-${{uniq}}", "flow_id": "${flow}"}
    saved = {save: "/id"}
    if limit is not None:
        body["concurrency_limit"] = limit or 1
        saved["limit"] = "/global_concurrency_limit/id"
    if strategy:
        body["concurrency_options"] = {"collision_strategy": strategy, **options}
    steps.post("/deployments/", body, save=saved)
    if limit == 0:
        # None at all cannot be asked for when the deployment is made.
        steps.patch("/v2/concurrency_limits/${limit}", {"limit": 0})


def run_of(steps, run, initial=None, **fields):
    return create_flow_run(steps, initial, run, deployment_id="${deployment}", **fields)


def slots(steps, save="deployment"):
    steps.get(f"/deployments/${{{save}}}")


def limits():
    plan = flow_plan("deployment_limits")
    scheduled = state("SCHEDULED", scheduled_time="${now-60}")
    for strategy in (None, "ENQUEUE", "CANCEL_NEW"):
        for limit in (None, 0, 1, 2):
            if limit == 0 or limit is None:
                ends = ("Completed",)
            else:
                ends = ("Completed", "Failed", "Crashed", "Cancelled", "Cancelling")
            for end in ends:
                steps = plan.scenario(f"{strategy}, limit {limit}, first ends {end}")
                deployment(steps, limit, strategy)
                for run in ("one", "two", "three"):
                    run_of(steps, run, scheduled)
                    set_flow_state(steps, PROPOSED["Pending"], run).get(f"/flow_runs/${{{run}}}")
                slots(steps)
                for proposed in (SUBMITTING, RUNNING, PROPOSED[end]):
                    set_flow_state(steps, proposed, "one").get("/flow_runs/${one}")
                slots(steps)
                for run in ("two", "three"):
                    set_flow_state(steps, PROPOSED["Pending"], run).get(f"/flow_runs/${{{run}}}")
                slots(steps)
    for leaving in ("Scheduled", "Paused", "Suspended", "AwaitingRetry", "Completed", "Running", "Cancelling"):
        for force in (False, True):
            for before in (PROPOSED["Pending"], RUNNING):
                steps = plan.scenario(f"a slot held {before['type']} and {leaving}{' forced' * force}")
                deployment(steps, 1, "ENQUEUE")
                run_of(steps, "one", scheduled)
                set_flow_state(steps, PROPOSED["Pending"], "one")
                if before is RUNNING:
                    set_flow_state(steps, RUNNING, "one")
                set_flow_state(steps, PROPOSED[leaving], "one", force=force)
                slots(steps)
                run_of(steps, "two", scheduled)
                set_flow_state(steps, PROPOSED["Pending"], "two")
                slots(steps)
    steps = plan.scenario("a retry keeps its slot")
    deployment(steps, 1, "ENQUEUE")
    run_of(steps, "one", scheduled, empirical_policy={"retries": 1, "retry_delay": 0})
    for proposed in (PROPOSED["Pending"], RUNNING, PROPOSED["Failed"], RUNNING, PROPOSED["Failed"]):
        set_flow_state(steps, proposed, "one")
        slots(steps)
    for strategy in ("ENQUEUE", "CANCEL_NEW"):
        for name, agent in CLIENTS.items():
            steps = plan.scenario(f"{strategy}, client {name}")
            deployment(steps, 1, strategy)
            headers = {"User-Agent": agent}
            for run in ("one", "two"):
                run_of(steps, run, scheduled)
                set_flow_state(steps, PROPOSED["Pending"], run, headers=headers)
            slots(steps)
            for proposed in (SUBMITTING, RUNNING, PROPOSED["Completed"]):
                set_flow_state(steps, proposed, "one", headers=headers)
                slots(steps)
    steps = plan.scenario("suspended and resumed")
    deployment(steps, 1, "ENQUEUE")
    run_of(steps, "one", scheduled)
    for proposed in (PROPOSED["Pending"], RUNNING, PROPOSED["Suspended"]):
        set_flow_state(steps, proposed, "one")
        slots(steps)
    steps.post("/flow_runs/${one}/resume")
    for proposed in (PROPOSED["Pending"], RUNNING, PROPOSED["Completed"]):
        set_flow_state(steps, proposed, "one")
        slots(steps)
    steps = plan.scenario("a grace period of its own")
    deployment(steps, 1, "ENQUEUE", grace_period_seconds=120)
    run_of(steps, "one", scheduled)
    set_flow_state(steps, PROPOSED["Pending"], "one")
    slots(steps)
    steps = plan.scenario("a deleted run gives its slot back")
    deployment(steps, 1, "ENQUEUE")
    run_of(steps, "one", scheduled)
    set_flow_state(steps, PROPOSED["Pending"], "one")
    slots(steps)
    steps.delete("/flow_runs/${one}")
    slots(steps)
    steps = plan.scenario("the deployment was deleted")
    deployment(steps, 1, "ENQUEUE")
    run_of(steps, "one", scheduled)
    steps.delete("/deployments/${deployment}")
    set_flow_state(steps, PROPOSED["Pending"], "one")
    return plan
