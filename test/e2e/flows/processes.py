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


class Progress:
    """Keeps in a file how far a flow of count tasks is, and lets it take about that many seconds."""

    def __init__(self, marker: str, count: int, seconds: float) -> None:
        self._path = pathlib.Path(marker)
        self._pace = seconds / count
        self._started = time.monotonic()

    def reached(self, n: int) -> None:
        if n % 10 == 0:
            new = self._path.with_suffix(".new")
            new.write_text(str(n))
            new.rename(self._path)
        ahead = self._started + self._pace * n - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)


@flow
def many_tasks(count: int, marker: str, seconds: float) -> int:
    """Runs tasks one after the other."""
    progress = Progress(marker, count, seconds)
    total = 0
    for n in range(count):
        total += number(n)
        progress.reached(n)
    return total


@flow
def many_at_once(count: int, marker: str, seconds: float) -> int:
    """Runs tasks in threads, 50 at a time."""
    progress = Progress(marker, count, seconds)
    total = 0
    for first in range(0, count, 50):
        total += sum(future.result() for future in number.map(range(first, first + 50)))
        progress.reached(first + 50)
    return total


if __name__ == "__main__":
    import sys

    _, name, count_, marker_, seconds_ = sys.argv
    {"many_tasks": many_tasks, "many_at_once": many_at_once}[name](int(count_), marker_, float(seconds_))
