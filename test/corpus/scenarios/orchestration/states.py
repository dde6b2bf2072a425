"""The named states, as proposals and as places where a run can be."""

PAST, FUTURE = "${now-60}", "${now+3600}"
PERSISTED = {"type": "reference", "storage_key": "abc", "expiration": None}
UNPERSISTED = {"type": "unpersisted"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def state(kind, name=None, *, message=None, data=None, **details):
    made = {"type": kind}
    for key, value in (("name", name), ("message", message), ("data", data), ("state_details", details)):
        if value:
            made[key] = value
    return made


# The proposals: every state type, and the names that the reference's clients,
# workers and services use.
PROPOSED = {
    "Scheduled": state("SCHEDULED"),
    "ScheduledFuture": state("SCHEDULED", scheduled_time=FUTURE),
    "Late": state("SCHEDULED", "Late", scheduled_time=PAST),
    "AwaitingRetry": state("SCHEDULED", "AwaitingRetry", message="again", scheduled_time=FUTURE),
    "AwaitingConcurrencySlot": state("SCHEDULED", "AwaitingConcurrencySlot", scheduled_time="${now+30}"),
    "Resuming": state("SCHEDULED", "Resuming", scheduled_time=PAST),
    "Pending": state("PENDING"),
    "Submitting": state("PENDING", "Submitting"),
    "InfrastructurePending": state("PENDING", "InfrastructurePending"),
    "NotReady": state("PENDING", "NotReady", message="upstream"),
    "Running": state("RUNNING", traceparent=TRACE),
    "Retrying": state("RUNNING", "Retrying"),
    "Paused": state("PAUSED", pause_key="k1", pause_timeout=FUTURE),
    "Suspended": state("PAUSED", "Suspended", pause_key="k2", pause_timeout=FUTURE, pause_reschedule=True),
    "Completed": state("COMPLETED", message="done"),
    "CompletedPersisted": state("COMPLETED", data=PERSISTED),
    "CompletedUnpersisted": state("COMPLETED", data=UNPERSISTED),
    "Cached": state("COMPLETED", "Cached", data=PERSISTED),
    "RolledBack": state("COMPLETED", "RolledBack", data=UNPERSISTED),
    "Failed": state("FAILED", message="broke", data={"n": [1, 2.0, None]}),
    "TimedOut": state("FAILED", "TimedOut", message="too long"),
    "Crashed": state("CRASHED", message="gone"),
    "Cancelling": state("CANCELLING"),
    "Cancelled": state("CANCELLED", message="stop"),
}

RUNNING = state("RUNNING")
PAUSED_LATER = state("PAUSED", pause_key="k0", pause_timeout=FUTURE)
SUSPENDED_LATER = state("PAUSED", "Suspended", pause_key="k0", pause_timeout=FUTURE, pause_reschedule=True)
FAILED = PROPOSED["Failed"]

# How a run gets to a state: the first is the state it is created in, the rest is
# forced on it one by one.
INITIAL = {
    "Scheduled": [state("SCHEDULED", scheduled_time=PAST)],
    "ScheduledFuture": [state("SCHEDULED", scheduled_time=FUTURE)],
    "Late": [state("SCHEDULED", scheduled_time=PAST), PROPOSED["Late"]],
    "AwaitingRetry": [None, RUNNING, state("SCHEDULED", "AwaitingRetry", scheduled_time=PAST)],
    "AwaitingRetryFuture": [None, RUNNING, PROPOSED["AwaitingRetry"]],
    "AwaitingConcurrencySlot": [state("SCHEDULED", scheduled_time=PAST), PROPOSED["AwaitingConcurrencySlot"]],
    "Resuming": [None, RUNNING, SUSPENDED_LATER, PROPOSED["Resuming"]],
    "Pending": [None],
    "PendingFuture": [state("PENDING", scheduled_time=FUTURE)],
    "Submitting": [None, PROPOSED["Submitting"]],
    "NotReady": [None, PROPOSED["NotReady"]],
    "Running": [None, RUNNING],
    "Rerunning": [None, RUNNING, FAILED, state("RUNNING", "Rerunning")],
    "Retrying": [None, RUNNING, state("SCHEDULED", "AwaitingRetry", scheduled_time=PAST), state("RUNNING", "Retrying")],
    "Paused": [None, RUNNING, PAUSED_LATER],
    "PausedExpired": [None, RUNNING, state("PAUSED", pause_key="k0", pause_timeout=PAST)],
    "Suspended": [None, RUNNING, SUSPENDED_LATER],
    "SuspendedExpired": [
        None,
        RUNNING,
        state("PAUSED", "Suspended", pause_key="k0", pause_timeout=PAST, pause_reschedule=True),
    ],
    "Completed": [None, RUNNING, PROPOSED["Completed"]],
    "CompletedPersisted": [None, RUNNING, PROPOSED["CompletedPersisted"]],
    "CompletedUnpersisted": [None, RUNNING, PROPOSED["CompletedUnpersisted"]],
    "Cached": [None, PROPOSED["Cached"]],
    "RolledBack": [None, RUNNING, PROPOSED["RolledBack"]],
    "Failed": [None, RUNNING, FAILED],
    "TimedOut": [None, RUNNING, PROPOSED["TimedOut"]],
    "Crashed": [None, RUNNING, PROPOSED["Crashed"]],
    "Cancelling": [None, RUNNING, PROPOSED["Cancelling"]],
    "Cancelled": [None, RUNNING, PROPOSED["Cancelling"], PROPOSED["Cancelled"]],
}

# One of each type, for the variants where the names matter less.
TYPES = {
    "SCHEDULED": "Scheduled",
    "PENDING": "Pending",
    "RUNNING": "Running",
    "PAUSED": "Paused",
    "COMPLETED": "Completed",
    "FAILED": "Failed",
    "CRASHED": "Crashed",
    "CANCELLING": "Cancelling",
    "CANCELLED": "Cancelled",
}
FEWER = {name: PROPOSED[name] for name in (*TYPES.values(), "AwaitingRetry", "Retrying", "Suspended", "TimedOut")}


def create_flow_run(steps, initial=None, save="run", **fields):
    body = {"flow_id": "${flow}", "name": "r", **fields}
    if initial:
        body["state"] = initial
    return steps.post("/flow_runs/", body, save={save: "/id"})


def create_task_run(steps, initial=None, save="task", key="t-${uniq}", **fields):
    body = {"task_key": key, "dynamic_key": save, "name": "t", **fields}
    if initial:
        body["state"] = initial
    return steps.post("/task_runs/", body, save={save: "/id"})


def set_flow_state(steps, proposed, run="run", force=False, **rest):
    return _set_state(steps, "flow_runs", proposed, run, force, **rest)


def set_task_state(steps, proposed, run="task", force=False, **rest):
    return _set_state(steps, "task_runs", proposed, run, force, **rest)


def _set_state(steps, kind, proposed, run, force, **rest):
    body = {"state": proposed}
    if force:
        body["force"] = True
    return steps.post(f"/{kind}/${{{run}}}/set_state", body, **rest)


def flow_run_in(steps, name, save="run", **fields):
    """A flow run in one of the initial states."""
    first, *rest = INITIAL[name]
    create_flow_run(steps, first, save, **fields)
    for forced in rest:
        set_flow_state(steps, forced, save, force=True)
    return steps


def task_run_in(steps, name, save="task", details=None, **fields):
    """A task run in one of the initial states; details go into each state of the way."""

    def detailed(forced):
        if not details:
            return forced
        forced = forced or state("PENDING")
        return forced | {"state_details": forced.get("state_details", {}) | details}

    first, *rest = INITIAL[name]
    create_task_run(steps, detailed(first), save, **fields)
    for forced in rest:
        set_task_state(steps, detailed(forced), save, force=True)
    return steps
