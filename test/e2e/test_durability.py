"""The server is killed in the middle of flows, and nothing that it was told is lost."""

import collections
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from flows import processes
from readback import eventually
from servers import Server

TASKS = 1000
# How far the flow is when the server is killed, and how long it is away each time.
KILLS = [(150, 0.0), (400, 1.5), (650, 0.0), (950, 0.5)]


def post(server: Server, path: str, body: Any = None) -> Any:
    response = httpx.post(server.api + path, json=body or {}, timeout=30)
    response.raise_for_status()
    return response.json()


def task_runs(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := post(server, "/task_runs/filter", {"limit": 200, "offset": len(found), "sort": "NAME_ASC"}):
        found += page
    return found


@pytest.mark.parametrize("shape", ["many_tasks", "many_at_once"])
def test_kill_in_the_middle_of_a_flow(new_server: Callable[..., Server], tmp_path: pathlib.Path, shape: str) -> None:
    server = new_server().start()
    progress = tmp_path / "progress"
    command = [sys.executable, str(pathlib.Path(processes.__file__)), shape, str(TASKS), str(progress), "8"]
    flow = subprocess.Popen(command, env=os.environ | {"PREFECT_API_URL": server.api, "PREFECT_LOGGING_LEVEL": "WARNING"})
    try:
        for number, away in KILLS:
            while flow.poll() is None and not (progress.exists() and int(progress.read_text() or 0) >= number):
                time.sleep(0.01)
            assert flow.poll() is None, "the flow ended before the server was killed"
            server.kill()
            time.sleep(away)
            server.start()
        assert flow.wait(120) == 0
    finally:
        flow.kill()

    def recorded() -> list[dict[str, Any]]:
        runs = task_runs(server)
        states = [run["state_name"] for run in runs]
        assert states == ["Completed"] * TASKS, {state: states.count(state) for state in set(states)}
        return runs

    runs = eventually(recorded)
    assert {run["run_count"] for run in runs} == {1}
    assert all(run["start_time"] <= run["end_time"] and run["total_run_time"] >= 0 for run in runs)
    assert all(run["state"]["type"] == "COMPLETED" and run["state_id"] == run["state"]["id"] for run in runs)
    # The way there is complete too, in order, and nothing is in it twice.
    names = server.database.execute("SELECT task_run_id, name FROM task_run_state ORDER BY task_run_id, timestamp")
    assert [name for _, name in names] == ["Pending", "Running", "Completed"] * TASKS
    told = collections.Counter(server.database.execute("SELECT resource_id, event FROM events WHERE event LIKE 'prefect.task-run.%'"))
    assert told == {(f"prefect.task-run.{run['id']}", f"prefect.task-run.{name}"): 1 for run in runs for name in ("Pending", "Running", "Completed")}
    (run,) = post(server, "/flow_runs/filter")
    assert (run["state_name"], run["run_count"]) == ("Completed", 1)
