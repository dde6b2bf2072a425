"""Runs in processes of their own that are cancelled, crash or are killed."""

import asyncio
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.flow_runs import wait_for_flow_run
from prefect.runner import Runner
from prefect.states import Scheduled

import readback
from flows import processes
from readback import assert_read_back

pytestmark = pytest.mark.usefixtures("server")

FILE = pathlib.Path(processes.__file__)


def created(flow: Flow[..., Any], **parameters: Any) -> uuid.UUID:
    with get_client(sync_client=True) as client:
        return client.create_flow_run(flow, parameters=parameters, state=Scheduled()).id


def engine(flow: Flow[..., Any], run_id: uuid.UUID) -> subprocess.Popen[bytes]:
    """The process in which a worker runs a flow run."""
    return subprocess.Popen(
        [sys.executable, "-m", "prefect.engine"],
        env=os.environ | {"PREFECT__FLOW_RUN_ID": str(run_id), "PREFECT__FLOW_ENTRYPOINT": f"{FILE}:{flow.fn.__name__}"},
    )


def supervised(flow: Flow[..., Any], run_id: uuid.UUID) -> None:
    """Runs a flow run as `prefect flow-run execute` and a served flow do: in a process that a runner watches."""

    async def run() -> None:
        runner = Runner(name="e2e", query_seconds=1, pause_on_shutdown=False)
        await runner.execute_flow_run(run_id, entrypoint=f"{FILE}:{flow.fn.__name__}")

    asyncio.run(run())


def wait_until(path: pathlib.Path) -> None:
    def exists() -> None:
        assert path.exists()

    readback.eventually(exists)


def test_crashing_process() -> None:
    run_id = created(processes.exits_at_once, code=3)
    supervised(processes.exits_at_once, run_id)
    inspected = assert_read_back("exits-at-once", run_id, "CRASHED", "Crashed")
    assert "status code 3" in inspected["state"]["message"]
    assert readback.names(readback.flow_run_states(run_id))[-2:] == ["Running", "Crashed"]


def test_killed_process(tmp_path: pathlib.Path) -> None:
    """Nobody tells the server: the run stays as it was, and can be run again."""
    marker = tmp_path / "runs"
    run_id = created(processes.waits, marker=str(marker))
    process = engine(processes.waits, run_id)
    wait_until(marker)
    process.kill()
    process.wait()
    assert_read_back("waits", run_id, "RUNNING", "Running")
    with get_client(sync_client=True) as client:
        answer = client.set_flow_run_state(run_id, Scheduled(), force=True)
    assert answer.status.value == "ACCEPT"
    assert_read_back("waits", run_id, "SCHEDULED", "Scheduled")


def test_terminated_process(tmp_path: pathlib.Path) -> None:
    marker = tmp_path / "runs"
    run_id = created(processes.waits, marker=str(marker))
    process = engine(processes.waits, run_id)
    wait_until(marker)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) != 0
    inspected = assert_read_back("waits", run_id, "CRASHED", "Crashed")
    assert "termination signal" in inspected["state"]["message"]


def test_cancel_a_scheduled_run() -> None:
    run_id = created(processes.exits_at_once, code=0)
    readback.cli("flow-run", "cancel", str(run_id))
    inspected = assert_read_back("exits-at-once", run_id, "CANCELLED", "Cancelled")
    assert inspected["run_count"] == 0


def test_cancel_a_running_run(tmp_path: pathlib.Path) -> None:
    marker = tmp_path / "runs"
    run_id = created(processes.waits, marker=str(marker))
    watcher = subprocess.Popen(
        [sys.executable, "-c", f"import uuid, test_processes as t; t.supervised(t.processes.waits, uuid.UUID('{run_id}'))"]
    )
    wait_until(marker)
    readback.cli("flow-run", "cancel", str(run_id))
    assert watcher.wait(60) == 0
    assert_read_back("waits", run_id, "CANCELLED", "Cancelled")
    states = readback.names(readback.flow_run_states(run_id))
    assert states[-3:] == ["Running", "Cancelling", "Cancelled"], states


def test_cancel_a_run_that_has_ended() -> None:
    run_id = created(processes.exits_at_once, code=0)
    readback.cli("flow-run", "cancel", str(run_id))
    answer = readback.api("POST", f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
    assert answer["status"] == "ABORT"
    assert_read_back("exits-at-once", run_id, "CANCELLED", "Cancelled")


def test_wait_for_a_run_elsewhere() -> None:
    """The client follows a run that another process runs, and sees its end."""
    run_id = created(processes.exits_at_once, code=1)

    async def follow() -> str:
        waiting = asyncio.create_task(wait_for_flow_run(run_id, timeout=60))
        await asyncio.sleep(1)
        await asyncio.to_thread(readback.cli, "flow-run", "cancel", str(run_id))
        return (await waiting).state_name

    started = time.monotonic()
    assert asyncio.run(follow()) == "Cancelled"
    assert time.monotonic() - started < 60
