"""How a server starts, refuses to start, and stops."""

import datetime
import hashlib
import json
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import connect

from databases import Database
from ports import Port
from servers import Server

NewServer = Callable[..., Server]


def refused(server: Server) -> str:
    """What a server says that does not start. It must end by itself, soon, with an error."""
    process = server.spawn()
    assert process.wait(10) == 1
    said = server.tail()
    assert "panic" not in said and "goroutine" not in said
    assert said.startswith("praetor: "), f"more than the reason:\n{said}"
    return said


def contents(database: Database) -> list[object]:
    """All that a database holds, and when a statement last wrote to it."""
    if database.kind == "sqlite":
        return [hashlib.sha256(database.path.read_bytes()).hexdigest()]
    return [
        *database.execute("SELECT relname, relkind::text, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"),
        *database.execute("SELECT version_num, xmin::text FROM alembic_version"),
    ]


def test_time_to_the_first_answer(new_server: NewServer, record_property: Callable[[str, object], None]) -> None:
    """Measured, not asserted beyond what a busy machine can do: 300 ms on a new SQLite file and 100 ms on another are meant."""
    server = new_server()
    for name in ("new", "existing", "existing again"):
        server.start()
        assert server.startup_seconds is not None
        record_property(f"milliseconds to the first answer, {name} database", round(1000 * server.startup_seconds))
        assert server.startup_seconds < 5
        assert server.stop() == 0


def test_busy_port(new_server: NewServer, new_database: Database) -> None:
    with Port() as port, socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port.number))
        taken.listen()
        said = refused(new_server(port=port.number))
    assert f"127.0.0.1:{port.number}" in said
    assert "address already in use" in said
    # It found out before it touched the database.
    if new_database.kind == "sqlite":
        assert not new_database.path.exists()
    else:
        assert new_database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_two_servers_on_one_database(new_server: NewServer, new_database: Database) -> None:
    first = new_server().start()
    second = new_server()
    if new_database.kind == "postgresql":
        second.start()
        created = httpx.post(second.api + "/flows/", json={"name": "seen by both"}).json()
        assert httpx.get(first.api + f"/flows/{created['id']}").json() == created
        return
    said = refused(second)
    assert str(new_database.path) in said
    assert "in use by another Praetor server" in said
    assert httpx.get(first.api + "/ready").status_code == httpx.codes.OK
    # Whatever the first one's end, the file is free after it.
    first.kill()
    second.start()


REVISIONS = {
    "unknown": "INSERT INTO alembic_version VALUES ('0123456789ab')",
    "older": "INSERT INTO alembic_version VALUES ('f5a7e2c91b04')",
    "none": "SELECT 1",
    "two": "INSERT INTO alembic_version VALUES ('0123456789ab'), ('ba9876543210')",
}


@pytest.mark.parametrize("revision", REVISIONS)
def test_database_at_another_revision(new_server: NewServer, new_database: Database, revision: str) -> None:
    new_database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    new_database.execute("CREATE TABLE flow (id VARCHAR(36))")
    new_database.execute("INSERT INTO flow VALUES ('mine')")
    new_database.execute(REVISIONS[revision])
    before = contents(new_database)
    said = refused(new_server())
    assert contents(new_database) == before
    assert new_database.execute("SELECT id FROM flow") == [("mine",)]
    if revision != "none":
        assert ("0123456789ab" if revision != "older" else "f5a7e2c91b04") in said
    assert "upgrade" in said or "another database" in said


def test_database_of_another_program(new_server: NewServer, new_database: Database) -> None:
    new_database.execute("CREATE TABLE customers (id VARCHAR(36))")
    new_database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    new_database.execute("DROP TABLE alembic_version")
    said = refused(new_server())
    assert "no Alembic revision" in said
    tables = "sqlite_master WHERE type = 'table'" if new_database.kind == "sqlite" else "pg_tables WHERE schemaname = 'public'"
    assert new_database.execute(f"SELECT count(*) FROM {tables}") == [(1,)]


def test_no_database(new_server: NewServer, new_database: Database) -> None:
    if new_database.kind == "postgresql":
        new_database.close()
        assert new_database.name in refused(new_server())
        return
    new_database.path.write_text("the quick brown fox jumps over the lazy dog\n" * 100)
    before = contents(new_database)
    said = refused(new_server())
    assert str(new_database.path) in said
    assert "not a database" in said
    assert contents(new_database) == before


def in_background(request: Callable[[], httpx.Response]) -> tuple[threading.Thread, list[httpx.Response | Exception]]:
    answers: list[httpx.Response | Exception] = []

    def ask() -> None:
        try:
            answers.append(request())
        except Exception as e:
            answers.append(e)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, answers


def slow_request(server: Server) -> tuple[threading.Thread, list[httpx.Response | Exception]]:
    """A request that is being answered when this returns, and waits for the database, which is held."""
    asked = in_background(lambda: httpx.post(server.api + "/flows/", json={"name": "in flight"}, timeout=60))
    time.sleep(0.5)
    assert not asked[1], "the request did not wait for the database"
    return asked


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stop_finishes_what_is_in_flight(new_server: NewServer, new_database: Database, how: signal.Signals) -> None:
    server = new_server().start()
    httpx.post(server.api + "/flows/", json={"name": "before"})
    with new_database.hold():
        thread, answers = slow_request(server)
        server.signal(how)
        time.sleep(0.5)
        # It takes no more requests, and still works on the one that it has.
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.api + "/health")
        assert server.running
    thread.join(30)
    (answer,) = answers
    assert isinstance(answer, httpx.Response) and answer.status_code == httpx.codes.CREATED, answer
    assert server.wait(5) == 0
    assert new_database.execute("SELECT count(*) FROM flow WHERE name = 'in flight'") == [(1,)]


def test_stop_of_an_idle_server(new_server: NewServer) -> None:
    server = new_server().start()
    # Connections that are kept open, and a websocket, do not delay the stop.
    with httpx.Client(base_url=server.api) as client, connect(server.socket("/events/in"), subprotocols=["prefect"]) as socket:
        assert client.get("/health").status_code == httpx.codes.OK
        socket.send(json.dumps({"type": "auth", "token": None}))
        assert json.loads(socket.recv())["type"] == "auth_success"
        started = time.monotonic()
        server.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == CloseCode.SERVICE_RESTART
        assert server.wait(5) == 0
        assert time.monotonic() - started < 3


def test_stop_within_the_grace_period(new_server: NewServer, new_database: Database) -> None:
    """What outlasts the grace period is cut off; the exit is in order all the same."""
    server = new_server(PRAETOR_SHUTDOWN_GRACE_SECONDS="1").start()
    httpx.post(server.api + "/flows/", json={"name": "before"})
    with new_database.hold():
        thread, answers = slow_request(server)
        started = time.monotonic()
        server.terminate()
        assert server.wait(20) == 0
        took = time.monotonic() - started
    thread.join(30)
    assert took < 10
    (answer,) = answers
    assert isinstance(answer, Exception) or answer.status_code >= 500, answer
    assert "cut off" in server.tail()
    assert new_database.execute("SELECT count(*) FROM flow WHERE name = 'in flight'") == [(0,)]


def test_second_signal_ends_at_once(new_server: NewServer, new_database: Database) -> None:
    server = new_server().start()
    httpx.post(server.api + "/flows/", json={"name": "before"})
    with new_database.hold():
        thread, _ = slow_request(server)
        server.terminate()
        time.sleep(0.3)
        server.terminate()
        assert server.wait(5) == -signal.SIGTERM
    thread.join(30)


def test_stop_stores_the_events_that_were_sent(new_server: NewServer, new_database: Database) -> None:
    """Also those that no ping has asked about: a flow that has just ended sends no more."""
    server = new_server().start()
    sent = 500
    with connect(server.socket("/events/in")) as socket:
        for n in range(sent):
            socket.send(json.dumps(event(n)))
        server.terminate()
        assert server.wait(10) == 0
    assert new_database.execute("SELECT count(*) FROM events WHERE event NOT LIKE 'prefect.%'") == [(sent,)]


def event(n: int) -> dict[str, object]:
    return {
        "id": str(uuid.uuid4()),
        "occurred": datetime.datetime.now(datetime.UTC).isoformat(),
        "event": "e2e.sent",
        "resource": {"prefect.resource.id": f"e2e.{n}"},
    }
