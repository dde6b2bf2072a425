"""Runs that wait for somebody: pause, suspend and resume, with and without input."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run

import readback
from databases import Database
from flows import pausing
from readback import assert_read_back

pytestmark = pytest.mark.usefixtures("server")


def run_aside(flow: Flow[..., Any]) -> tuple[str, Callable[[], State]]:
    """Runs a flow in a thread under a name of its own. Gives the run's id, and a function that waits for its last state."""
    name = uuid.uuid4().hex
    states: list[State] = []
    named = flow.with_options(flow_run_name=name)
    thread = threading.Thread(target=lambda: states.append(named(return_state=True)), daemon=True)
    thread.start()

    def run_id() -> str:
        found = [run["id"] for run in readback.listed(flow.name).values() if run["name"] == name]
        assert len(found) == 1
        return found[0]

    def finish() -> State:
        thread.join(readback.PATIENCE_SECONDS)
        assert not thread.is_alive(), f"{flow.name} did not end"
        return states[0]

    return readback.eventually(run_id), finish


def wait_for(run_id: str, state_name: str) -> None:
    def reached() -> None:
        assert readback.flow_run(run_id).state_name == state_name

    readback.eventually(reached)


def test_pause_and_resume() -> None:
    run_id, finish = run_aside(pausing.pauses)
    wait_for(run_id, "Paused")
    paused = readback.flow_run(run_id).state
    assert paused.state_details.pause_timeout is not None
    assert paused.state_details.pause_reschedule is False
    resume_flow_run(uuid.UUID(run_id))
    assert finish().result() == "resumed"
    inspected = assert_read_back("pauses", run_id, "COMPLETED", "Completed")
    # Every entry into a running state counts, the one after a pause too.
    assert inspected["run_count"] == 2
    assert inspected["empirical_policy"]["pause_keys"] == ["1"]
    assert readback.names(readback.flow_run_states(run_id)) == ["Pending", "Running", "Paused", "Running", "Completed"]


def test_resume_of_a_run_that_is_not_paused() -> None:
    run_id, finish = run_aside(pausing.pauses)
    wait_for(run_id, "Paused")
    resume_flow_run(uuid.UUID(run_id))
    assert finish().is_completed()
    answer = readback.api("POST", f"/flow_runs/{run_id}/resume")
    assert answer["status"] == "ABORT"


def test_pause_for_input() -> None:
    run_id, finish = run_aside(pausing.pauses_for_input)
    wait_for(run_id, "Paused")
    keyset = readback.flow_run(run_id).state.state_details.run_input_keyset
    assert set(keyset) == {"description", "response", "schema"}

    def schema_is_there() -> None:
        keys = {given["key"] for given in readback.api("POST", f"/flow_runs/{run_id}/input/filter", {"prefix": "paused"})}
        assert keyset["schema"] in keys

    readback.eventually(schema_is_there)
    with pytest.raises(Exception, match="approved"):
        resume_flow_run(uuid.UUID(run_id), run_input={"comment": "no word of approval"})
    wait_for(run_id, "Paused")
    resume_flow_run(uuid.UUID(run_id), run_input={"approved": True, "comment": "schön"})
    assert finish().result() == "True: schön"
    assert_read_back("pauses-for-input", run_id, "COMPLETED", "Completed")


def test_pause_that_nobody_ends() -> None:
    run_id, finish = run_aside(pausing.pauses_too_long)
    assert finish().is_failed()
    inspected = assert_read_back("pauses-too-long", run_id, "FAILED", "Failed")
    assert "never resumed" in inspected["state"]["message"]


def test_suspend_without_deployment_is_refused() -> None:
    state = pausing.suspends_for_input(return_state=True)
    assert state.is_failed()
    assert "Cannot suspend flows without a deployment" in state.message
    assert_read_back("suspends-for-input", state.state_details.flow_run_id, "FAILED", "Failed")


def test_suspend_and_resume_with_input(database: Database) -> None:
    """The run leaves its process when it suspends; after the resume another one, as a worker would, runs it to its end."""
    flow = pausing.suspends_for_input
    with get_client(sync_client=True) as client:
        flow_id = str(client.create_flow(flow))
        deployment_id = deploy(database, flow_id)
        created = readback.api("POST", "/flow_runs/", {"flow_id": flow_id, "deployment_id": deployment_id})
        run_id = created["id"]
        with pytest.raises(Pause):
            run_flow(flow, flow_run=client.read_flow_run(uuid.UUID(run_id)))
        inspected = assert_read_back("suspends-for-input", run_id, "PAUSED", "Suspended")
        assert inspected["state"]["state_details"]["pause_reschedule"] is True

        resume_flow_run(uuid.UUID(run_id), run_input={"approved": False, "comment": "not yet"})
        resumed = assert_read_back("suspends-for-input", run_id, "SCHEDULED", "Resuming")
        assert resumed["empirical_policy"]["resuming"] is True

        state = run_flow(flow, flow_run=client.read_flow_run(uuid.UUID(run_id)), return_type="state")
    assert state.result() == "before, False: not yet"
    inspected = assert_read_back("suspends-for-input", run_id, "COMPLETED", "Completed")
    assert inspected["deployment_id"] == deployment_id
    # Going on after a suspension is not another run.
    assert inspected["run_count"] == 1
    assert readback.names(readback.flow_run_states(run_id)) == [
        "Pending",
        "Running",
        "Suspended",
        "Resuming",
        "Running",
        "Completed",
    ]


def deploy(database: Database, flow_id: str) -> str:
    """Puts a deployment of the flow into the database: every other column has a default."""
    deployment_id = str(uuid.uuid4())
    database.execute(
        f"INSERT INTO deployment (id, name, flow_id) VALUES ('{deployment_id}', 'e2e {deployment_id}', '{flow_id}')"
    )
    return deployment_id
