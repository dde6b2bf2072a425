"""Flows that workers run."""

import os
import time

from prefect import flow
from prefect.runtime import flow_run


def append(path: str, line: str) -> None:
    """Adds a line to a file that other processes add to as well."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


@flow
def noted(path: str, seconds: float = 0) -> None:
    """Says in a file that this run took place, and takes so long."""
    append(path, flow_run.id)
    time.sleep(seconds)


@flow
def long(path: str) -> None:
    append(path, flow_run.id)
    time.sleep(120)
