from prefect import flow, task
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput


class Approval(RunInput):
    approved: bool
    comment: str = "none"


@flow
def pauses() -> str:
    pause_flow_run(timeout=60, poll_interval=1)
    return "resumed"


@flow
def pauses_for_input() -> str:
    answer = pause_flow_run(wait_for_input=Approval, timeout=60, poll_interval=1)
    return f"{answer.approved}: {answer.comment}"


@flow
def pauses_too_long() -> None:
    pause_flow_run(timeout=1, poll_interval=1)


@task(persist_result=True)
def before() -> str:
    return "before"


@flow(persist_result=True)
def suspends_for_input() -> str:
    first = before()
    answer = suspend_flow_run(wait_for_input=Approval, timeout=600)
    return f"{first}, {answer.approved}: {answer.comment}"
