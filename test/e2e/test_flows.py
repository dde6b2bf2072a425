"""Flows of every ordinary shape, run by the client in this process."""

import asyncio
import os
import pathlib
import subprocess
import sys

import pytest
from prefect.client.schemas.objects import TaskRunResult

import readback
from flows import basic
from readback import assert_read_back

pytestmark = pytest.mark.usefixtures("server")


def test_hello() -> None:
    state = basic.hello("Ada", return_state=True)
    assert state.result() == "Hello, Ada!"
    run_id = state.state_details.flow_run_id

    inspected = assert_read_back("hello", run_id, "COMPLETED", "Completed")
    assert inspected["parameters"] == {"name": "Ada", "times": 1}
    assert inspected["flow_version"] == "v7"
    assert inspected["run_count"] == 1
    assert inspected["total_run_time"] > 0
    assert inspected["start_time"] < inspected["end_time"]
    assert readback.names(readback.flow_run_states(run_id)) == ["Pending", "Running", "Completed"]

    (task_run,) = readback.task_runs(run_id, 1)
    assert task_run.name.startswith("greet-")
    assert task_run.state_name == "Completed"
    assert task_run.run_count == 1
    assert readback.names(readback.task_run_states(task_run.id)) == ["Pending", "Running", "Completed"]

    messages = readback.logged(run_id, "printed by the flow", "logged by the flow", "greeting Ada")
    assert messages.index("printed by the flow") < messages.index("greeting Ada")
    levels = {log["message"]: log["level"] for log in readback.cli_json("flow-run", "logs", str(run_id))}
    assert (levels["printed by the flow"], levels["logged by the flow"]) == (20, 30)


def test_hello_by_commands_only(tmp_path: pathlib.Path) -> None:
    """The same as processes: what a user types into a shell."""
    script = tmp_path / "script.py"
    script.write_text(
        "from prefect import flow\n\n"
        "@flow(log_prints=True)\n"
        "def from_a_shell(word: str = 'x'):\n"
        "    print('said', word)\n\n"
        "if __name__ == '__main__':\n"
        "    from_a_shell('hi')\n"
    )
    subprocess.run([sys.executable, str(script)], check=True, timeout=60)
    (run,) = readback.listed("from-a-shell").values()

    def prefect(*arguments: str) -> str:
        command = [sys.executable, "-m", "prefect", *arguments]
        # A wide terminal, so that tables are not folded.
        wide = os.environ | {"COLUMNS": "300"}
        return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True, env=wide).stdout

    table = prefect("flow-run", "ls", "--flow-name", "from-a-shell")
    assert run["id"] in table
    assert "COMPLETED" in table
    assert "'word': 'hi'" in prefect("flow-run", "inspect", run["id"])
    readback.logged(run["id"], "said hi")
    assert "said hi" in prefect("flow-run", "logs", run["id"])


def test_mapped_tasks() -> None:
    state = basic.mapped(200, return_state=True)
    assert state.result() == 2 * sum(range(200))
    run_id = state.state_details.flow_run_id
    assert_read_back("mapped", run_id, "COMPLETED", "Completed")

    runs = readback.task_runs(run_id, 200)
    assert {run.state_name for run in runs} == {"Completed"}
    assert {run.run_count for run in runs} == {1}
    assert len({run.dynamic_key for run in runs}) == 200
    assert all(run.start_time and run.end_time and run.start_time <= run.end_time for run in runs)
    counts = readback.api("POST", "/ui/flow_runs/count-task-runs", {"flow_run_ids": [str(run_id)]})
    assert counts == {str(run_id): 200}


def test_results_of_tasks_as_inputs() -> None:
    state = basic.diamond(return_state=True)
    assert state.result() == 6
    run_id = state.state_details.flow_run_id
    joined, *parts = readback.task_runs(run_id, 3)
    assert joined.name.startswith("add_up-")
    inputs = joined.task_inputs["numbers"]
    assert {given.id for given in inputs if isinstance(given, TaskRunResult)} == {part.id for part in parts}

    def graph_has_edges() -> None:
        graph = readback.api("GET", f"/flow_runs/{run_id}/graph-v2")
        nodes = dict(graph["nodes"])
        assert {parent["id"] for parent in nodes[str(joined.id)]["parents"]} == {str(part.id) for part in parts}

    readback.eventually(graph_has_edges)


def test_failing_flow() -> None:
    state = basic.failing(return_state=True)
    assert state.is_failed()
    run_id = state.state_details.flow_run_id
    inspected = assert_read_back("failing", run_id, "FAILED", "Failed")
    assert "the task broke down" in inspected["state"]["message"]
    (task_run,) = readback.task_runs(run_id, 1)
    assert task_run.state_name == "Failed"
    assert "the task broke down" in task_run.state.message
    messages = readback.logged(run_id)
    assert any("the task broke down" in message for message in messages)
    with pytest.raises(ValueError, match="the task broke down"):
        basic.failing()


def test_subflows() -> None:
    state = basic.parent(return_state=True)
    assert state.result() == 6
    run_id = state.state_details.flow_run_id
    assert_read_back("parent", run_id, "COMPLETED", "Completed")

    # A subflow is a task run of its parent's and a flow run.
    in_parent = {run.id: run for run in readback.task_runs(run_id, 2)}
    assert {run.state_name for run in in_parent.values()} == {"Completed"}
    children = [run for run in readback.listed("child").values() if run["parent_task_run_id"] in map(str, in_parent)]
    assert {run["parameters"]["number"] for run in children} == {1, 2}
    for run in children:
        assert run["state_name"] == "Completed"
        (task_run,) = readback.task_runs(run["id"], 1)
        assert task_run.state_name == "Completed"
    filtered = readback.api("POST", "/flow_runs/filter", {"flow_runs": {"parent_flow_run_id": {"any_": [str(run_id)]}}})
    assert {run["id"] for run in filtered} == {run["id"] for run in children}


def test_failing_subflow() -> None:
    state = basic.parent_of_failing(return_state=True)
    assert state.result() == "FAILED"
    run_id = state.state_details.flow_run_id
    assert_read_back("parent-of-failing", run_id, "COMPLETED", "Completed")
    (in_parent,) = readback.task_runs(run_id, 1)
    assert in_parent.state_name == "Failed"


def test_async_tasks() -> None:
    state = asyncio.run(basic.gathering(20, return_state=True))
    assert asyncio.run(state.aresult()) == list(range(20))
    run_id = state.state_details.flow_run_id
    assert_read_back("gathering", run_id, "COMPLETED", "Completed")
    runs = readback.task_runs(run_id, 20)
    assert {(run.state_name, run.run_count) for run in runs} == {("Completed", 1)}
