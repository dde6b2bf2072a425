"""Concurrency limits by name, by tag and by deployment: eight flows in two processes never hold more slots than there are."""

import os
import pathlib
import signal
import subprocess
import sys
import uuid

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.states import Scheduled

import readback
from servers import Server

HERE = pathlib.Path(__file__).parent
PROGRAM = [sys.executable, "-m", "flows.limited"]
PROCESSES, EACH = 2, 4
SLOTS = 2


def held_at_most(notes: pathlib.Path) -> int:
    """How many slots were held at the same time."""
    lines = sorted((int(at), sign) for at, sign in (line.split() for line in notes.read_text().splitlines()))
    held = most = 0
    for _, sign in lines:
        held += 1 if sign == "+" else -1
        most = max(most, held)
    return most


def compete(kind: str, name: str, notes: pathlib.Path) -> None:
    started = [subprocess.Popen([*PROGRAM, kind, name, str(notes), str(EACH)], cwd=HERE) for _ in range(PROCESSES)]
    assert [process.wait(180) for process in started] == [0] * PROCESSES


def limit(server: Server, name: str, **settings: float) -> None:
    with get_client(sync_client=True) as client:
        client.request("POST", "/v2/concurrency_limits/", json={"name": name, "limit": SLOTS} | settings)


def active_slots(server: Server, name: str) -> int:
    return httpx.get(f"{server.api}/v2/concurrency_limits/{name}").raise_for_status().json()["active_slots"]


@pytest.mark.parametrize("kind", ["by_name", "by_name_async"])
def test_by_name(kind: str, server: Server, tmp_path: pathlib.Path) -> None:
    name = f"name-{uuid.uuid4().hex[:8]}"
    limit(server, name)
    compete(kind, name, tmp_path / "notes")
    assert held_at_most(tmp_path / "notes") == SLOTS
    assert active_slots(server, name) == 0


def test_by_tag(server: Server, tmp_path: pathlib.Path) -> None:
    name = f"tag-{uuid.uuid4().hex[:8]}"
    with get_client(sync_client=True) as client:
        client.create_concurrency_limit(tag=name, concurrency_limit=SLOTS)
    compete("by_tag", name, tmp_path / "notes")
    assert held_at_most(tmp_path / "notes") == SLOTS
    assert active_slots(server, f"tag:{name}") == 0


def test_by_rate(server: Server, tmp_path: pathlib.Path) -> None:
    name, per_second = f"rate-{uuid.uuid4().hex[:8]}", 2.0
    limit(server, name, slot_decay_per_second=per_second)
    compete("by_rate", name, tmp_path / "notes")
    at = sorted(int(line.split()[0]) / 1e9 for line in (tmp_path / "notes").read_text().splitlines())
    assert len(at) == PROCESSES * EACH
    # After the first few, which the limit lets in at once, no slot is given before one has decayed. A run notes it a moment later.
    assert at[-1] - at[0] >= (len(at) - SLOTS) / per_second - 1


def test_by_deployment(server: Server, tmp_path: pathlib.Path) -> None:
    from flows.limited import by_deployment

    pool, notes = f"pool-{uuid.uuid4().hex[:8]}", tmp_path / "notes"
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=pool, type="praetor-limited"))
        flow_id = client.create_flow(by_deployment)
        deployment = client.create_deployment(
            flow_id, f"limited-{pool}", work_pool_name=pool, concurrency_limit=SLOTS, parameters={"notes": str(notes)}, entrypoint="flows/limited.py:by_deployment"
        )
        runs = [client.create_flow_run_from_deployment(deployment, state=Scheduled()).id for _ in range(PROCESSES * EACH)]
        worker = subprocess.Popen([*PROGRAM, "worker", pool, "8"], cwd=HERE, env=os.environ | {"PREFECT_WORKER_QUERY_SECONDS": "1"})
        try:

            def done() -> None:
                states = [client.read_flow_run(run).state_name for run in runs]
                assert states == ["Completed"] * len(runs)

            readback.eventually(done, 120)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(60)
    assert held_at_most(notes) <= SLOTS
    assert active_slots(server, f"deployment:{deployment}") == 0
