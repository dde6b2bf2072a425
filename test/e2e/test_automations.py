"""Automations with the real client: made by its commands, fired by its runs, seen in what they do."""

import datetime
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State, StateType

import readback
import servers

pytestmark = pytest.mark.usefixtures("server")

# How long an absence of events must last at least for a trigger that waits for it.
SHORTEST_WINDOW = 10


class Listener:
    """An HTTP server that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.heard.append({"path": self.path, "headers": dict(self.headers), "body": body.decode()})
                self.send_response(202)
                self.end_headers()
                self.wfile.write(b"taken")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as made:
        yield made


@pytest.fixture
def api(server: servers.Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.api, timeout=30) as made:
        yield made


@pytest.fixture
def flow(client: SyncPrefectClient) -> str:
    """A flow of a name of its own, which the events of its runs carry."""
    name = f"flow-{uuid.uuid4().hex[:8]}"
    client.create_flow_from_name(name)
    return name


def run_of(api: httpx.Client, flow: str, **more: Any) -> str:
    """A flow run that is scheduled now."""
    flow_id = api.get(f"/flows/name/{flow}").raise_for_status().json()["id"]
    body = {"flow_id": flow_id, "state": {"type": "SCHEDULED"}, "tags": [], "parameters": {}} | more
    return api.post("/flow_runs/", json=body).raise_for_status().json()["id"]


def goes_to(client: SyncPrefectClient, run: str, *states: str) -> None:
    for state in states:
        client.set_flow_run_state(uuid.UUID(run), State(type=StateType(state), message=f"now {state.lower()}"), force=True)


def related(flow: str) -> dict[str, Any]:
    return {"prefect.resource.role": "flow", "prefect.resource.name": flow}


def when(flow: str, *events: str, **more: Any) -> dict[str, Any]:
    """A trigger on the runs of a flow."""
    return {
        "type": "event", "posture": "Reactive", "match": {"prefect.resource.id": "prefect.flow-run.*"}, "match_related": related(flow),
        "expect": [f"prefect.flow-run.{event}" for event in events], "threshold": 1, "within": 0,
    } | more


def create(tmp_path: pathlib.Path, trigger: dict[str, Any], *actions: dict[str, Any]) -> str:
    """Makes an automation with `prefect automation create`, and gives its name."""
    name = f"automation-{uuid.uuid4().hex[:8]}"
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps({"name": name, "description": "", "enabled": True, "trigger": trigger, "actions": actions}))
    made = subprocess.run(
        [sys.executable, "-m", "prefect", "automation", "create", "--from-file", str(file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Created automation" in made.stdout or name in made.stdout
    return name


def outcomes(api: httpx.Client, automation: str) -> list[dict[str, Any]]:
    """The events that tell what became of the automation's actions."""
    names = ["prefect.automation.action.executed", "prefect.automation.action.failed"]
    answer = api.post("/events/filter", json={"filter": {"event": {"name": names}}, "limit": 50})
    return [e for e in answer.raise_for_status().json()["events"] if e["resource"]["prefect.resource.name"] == automation]


def outcome(api: httpx.Client, automation: str) -> dict[str, Any]:
    """What became of the only action of the only firing of an automation."""

    def told() -> dict[str, Any]:
        found = outcomes(api, automation)
        assert len(found) == 1
        return found[0]

    return readback.eventually(told)


def assert_told_in_full(api: httpx.Client, name: str, told: dict[str, Any]) -> None:
    """The two events of a called webhook, down to their labels."""
    automation = told["resource"]["prefect.resource.id"]
    assert told["resource"] == {
        "prefect.resource.id": automation, "prefect.resource.name": name, "prefect.trigger-type": "event", "prefect.posture": "Reactive"
    }
    roles = [r["prefect.resource.role"] for r in told["related"]]
    assert roles == ["block", "block-type", "automation-triggered-event", "triggering-event"]
    assert set(told["payload"]) == {"action_index", "action_type", "invocation", "status_code", "response_body", "response_headers"}
    events = api.post("/events/filter", json={"filter": {"resource": {"id": [automation]}}, "limit": 50}).raise_for_status().json()["events"]
    by_name = {e["event"]: e for e in events}
    triggered, firing = by_name["prefect.automation.action.triggered"], by_name["prefect.automation.triggered"]
    assert told["follows"] == triggered["id"]
    assert triggered["related"] == told["related"]
    assert triggered["payload"] == {key: told["payload"][key] for key in ("action_index", "action_type", "invocation")}
    linked = {r["prefect.resource.role"]: r["prefect.resource.id"] for r in told["related"]}
    assert linked["automation-triggered-event"] == f"prefect.event.{firing['id']}"
    assert linked["triggering-event"] == f"prefect.event.{triggered['follows']}"


def test_a_deployment_runs_when_another_flow_fails(tmp_path: pathlib.Path, client: SyncPrefectClient, api: httpx.Client, flow: str) -> None:
    cleaner = f"cleaner-{uuid.uuid4().hex[:8]}"
    flow_id = client.create_flow_from_name(cleaner)
    deployment = api.post("/deployments/", json={"name": "nightly", "flow_id": str(flow_id)}).raise_for_status().json()["id"]
    parameters = {"failed": "{{ flow_run.name }}", "state": "{{ flow_run.state.name }}", "tries": "{{ flow_run.run_count }}", "why": "it said: {{ flow_run.state.message }}"}
    name = create(tmp_path, when(flow, "Failed"), {"type": "run-deployment", "source": "selected", "deployment_id": deployment, "parameters": parameters})
    run = run_of(api, flow, name="wild-otter")
    goes_to(client, run, "PENDING", "RUNNING", "FAILED")
    told = outcome(api, name)
    assert told["event"] == "prefect.automation.action.executed", told
    runs = api.post("/flow_runs/filter", json={"deployments": {"id": {"any_": [deployment]}}}).raise_for_status().json()
    assert [r["parameters"] for r in runs] == [{"failed": "wild-otter", "state": "Failed", "tries": 1, "why": "it said: now failed"}]
    assert runs[0]["created_by"]["type"] == "AUTOMATION"
    assert runs[0]["created_by"]["display_value"] == name
    assert told["payload"]["status_code"] == 201
    assert {r["prefect.resource.role"]: r["prefect.resource.id"] for r in told["related"]}["flow-run"] == f"prefect.flow-run.{runs[0]['id']}"


def test_a_run_that_does_not_finish_in_time_is_cancelled(tmp_path: pathlib.Path, client: SyncPrefectClient, api: httpx.Client, flow: str) -> None:
    trigger = when(flow, "Completed", posture="Proactive", after=["prefect.flow-run.Running"], for_each=["prefect.resource.id"], within=SHORTEST_WINDOW)
    name = create(tmp_path, trigger, {"type": "cancel-flow-run"})
    quick, slow = run_of(api, flow), run_of(api, flow)
    goes_to(client, slow, "PENDING", "RUNNING")
    goes_to(client, quick, "PENDING", "RUNNING", "COMPLETED")
    told = outcome(api, name)
    assert told["event"] == "prefect.automation.action.executed", told
    assert readback.flow_run(slow).state_type == "CANCELLING"
    assert readback.flow_run(quick).state_type == "COMPLETED"
    assert len(outcomes(api, name)) == 1


def test_two_flows_make_a_compound_trigger_fire(
    tmp_path: pathlib.Path, client: SyncPrefectClient, api: httpx.Client, flow: str, listener: Listener
) -> None:
    other = f"flow-{uuid.uuid4().hex[:8]}"
    client.create_flow_from_name(other)
    hook = Webhook(url=listener.url + "/both").save(f"hook-{uuid.uuid4().hex[:8]}")
    both = {"type": "compound", "require": "all", "within": 3600, "triggers": [when(flow, "Completed"), when(other, "Completed")]}
    name = create(tmp_path, both, {"type": "call-webhook", "block_document_id": str(hook), "payload": "{{ firings | length }} {{ events | length }}"})
    goes_to(client, run_of(api, flow), "PENDING", "RUNNING", "COMPLETED")
    assert listener.heard == []
    goes_to(client, run_of(api, other), "PENDING", "RUNNING", "COMPLETED")
    told = outcome(api, name)
    assert told["event"] == "prefect.automation.action.executed", told
    assert [h["body"] for h in listener.heard] == ["3 3"]


def test_a_webhook_is_called(tmp_path: pathlib.Path, client: SyncPrefectClient, api: httpx.Client, flow: str, listener: Listener) -> None:
    hook = Webhook(method="POST", url=listener.url + "/hook?a=b", headers={"X-Token": "secret"}).save(f"hook-{uuid.uuid4().hex[:8]}")
    payload = '{"run": {{ flow_run.name | tojson }}, "flow": {{ flow.name | tojson }}, "state": {{ flow_run.state | tojson }}, "label": {{ event.resource.name | tojson }}}'
    name = create(tmp_path, when(flow, "Failed"), {"type": "call-webhook", "block_document_id": str(hook), "payload": payload})
    goes_to(client, run_of(api, flow, name="wild-otter"), "PENDING", "RUNNING", "FAILED")
    told = outcome(api, name)
    assert told["event"] == "prefect.automation.action.executed", told
    assert_told_in_full(api, name, told)
    assert told["payload"]["status_code"] == 202
    assert told["payload"]["response_body"] == "taken"
    [heard] = listener.heard
    assert heard["path"] == "/hook?a=b"
    assert heard["headers"]["X-Token"] == "secret"
    sent = json.loads(heard["body"])
    assert (sent["run"], sent["flow"], sent["state"]["name"], sent["label"]) == ("wild-otter", flow, "Failed", "wild-otter")


def test_a_notification_is_rendered_and_sent(
    tmp_path: pathlib.Path, client: SyncPrefectClient, api: httpx.Client, flow: str, listener: Listener
) -> None:
    block = CustomWebhookNotificationBlock(
        name="chat", url=listener.url + "/{{channel}}", json_data={"text": "{{subject}}\n{{body}}"}, secrets={"channel": "ops"}
    ).save(f"notify-{uuid.uuid4().hex[:8]}")
    api.post("/variables/", json={"name": f"owner_{uuid.uuid4().hex[:8]}", "value": "ada", "tags": []}).raise_for_status()
    action = {
        "type": "send-notification", "block_document_id": str(block), "subject": "{{ flow.name }}: {{ flow_run.state.name | upper }}",
        "body": "{{ flow_run.name }} of {{ automation.name }}, the {{ 3 | humanize_ordinal }}: {{ flow_run.state.message }}{% if variables %}!{% endif %}",
    }
    name = create(tmp_path, when(flow, "Failed"), action)
    goes_to(client, run_of(api, flow, name="wild-otter"), "PENDING", "RUNNING", "FAILED")
    told = outcome(api, name)
    assert told["event"] == "prefect.automation.action.executed", told
    [heard] = listener.heard
    assert heard["path"] == "/ops"
    assert json.loads(heard["body"]) == {"text": f"{flow}: FAILED\nwild-otter of {name}, the 3rd: now failed!"}


@pytest.mark.parametrize(
    ("payload", "guarded", "reason"),
    [
        ("{{ 1 / 0 }}", False, "Template rendering failed: ZeroDivisionError('division by zero')"),
        ("{{ event.nope.deeper }}", True, "It resolves to the private address 127.0.0.1."),
    ],
)
def test_what_cannot_be_done_is_told(
    tmp_path: pathlib.Path, client: SyncPrefectClient, api: httpx.Client, flow: str, listener: Listener, payload: str, guarded: bool, reason: str
) -> None:
    hook = Webhook(url=listener.url, allow_private_urls=not guarded).save(f"hook-{uuid.uuid4().hex[:8]}")
    name = create(tmp_path, when(flow, "Failed"), {"type": "call-webhook", "block_document_id": str(hook), "payload": payload})
    goes_to(client, run_of(api, flow), "PENDING", "RUNNING", "FAILED")
    told = outcome(api, name)
    assert told["event"] == "prefect.automation.action.failed", told
    assert reason in told["payload"]["reason"]
    assert listener.heard == []


def test_each_action_tells_what_became_of_it(tmp_path: pathlib.Path, client: SyncPrefectClient, api: httpx.Client, flow: str) -> None:
    """Actions with and without a target, on an event that is about nothing that they know."""
    nobody, mark = str(uuid.uuid4()), uuid.uuid4().hex[:8]
    flow_id = api.get(f"/flows/name/{flow}").json()["id"]
    deployment = api.post("/deployments/", json={"name": "d", "flow_id": flow_id}).raise_for_status().json()["id"]
    pool = api.post("/work_pools/", json={"name": f"pool-{mark}", "type": "process"}).raise_for_status().json()
    queue = pool["default_queue_id"]
    never = {"type": "event", "posture": "Reactive", "expect": [f"never.{mark}"], "threshold": 1, "within": 0}
    other = api.post("/automations/", json={"name": "other", "enabled": True, "trigger": never, "actions": [{"type": "do-nothing"}]}).raise_for_status().json()["id"]
    expected = [
        ({"type": "do-nothing"}, None, None, []),
        ({"type": "pause-deployment", "source": "selected", "deployment_id": deployment}, 200, None, ["target"]),
        ({"type": "pause-work-pool", "source": "selected", "work_pool_id": pool["id"]}, 204, None, ["target"]),
        ({"type": "pause-work-queue", "source": "selected", "work_queue_id": queue}, 204, None, ["target"]),
        ({"type": "pause-automation", "source": "selected", "automation_id": other}, 204, None, ["target"]),
        ({"type": "cancel-flow-run"}, None, "No flow run could be inferred", []),
        ({"type": "pause-deployment", "source": "inferred"}, None, "No deployment could be inferred", []),
        ({"type": "resume-work-queue", "source": "inferred"}, None, "No work queue could be inferred", []),
        ({"type": "resume-automation", "source": "inferred"}, None, "No automation could be inferred", []),
        (
            {"type": "run-deployment", "source": "selected", "deployment_id": nobody}, 404, "Unexpected status from 'run-deployment' action: 404", ["target"],
        ),
        ({"type": "resume-deployment", "source": "selected", "deployment_id": nobody}, 404, "Unexpected status from 'resume-deployment' action: 404", ["target"]),
        ({"type": "resume-work-pool", "source": "selected", "work_pool_id": nobody}, None, f"Work pool {nobody} not found", []),
        ({"type": "resume-automation", "source": "selected", "automation_id": nobody}, 404, "Unexpected status from 'resume-automation' action: 404", ["target"]),
        ({"type": "call-webhook", "block_document_id": nobody}, None, "Unexpected status from 'call-webhook' action: 404", []),
        ({"type": "send-notification", "block_document_id": nobody, "body": "x"}, None, "Unexpected status from 'send-notification' action: 404", []),
    ]
    trigger = {"type": "event", "posture": "Reactive", "expect": [f"test.{mark}"], "threshold": 1, "within": 0}
    name = create(tmp_path, trigger, *[action for action, *_ in expected])
    api.post(
        "/events",
        json=[
            {
                "id": str(uuid.uuid4()), "event": f"test.{mark}", "resource": {"prefect.resource.id": "test.it"},
                "occurred": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            }
        ],
    ).raise_for_status()

    def all_told() -> list[dict[str, Any]]:
        found = outcomes(api, name)
        assert len(found) == len(expected)
        return sorted(found, key=lambda e: e["payload"]["action_index"])

    links = ["automation-triggered-event", "triggering-event"]
    told = [
        (
            e["payload"]["action_type"], e["event"].rpartition(".")[2], e["payload"].get("status_code"), e["payload"].get("reason"),
            [r["prefect.resource.role"] for r in e["related"]],
        )
        for e in readback.eventually(all_told)
    ]
    assert told == [(a["type"], "failed" if reason else "executed", status, reason, roles + links) for a, status, reason, roles in expected]
    assert api.get(f"/deployments/{deployment}").json()["paused"]
    assert api.get(f"/work_pools/pool-{mark}").json()["is_paused"]
    assert api.get(f"/work_queues/{queue}").json()["is_paused"]
    assert not api.get(f"/automations/{other}").json()["enabled"]
