from collections import Counter

from prefect import flow, task

# How often each thing was tried in this process, by a key of the test's.
tries: Counter[str] = Counter()


class NotYetError(Exception):
    pass


def succeed_on(attempt: int, key: str) -> int:
    tries[key] += 1
    if tries[key] < attempt:
        raise NotYetError(f"attempt {tries[key]} of {key}")
    return tries[key]


@task(retries=2, retry_delay_seconds=[0.3, 0.6])
def stubborn_task(attempt: int, key: str) -> int:
    return succeed_on(attempt, key)


@flow
def flow_of_stubborn_task(attempt: int, key: str) -> int:
    return stubborn_task(attempt, key)


@task
def note(key: str) -> int:
    tries[key] += 1
    return tries[key]


@flow(retries=2, retry_delay_seconds=1)
def stubborn_flow(attempt: int, key: str) -> int:
    note(key + " task")
    return succeed_on(attempt, key)
