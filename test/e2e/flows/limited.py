"""Flows that compete for slots of concurrency limits, and note when they hold one.

As a program it runs several of them at once: limited.py KIND NAME NOTES HOW_MANY; or it is a worker: limited.py worker POOL LIMIT."""

import asyncio
import os
import sys
import threading
import time
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import FlowRun
from prefect.concurrency.asyncio import concurrency as concurrency_async
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.flow_engine import run_flow
from prefect.flows import Flow
from prefect.workers.base import BaseJobConfiguration, BaseWorker, BaseWorkerResult

HELD_SECONDS = 0.2


def note(notes: str, sign: str) -> None:
    """Adds a line: the machine's clock, which is the same in all processes, and whether a slot is held from now on or no more."""
    line = f"{time.monotonic_ns()} {sign}\n".encode()
    file = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def hold(notes: str) -> None:
    note(notes, "+")
    time.sleep(HELD_SECONDS)
    note(notes, "-")


@flow
def by_name(name: str, notes: str) -> None:
    with concurrency(name, occupy=1, strict=True):
        hold(notes)


@flow
async def by_name_async(name: str, notes: str) -> None:
    async with concurrency_async(name, occupy=1, strict=True):
        note(notes, "+")
        await asyncio.sleep(HELD_SECONDS)
        note(notes, "-")


@flow
def by_tag(name: str, notes: str) -> None:
    task(hold).with_options(tags=[name])(notes)


@flow
def by_rate(name: str, notes: str) -> None:
    rate_limit(name, occupy=1, strict=True)
    note(notes, "+")


@flow
def by_deployment(notes: str) -> None:
    hold(notes)


KINDS: dict[str, Flow[..., Any]] = {"by_name": by_name, "by_name_async": by_name_async, "by_tag": by_tag, "by_rate": by_rate}


class LimitedWorker(BaseWorker[Any, Any, BaseWorkerResult]):
    """Runs flows in its own process: what it asks of the server is what any worker does."""

    type = "praetor-limited"
    job_configuration = BaseJobConfiguration

    async def run(self, flow_run: FlowRun, configuration: BaseJobConfiguration, task_status: Any = None) -> BaseWorkerResult:
        if task_status is not None:
            task_status.started(str(flow_run.id))
        await asyncio.to_thread(run_flow, by_deployment, flow_run=flow_run, parameters=flow_run.parameters)
        return BaseWorkerResult(status_code=0, identifier=str(flow_run.id))


def compete(kind: str, name: str, notes: str, how_many: int) -> None:
    def run() -> None:
        result = KINDS[kind](name, notes)
        if asyncio.iscoroutine(result):
            asyncio.run(result)

    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            run()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        asyncio.run(LimitedWorker(work_pool_name=sys.argv[2], limit=int(sys.argv[3]), prefetch_seconds=2).start())
    else:
        compete(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
