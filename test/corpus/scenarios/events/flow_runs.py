"""The state changes of flow runs."""

from ..orchestration.states import PROPOSED, state
from .emitted import nothing_told, plan, told

RUN = "prefect.flow-run.${run}"
LONG = 100_000
STATES = (
    "Scheduled", "Late", "AwaitingRetry", "Pending", "Running", "Paused", "Suspended", "Completed", "Failed", "Crashed", "Cancelling", "Cancelled",
)  # fmt: skip


def plans():
    yield pairs()
    yield details()


def setup(made):
    made.setup.post("/flows/", {"name": "${uniq} flow", "tags": ["of the flow", "shared"]}, save={"flow": "/id"})
    return made


def create(steps, save="run", **fields):
    body = {"flow_id": "${flow}", "name": "a run", **fields}
    steps.post("/flow_runs/", body, save={save: "/id"})
    return steps


def become(steps, proposed, force=False, run="${run}"):
    steps.post(f"/flow_runs/{run}/set_state", {"state": proposed, "force": force})
    return steps


def pairs():
    """Every state after every other, by force."""
    made = setup(plan("flow_run_pairs"))
    for before in STATES:
        for after in STATES:
            steps = made.scenario(f"{before} to {after}")
            create(steps, state=PROPOSED[before])
            become(steps, PROPOSED[after], force=True)
            told(steps, 2, RUN)
    return made


def details():
    made = setup(plan("flow_run_details"))
    steps = made.scenario("a life")
    create(steps, tags=["b", "a", "shared"], state=state("SCHEDULED", message="planned"))
    for proposed in (state("PENDING"), state("RUNNING", message="it runs"), state("COMPLETED", "Fine", message="done \u00e9\n", data={"d": 1})):
        become(steps, proposed)
    told(steps, 4, RUN)

    steps = made.scenario("what is not accepted")
    create(steps, state=state("RUNNING"))
    become(steps, state("COMPLETED"))
    become(steps, state("PENDING"))
    become(steps, state("PENDING"), run="00000000-0000-4000-8000-000000000000")
    told(steps, 3, RUN)

    steps = made.scenario("a retry")
    create(steps, empirical_policy={"retries": 1, "retry_delay": 0}, state=state("PENDING"))
    for proposed in (state("RUNNING"), state("FAILED", message="no"), state("RUNNING"), state("FAILED", message="no")):
        become(steps, proposed)
    told(steps, 5, RUN)

    steps = made.scenario("a pause that reschedules")
    create(steps, state=state("RUNNING"))
    become(steps, state("PAUSED", "Suspended", pause_key="k", pause_reschedule=True, pause_timeout="2034-01-01T00:00:00Z"), force=True)
    steps.post("/flow_runs/${run}/resume")
    told(steps, 2, RUN)

    steps = made.scenario("a pause in process")
    create(steps, state=state("RUNNING"))
    become(steps, state("PAUSED", pause_key="k", pause_timeout="2034-01-01T00:00:00Z"))
    told(steps, 2, RUN)

    for length in (LONG, LONG + 10, LONG + 1000):
        steps = made.scenario(f"a message of {length} characters")
        create(steps, state=state("PENDING", message="\u00e9" * (length // 2) + "x" * (length // 2)))
        told(steps, 1, RUN)

    steps = made.scenario("states without a name or a message")
    create(steps, state={"type": "PENDING", "name": "", "message": ""})
    become(steps, {"type": "RUNNING", "message": None})
    told(steps, 2, RUN)

    steps = made.scenario("all that a run belongs to")
    steps.post("/work_pools/", {"name": "${uniq}-pool", "type": "process"}, save={"pool": "/id"})
    steps.post("/work_pools/${uniq}-pool/queues", {"name": "q"}, save={"queue": "/id"})
    steps.post(
        "/deployments/", {"name": "d", "flow_id": "${flow}", "tags": ["of the deployment", "shared"], "work_pool_name": "${uniq}-pool", "work_queue_name": "q"},
        save={"deployment": "/id"},
    )  # fmt: skip
    create(steps, "parent", name="a parent")
    steps.post(
        "/task_runs/", {"flow_run_id": "${parent}", "task_key": "k", "dynamic_key": "0", "name": "a task", "tags": ["of the task"]}, save={"task": "/id"},
    )  # fmt: skip
    steps.post("/deployments/${deployment}/create_flow_run", {"name": "a run", "tags": ["own"], "parent_task_run_id": "${task}"}, save={"run": "/id"},
               unordered=["/tags"])  # fmt: skip
    become(steps, state("PENDING"))
    told(steps, 2, RUN)

    steps = made.scenario("a run of an automation")
    who = {"Prefect-Automation-ID": "10000000-0000-4000-8000-000000000001", "Prefect-Automation-Name": "QW4gYXV0b21hdGlvbg=="}
    steps.post("/flow_runs/", {"flow_id": "${flow}", "name": "a run"}, save={"run": "/id"}, headers=who)
    told(steps, 1, RUN)

    steps = made.scenario("runs of one key")
    create(steps, idempotency_key="once")
    create(steps, idempotency_key="once")
    told(steps, 1, RUN)

    steps = made.scenario("by a filter")
    create(steps)
    steps.post("/flow_runs/bulk_set_state", {"flow_runs": {"id": {"any_": ["${run}"]}}, "state": state("CANCELLED"), "force": True})
    told(steps, 2, RUN)

    steps = made.scenario("a subflow tells of its own state alone")
    create(steps, "parent", name="a parent")
    steps.post("/task_runs/", {"flow_run_id": "${parent}", "task_key": "k", "dynamic_key": "0", "name": "a task"}, save={"task": "/id"})
    create(steps, parent_task_run_id="${task}")
    become(steps, state("RUNNING"))
    told(steps, 2, RUN)
    nothing_told(steps, "prefect.task-run.${task}")

    steps = made.scenario("task runs")
    create(steps, "parent", name="a parent")
    steps.post("/task_runs/", {"flow_run_id": "${parent}", "task_key": "k", "dynamic_key": "0", "state": state("PENDING")}, save={"task": "/id"})
    steps.post("/task_runs/${task}/set_state", {"state": state("RUNNING")})
    nothing_told(steps, "prefect.task-run.${task}")

    steps = made.scenario("a run that is changed and deleted")
    create(steps)
    steps.patch("/flow_runs/${run}", {"name": "another name"})
    become(steps, state("RUNNING"))
    steps.delete("/flow_runs/${run}")
    told(steps, 2, RUN)
    return made
