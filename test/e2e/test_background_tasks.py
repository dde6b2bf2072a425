"""A web application hands work to background tasks, and task workers do it, whatever is killed meanwhile."""

import collections
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from flows import background
from ports import Port
from readback import eventually
from servers import Server

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Start]:
    """Starts background.py against a server; what still runs when the test ends is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def run(server: Server, *arguments: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"{arguments[0]}.log").open("ab") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, background.__file__, *arguments],
                    env=os.environ | {"PREFECT_API_URL": server.api, "PREFECT_LOGGING_LEVEL": "INFO"},
                    stdout=log,
                    stderr=log,
                )
            )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


class App:
    """The running web application and what became of the work."""

    def __init__(self, start: Start, server: Server, port: Port, directory: pathlib.Path) -> None:
        self.directory = directory / "done"
        self.directory.mkdir()
        self.server = server
        self._url = f"http://127.0.0.1:{port.number}"
        start(server, "app", str(port.number))

        def answers() -> None:
            try:
                httpx.get(self._url, timeout=5)
            except httpx.TransportError as error:
                raise AssertionError from error

        eventually(answers, seconds=60)

    def delay(self, name: str, **parameters: Any) -> str:
        """Has the application call .delay(), and gives the run's id."""
        answer = httpx.post(self._url, json={"directory": str(self.directory), "name": name} | parameters, timeout=60)
        answer.raise_for_status()
        return answer.text

    def done(self) -> dict[str, list[str]]:
        """The processes that have done each piece of work."""
        by_name: dict[str, list[str]] = collections.defaultdict(list)
        for path in self.directory.iterdir():
            name, process, _ = path.name.split(".")
            by_name[name].append(process)
        return by_name

    def assert_done(self, *names: str) -> None:
        """Every piece of work is done, and once."""

        def once() -> None:
            assert {name: len(processes) for name, processes in self.done().items()} == dict.fromkeys(names, 1)

        eventually(once, seconds=60)


@pytest.fixture
def port() -> Iterator[Port]:
    claimed = Port()
    yield claimed
    claimed.close()


def workers(server: Server) -> list[dict[str, Any]]:
    return httpx.post(server.api + "/task_workers/filter", timeout=30).json()


def state(server: Server, run_id: str) -> str:
    return httpx.get(f"{server.api}/task_runs/{run_id}", timeout=30).json()["state_name"]


def assert_states(server: Server, expected: dict[str, str]) -> None:
    def recorded() -> None:
        assert {run_id: state(server, run_id) for run_id in expected} == expected

    eventually(recorded, seconds=60)


def connected(server: Server, number: int) -> None:
    def there() -> None:
        assert len(workers(server)) == number

    eventually(there, seconds=60)


def test_two_task_workers(new_server: Callable[..., Server], start: Start, port: Port, tmp_path: pathlib.Path) -> None:
    server = new_server().start()
    app = App(start, server, port, tmp_path)
    for _ in range(2):
        start(server, "serve", "2")
    connected(server, 2)
    assert [worker["task_keys"] for worker in workers(server)] == [[background.work.task_key]] * 2
    names = [f"work-{n}" for n in range(40)]
    runs = [app.delay(name) for name in names]
    app.assert_done(*names)
    assert len({process for processes in app.done().values() for process in processes}) == 2, "both workers have worked"
    assert_states(server, dict.fromkeys(runs, "Completed"))


@pytest.mark.several_servers
def test_worker_of_another_server(new_server: Callable[..., Server], start: Start, port: Port, tmp_path: pathlib.Path) -> None:
    one, other = new_server().start(), new_server().start()
    app = App(start, one, port, tmp_path)
    start(other, "serve", "2")
    connected(one, 1)
    names = [f"work-{n}" for n in range(5)]
    runs = [app.delay(name) for name in names]
    app.assert_done(*names)
    assert_states(one, dict.fromkeys(runs, "Completed"))


def test_server_killed(new_server: Callable[..., Server], start: Start, port: Port, tmp_path: pathlib.Path) -> None:
    """What was taken in before the server is killed is done after its restart, and a worker outlives a server."""
    server = new_server().start()
    app = App(start, server, port, tmp_path)
    names = [f"work-{n}" for n in range(5)]
    runs = [app.delay(name) for name in names]
    server.kill()
    server.start()
    start(server, "serve", "2")
    app.assert_done(*names)
    assert_states(server, dict.fromkeys(runs, "Completed"))
    server.kill()
    server.start()
    runs.append(app.delay("late"))
    app.assert_done(*names, "late")
    assert_states(server, dict.fromkeys(runs, "Completed"))


def test_worker_killed_before_it_begins(new_server: Callable[..., Server], start: Start, port: Port, tmp_path: pathlib.Path) -> None:
    """A busy worker has taken a run that it has not begun when it dies: another worker gets that, and not what was begun."""
    server = new_server(PRAETOR_TASK_REDELIVERY_SECONDS="2").start()
    app = App(start, server, port, tmp_path)
    worker = start(server, "serve", "1")
    connected(server, 1)
    begun = app.delay("begun", until=str(tmp_path / "never"))
    app.assert_done("begun")
    left = app.delay("left")
    log = tmp_path / "serve.log"

    def taken() -> None:
        assert f"Received task run: {left}" in log.read_text()

    eventually(taken, seconds=60)
    assert_states(server, {begun: "Running", left: "Scheduled"})
    worker.kill()
    worker.wait()
    start(server, "serve", "1")
    app.assert_done("begun", "left")
    assert_states(server, {begun: "Running", left: "Completed"})
