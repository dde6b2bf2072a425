"""Every (initial, proposed) pair of states of a flow run."""

from .. import Plan
from .states import FEWER, INITIAL, PROPOSED, TYPES, UNPERSISTED, create_flow_run, create_task_run, flow_run_in, set_flow_state

RETRIES = {"retries": 2, "retry_delay": 5}


def plans():
    yield pairs("plain", INITIAL, PROPOSED, history=True)
    yield pairs("retries", INITIAL, FEWER, empirical_policy=RETRIES)
    deployed = pairs("deployed", INITIAL, PROPOSED, deployment_id="${deployment}", empirical_policy=RETRIES)
    deployed.setup.post("/deployments/", {"name": "d", "flow_id": "${flow}"}, save={"deployment": "/id"})
    yield deployed
    yield infrastructure()
    yield subflows()
    yield forced()
    yield created()


def flow_plan(name):
    plan = Plan(f"orchestration/{name}")
    plan.setup.post("/flows/", {"name": "f-${uniq}"}, save={"flow": "/id"})
    return plan


def pairs(variant, initial, proposed, history=False, **fields):
    plan = flow_plan(f"flow_pairs_{variant}")
    for before in initial:
        for after, body in proposed.items():
            steps = plan.scenario(f"{before} to {after}")
            flow_run_in(steps, before, **fields)
            set_flow_state(steps, body).get("/flow_runs/${run}")
            if history:
                steps.get("/flow_run_states/?flow_run_id=${run}")
    return plan


def infrastructure():
    """A run that has a process is not cancelled behind its back."""
    plan = flow_plan("flow_pairs_infrastructure")
    for before in ("Scheduled", "Late", "AwaitingRetry", "Resuming", "Pending", "Running", "Paused", "Suspended"):
        for after in ("Cancelling", "Cancelled"):
            for force in (False, True):
                steps = plan.scenario(f"{before} to {after}{' forced' * force}")
                flow_run_in(steps, before)
                steps.patch("/flow_runs/${run}", {"infrastructure_pid": "host:1"})
                set_flow_state(steps, PROPOSED[after], force=force).get("/flow_runs/${run}")
    return plan


def subflows():
    """A subflow's states are copied to the task run that stands for it."""
    plan = flow_plan("flow_pairs_subflow")
    for before in TYPES.values():
        for after in (*TYPES.values(), "AwaitingRetry", "Suspended"):
            steps = plan.scenario(f"{before} to {after}")
            flow_run_in(steps, "Running", "parent")
            create_task_run(steps, flow_run_id="${parent}")
            flow_run_in(steps, before, parent_task_run_id="${task}", empirical_policy=RETRIES)
            set_flow_state(steps, PROPOSED[after])
            steps.get("/flow_runs/${run}").get("/task_runs/${task}")
    for parent in TYPES.values():
        steps = plan.scenario(f"under a parent that is {parent}")
        flow_run_in(steps, parent, "parent")
        create_task_run(steps, flow_run_id="${parent}")
        flow_run_in(steps, "Pending", parent_task_run_id="${task}")
        for after in ("Running", "Completed"):
            set_flow_state(steps, PROPOSED[after])
        steps.get("/flow_runs/${run}").get("/task_runs/${task}").get("/flow_runs/${parent}")
    return plan


def forced():
    plan = flow_plan("flow_pairs_forced")
    for before in (*TYPES.values(), "Suspended", "CompletedPersisted", "CompletedUnpersisted"):
        for after in (*TYPES.values(), "Late", "AwaitingRetry", "CompletedPersisted", "CompletedUnpersisted"):
            steps = plan.scenario(f"{before} to {after}")
            flow_run_in(steps, before)
            set_flow_state(steps, PROPOSED[after], force=True).get("/flow_runs/${run}")
    return plan


def created():
    plan = flow_plan("flow_created_in")
    for name, body in PROPOSED.items():
        # The reference fails to answer when the first state has data.
        if "data" in body and body["data"] != UNPERSISTED:
            continue
        steps = plan.scenario(name)
        create_flow_run(steps, body)
        steps.get("/flow_runs/${run}").get("/flow_run_states/?flow_run_id=${run}")
    return plan
