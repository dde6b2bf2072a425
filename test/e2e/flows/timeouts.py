import time

from prefect import flow, task


def work_for(seconds: float) -> None:
    """Takes time in small steps: a thread is interrupted between two of them."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.02)


@flow(timeout_seconds=0.5)
def slow_flow() -> None:
    work_for(30)


@task(timeout_seconds=0.5)
def slow_task() -> None:
    work_for(30)


@flow
def flow_of_slow_task() -> str:
    return slow_task(return_state=True).name
