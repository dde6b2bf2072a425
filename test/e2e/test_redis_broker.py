"""The reference and Praetor side by side, on one PostgreSQL and one Redis: what either takes in, either may go on with, once."""

import collections
import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from readback import eventually
from servers import Server

REDIS = os.environ.get("PRAETOR_TEST_REDIS")
DATABASE = 11  # of Redis; the tests of no other file use it

pytestmark = [
    pytest.mark.several_servers,
    pytest.mark.skipif(not REDIS, reason="no Redis"),
    pytest.mark.timeout(420),
]

SETTINGS = {
    "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
    "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
    "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
}


@pytest.fixture
def broker() -> Iterator[Any]:
    client = redis.Redis.from_url(REDIS.rsplit("/", 1)[0] + f"/{DATABASE}", decode_responses=True)
    # Another process may be at another test of this file.
    with (pathlib.Path(tempfile.gettempdir()) / f"praetor-test-redis-{DATABASE}").open("w") as mine:
        fcntl.flock(mine, fcntl.LOCK_EX)
        client.flushdb()
        yield client
        client.flushdb()
    client.close()


@pytest.fixture
def both(broker: Any, new_server: Callable[..., Server]) -> tuple[Server, Server]:
    """The reference, which is not started yet, and Praetor."""
    settings = SETTINGS | {"PREFECT_REDIS_MESSAGING_URL": REDIS.rsplit("/", 1)[0] + f"/{DATABASE}"}
    return new_server("reference", **settings), new_server("praetor", **settings).start()


def post(server: Server, path: str, body: Any = None) -> Any:
    response = httpx.post(server.api + path, json=body if body is not None else {}, timeout=30)
    assert response.is_success, f"{server.kind}: {path}: {response.status_code} {response.text}"
    return response.json() if response.content else None


def event(name: str, thing: str, follows: str | None = None) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat()
    return {"id": str(uuid.uuid4()), "occurred": now, "event": name, "resource": {"prefect.resource.id": thing}, "payload": {"n": 1}, "follows": follows}


def found(server: Server, name: str) -> list[dict[str, Any]]:
    """All stored events of a name, the oldest first."""
    page = post(server, "/events/filter", {"filter": {"event": {"name": [name]}, "order": "ASC"}, "limit": 50})
    events = page["events"]
    while page["next_page"]:
        page = httpx.get(page["next_page"], timeout=30).raise_for_status().json()
        events += page["events"]
    return events


def automation(server: Server, name: str, trigger: dict[str, Any]) -> str:
    body = {"name": name, "enabled": True, "trigger": trigger, "actions": [{"type": "do-nothing"}, {"type": "do-nothing"}]}
    return post(server, "/automations/", body)["id"]


def when(expect: str, threshold: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "event", "posture": "Reactive", "expect": [expect], "threshold": threshold, "within": 0} | more


class Follower:
    """Follows a server's live events of some names."""

    def __init__(self, server: Server, prefix: str) -> None:
        self.seen: collections.Counter[str] = collections.Counter()
        self._follows = threading.Event()
        self._socket = connect(server.socket("/events/out"), subprotocols=["prefect"])
        self._socket.send(json.dumps({"type": "auth", "token": None}))
        assert json.loads(self._socket.recv())["type"] == "auth_success"
        now = datetime.datetime.now(datetime.UTC)
        occurred = {"since": now.isoformat(), "until": (now + datetime.timedelta(days=1)).isoformat()}  # else until now
        self._socket.send(json.dumps({"type": "filter", "backfill": False, "filter": {"event": {"prefix": [prefix, "probe"]}, "occurred": occurred}}))
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()
        for _ in range(60):  # nothing tells when the filter is in force but an event that comes through
            post(server, "/events", [event("probe", "probe")])
            if self._follows.wait(0.5):
                return
        raise AssertionError("no event comes through")

    def _follow(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for message in self._socket:
                seen = json.loads(message)["event"]
                if seen["event"] == "probe":
                    self._follows.set()
                else:
                    self.seen[seen["id"]] += 1

    def close(self) -> None:
        self._socket.close()
        self._thread.join()


def firings(server: Server, automations: dict[str, str]) -> dict[str, collections.Counter[str]]:
    """How often each automation has fired, and how many of its actions were taken."""
    names = {f"prefect.automation.{id}": name for name, id in automations.items()}
    return {
        kind: collections.Counter(
            names[each["resource"]["prefect.resource.id"]] for each in found(server, f"prefect.automation.{kind}") if each["resource"]["prefect.resource.id"] in names
        )
        for kind in ("triggered", "action.executed", "action.failed")
    }


def test_events_go_once_through_both(both: tuple[Server, Server], broker: Any) -> None:
    reference, praetor = both
    automations = {
        "each": automation(praetor, "each", when("mixed.*")),
        "fives": automation(praetor, "fives", when("mixed.*", threshold=5)),
        "pairs": automation(praetor, "pairs", {"type": "compound", "require": "all", "within": None, "triggers": [when("pair.left"), when("pair.right")]}),
        "followers": automation(praetor, "followers", when("chain.*")),
    }
    reference.start()  # it knows the automations from its start on
    followers = [Follower(server, "mixed.thing") for server in both]
    try:
        events = [event("mixed.thing", f"thing.{i}") for i in range(40)]
        for i, each in enumerate(events):
            post(both[i % 2], "/events", [each])
            if i % 4 == 0:  # and once more, to the other
                post(both[1 - i % 2], "/events", [each])
        for i in range(10):
            post(both[i % 2], "/events", [event("pair.left", f"pair.{i}")])
            post(both[1 - i % 2], "/events", [event("pair.right", f"pair.{i}")])
        chain = []
        for i in range(12):  # each follower comes before the event that it follows, by the other server
            leader = event("chain.first", f"chain.{i}")
            follower = event("chain.second", f"chain.{i}", leader["id"])
            post(both[i % 2], "/events", [follower])
            post(both[1 - i % 2], "/events", [leader])
            chain += [leader, follower]
        wanted = collections.Counter(each=len(events), fives=len(events) // 5, pairs=10, followers=len(chain))
        eventually(lambda: settled(praetor, automations, wanted), 60)
        ids = collections.Counter(each["id"] for each in events)
        for follower in followers:
            eventually(lambda f=follower: assert_equal(f.seen, ids))
    finally:
        for follower in followers:
            follower.close()
    for server in both:  # the reference stores what has gathered every few seconds
        eventually(lambda s=server: assert_equal(stored(s, "mixed.thing"), ids))
        eventually(lambda s=server: assert_equal(stored(s, "chain.first", "chain.second"), collections.Counter(c["id"] for c in chain)))
    # Both have had a part in it, and nothing is left over.
    takers = {group: {c["name"].rsplit("-", 2)[1] for c in broker.xinfo_consumers("events", group)} for group in ("event-persister", "task-run-recorder", "reactive-triggers")}
    assert all(len(pids) == 2 for pids in takers.values()), takers
    eventually(lambda: assert_equal([(g["name"], g["pending"], g["lag"]) for g in broker.xinfo_groups("events") if g["pending"] or g["lag"]], []))
    assert broker.scard("dlq") == 0
    assert post(praetor, "/automations/filter") is not None
    assert httpx.get(praetor.api + "/praetor/dead-letters").json() == []


def stored(server: Server, *names: str) -> collections.Counter[str]:
    """How often each event of those names is stored."""
    return collections.Counter(each["id"] for name in names for each in found(server, name))


def assert_equal(got: Any, wanted: Any) -> None:
    assert got == wanted


def settled(server: Server, automations: dict[str, str], wanted: collections.Counter[str]) -> None:
    """Every automation has fired as often as it should, with two actions each."""
    got = firings(server, automations)
    assert got["triggered"] == wanted
    assert got["action.executed"] == collections.Counter({name: 2 * n for name, n in wanted.items()})
    assert not got["action.failed"]


def test_task_runs_are_right_whoever_records_them(both: tuple[Server, Server]) -> None:
    both[0].start()
    for server in both:
        environment = os.environ | {"PREFECT_API_URL": server.api, "PREFECT_LOGGING_LEVEL": "WARNING"}
        subprocess.run([sys.executable, "-c", "from flows.basic import mapped; assert mapped(20) == 380"], env=environment, check=True, timeout=120)
    _, praetor = both

    def recorded() -> list[dict[str, Any]]:
        runs = post(praetor, "/task_runs/filter", {"limit": 200})
        assert collections.Counter(run["state_type"] for run in runs) == {"COMPLETED": 40}
        assert all(run["run_count"] == 1 for run in runs)
        return runs

    runs = eventually(recorded, 60)
    for run in runs[::5]:
        for server in both:
            states = httpx.get(f"{server.api}/task_run_states/", params={"task_run_id": run["id"]}, timeout=30).json()
            assert [state["type"] for state in states] == ["PENDING", "RUNNING", "COMPLETED"]


def test_redis_goes_and_comes_back(both: tuple[Server, Server], broker: Any) -> None:
    """Praetor loses its connections and the streams: what it was told meanwhile is evaluated afterwards."""
    _, praetor = both
    automations = {"each": automation(praetor, "each", when("lost.*"))}
    post(praetor, "/events", [event("lost.one", "thing")])
    eventually(lambda: assert_equal(firings(praetor, automations)["triggered"], {"each": 1}))
    broker.flushdb()
    for client in broker.client_list():
        if int(client["db"]) == DATABASE and int(client["id"]) != broker.client_id():
            with contextlib.suppress(redis.ResponseError):
                broker.client_kill_filter(_id=client["id"])
    post(praetor, "/events", [event("lost.two", "thing"), event("lost.three", "thing")])
    eventually(lambda: assert_equal(firings(praetor, automations)["triggered"], {"each": 3}), 60)
    eventually(lambda: assert_equal(firings(praetor, automations)["action.executed"], {"each": 6}), 60)
