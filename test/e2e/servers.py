"""The servers under test as processes: Praetor and the reference, started, stopped and killed alike."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import httpx

from databases import Database

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMMANDS = {
    "praetor": [str(ROOT / "bin" / "praetor"), "server", "start"],
    "reference": [sys.executable, "-m", "prefect", "server", "start"],
}
# The reference imports for seconds and migrates an empty database for some more.
START_SECONDS = 120
STOP_SECONDS = 30

# What both servers are started with. The loops that change runs behind a test's back have tests of their own.
SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_API_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_API_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_API_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
    "PREFECT_API_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_API_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_ENCRYPTION_KEY": "Zm9yLXRlc3RzLW9ubHktMzItYnl0ZXMta2V5LTAwMDA=",
}


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without its settings of a server, and with those given."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "PRAETOR_"))} | settings


class Server:
    """One server on one database and port. Its output goes to a file, which an error quotes."""

    def __init__(self, kind: str, database: Database, port: int, directory: pathlib.Path, settings: dict[str, str] | None = None) -> None:
        self.kind = kind
        self.database = database
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.api = self.url + "/api"
        self.log = directory / f"server-{kind}-{port}.log"
        self.startup_seconds: float | None = None
        self._home = directory / f"home-{kind}"
        self._settings = SETTINGS | (settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> subprocess.Popen[bytes]:
        """Starts the process and does not wait for it to answer."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMANDS[self.kind], "--host", "127.0.0.1", "--port", str(self.port)],
                env=environment(
                    **self._settings,
                    PREFECT_HOME=str(self._home),
                    PREFECT_API_DATABASE_CONNECTION_URL=self.database.url,
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    def start(self) -> "Server":
        started = time.monotonic()
        process = self.spawn()
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"{self.kind} stopped with {process.returncode} at its start:\n{self.tail()}")
            try:
                if httpx.get(self.api + "/health", timeout=5).status_code == httpx.codes.OK:
                    self.startup_seconds = time.monotonic() - started
                    return self
            except httpx.TransportError:
                pass
            if time.monotonic() - started > START_SECONDS:
                self.kill()
                raise RuntimeError(f"{self.kind} did not answer in {START_SECONDS} s:\n{self.tail()}")
            time.sleep(0.01)

    def socket(self, path: str) -> str:
        """The address of a websocket."""
        return f"ws://127.0.0.1:{self.port}/api{path}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def terminate(self) -> None:
        """Asks the process to stop (SIGTERM) and does not wait for it."""
        self.signal(signal.SIGTERM)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Waits for the process to end and gives its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def stop(self) -> int:
        self.terminate()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"{self.kind} did not stop in {STOP_SECONDS} s:\n{self.tail()}") from None

    def kill(self) -> None:
        """Ends the process and all that it started, at once (SIGKILL)."""
        assert self._process is not None
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def tail(self, characters: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-characters:]
