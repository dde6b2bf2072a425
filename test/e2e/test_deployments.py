"""Deployments with schedules, and the workers that run them."""

import datetime
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import uuid
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

import databases
import servers
from flows import deployed
from ports import Port
from readback import api, cli, cli_json, eventually

FLOWS = pathlib.Path(deployed.__file__).parent.parent
UTC = datetime.UTC

# Services look each second, so that a test waits for them no longer than that.
SERVICES = {
    "PREFECT_API_SERVICES_SCHEDULER_ENABLED": "true",
    "PREFECT_API_SERVICES_SCHEDULER_LOOP_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1",
    "PREFECT_API_SERVICES_CANCELLATION_CLEANUP_ENABLED": "true",
    "PREFECT_API_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS": "1",
    "PREFECT_API_SERVICES_FOREMAN_ENABLED": "true",
    "PREFECT_API_SERVICES_FOREMAN_LOOP_SECONDS": "1",
}
WORKER = {"PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_RUNNER_POLL_FREQUENCY": "1", "PREFECT_WORKER_HEARTBEAT_SECONDS": "2"}


@pytest.fixture(scope="module")
def scheduling(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """A server whose services run, and this process's client pointed at it."""
    directory = tmp_path_factory.mktemp("scheduling")
    database = databases.make(pytestconfig.option.db, directory)
    with Port() as port:
        server = servers.Server(pytestconfig.option.server, database, port.number, directory, SERVICES).start()
        try:
            with temporary_settings({PREFECT_API_URL: server.api}):
                yield server
            assert server.running, f"the server died during the tests:\n{server.tail()}"
            server.stop()
        finally:
            server.kill()
            database.close()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder in which `prefect deploy` looks for flows."""
    monkeypatch.chdir(FLOWS)


pytestmark = pytest.mark.usefixtures("scheduling", "folder")


@pytest.fixture
def start(scheduling: servers.Server, tmp_path: pathlib.Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts Python processes that talk to the server; those that still run are killed when the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"process-{len(started)}.log").open("wb") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, *arguments],
                    env=os.environ | WORKER | {"PREFECT_API_URL": scheduling.api},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
        return started[-1]

    yield run
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def worker(start: Callable[..., subprocess.Popen[bytes]], pool: str, name: str, limit: int) -> subprocess.Popen[bytes]:
    return start("-m", "prefect", "worker", "start", "--pool", pool, "--name", name, "--limit", str(limit))


def deploy(directory: pathlib.Path, pool: str, *deployments: str) -> None:
    """What `prefect deploy --all` does of a prefect.yaml with these deployments."""
    file = directory / "prefect.yaml"
    file.write_text(
        f"pull:\n- prefect.deployments.steps.set_working_directory:\n    directory: {FLOWS}\ndeployments:\n"
        + "".join(textwrap.dedent(d).replace("POOL", pool) for d in deployments)
    )
    cli("--no-prompt", "deploy", "--all", "--prefect-file", str(file))


@pytest.fixture
def pool() -> str:
    """A new work pool of processes."""
    name = f"pool-{uuid.uuid4().hex[:8]}"
    cli("work-pool", "create", name, "--type", "process")
    return name


def deployment(name: str) -> Any:
    with get_client(sync_client=True) as client:
        return client.read_deployment_by_name(name)


def runs_of(name: str, **criteria: Any) -> list[dict[str, Any]]:
    """The runs of a deployment, by the time for which they are planned."""
    body = {
        "deployments": {"id": {"any_": [str(deployment(name).id)]}},
        "flow_runs": criteria,
        "sort": "EXPECTED_START_TIME_ASC",
        "limit": 200,
    }
    found: list[dict[str, Any]] = []
    while page := api("POST", "/flow_runs/filter", body | {"offset": len(found)}):
        found += page
    return found


def planned(name: str, least: int = 1) -> list[datetime.datetime]:
    """When the deployment's runs are to start, once there are so many."""

    def read() -> list[datetime.datetime]:
        runs = runs_of(name, state={"type": {"any_": ["SCHEDULED"]}})
        assert len(runs) >= least, f"{len(runs)} runs are planned"
        assert all(run["auto_scheduled"] for run in runs)
        return [datetime.datetime.fromisoformat(run["expected_start_time"]) for run in runs]

    return eventually(read)


def in_state(name: str, state: str, count: int, seconds: float = 120) -> list[dict[str, Any]]:
    """The deployment's runs in that state, once there are so many."""

    def read() -> list[dict[str, Any]]:
        runs = runs_of(name)
        found = [run for run in runs if run["state_name"] == state]
        states = [run["state_name"] for run in runs]
        assert len(found) >= count, {name: states.count(name) for name in set(states)}
        return found

    return eventually(read, seconds)


SCHEDULED = """
    - name: by-cron
      entrypoint: flows/deployed.py:noted
      parameters: {path: PATH}
      work_pool: {name: POOL}
      schedules: [{slug: mornings, cron: "30 9 * * 1-5", timezone: America/New_York}]
    - name: by-interval
      entrypoint: flows/deployed.py:noted
      parameters: {path: PATH}
      work_pool: {name: POOL}
      schedules: [{slug: often, interval: 5400, anchor_date: "2024-01-01T00:10:00+00:00"}]
    - name: by-rrule
      entrypoint: flows/deployed.py:noted
      parameters: {path: PATH}
      work_pool: {name: POOL}
      schedules: [{slug: early, rrule: "DTSTART:20240101T060000\\nRRULE:FREQ=WEEKLY;BYDAY=MO,TH", timezone: Europe/Paris}]
"""


def test_deployments_with_each_kind_of_schedule(pool: str, tmp_path: pathlib.Path) -> None:
    deploy(tmp_path, pool, SCHEDULED.replace("PATH", str(tmp_path / "runs")))
    now = datetime.datetime.now(UTC)

    by_cron = planned("noted/by-cron", 3)
    for at in by_cron:
        local = at.astimezone(zoneinfo.ZoneInfo("America/New_York"))
        assert (local.hour, local.minute) == (9, 30) and local.weekday() < 5, local
    by_interval = planned("noted/by-interval", 3)
    anchor = datetime.datetime(2024, 1, 1, 0, 10, tzinfo=UTC)
    assert all((at - anchor).total_seconds() % 5400 == 0 for at in by_interval)
    by_rrule = planned("noted/by-rrule", 3)
    for at in by_rrule:
        local = at.astimezone(zoneinfo.ZoneInfo("Europe/Paris"))
        assert (local.hour, local.minute) == (6, 0) and local.weekday() in (0, 3), local
    for dates in (by_cron, by_interval, by_rrule):
        assert dates == sorted(set(dates)) and dates[0] > now - datetime.timedelta(minutes=1)

    # Deploying again keeps the ids of schedules that have a slug, and with them the runs.
    before = {name: [s.id for s in deployment(f"noted/{name}").schedules] for name in ("by-cron", "by-interval", "by-rrule")}
    deploy(tmp_path, pool, SCHEDULED.replace("PATH", str(tmp_path / "runs")))
    after = {name: [s.id for s in deployment(f"noted/{name}").schedules] for name in before}
    assert after == before
    planned("noted/by-cron", 3)


def test_a_schedule_is_paused_and_resumed(pool: str, tmp_path: pathlib.Path) -> None:
    name = "noted/paused"
    deploy(
        tmp_path,
        pool,
        f"""
        - name: paused
          entrypoint: flows/deployed.py:noted
          parameters: {{path: {tmp_path / "runs"}}}
          work_pool: {{name: POOL}}
          schedules: [{{interval: 3600}}]
        """,
    )
    planned(name, 3)
    schedule = str(deployment(name).schedules[0].id)
    cli("deployment", "schedule", "pause", name, schedule)
    assert not deployment(name).schedules[0].active
    assert runs_of(name, state={"type": {"any_": ["SCHEDULED"]}}) == []
    cli("deployment", "schedule", "resume", name, schedule)
    assert deployment(name).schedules[0].active
    planned(name, 3)
    assert [s["schedule"]["interval"] for s in cli_json("deployment", "inspect", name)["schedules"]] == [3600.0]


def test_a_process_worker_runs_what_is_scheduled(
    start: Callable[..., subprocess.Popen[bytes]], pool: str, tmp_path: pathlib.Path
) -> None:
    name, path = "noted/often", tmp_path / "runs"
    deploy(
        tmp_path,
        pool,
        f"""
        - name: often
          entrypoint: flows/deployed.py:noted
          parameters: {{path: {path}}}
          work_pool: {{name: POOL}}
          schedules: [{{interval: 1}}]
        """,
    )
    process = worker(start, pool, "process-worker", limit=4)
    completed = in_state(name, "Completed", 20, seconds=160)
    assert all(run["auto_scheduled"] and run["run_count"] == 1 for run in completed)
    workers = api("POST", f"/work_pools/{pool}/workers/filter", {})
    assert [(w["name"], w["status"]) for w in workers] == [("process-worker", "ONLINE")]
    assert api("GET", f"/work_pools/{pool}")["status"] == "READY"
    cli("deployment", "schedule", "pause", name, str(deployment(name).schedules[0].id))
    process.terminate()
    process.wait(60)
    ran = path.read_text().split()
    assert len(ran) == len(set(ran)), "a run took place twice"
    assert {run["id"] for run in completed} <= set(ran)


def test_two_workers_share_the_runs(start: Callable[..., subprocess.Popen[bytes]], tmp_path: pathlib.Path) -> None:
    # A run outlasts the moment between a worker's hearing of it and its proposal of Pending: one that has completed by then may
    # be run again, here as with the reference.
    pool, name, path, count = f"quick-{uuid.uuid4().hex[:8]}", "noted/shared", tmp_path / "runs", 200
    api("POST", "/work_pools/", {"name": pool, "type": "praetor-quick", "base_job_template": {}})
    deploy(
        tmp_path,
        pool,
        f"""
        - name: shared
          entrypoint: flows/deployed.py:noted
          parameters: {{path: {path}, seconds: 5}}
          work_pool: {{name: POOL}}
        """,
    )
    deployment_id = deployment(name).id
    for _ in range(count):
        api("POST", f"/deployments/{deployment_id}/create_flow_run", {"state": {"type": "SCHEDULED"}})
    for number in range(2):
        start("-m", "flows.quick_worker", pool, f"worker-{number}", "20")
    in_state(name, "Completed", count, seconds=160)
    ran = path.read_text().split()
    assert len(ran) == count and len(set(ran)) == count
    assert len(api("POST", f"/work_pools/{pool}/workers/filter", {})) == 2


def test_a_running_run_is_cancelled_by_its_worker(
    start: Callable[..., subprocess.Popen[bytes]], pool: str, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "runs"
    deploy(
        tmp_path,
        pool,
        f"""
        - name: long
          entrypoint: flows/deployed.py:long
          parameters: {{path: {path}}}
          work_pool: {{name: POOL}}
        """,
    )
    worker(start, pool, "canceller", limit=1)
    cli("deployment", "run", "long/long")
    run = in_state("long/long", "Running", 1)[0]
    eventually(lambda: _exists(path))
    cli("flow-run", "cancel", run["id"])
    in_state("long/long", "Cancelled", 1, seconds=60)


def _exists(path: pathlib.Path) -> None:
    assert path.exists()


def test_a_served_flow(start: Callable[..., subprocess.Popen[bytes]], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "runs"
    process = start(
        "-c",
        f"from flows.deployed import noted; noted.serve(name='served', interval=1, limit=2, parameters={{'path': {str(path)!r}}})",
    )
    completed = eventually(lambda: _served("noted/served", 3), 120)
    assert {run["id"] for run in completed} <= set(path.read_text().split())
    process.send_signal(signal.SIGINT)
    process.wait(60)
    # Who stops serving pauses the deployment.
    assert deployment("noted/served").paused


def _served(name: str, count: int) -> list[dict[str, Any]]:
    found = api("POST", "/deployments/filter", {"deployments": {"name": {"any_": [name.split("/")[1]]}}})
    assert found, "it is not deployed yet"
    completed = [run for run in runs_of(name) if run["state_name"] == "Completed"]
    assert len(completed) >= count
    return completed
