"""Every (initial, proposed) pair of states of a task run."""

from .flow_pairs import flow_plan
from .states import (
    FEWER,
    INITIAL,
    PROPOSED,
    RUNNING,
    TYPES,
    create_task_run,
    flow_run_in,
    set_flow_state,
    set_task_state,
    state,
    task_run_in,
)

RETRIES = {"retries": 2, "retry_delay": 5}


def plans():
    yield task_pairs("plain", PROPOSED, flow_run_id="${flow_run}")
    yield task_pairs("retries", FEWER, flow_run_id="${flow_run}", empirical_policy=RETRIES)
    yield background()
    yield parents()
    yield forced()
    yield created()


def running_plan(name):
    """A plan whose scenarios share a running flow run."""
    plan = flow_plan(name)
    flow_run_in(plan.setup, "Running", "flow_run")
    return plan


def task_pairs(variant, proposed, **fields):
    plan = running_plan(f"task_pairs_{variant}")
    for before in INITIAL:
        for after, body in proposed.items():
            steps = plan.scenario(f"{before} to {after}")
            task_run_in(steps, before, **fields)
            set_task_state(steps, body).get("/task_runs/${task}")
    return plan


def background():
    """Task runs without a flow run; a deferred state is ruled by the background policy."""
    plan = flow_plan("task_pairs_background")
    for before in INITIAL:
        for after in (*TYPES.values(), "Submitting", "AwaitingRetry", "CompletedPersisted", "TimedOut"):
            for deferred in (False, True):
                steps = plan.scenario(f"{before} to {after}{' deferred' * deferred}")
                given = {"task_parameters_id": "00000000-0000-4000-8000-00000000000a"}
                task_run_in(steps, before, details=given, empirical_policy={"retries": 1, "retry_delay": 3})
                proposed = PROPOSED[after]
                if deferred:
                    proposed = proposed | {"state_details": proposed.get("state_details", {}) | {"deferred": True}}
                set_task_state(steps, proposed).get("/task_runs/${task}")
    steps = plan.scenario("deferred ignores force")
    create_task_run(steps)
    for proposed in (state("RUNNING", deferred=True), state("RUNNING", deferred=True), state("PENDING", deferred=True)):
        set_task_state(steps, proposed, force=True).get("/task_runs/${task}")
    return plan


def parents():
    """A task run asks to run while its flow run is in any state."""
    plan = flow_plan("task_pairs_parents")
    for parent in INITIAL:
        for before in ("Scheduled", "Pending", "Running", "Failed", "Completed"):
            steps = plan.scenario(f"{before} to Running in a flow run that is {parent}")
            flow_run_in(steps, parent, "flow_run")
            task_run_in(steps, before, flow_run_id="${flow_run}")
            set_task_state(steps, RUNNING).get("/task_runs/${task}")
        steps = plan.scenario(f"Running to the end in a flow run that is {parent}")
        flow_run_in(steps, parent, "flow_run")
        task_run_in(steps, "Running", flow_run_id="${flow_run}")
        set_task_state(steps, PROPOSED["CompletedPersisted"]).get("/task_runs/${task}")
    for before in ("Completed", "CompletedPersisted", "CompletedUnpersisted", "Failed", "Cancelled"):
        for forced_first in (False, True):
            steps = plan.scenario(f"{before} in a flow run that retries{' , forced' * forced_first}")
            flow_run_in(steps, "Running", "flow_run", empirical_policy={"retries": 3, "retry_delay": 0})
            create_task_run(steps, flow_run_id="${flow_run}", empirical_policy={"retries": 1})
            set_task_state(steps, RUNNING)
            set_task_state(steps, PROPOSED[before], force=forced_first)
            set_flow_state(steps, PROPOSED["Failed"], "flow_run")
            set_flow_state(steps, RUNNING, "flow_run")
            for proposed in (RUNNING, PROPOSED["Failed"], RUNNING, PROPOSED["Failed"]):
                set_task_state(steps, proposed).get("/task_runs/${task}")
    return plan


def forced():
    plan = running_plan("task_pairs_forced")
    for before in (*TYPES.values(), "CompletedPersisted"):
        for after in (*TYPES.values(), "Late", "AwaitingRetry", "CompletedUnpersisted"):
            steps = plan.scenario(f"{before} to {after}")
            task_run_in(steps, before, flow_run_id="${flow_run}")
            set_task_state(steps, PROPOSED[after], force=True).get("/task_runs/${task}")
    return plan


def created():
    plan = running_plan("task_created_in")
    for name, body in PROPOSED.items():
        for parent in ({"flow_run_id": "${flow_run}"}, {}):
            steps = plan.scenario(f"{name}{'' if parent else ' without a flow run'}")
            create_task_run(steps, body, **parent)
            steps.get("/task_runs/${task}").get("/task_run_states/?task_run_id=${task}")
    return plan
