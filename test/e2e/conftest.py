"""One server a test process, on a database of its own, and the unmodified Prefect client pointed at it."""

import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator

import pytest

import databases
import servers
from ports import Port


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server", choices=sorted(servers.COMMANDS), default="praetor", help="the server under test")
    parser.addoption("--db", choices=["sqlite", "postgresql"], default="sqlite", help="the database that it uses")


PORT = pytest.StashKey[Port]()


def pytest_configure(config: pytest.Config) -> None:
    """Points the client at the server's address, before anything imports it: it reads its settings once."""
    if config.option.db == "postgresql" and not os.environ.get(databases.POSTGRES_SETTING):
        raise pytest.UsageError(f"--db postgresql needs {databases.POSTGRES_SETTING}: run under scripts/with-databases")
    if config.option.server == "praetor" and not pathlib.Path(servers.COMMANDS["praetor"][0]).exists():
        raise pytest.UsageError("there is no bin/praetor: run make build")
    if "prefect" in os.sys.modules:
        raise pytest.UsageError("the Prefect client was imported before its settings were made")
    port = Port()
    config.stash[PORT] = port
    home = tempfile.mkdtemp(prefix="praetor-e2e-")
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ.update(
        PREFECT_HOME=home,
        PREFECT_API_URL=f"http://127.0.0.1:{port.number}/api",
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="false",
        PREFECT_LOGGING_TO_API_BATCH_INTERVAL="0.2",
        PREFECT_CLI_COLORS="false",
        # What flows started as processes import.
        PYTHONPATH=str(pathlib.Path(__file__).parent),
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.db == "sqlite":
        left_out = [item for item in items if item.get_closest_marker("several_servers")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    # What takes longest begins first, so that no process waits for it in the end.
    items.sort(key=lambda item: not item.get_closest_marker("long"))


def pytest_unconfigure(config: pytest.Config) -> None:
    if port := config.stash.get(PORT, None):
        port.close()


@pytest.fixture(scope="session")
def database(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.Database]:
    made = databases.make(pytestconfig.option.db, tmp_path_factory.mktemp("database"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def server(
    pytestconfig: pytest.Config, database: databases.Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[servers.Server]:
    """The server that this process's Prefect client talks to."""
    started = servers.Server(
        pytestconfig.option.server, database, pytestconfig.stash[PORT].number, tmp_path_factory.mktemp("server")
    ).start()
    yield started
    assert started.running, f"the server died during the tests:\n{started.tail()}"
    started.stop()


@pytest.fixture
def new_database(pytestconfig: pytest.Config, tmp_path: pathlib.Path) -> Iterator[databases.Database]:
    made = databases.make(pytestconfig.option.db, tmp_path)
    yield made
    made.close()


@pytest.fixture
def new_server(
    pytestconfig: pytest.Config, new_database: databases.Database, tmp_path: pathlib.Path
) -> Iterator[Callable[..., servers.Server]]:
    """Makes servers that are not started yet, by default of the kind under test, on one new database, each on its own port
    unless told, with settings of their own. What still runs when the test ends is killed."""
    made: list[servers.Server] = []
    ports: list[Port] = []

    def make(kind: str | None = None, port: int | None = None, **settings: str) -> servers.Server:
        if port is None:
            ports.append(Port())
            port = ports[-1].number
        made.append(servers.Server(kind or pytestconfig.option.server, new_database, port, tmp_path, settings))
        return made[-1]

    yield make
    for server in made:
        if server.running:
            server.kill()
    for claimed in ports:
        claimed.close()
