"""The plans of the corpus: one module an area, each with plans(spec) -> Plans, where spec
is the reference's OpenAPI document (None unless an area asks for it).

A plan is a corpus file without answers (see ../doc.go for what the ${names}
in it mean); the recorder fills the answers in.
"""

import json
from dataclasses import dataclass, field

AREAS = ("orchestration", "validation", "filters", "events")

# What the reference's own client sends with every request.
CLIENT_HEADERS = {
    "X-PREFECT-API-VERSION": "0.8.4",
    "User-Agent": "prefect/3.8.8 (API 0.8.4)",
}


class Steps(list):
    """A list of steps with a method for each HTTP method."""

    def call(self, method, path, body=None, *, raw=None, save=None, headers=None, **rest):
        step = {"method": method, "path": path}
        if headers:
            step["headers"] = headers
        if raw is not None:
            step["raw"] = raw
        elif body is not None:
            step["body"] = body
        if save:
            step["save"] = save
        step.update(rest)
        self.append(step)
        return self

    def post(self, path, body=None, **rest):
        return self.call("POST", path, body, **rest)

    def get(self, path, **rest):
        return self.call("GET", path, **rest)

    def patch(self, path, body=None, **rest):
        return self.call("PATCH", path, body, **rest)

    def put(self, path, body=None, **rest):
        return self.call("PUT", path, body, **rest)

    def delete(self, path, **rest):
        return self.call("DELETE", path, **rest)


@dataclass
class Plan:
    """One corpus file to be."""

    name: str
    settings: dict = field(default_factory=dict)
    # "postgres" for what the reference can do there only.
    recorded_on: str = ""
    # Whether the reference has to run its background services, as it does to store events.
    services: bool = False
    # Whether it is replayed with background services too: what actions do is part of the answers.
    acts: bool = False
    headers: dict = field(default_factory=lambda: dict(CLIENT_HEADERS))
    setup: Steps = field(default_factory=Steps)
    scenarios: dict = field(default_factory=dict)

    def scenario(self, name):
        """Start a scenario; its name has to be new."""
        if name in self.scenarios:
            raise ValueError(f"two scenarios of {self.name} are named {name}")
        steps = self.scenarios[name] = Steps()
        return steps

    def dump(self, path):
        head = {"name": self.name, "settings": self.settings, "headers": self.headers, "setup": self.setup}
        if self.recorded_on:
            head["recorded_on"] = self.recorded_on
        if self.acts:
            head["services"] = True
        with open(path, "w", encoding="utf-8") as out:
            for line in (head, *({"name": n, "steps": s} for n, s in self.scenarios.items())):
                out.write(json.dumps(line) + "\n")
