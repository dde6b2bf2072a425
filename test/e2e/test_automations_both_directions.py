"""Firings that one server begins and the other one ends: what triggers have counted lies in the database, and both go on with it."""

import datetime
import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from readback import eventually
from servers import Server
from test_both_directions import request

pytestmark = pytest.mark.timeout(600)

# A window that no test outlasts.
LONG = 3600
# One that lies ahead of the event that opens it, in the events' own time, so that it ends when the second server runs.
SHORT = 10
AHEAD = datetime.timedelta(seconds=40)


def trigger(*expect: str, **more: Any) -> dict[str, Any]:
    return {"type": "event", "posture": "Reactive", "match": {}, "expect": list(expect), "threshold": 1, "within": 0} | more


EACH = ["prefect.resource.id"]
TRIGGERS: dict[str, dict[str, Any]] = {
    "threshold": trigger("threshold", threshold=3, within=LONG),
    "threshold of each": trigger("each", threshold=2, within=LONG, for_each=EACH),
    "compound": {"type": "compound", "require": "all", "within": LONG, "triggers": [trigger("compound.one"), trigger("compound.two")]},
    "compound in compound": {
        "type": "compound", "require": "all", "within": None,
        "triggers": [
            {"type": "compound", "require": 2, "within": LONG, "triggers": [trigger("inner.one"), trigger("inner.two"), trigger("inner.three")]},
            trigger("outer"),
        ],
    },
    "sequence": {"type": "sequence", "within": LONG, "triggers": [trigger("first"), trigger("second")]},
    "sequence the wrong way round": {"type": "sequence", "within": LONG, "triggers": [trigger("later"), trigger("sooner")]},
    "sequence of followers": {"type": "sequence", "within": LONG, "triggers": [trigger("leader"), trigger("follower")]},
    "after": trigger("ended", after=["began"], within=LONG, for_each=EACH),
    "proactive": trigger("sign of life", posture="Proactive", threshold=2, within=int(AHEAD.total_seconds())),
    "proactive, of each": trigger("answer", posture="Proactive", after=["question"], within=SHORT, for_each=EACH),
    "proactive, answered": trigger("reply", posture="Proactive", after=["call"], within=LONG, for_each=EACH),
}  # fmt: skip


class Story:
    """Automations, each with an action that can be seen, and the events that make them fire, in two parts."""

    def __init__(self, server: Server) -> None:
        self.ids: dict[str, str] = {}
        flow = request(server, "POST", "/flows/", {"name": "told"})["id"]
        self.deployment = request(server, "POST", "/deployments/", {"name": "told", "flow_id": flow})["id"]
        for name, what in TRIGGERS.items():
            parameters = {
                "automation": "{{ automation.name }}", "event": "{{ event.event }} of {{ event.resource.id }}", "labels": "{{ firing.triggering_labels | tojson }}",
                "firings": "{{ firings | length }}", "events": "{{ events | length }}",
            }  # fmt: skip
            action = {"type": "run-deployment", "source": "selected", "deployment_id": self.deployment, "parameters": parameters}
            body = {"name": name, "description": "", "enabled": True, "trigger": what, "actions": [action]}
            made = request(server, "POST", "/automations/", body)["id"]
            if name == "proactive":  # or it fires again when the next window ends
                body["actions"] = [action, {"type": "pause-automation", "source": "selected", "automation_id": made}]
                request(server, "PUT", f"/automations/{made}", body)
        self.leader = str(uuid.uuid4())

    def begin(self, server: Server) -> None:
        ahead = datetime.datetime.now(datetime.timezone.utc) + AHEAD
        send(server, event("threshold"), event("threshold"))
        send(server, event("each", "x"), event("each", "y"))
        send(server, event("compound.two"))
        send(server, event("inner.three"), event("outer"))
        send(server, event("first"))
        send(server, event("sooner"))
        send(server, event("follower", follows=self.leader))
        send(server, event("began", "x"), event("began", "y"))
        send(server, event("sign of life", "heart"))
        send(server, event("question", "x", occurred=ahead.isoformat()))
        send(server, event("call", "x"))

    def end(self, server: Server) -> None:
        send(server, event("reply", "x"))
        send(server, event("threshold"), event("threshold"))
        send(server, event("each", "z"), event("each", "x"))
        send(server, event("compound.one"))
        send(server, event("inner.one"))
        send(server, event("second"))
        send(server, event("later"))
        send(server, event("leader", id=self.leader))
        send(server, event("ended", "y"), event("ended", "z"))


# What is counted when the first part has been evaluated, by automation and values of for_each, and the firings that wait.
COUNTED = {
    ("threshold",): 2, ("threshold of each", "x"): 1, ("threshold of each", "y"): 1, ("after", "x"): 0, ("after", "y"): 0, ("proactive",): 1,
    ("proactive, of each", "x"): 0, ("proactive, answered", "x"): 0,
}  # fmt: skip
WAITING = {"compound": 1, "compound in compound": 2, "sequence": 1, "sequence the wrong way round": 1}


def told(automation: str, what: str, firings: int = 1, events: int = 1, **labels: str) -> dict[str, Any]:
    return {"automation": automation, "event": what, "labels": json.dumps(labels), "firings": firings, "events": events}


def of(resource: str) -> dict[str, str]:
    return {"prefect.resource.id": resource}


FIRED = [
    told("after", "ended of y", **of("y")),
    told("compound", "compound.one of it", 3, 3),
    told("compound in compound", "inner.one of it", 5, 5),
    told("proactive", "sign of life of heart"),
    told("proactive, of each", "question of x", **of("x")),
    told("sequence", "second of it", 3, 3),
    told("sequence of followers", "follower of it", 3, 3),
    told("threshold", "threshold of it"),
    told("threshold of each", "each of x", **of("x")),
]


def event(name: str, resource: str = "it", **more: Any) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return {"id": str(uuid.uuid4()), "event": name, "resource": of(resource), "occurred": now} | more


def send(server: Server, *events: dict[str, Any]) -> None:
    httpx.post(server.api + "/events", json=events, timeout=30).raise_for_status()


@pytest.mark.parametrize("order", ["then the reference", "after the reference"])
def test_a_firing_begun_on_one_server_ends_on_the_other(pytestconfig: pytest.Config, new_server: Callable[..., Server], order: str) -> None:
    tested: str = pytestconfig.option.server
    one, other = (tested, "reference") if order == "then the reference" else ("reference", tested)

    # The reference keeps events that wait for others in its database only where it is told to.
    settings = {"PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect.server.events.ordering.db"}
    first = new_server(one, **settings).start()
    database = first.database
    story = Story(first)
    story.begin(first)

    def counted() -> None:
        rows = database.execute("SELECT name, bucketing_key, count FROM automation_bucket JOIN automation a ON a.id = automation_id")
        assert {(name, *json.loads(key)): count for name, key, count in rows} == COUNTED
        rows = database.execute("SELECT name, count(*) FROM composite_trigger_child_firing JOIN automation a ON a.id = automation_id GROUP BY name")
        assert dict(rows) == WAITING
        assert database.execute("SELECT count(*) FROM automation_event_follower") == [(1,)]

    eventually(counted)
    assert fired(first, story) == []
    first.stop()

    second = new_server(other, **settings).start()
    story.end(second)

    def all_fired() -> None:
        assert fired(second, story) == FIRED
        assert fired_events(second) == [f["automation"] for f in FIRED]

    eventually(all_fired, 120)


def fired(server: Server, story: Story) -> list[dict[str, Any]]:
    """The parameters of the runs that firings have made."""
    runs = request(server, "POST", "/flow_runs/filter", {"deployments": {"id": {"any_": [story.deployment]}}})
    return sorted((run["parameters"] for run in runs), key=lambda p: (p["automation"], p["event"]))


def fired_events(server: Server) -> list[str]:
    """The automations that events say have fired, one for each firing."""
    answer = request(server, "POST", "/events/filter", {"filter": {"event": {"name": ["prefect.automation.triggered"]}}, "limit": 50})
    return sorted(e["resource"]["prefect.resource.name"] for e in answer["events"])
