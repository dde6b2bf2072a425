"""Retries, caching and timeouts: the states on the way, not only the last one."""

import uuid

import pytest
from prefect.client.schemas.objects import State

import readback
from flows import caching, retrying, timeouts
from readback import assert_read_back

pytestmark = pytest.mark.usefixtures("server")


def seconds_between(earlier: State, later: State) -> float:
    return (later.timestamp - earlier.timestamp).total_seconds()


def test_task_retries_with_delays() -> None:
    key = uuid.uuid4().hex
    state = retrying.flow_of_stubborn_task(3, key, return_state=True)
    assert state.result() == 3
    run_id = state.state_details.flow_run_id
    assert_read_back("flow-of-stubborn-task", run_id, "COMPLETED", "Completed")

    (task_run,) = readback.task_runs(run_id, 1)
    assert (task_run.state_name, task_run.run_count) == ("Completed", 3)
    assert task_run.empirical_policy.retries == 2
    assert task_run.empirical_policy.retry_delay == [0.3, 0.6]
    states = readback.task_run_states(task_run.id)
    assert readback.names(states) == [
        "Pending",
        "Running",
        "AwaitingRetry",
        "Retrying",
        "AwaitingRetry",
        "Retrying",
        "Completed",
    ]
    assert states[2].state_details.scheduled_time is not None
    assert seconds_between(states[2], states[3]) >= 0.3
    assert seconds_between(states[4], states[5]) >= 0.6


def test_task_that_never_succeeds() -> None:
    key = uuid.uuid4().hex
    state = retrying.flow_of_stubborn_task(99, key, return_state=True)
    assert state.is_failed()
    run_id = state.state_details.flow_run_id
    assert_read_back("flow-of-stubborn-task", run_id, "FAILED", "Failed")
    (task_run,) = readback.task_runs(run_id, 1)
    assert (task_run.state_name, task_run.run_count) == ("Failed", 3)
    assert retrying.tries[key] == 3


def test_flow_retries_with_delay() -> None:
    key = uuid.uuid4().hex
    state = retrying.stubborn_flow(2, key, return_state=True)
    assert state.result() == 2
    run_id = state.state_details.flow_run_id
    inspected = assert_read_back("stubborn-flow", run_id, "COMPLETED", "Completed")
    assert inspected["run_count"] == 2
    assert inspected["empirical_policy"]["retries"] == 2
    assert inspected["empirical_policy"]["retry_delay"] == 1

    states = readback.flow_run_states(run_id)
    assert readback.names(states) == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]
    assert seconds_between(states[2], states[3]) >= 1
    awaited = states[2].state_details.scheduled_time
    assert awaited is not None
    assert 0 <= (awaited - states[2].timestamp).total_seconds() <= 1.5
    assert "attempt 1" in states[2].message

    # The task had succeeded before the flow failed; without a result that was kept it runs again, as another task run.
    assert retrying.tries[key + " task"] == 2
    runs = readback.task_runs(run_id, 2)
    assert [(run.state_name, run.run_count) for run in runs] == [("Completed", 1)] * 2


def test_flow_whose_retries_are_used_up() -> None:
    key = uuid.uuid4().hex
    state = retrying.stubborn_flow(99, key, return_state=True)
    assert state.is_failed()
    run_id = state.state_details.flow_run_id
    inspected = assert_read_back("stubborn-flow", run_id, "FAILED", "Failed")
    assert inspected["run_count"] == 3
    assert inspected["empirical_policy"]["retry_type"] is None
    assert readback.names(readback.flow_run_states(run_id)) == [
        "Pending",
        "Running",
        "AwaitingRetry",
        "Running",
        "AwaitingRetry",
        "Running",
        "Failed",
    ]


def test_cached_tasks() -> None:
    # Numbers of this run's own: the cache outlives it.
    first = uuid.uuid4().int >> 64
    second = first + 1
    state = caching.squares([first, second, first], return_state=True)
    assert state.result() == [first**2, second**2, first**2]
    assert caching.calls.count(first) == 1
    runs = readback.task_runs(state.state_details.flow_run_id, 3)
    assert sorted(run.state_name for run in runs) == ["Cached", "Completed", "Completed"]
    assert {run.state_type.value for run in runs} == {"COMPLETED"}

    again = caching.squares([second], return_state=True)
    assert again.result() == [second**2]
    assert caching.calls.count(second) == 1
    (cached,) = readback.task_runs(again.state_details.flow_run_id, 1)
    assert cached.state_name == "Cached"
    assert_read_back("squares", again.state_details.flow_run_id, "COMPLETED", "Completed")


def test_flow_timeout() -> None:
    state = timeouts.slow_flow(return_state=True)
    run_id = state.state_details.flow_run_id
    inspected = assert_read_back("slow-flow", run_id, "FAILED", "TimedOut")
    assert "exceeded timeout" in inspected["state"]["message"]


def test_task_timeout() -> None:
    state = timeouts.flow_of_slow_task(return_state=True)
    assert state.result() == "TimedOut"
    run_id = state.state_details.flow_run_id
    assert_read_back("flow-of-slow-task", run_id, "COMPLETED", "Completed")
    (task_run,) = readback.task_runs(run_id, 1)
    assert (task_run.state_type.value, task_run.state_name) == ("FAILED", "TimedOut")
