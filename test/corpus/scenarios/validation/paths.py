"""Bad paths and queries: ids that are none, ids of nothing, methods that do not exist."""

from urllib.parse import quote

from .. import Plan
from .properties import FLOW, FLOW_RUN, ID, OPERATIONS, UUIDS

PREFIXES = (
    "/admin/version", "/artifacts", "/csrf-token", "/flow_run_states", "/flow_runs", "/flows", "/health",
    "/hello", "/logs", "/ready", "/saved_searches", "/task_run_states", "/task_runs", "/ui/flow", "/ui/task", "/variables",
    "/version", "/deployments", "/work_queues", "/block_types", "/block_documents", "/block_schemas", "/block_capabilities",
    "/concurrency_limits",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ODD = [*UUIDS, "latest", "filter", "0", "", "%00", "a%2Fb", "é"]


def bodies():
    return {op: how["body"] for operations in OPERATIONS.values() for op, how in operations.items() if "body" in how}


def plans(spec):
    valid = bodies()
    plan = Plan("validation/paths")
    for path, operations in spec["paths"].items():
        if not path.startswith(PREFIXES) and path != "/events":
            continue
        for method in operations:
            method = method.upper()
            if "{id}" not in path:
                continue
            steps = plan.scenario(f"{method} {path}")
            make = valid.get(f"{method} {path}")
            for odd in ODD:
                address = path.replace("{id}", quote(odd, safe="%")).replace("{key}", "k")
                has_body = "requestBody" in operations[method.lower()]
                steps.call(method, address, (make(0) if make else {}) if has_body else None)
        steps = plan.scenario(f"methods of {path}")
        concrete = path.replace("{id}", ID)
        for name in ("key", "name", "countable"):
            concrete = concrete.replace(f"{{{name}}}", "k")
        for method in METHODS:
            if method.lower() not in operations:
                steps.call(method, concrete, compare_headers=["allow"])
                steps.call(method, concrete, {"x": 1})
        if concrete != "/":
            other = concrete.rstrip("/") if concrete.endswith("/") else concrete + "/"
            for method in sorted(m.upper() for m in operations):
                steps.call(method, other, compare_headers=["location"])
                steps.call(method, other + "?a=b&c", compare_headers=["location"])
    for path in ("/", "", "/nothing", "/flows/a/b/c", "/flow_runs//filter", "/../flows/", "/FLOWS/"):
        steps = plan.scenario(f"no such path {path!r}")
        for method in ("GET", "POST"):
            steps.call(method, path)
    yield plan
    yield queries()


def queries():
    plan = Plan("validation/queries")
    for kind in ("flow_run", "task_run"):
        steps = plan.scenario(f"states of a {kind}")
        steps.get(f"/{kind}_states/")
        for odd in UUIDS:
            steps.get(f"/{kind}_states/?{kind}_id={quote(odd)}")
        for query in ("", f"{kind}_id=", f"{kind}_id", f"{kind}_id={ID}&{kind}_id=x", f"{kind.upper()}_ID={ID}", f"x={ID}"):
            steps.get(f"/{kind}_states/?{query}")
    steps = plan.scenario("csrf token")
    for query in ("", "?client", "?client=", "?client=a", "?client=a&client=b", "?CLIENT=a"):
        steps.get(f"/csrf-token{query}")
    steps = plan.scenario("graph")
    steps.extend([FLOW, FLOW_RUN])
    for query in ("", "?since", "?since=", "?since=x", "?since=2021-01-01", "?since=x&since=2021-01-01", "?other=1"):
        steps.get(f"/flow_runs/${{flow_run}}/graph-v2{query}")
    return plan
