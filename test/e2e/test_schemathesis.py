"""Requests made up from our own OpenAPI document: whatever comes, the server neither fails (5xx) nor falls over.

PRAETOR_SCHEMATHESIS_EXAMPLES and PRAETOR_SCHEMATHESIS_SEED make it look further, or elsewhere.
"""

import os
import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest

import servers

EXAMPLES = os.environ.get("PRAETOR_SCHEMATHESIS_EXAMPLES", "8")
# The same requests each time, so that a change that passed does not fail by chance.
SEED = os.environ.get("PRAETOR_SCHEMATHESIS_SEED", "1")
# Each takes about a minute on a machine that does nothing else.
SECONDS = 600
if "PRAETOR_SCHEMATHESIS_EXAMPLES" in os.environ:
    SECONDS = 3600


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 30)
# Each property at and beyond its bounds; then at random, and one operation after another.
@pytest.mark.parametrize("phases", ["coverage", "fuzzing,stateful"])
def test_no_request_makes_the_server_fail(phases: str, new_server: Callable[..., servers.Server], tmp_path: pathlib.Path) -> None:
    server = new_server().start()
    run = subprocess.run(
        [
            str(pathlib.Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{server.api}/openapi.json",
            f"--url={server.api}",
            "--checks=not_a_server_error",
            f"--phases={phases}",
            f"--max-examples={EXAMPLES}",
            f"--seed={SEED}",
            "--workers=2",
            "--no-shrink",
            "--continue-on-failure",
            "--suppress-health-check=all",
            "--warnings=off",
            "--request-timeout=30",
            "--no-color",
        ],
        cwd=tmp_path,
        env=servers.environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert run.returncode == 0, run.stdout[-20000:] + run.stderr[-4000:]
    assert " generated, " in run.stdout, run.stdout  # it did something
    assert "panic" not in server.log.read_text(errors="replace"), server.tail()
    assert server.stop() == 0
