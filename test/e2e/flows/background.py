"""A web application that hands work to background tasks, and the task workers that do it, as processes of their own:
background.py app PORT; background.py serve LIMIT."""

import http.server
import json
import os
import pathlib
import sys
import time
import uuid
from typing import Any

from prefect import task


@task
def work(directory: str, name: str, until: str | None = None) -> str:
    """Leaves a file that says who did it, and waits until another file is there, if one is named."""
    (pathlib.Path(directory) / f"{name}.{os.getpid()}.{uuid.uuid4()}").touch()
    while until and not pathlib.Path(until).exists():
        time.sleep(0.05)
    return name


class Application(http.server.BaseHTTPRequestHandler):
    """Answers a POST of the task's parameters with the id of its run."""

    def do_POST(self) -> None:  # noqa: N802, the name is http.server's
        parameters: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = str(work.delay(**parameters).task_run_id).encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    from flows import background  # the task's key is that of the module, not of this script
    from prefect.task_worker import serve

    if sys.argv[1] == "app":
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), background.Application).serve_forever()
    else:
        serve(background.work, limit=int(sys.argv[2]))
