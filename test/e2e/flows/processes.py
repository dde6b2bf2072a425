"""Flows for processes of their own, which the tests end."""

import os
import pathlib
import time

from prefect import flow, task


@flow
def exits_at_once(code: int) -> None:
    os._exit(code)


@flow(log_prints=True)
def waits(marker: str) -> None:
    """Says in a file that it runs, then waits to be ended."""
    print("waiting")
    pathlib.Path(marker).touch()
    time.sleep(120)


@task
def number(n: int) -> int:
    return n


@flow
def many_tasks(count: int, marker: str, seconds: float) -> int:
    """Runs count tasks over about that many seconds, and keeps in a file how far it is."""
    progress = pathlib.Path(marker)
    started = time.monotonic()
    total = 0
    for n in range(count):
        total += number(n)
        if n % 10 == 0:
            progress.write_text(str(n))
        ahead = started + seconds * n / count - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    return total


if __name__ == "__main__":
    import sys

    _, count_, marker_, seconds_ = sys.argv
    many_tasks(int(count_), marker_, float(seconds_))
