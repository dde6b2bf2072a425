"""A worker that runs flows in its own process, so that hundreds of runs take seconds: what it asks of the server is what any worker
does. Its arguments: the work pool, its name, and how many runs at once."""

import asyncio
import sys
from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow
from prefect.flows import Flow
from prefect.workers.base import BaseJobConfiguration, BaseWorker, BaseWorkerResult

from flows import deployed


class QuickWorker(BaseWorker[Any, Any, BaseWorkerResult]):
    type = "praetor-quick"
    job_configuration = BaseJobConfiguration

    async def run(self, flow_run: FlowRun, configuration: BaseJobConfiguration, task_status: Any = None) -> BaseWorkerResult:
        if task_status is not None:
            task_status.started(str(flow_run.id))
        flow: Flow[..., Any] = deployed.noted
        await asyncio.to_thread(run_flow, flow, flow_run=flow_run, parameters=flow_run.parameters)
        return BaseWorkerResult(status_code=0, identifier=str(flow_run.id))


if __name__ == "__main__":
    pool, name, limit = sys.argv[1:]
    asyncio.run(QuickWorker(work_pool_name=pool, name=name, limit=int(limit)).start())
