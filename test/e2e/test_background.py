"""Servers and services that run in the background, by process ids in PREFECT_HOME."""

import pathlib
import socket
import subprocess

import httpx
import pytest

import databases
import servers
from ports import Port
from readback import eventually


@pytest.fixture(autouse=True)
def only_praetor(pytestconfig: pytest.Config) -> None:
    if pytestconfig.option.server != "praetor":
        pytest.skip("these are Praetor's words")


def praetor(home: pathlib.Path, database: databases.Database, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = servers.environment(
        **servers.SETTINGS | settings, PREFECT_HOME=str(home), PREFECT_API_DATABASE_CONNECTION_URL=database.url
    )
    command = [servers.COMMANDS["praetor"][0], "server", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_server_runs_in_the_background_until_it_is_stopped(new_database: databases.Database, tmp_path: pathlib.Path) -> None:
    port = Port()
    home = tmp_path / "home"
    health = f"http://127.0.0.1:{port.number}/api/health"
    start = ["start", "--background", "--host", "127.0.0.1", "--port", str(port.number), "--no-services"]
    try:
        started = praetor(home, new_database, *start)
        assert started.returncode == 0, started.stderr
        assert (home / "server.pid").read_text() in started.stdout

        def answers() -> None:
            try:
                assert httpx.get(health).status_code == 200
            except httpx.TransportError as error:
                raise AssertionError from error

        eventually(answers)
        again = praetor(home, new_database, *start)
        assert again.returncode == 1
        assert "already" in again.stderr
        assert httpx.get(health).status_code == 200
    finally:
        stopped = praetor(home, new_database, "stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
    assert not (home / "server.pid").exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(health)
    port.close()


def test_services_run_in_the_background_until_they_are_stopped(new_database: databases.Database, tmp_path: pathlib.Path) -> None:
    home = tmp_path / "home"
    assert praetor(home, new_database, "database", "upgrade").returncode == 0
    try:
        started = praetor(home, new_database, "services", "start", "-b")
        assert started.returncode == 0, started.stderr
        assert (home / "services.pid").read_text() in started.stdout
        again = praetor(home, new_database, "services", "start", "-b")
        assert again.returncode == 1
        assert "already" in again.stderr
    finally:
        stopped = praetor(home, new_database, "services", "stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
    assert praetor(home, new_database, "services", "stop").stdout == "Nothing runs in the background.\n"


def test_what_cannot_start_in_the_background_is_told(new_database: databases.Database, tmp_path: pathlib.Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "server.pid").write_text("999999999")  # left over from a machine that was switched off
    with socket.create_server(("127.0.0.1", 0)) as taken:
        failed = praetor(home, new_database, "start", "-b", "--host", "127.0.0.1", "--port", str(taken.getsockname()[1]))
    assert failed.returncode == 1
    assert "ended at once" in failed.stderr
    assert not (home / "server.pid").exists()
