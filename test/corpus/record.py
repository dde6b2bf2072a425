#!/usr/bin/env python3
"""Record the corpus from the reference, or check it against the reference.

    record.py --venv DIR                        record everything on SQLite
    record.py --venv DIR orchestration validation/csrf   only these
    record.py --venv DIR --check [names]        replay on the reference: no difference
    record.py --venv DIR --postgres URL [names] add what differs on PostgreSQL
    record.py --venv DIR --postgres URL --check [names]

DIR is a virtual environment with the reference. URL is a PostgreSQL server as
the reference takes it (postgresql+asyncpg://user@host:port), where a database
is made and dropped for each file; a few files are recorded there only. Needs Go and nothing else.
"""

import argparse
import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from scenarios import AREAS

HERE = Path(__file__).resolve().parent
START_SECONDS = 120
# Events that come before the reference's services listen are lost.
SERVICES_SECONDS = 8


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def database(venv, postgres, home):
    """The connection URL of an empty database."""
    if not postgres:
        yield f"sqlite+aiosqlite:///{home}/prefect.db"
        return
    name = f"corpus_{os.getpid()}_{int(time.time())}"
    plain = postgres.replace("+asyncpg", "")

    def execute(statement):
        code = (
            "import asyncio, asyncpg, sys\n"
            "async def main():\n"
            "    c = await asyncpg.connect(sys.argv[1] + '/postgres')\n"
            "    await c.execute(sys.argv[2])\n"
            "    await c.close()\n"
            "asyncio.run(main())\n"
        )
        subprocess.run([venv / "bin/python", "-c", code, plain, statement], check=True)

    execute(f"CREATE DATABASE {name}")
    try:
        yield f"{postgres}/{name}"
    finally:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def reference(venv, settings, postgres=None, services=False):
    """A reference with an empty database, without background services unless wanted; gives its API URL."""
    with tempfile.TemporaryDirectory() as home, database(venv, postgres, home) as url:
        port = free_port()
        env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        env |= {
            "PREFECT_HOME": home,
            "PREFECT_API_DATABASE_CONNECTION_URL": url,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
            **settings,
        }
        command = [venv / "bin/prefect", "server", "start", "--port", str(port), *([] if services else ["--no-services"])]
        with open(Path(home) / "log", "wb") as log:
            server = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        base = f"http://127.0.0.1:{port}/api"
        try:
            wait_until_ready(server, base, Path(home) / "log")
            if services:
                time.sleep(SERVICES_SECONDS)
            yield base
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=60)


def wait_until_ready(server, base, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError, urllib.error.URLError):
            with urllib.request.urlopen(f"{base}/ready", timeout=5):
                return
        time.sleep(0.2)
    raise SystemExit(f"the reference did not start:\n{log.read_text()[-4000:]}")


def wanted(name, only):
    return not only or any(name == o or name.startswith(o + "/") for o in only)


def openapi(venv):
    """The reference's OpenAPI document."""
    code = (
        "import json\n"
        "from prefect.server.api.server import create_api_app\n"
        "print(json.dumps(create_api_app().openapi()))\n"
    )
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"PREFECT_HOME": home}
        made = subprocess.run([venv / "bin/python", "-c", code], env=env, stdout=subprocess.PIPE, check=True)
    return json.loads(made.stdout)


def plans(venv, only):
    areas = [area for area in AREAS if not only or any(o.split("/")[0] == area for o in only)]
    spec = openapi(venv) if "validation" in areas else None
    for area in areas:
        for plan in importlib.import_module(f"scenarios.{area}").plans(spec):
            if wanted(plan.name, only):
                yield plan


def corpus_file(name):
    for suffix in (".jsonl", ".jsonl.gz"):
        path = HERE / "data" / (name + suffix)
        if path.exists():
            return path
    raise SystemExit(f"{name} is not recorded yet")


def check(base, name, postgres):
    env = os.environ | {
        "PRAETOR_CORPUS_URL": base,
        "PRAETOR_CORPUS_DIALECT": "postgres" if postgres else "sqlite",
    }
    dialect = env["PRAETOR_CORPUS_DIALECT"]
    pattern = "/".join(f"^{part}$" for part in ("TestCorpus", dialect, *name.split("/")))
    command = ["go", "test", "-count=1", "-timeout=30m", "-run", pattern, "."]
    return subprocess.run(command, cwd=HERE, env=env).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("names", nargs="*", help="areas, or area/file")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE))
    # Not resolved further: its python is a link out of the environment.
    venv = options.venv.absolute()
    failed = []
    with tempfile.TemporaryDirectory() as work:
        recorder = Path(work) / "record"
        subprocess.run(["go", "build", "-o", recorder, "./cmd/record"], cwd=HERE, check=True)
        for plan in plans(venv, options.names):
            if plan.recorded_on == "postgres" and not options.postgres:
                print(f"== {plan.name}: needs --postgres")
                continue
            with reference(venv, plan.settings, options.postgres, plan.services) as base:
                print(f"== {plan.name}", flush=True)
                if options.check:
                    if not check(base, plan.name, options.postgres):
                        failed.append(plan.name)
                    continue
                source = Path(work) / "plan.jsonl"
                complete = options.postgres and not plan.recorded_on
                if complete:
                    source = corpus_file(plan.name)
                else:
                    plan.dump(source)
                command = [recorder, "-base", base, "-plan", source, "-out", HERE / "data"]
                subprocess.run([*command, *(["-postgres"] if complete else [])], check=True)
    if failed:
        raise SystemExit(f"differs from the reference: {', '.join(failed)}")


if __name__ == "__main__":
    main()
