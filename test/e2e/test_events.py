"""Events as the Prefect client emits them, follows them and looks for them."""

import asyncio
import json
import subprocess
import sys
import uuid

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.events.clients import get_events_client, get_events_subscriber
from prefect.events.filters import EventAnyResourceFilter, EventFilter, EventNameFilter, EventResourceFilter
from prefect.events.schemas.events import Event, Resource

import readback

pytestmark = pytest.mark.usefixtures("server")


@flow
def says_hello() -> None:
    emit_event("e2e.hello", resource={"prefect.resource.id": "e2e.greeting"}, payload={"to": "all"})


def event(name: str, thing: str) -> Event:
    return Event(event=name, resource=Resource({"prefect.resource.id": thing}), payload={"n": 1})


async def emit(*events: Event) -> None:
    async with get_events_client() as client:
        for each in events:
            await client.emit(each)


def test_past_events_come_first_and_then_live_ones() -> None:
    thing = f"e2e.{uuid.uuid4()}"
    past, live = [event(f"past.{i}", thing) for i in range(3)], [event(f"live.{i}", thing) for i in range(3)]

    async def follow() -> list[str]:
        await emit(*past, event("other", "e2e.other"))
        wanted = EventFilter(resource=EventResourceFilter(id=[thing]))
        async with get_events_subscriber(filter=wanted) as subscriber:
            seen = [(await anext(subscriber)).event for _ in past]
            await emit(event("other", "e2e.other"), *live)
            return seen + [(await anext(subscriber)).event for _ in live]

    assert asyncio.run(asyncio.wait_for(follow(), 60)) == [each.event for each in past + live]


def test_the_stream_command_prints_events() -> None:
    emitted = event("e2e.streamed", f"e2e.{uuid.uuid4()}")
    asyncio.run(emit(emitted))  # the command looks a minute back
    streaming = subprocess.Popen([sys.executable, "-m", "prefect", "events", "stream", "--format", "json"], stdout=subprocess.PIPE, text=True)
    try:
        printed = (json.loads(line) for line in streaming.stdout if line.startswith("{"))
        found = next(each for each in printed if each["id"] == str(emitted.id))
    finally:
        streaming.kill()
        streaming.communicate()
    assert (found["event"], found["payload"]) == ("e2e.streamed", {"n": 1})


def test_events_of_a_flow_are_found() -> None:
    state = says_hello(return_state=True)
    run_id = state.state_details.flow_run_id

    def found() -> None:
        with get_client(sync_client=True) as client:
            answer = client.request("POST", "/events/filter", json={"filter": wanted.model_dump(mode="json")})
            page = answer.raise_for_status().json()
        assert {"e2e.hello", "prefect.flow-run.Completed"} <= {each["event"] for each in page["events"]}
        assert page["total"] == len(page["events"])

    wanted = EventFilter(
        event=EventNameFilter(prefix=["e2e.", "prefect.flow-run."]), any_resource=EventAnyResourceFilter(id=[f"prefect.flow-run.{run_id}"])
    )
    readback.eventually(found)


def test_pages_and_counts() -> None:
    thing = f"e2e.{uuid.uuid4()}"
    asyncio.run(emit(*(event(f"e2e.{i % 3}", thing) for i in range(60))))
    wanted = {"filter": {"resource": {"id": [thing]}}}

    def stored() -> list[str]:
        with get_client(sync_client=True) as client:
            page = client.request("POST", "/events/filter", json={**wanted, "limit": 25}).raise_for_status().json()
            assert page["total"] == 60
            ids = [each["id"] for each in page["events"]]
            while page["next_page"]:
                page = client._client.get(page["next_page"]).raise_for_status().json()
                ids += [each["id"] for each in page["events"]]
            counts = client.request("POST", "/events/count-by/event", json=wanted).json()
        assert {each["value"]: each["count"] for each in counts} == {f"e2e.{i}": 20 for i in range(3)}
        return ids

    ids = readback.eventually(stored)
    assert len(set(ids)) == 60
