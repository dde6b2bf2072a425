"""Reads runs back the way a user does: through the prefect command and through the client."""

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.settings import PREFECT_API_URL
from prefect.testing.cli import CycloptsCliRunner

T = TypeVar("T")

# What the client sends in the background (logs, events) arrives within a second or two; a busy machine may take longer.
PATIENCE_SECONDS = 30


def eventually(check: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Gives what check returns once it raises no AssertionError any more; the last one is raised when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def cli(*arguments: str) -> str:
    """What a prefect command prints. It must succeed."""
    result = CycloptsCliRunner().invoke(list(arguments))
    assert result.exit_code == 0, f"prefect {' '.join(arguments)} ended with {result.exit_code}:\n{result.output}"
    return result.stdout


def cli_json(*arguments: str) -> Any:
    return json.loads(cli(*arguments, "-o", "json"))


def inspect(flow_run_id: UUID | str) -> dict[str, Any]:
    return cli_json("flow-run", "inspect", str(flow_run_id))


def listed(flow_name: str, *arguments: str) -> dict[str, dict[str, Any]]:
    """The runs of a flow as `prefect flow-run ls` lists them, by id."""
    runs = cli_json("flow-run", "ls", "--flow-name", flow_name, "--limit", "200", *arguments)
    return {run["id"]: run for run in runs}


def logged(flow_run_id: UUID | str, *expected: str) -> list[str]:
    """The messages that `prefect flow-run logs` prints, in order, once all those expected are among them."""

    def messages() -> list[str]:
        found = [log["message"] for log in cli_json("flow-run", "logs", str(flow_run_id))]
        missing = set(expected) - set(found)
        assert not missing, f"not among the logs: {missing}; found: {found}"
        return found

    return eventually(messages)


def flow_run(flow_run_id: UUID | str) -> FlowRun:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(str(flow_run_id)))


def task_runs(flow_run_id: UUID | str, count: int) -> list[TaskRun]:
    """The flow run's task runs by name, once there are count of them and each is in a final state."""

    def read() -> list[TaskRun]:
        found: list[TaskRun] = []
        with get_client(sync_client=True) as client:
            while True:
                page = client.read_task_runs(
                    flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[UUID(str(flow_run_id))])),
                    offset=len(found),
                    limit=200,
                )
                found += page
                if len(page) < 200:
                    break
        assert len(found) == count, f"{len(found)} task runs, not {count}: {[(run.name, run.state_name) for run in found]}"
        unfinished = [run.name for run in found if run.state is None or not run.state.is_final()]
        assert not unfinished, f"not in a final state: {unfinished}"
        return sorted(found, key=lambda run: run.name)

    return eventually(read)


def api(method: str, path: str, body: Any = None) -> Any:
    """The server's answer to a plain request, for what the client has no method for."""
    response = httpx.request(method, PREFECT_API_URL.value() + path, json=body, timeout=30)
    assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
    return response.json() if response.content else None


def flow_run_states(flow_run_id: UUID | str) -> list[State]:
    return sorted(
        (State.model_validate(state) for state in api("GET", f"/flow_run_states/?flow_run_id={flow_run_id}")),
        key=lambda state: state.timestamp,
    )


def task_run_states(task_run_id: UUID | str) -> list[State]:
    return sorted(
        (State.model_validate(state) for state in api("GET", f"/task_run_states/?task_run_id={task_run_id}")),
        key=lambda state: state.timestamp,
    )


def names(states: list[State]) -> list[str]:
    return [state.name or "" for state in states]


# What changes from one read to the next of a run that has not ended.
DYNAMIC_FIELDS = {"estimated_run_time", "estimated_start_time_delta"}


def assert_read_back(flow_name: str, flow_run_id: UUID | str, state_type: str, state_name: str) -> dict[str, Any]:
    """The run is in that state by inspect, by ls, by ls of that state only and by the client. Gives what inspect printed."""
    inspected = inspect(flow_run_id)
    assert (inspected["state_type"], inspected["state_name"]) == (state_type, state_name)
    assert (inspected["state"]["type"], inspected["state"]["name"]) == (state_type, state_name)
    assert listed(flow_name)[str(flow_run_id)]["state_id"] == inspected["state_id"]
    assert str(flow_run_id) in listed(flow_name, "--state-type", state_type)
    other = "FAILED" if state_type == "COMPLETED" else "COMPLETED"
    assert str(flow_run_id) not in listed(flow_name, "--state-type", other)
    read = flow_run(flow_run_id).model_dump(mode="json")
    assert {name for name in read if read[name] != inspected[name]} <= DYNAMIC_FIELDS
    return inspected
