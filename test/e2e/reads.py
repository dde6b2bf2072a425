"""Every question that the read endpoints answer, made from what a database holds, and the answers in a form that compares.

The filters and the sorts come from the reference's own models, so that none is forgotten.
"""

import datetime
import enum
import json
import math
import typing
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import httpx
from prefect.server.schemas import filters, sorting
from pydantic import BaseModel

Row = dict[str, Any]
NOBODY = str(uuid.UUID(int=1))

# The collections: the path below which each is read, its key in a request's body, its filter and its sorts.
COLLECTIONS: dict[str, tuple[str, str, type[BaseModel], type[enum.Enum]]] = {
    "flows": ("/flows", "flows", filters.FlowFilter, sorting.FlowSort),
    "flow_runs": ("/flow_runs", "flow_runs", filters.FlowRunFilter, sorting.FlowRunSort),
    "task_runs": ("/task_runs", "task_runs", filters.TaskRunFilter, sorting.TaskRunSort),
    "logs": ("/logs", "logs", filters.LogFilter, sorting.LogSort),
    "artifacts": ("/artifacts", "artifacts", filters.ArtifactFilter, sorting.ArtifactSort),
    "latest": ("/artifacts/latest", "artifacts", filters.ArtifactCollectionFilter, sorting.ArtifactCollectionSort),
    "variables": ("/variables", "variables", filters.VariableFilter, sorting.VariableSort),
}
COUNTED = ["flows", "flow_runs", "task_runs", "artifacts", "latest", "variables"]
PAGINATED = ["flows", "flow_runs", "task_runs"]
# The collections that can be asked for by properties of the others.
JOINED = ["flows", "flow_runs", "task_runs", "artifacts", "latest"]
PAGE = 200
# The lists, in the graphs and histories, that have no order.
UNORDERED = {"upstream_dependencies", "parents", "children", "encapsulating", "states"}


@dataclass(frozen=True)
class Question:
    method: str
    path: str
    body: str | None = None
    # The answer's rows come in no order that is promised beyond that of this field.
    order: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body or ''}".rstrip()


def get(path: str) -> Question:
    return Question("GET", path)


def post(path: str, body: Any, order: str | None = None) -> Question:
    return Question("POST", path, json.dumps(body, sort_keys=True), order)


class Reader:
    """Asks one server."""

    def __init__(self, api: str, ignored: set[str] | None = None) -> None:
        self._ignored = ignored or set()
        # The reference closes a connection that was idle for 5 s.
        self._http = httpx.Client(base_url=api, timeout=60, limits=httpx.Limits(keepalive_expiry=2))

    def ask(self, question: Question) -> Any:
        try:
            response = self._http.request(
                question.method,
                question.path,
                content=question.body,
                headers={"Content-Type": "application/json"} if question.body else None,
            )
        except httpx.TransportError as e:
            e.add_note(f"asked: {question}")
            raise
        if response.headers.get("content-type", "").startswith("application/json"):
            return response.status_code, without(self._ignored, steady(response.json(), question.order))
        return response.status_code, response.text

    def answers(self, questions: list[Question]) -> dict[Question, Any]:
        return {question: self.ask(question) for question in questions}

    def rows(self, collection: str) -> list[Row]:
        """All rows of a collection, page by page."""
        path, *_ = COLLECTIONS[collection]
        found: list[Row] = []
        while True:
            response = self._http.post(path + "/filter", json={"limit": PAGE, "offset": len(found)})
            response.raise_for_status()
            found += response.json()
            if len(response.json()) < PAGE:
                return found

    def close(self) -> None:
        self._http.close()


# What the reference reckons in whole seconds on SQLite, because its functions there know no fractions.
SECONDS_ON_SQLITE = {"sum_estimated_run_time", "sum_estimated_lateness"}


def without(fields: set[str], value: Any) -> Any:
    if isinstance(value, list):
        return [without(fields, item) for item in value]
    if isinstance(value, dict):
        return {k: without(fields, v) for k, v in value.items() if k not in fields}
    return value


def steady(value: Any, order: str | None = None) -> Any:
    """The value without what changes by itself, rows of equal rank in the order of their ids."""
    if isinstance(value, list):
        rows = [steady(item) for item in value]
        if order and all(isinstance(row, dict) and "id" in row for row in rows):
            return [row for _, equal in groupby(rows, rank(order)) for row in sorted(equal, key=lambda row: row["id"])]
        return rows
    if isinstance(value, dict):
        # How late a run is and how long it has been running, until it has ended.
        moving = {"estimated_run_time", "estimated_start_time_delta"} if value.get("end_time", "") is None else set()
        same = {k: steady(v, order if k == "results" else None) for k, v in value.items() if k not in moving}
        return same | {k: sorted(same[k], key=json.dumps) for k in UNORDERED & same.keys()}
    return value


def rank(order: str) -> Any:
    name = order.lower().removesuffix("_asc").removesuffix("_desc")
    if name == "start_time":
        return lambda row: row["start_time"] or row["expected_start_time"]
    # A field that an answer lacks (a variable's creation, say) ranks all its rows equal.
    return lambda row: row.get(name)


def questions(reader: Reader) -> list[Question]:
    """What can be asked of the data that the server holds."""
    found = {name: reader.rows(name) for name in COLLECTIONS}
    saved = reader.ask(post("/saved_searches/filter", {}))[1]
    return [
        *of_each_row(found, saved),
        *of_collections(found),
        *of_pages(),
        *of_joins(found),
        *of_summaries(found),
    ]


def of_each_row(found: dict[str, list[Row]], saved: list[Row]) -> Iterator[Question]:
    for path in ("/flows", "/flow_runs", "/task_runs", "/artifacts", "/variables", "/saved_searches"):
        yield get(f"{path}/{NOBODY}")
    for flow in found["flows"]:
        yield get(f"/flows/{flow['id']}")
        yield get(f"/flows/name/{flow['name']}")
    for run in found["flow_runs"]:
        path = f"/flow_runs/{run['id']}"
        yield from (get(path + end) for end in ("", "/graph", "/graph-v2", "/logs/download"))
        yield get(f"/flow_run_states/?flow_run_id={run['id']}")
        yield get(f"/flow_run_states/{run['state_id']}")
        yield post(path + "/input/filter", {"prefix": "", "limit": PAGE})
        yield get(path + "/input/none")
    for run in found["task_runs"]:
        yield get(f"/task_runs/{run['id']}")
        yield get(f"/ui/task_runs/{run['id']}")
        yield get(f"/task_run_states/?task_run_id={run['id']}")
        yield get(f"/task_run_states/{run['state_id']}")
    for artifact in found["artifacts"]:
        yield get(f"/artifacts/{artifact['id']}")
    for artifact in found["latest"]:
        yield get(f"/artifacts/{artifact['key']}/latest")
    for variable in found["variables"]:
        yield get(f"/variables/{variable['id']}")
        yield get(f"/variables/name/{variable['name']}")
    for search in saved:
        yield get(f"/saved_searches/{search['id']}")
    yield post("/saved_searches/filter", {}, "NAME_ASC")


def of_collections(found: dict[str, list[Row]]) -> Iterator[Question]:
    for name, (path, key, model, sorts) in COLLECTIONS.items():
        for sort in sorts:
            yield post(path + "/filter", {"sort": sort.value, "limit": PAGE}, sort.value)
        # These sorts are by what no two rows share, but for logs written in the same microsecond.
        sort = {"flows": "NAME_ASC", "variables": "NAME_ASC", "logs": "TIMESTAMP_ASC"}.get(name, "ID_DESC")
        asked = list(conditions(model, found[name]))
        for condition in asked:
            yield post(path + "/filter", {key: condition, "sort": sort, "limit": PAGE}, sort)
        # What a filter finds can be counted: some show that both take the same way.
        for condition in asked[::4] if name in COUNTED else []:
            yield post(path + "/count", {key: condition})


def of_pages() -> Iterator[Question]:
    for name in PAGINATED:
        path, *_ = COLLECTIONS[name]
        sort = "NAME_ASC" if name == "flows" else "ID_DESC"
        for limit, number in ((3, 1), (3, 2), (5, 99)):
            yield post(path + "/paginate", {"sort": sort, "limit": limit, "page": number})
            yield post(path + "/filter", {"sort": sort, "limit": limit, "offset": limit * (number - 1)})
        for refused in ({"limit": PAGE + 1}, {"limit": -1}, {"offset": -1}, {"page": 0}, {"sort": "NO_SUCH"}):
            yield post(path + ("/paginate" if "page" in refused else "/filter"), refused)


def of_joins(found: dict[str, list[Row]]) -> Iterator[Question]:
    some = {
        "flows": {"name": {"any_": [flow["name"] for flow in found["flows"]][:3]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
        "task_runs": {"state": {"name": {"any_": ["Cached", "Failed"]}}},
    }
    for name in JOINED:
        path, *_ = COLLECTIONS[name]
        sort = "NAME_ASC" if name == "flows" else "ID_DESC"
        for keys in (["flows"], ["flow_runs"], ["task_runs"], ["flows", "flow_runs"], ["flow_runs", "task_runs"]):
            body = {key: some[key] for key in keys}
            yield post(path + "/filter", body | {"sort": sort}, sort)
            yield post(path + "/count", body)


def of_summaries(found: dict[str, list[Row]]) -> Iterator[Question]:
    # Of runs that have ended: the others' sums grow by themselves.
    ended = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}}}
    times = [moment(run["created"]) for run in found["flow_runs"]]
    # From a full minute: the reference's buckets on SQLite begin at full milliseconds.
    start = (min(times) - datetime.timedelta(minutes=1)).replace(second=0, microsecond=0)
    end = max(times) + datetime.timedelta(minutes=10)
    history = {"history_start": start.isoformat(), "history_end": end.isoformat(), "history_interval_seconds": 60}
    yield post("/flow_runs/history", history | {"flow_runs": ended})
    yield post("/task_runs/history", history | {"task_runs": ended})
    yield post("/flow_runs/lateness", {"flow_runs": ended})
    yield post("/ui/flow_runs/history", {"sort": "ID_DESC", "limit": PAGE, "flow_runs": ended})
    runs, flows = ([row["id"] for row in found[name]] for name in ("flow_runs", "flows"))
    yield post("/ui/flow_runs/count-task-runs", {"flow_run_ids": [*runs, NOBODY]})
    yield post("/ui/flows/count-deployments", {"flow_ids": [*flows, NOBODY]})
    yield post("/ui/flows/next-runs", {"flow_ids": [*flows, NOBODY]})
    yield post("/ui/task_runs/count", {"flow_runs": {"id": {"any_": runs[:5]}}})
    since = {"task_runs": {"start_time": {"after_": start.isoformat(), "before_": end.isoformat()}}}
    yield post("/ui/task_runs/dashboard/counts", since)


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def conditions(model: type[BaseModel], rows: list[Row]) -> Iterator[dict[str, Any]]:
    """Filters of the model: each operator of each property with values that occur and with one that does not, and the
    properties combined in both ways."""
    single: list[dict[str, Any]] = []
    for name, info in model.model_fields.items():
        if nested := nested_model(info.annotation):
            single += [{name: condition} for condition in of_property(nested, [row.get(name) for row in rows])]
    yield from single
    for left, right in zip(single, single[1:]):
        if left.keys() != right.keys():
            yield {"operator": "and_"} | left | right
            yield {"operator": "or_"} | left | right


def of_property(model: type[BaseModel], values: list[Any]) -> Iterator[dict[str, Any]]:
    known = [value for value in values if value not in (None, [], {})]
    for operator, info in model.model_fields.items():
        annotation = optional(info.annotation)
        if nested := nested_model(annotation):
            # A run's state: its type and its name, each with operators of its own.
            inside = [value[operator] for value in known if operator in value]
            yield from ({operator: condition} for condition in of_property(nested, inside))
        elif annotation is bool:
            yield from ({operator: value} for value in (True, False))
        elif annotation is int:
            yield {operator: sorted(known)[len(known) // 2]}
        elif annotation is str:
            yield from ({operator: text} for text in texts(operator, known))
        elif typing.get_origin(annotation) is list:
            yield from ({operator: given} for given in lists(operator, typing.get_args(annotation)[0], known))
        elif operator in ("before_", "after_") and known:
            yield {operator: sorted(known)[len(known) // 2]}


def texts(operator: str, known: list[Any]) -> list[str]:
    if operator == "query":
        return ["printed", "flow -printed", '"logged by the flow"', "+flow +printed", "greeting ada", "\U0001f600", "%_"]
    return [known[0][1:4], known[-1], "%", "_", "\\", "nothing has this name"] if known else ["x"]


def lists(operator: str, kind: Any, known: list[Any]) -> list[list[Any]]:
    if operator in ("id_", "type_"):  # of created_by
        known = [value[operator.removesuffix("_")] for value in known if value.get(operator.removesuffix("_"))]
    if known and isinstance(known[0], list):  # tags
        known = [tag for tags in known for tag in tags]
    unknown = NOBODY if kind is uuid.UUID else "NONE" if not isinstance(kind, type) or kind is str else next(iter(kind)).value
    distinct = list(dict.fromkeys(known))
    return [[], [unknown], *([distinct[:2], [*distinct[-1:], unknown]] if distinct else [])]


def optional(annotation: Any) -> Any:
    """The type that an Optional wraps."""
    if typing.get_origin(annotation) is typing.Union or type(annotation).__name__ == "UnionType":
        (inner,) = [given for given in typing.get_args(annotation) if given is not type(None)]
        return inner
    return annotation


def nested_model(annotation: Any) -> type[BaseModel] | None:
    inner = optional(annotation)
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def differences(left: dict[Question, Any], right: dict[Question, Any], most: int = 20) -> list[str]:
    """What differs, a line each: the question, and the first place in its answer."""
    found = []
    for question, (status, answer) in left.items():
        other_status, other = right[question]
        if status != other_status:
            found.append(f"{question}: {status} and {other_status}: {str(answer)[:200]} and {str(other)[:200]}")
        elif where := first_difference(answer, other):
            found.append(f"{question}: {where}")
    return found[:most] + ([f"and {len(found) - most} more"] if len(found) > most else [])


def first_difference(left: Any, right: Any, path: str = "") -> str | None:
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        return next((d for key in left if (d := first_difference(left[key], right[key], f"{path}.{key}"))), None)
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return next((d for n, pair in enumerate(zip(left, right)) if (d := first_difference(*pair, f"{path}[{n}]"))), None)
    # Sums and averages of times may differ in the last bit: PostgreSQL adds in another order, or in decimals.
    if isinstance(left, float) and isinstance(right, float) and math.isclose(left, right, rel_tol=1e-12):
        return None
    # 1, 1.0 and True are equal in Python, and not the same JSON.
    if left == right and type(left) is type(right):
        return None
    return f"{path or 'answer'}: {str(left)[:200]} and {str(right)[:200]}"
