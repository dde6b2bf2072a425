"""What runs carry: parameters large and odd, names, tags, artifacts, variables."""

import uuid
from typing import Any

import pytest
from prefect import tags
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.variables import Variable

import readback
from flows import data
from readback import assert_read_back

pytestmark = pytest.mark.usefixtures("server")


def echoed(value: Any) -> Any:
    """The parameter of a run that was given value, as it is read back."""
    state = data.echo(value, return_state=True)
    assert state.result() == len(str(value))
    run_id = state.state_details.flow_run_id
    inspected = assert_read_back("echo", run_id, "COMPLETED", "Completed")
    read = readback.flow_run(run_id).parameters["value"]
    assert inspected["parameters"]["value"] == read
    return read


def test_parameters_of_400_kB() -> None:
    value = {"text": "x" * 200_000, "list": [{"n": n, "half": n / 2} for n in range(8_000)]}
    assert echoed(value) == value


def test_parameters_over_the_limit_are_refused() -> None:
    """The limit is PREFECT_SERVER_API_MAX_PARAMETER_SIZE, 512 KiB unless set."""
    with pytest.raises(Exception, match="must be less than 524,288 bytes"):
        data.echo("x" * 600_000)


def test_big_integers() -> None:
    value = [2**31, 2**53 + 1, -(2**63), 2**63 - 1, {"nested": [2**53 + 1, {"deep": -(2**53) - 1}]}]
    assert echoed(value) == value


def test_integers_beyond_64_bits() -> None:
    """The client's own JSON stops at 64 bits, so this one goes over plain HTTP."""
    flow = readback.api("POST", "/flows/", {"name": f"big-{uuid.uuid4().hex}"})
    sent = {"big": 2**64 + 1, "list": [10**40, -(10**40)]}
    run = readback.api("POST", "/flow_runs/", {"flow_id": flow["id"], "parameters": sent})
    assert run["parameters"] == sent
    assert readback.api("GET", f"/flow_runs/{run['id']}")["parameters"] == sent


def test_odd_values() -> None:
    value = [
        *("", None, [], {}, 0.1, -0.5, 1.0, True, "null"),
        'line\nbreak \u2028 \t "quoted" \\ back',
        "日本語 \U0001f680 e\u0301 \u200f",
        {"": {"ключ": ["ß", None, 1.5]}},
    ]
    read = echoed(value)
    assert read == value
    # 1 and 1.0 and True are equal in Python, and not the same.
    assert list(map(type, read)) == list(map(type, value))


def test_unicode_names_and_tags() -> None:
    number = uuid.uuid4().int % 10**9
    with tags("étiquette", "标签 2", "with space", 'quote"d'):
        state = data.unicode_flow(number, return_state=True)
    assert state.result() == "naïve ☃"
    run_id = state.state_details.flow_run_id
    inspected = assert_read_back("Überprüfung 数据 🚀", run_id, "COMPLETED", "Completed")
    assert inspected["name"] == f"Lauf-№{number}-日本"
    assert set(inspected["tags"]) == {"étiquette", "标签 2", "with space", 'quote"d'}
    readback.logged(run_id, "gedruckt: naïve ☃ \U0001f600")
    (task_run,) = readback.task_runs(run_id, 1)
    assert task_run.name.startswith("задача ✓-")
    assert set(task_run.tags) == set(inspected["tags"])

    def ids(**filters: Any) -> list[str]:
        return [run["id"] for run in readback.api("POST", "/flow_runs/filter", {"flow_runs": filters})]

    assert ids(name={"any_": [inspected["name"]]}) == [str(run_id)]
    assert ids(name={"like_": f"№{number}"}) == [str(run_id)]
    assert str(run_id) in ids(tags={"all_": ["标签 2", "étiquette"]})
    assert str(run_id) not in ids(tags={"all_": ["标签 2", "another"]})
    assert readback.api("GET", "/flows/name/%C3%9Cberpr%C3%BCfung%20%E6%95%B0%E6%8D%AE%20%F0%9F%9A%80")["name"] == (
        "Überprüfung 数据 🚀"
    )
    assert readback.flow_run(run_id).labels["prefect.flow.id"] == inspected["flow_id"]


def test_artifacts() -> None:
    state = data.reporting(return_state=True)
    assert state.is_completed()
    run_id = state.state_details.flow_run_id
    assert_read_back("reporting", run_id, "COMPLETED", "Completed")
    (task_run,) = readback.task_runs(run_id, 1)

    found = readback.api(
        "POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [str(run_id)]}}, "sort": "CREATED_DESC"}
    )
    by_key: dict[str, list[dict[str, Any]]] = {}
    for artifact in found:
        by_key.setdefault(artifact["key"], []).append(artifact)
    assert {key: [artifact["type"] for artifact in artifacts] for key, artifacts in by_key.items()} == {
        "flow-report": ["markdown", "markdown"],
        "flow-table": ["table"],
        "flow-link": ["markdown"],
        "flow-image": ["image"],
        "flow-progress": ["progress"],
        "task-report": ["markdown"],
    }
    assert by_key["flow-progress"][0]["data"] == 75.0
    assert by_key["task-report"][0]["task_run_id"] == str(task_run.id)

    newest = Artifact.get("flow-report")
    assert newest is not None
    assert (newest.data, newest.description) == ("# Report, again", "the second")
    listed = readback.cli_json("artifact", "inspect", "flow-report")
    assert [artifact["data"] for artifact in listed] == ["# Report, again", "# Report"]
    latest = readback.cli_json("artifact", "ls")
    assert {artifact["key"] for artifact in latest} >= set(by_key)

    readback.cli("artifact", "delete", "flow-report")
    assert Artifact.get("flow-report") is None


def test_variables() -> None:
    state = data.using_variables(return_state=True)
    assert state.result() == {
        "first": {"most": 10, "names": ["a", "ü"]},
        "unknown": "none",
        "second": 12,
        "last": None,
    }
    assert_read_back("using-variables", state.state_details.flow_run_id, "COMPLETED", "Completed")

    name = f"e2e_{uuid.uuid4().hex[:8]}"
    readback.cli("variable", "set", name, '{"from": ["the", "cli", 1]}', "--tag", "e2e")
    assert Variable.get(name) == {"from": ["the", "cli", 1]}
    with get_client(sync_client=True) as client:
        read = client.read_variable_by_name(name)
    assert read is not None and read.tags == ["e2e"]
    assert "'from': ['the', 'cli', 1]" in readback.cli("variable", "inspect", name)
    assert name in readback.cli("variable", "ls")
    readback.cli("variable", "unset", name)
    assert Variable.get(name) is None
