"""Filters of events, pages of them, and counts of them."""

import base64
import datetime
import json
import uuid

from .. import Plan

SPACE = uuid.UUID("eeeeeeee-0000-4000-8000-000000000000")
COUNT = 300
START = datetime.datetime(2025, 3, 1)
FLOWS = ["prefect.flow.f1", "prefect.flow.f2", "prefect.flow.F3"]
NAMES = [
    "prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.Completed", "prefect.flow-run.Failed",
    "prefect.task-run.Running", "prefect.task-run.Completed", "prefect.deployment.created", "my_app.order.placed",
    "my-app.order.placed", "MyApp.Order", "odd %name", "back\\slash", "\u00e9v\u00e9nement", "single",
]  # fmt: skip
PAYLOADS = [
    {}, {"message": "an error in the connection"}, {"message": "Connection timeout after 5 s", "level": 30},
    {"nested": {"list": [1, 2.5, None, True, "hello world"]}}, {"text": "\u00e9t\u00e9 said \"hello\""}, {"number": 12.25},
    {"message": "100% done"}, {"message": "back\\slash\nline"},
]  # fmt: skip
SINCE, UNTIL = "2025-03-01T00:00:00Z", "2025-04-01T00:00:00Z"
TEXTS = [
    "", "   ", "error", "ERROR", "Connection", "connection timeout", '"connection timeout"', "error -timeout", "-error", "!error", "+connection +timeout",
    "+connection error", "%", "_", "100%", "back\\slash", "hello", '"hello world"', "f1", "prefect.flow.f1", "owner", "owner-2", "+f1 +completed", "-prefect",
    "message", "level", "30", "2.5", "null", "none", "true", "\u00e9t\u00e9", "\u00c9T\u00c9", "\u00e9v\u00e9nement", "order -my_app", "x" * 200, "-", '"',
]  # fmt: skip


def event_id(number):
    return str(uuid.uuid5(SPACE, str(number)))


def occurred(number):
    """No two at once; the first are before the spans of time by which events are counted."""
    if number < 6:
        return (datetime.datetime(2024, 3, 28) + datetime.timedelta(hours=25 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    at = START + datetime.timedelta(minutes=97 * number, seconds=number * 7 % 60, microseconds=number * 1001)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def resource(number):
    labels = {"prefect.resource.id": f"prefect.flow-run.r{number % 23}", "prefect.resource.name": f"run {number % 23}.{number // 150}"}
    if number % 5 == 0:
        labels = {"prefect.resource.id": f"thing.{number % 3}", "prefect.name": f"Thing {number % 3}", "color": ["red", "green", "Red"][number % 3]}
    if number % 11 == 0:
        labels = {"prefect.resource.id": f"plain_{number % 2}", "size": ["", "10", "1*"][number % 3], "a.b c": "x[1]"}
    return labels


def related(number):
    items = []
    if number % 2:
        items.append({"prefect.resource.id": FLOWS[number % 3], "prefect.resource.role": "flow", "prefect.resource.name": f"f{number % 3}"})
    if number % 3 == 0:
        items.append({"prefect.resource.id": f"owner-{number % 4}", "prefect.resource.role": "owner", "team": f"t{number % 2}"})
    if number % 7 == 0:
        items.append({"prefect.resource.id": f"prefect.flow-run.r{number % 23}", "prefect.resource.role": "self", "color": "red"})
    if number % 13 == 0:
        items.append({"prefect.resource.id": FLOWS[0], "prefect.resource.role": "other"})
    return items


def event(number):
    made = {
        "id": event_id(number), "occurred": occurred(number), "event": NAMES[number * number % 13 if number else 13], "resource": resource(number),
        "related": related(number), "payload": PAYLOADS[number % len(PAYLOADS)],
    }  # fmt: skip
    if number % 10 == 9:
        made["follows"] = event_id(number - 1)
    return made


NAME_CASES = [
    {"prefix": ["prefect."]}, {"prefix": ["prefect.flow-run."]}, {"prefix": ["prefect.flow-run.", "prefect.deployment"]}, {"prefix": []}, {"prefix": [""]},
    {"prefix": ["my_app"]}, {"prefix": ["my-app."]}, {"prefix": ["PREFECT.FLOW"]}, {"prefix": ["%order"]}, {"prefix": ["odd %"]}, {"prefix": ["back"]},
    {"prefix": ["\u00e9v"]}, {"prefix": ["no such"]}, {"name": ["prefect.flow-run.Failed"]}, {"name": ["prefect.flow-run.Failed", "single", "none"]},
    {"name": []}, {"name": ["prefect.flow-run.failed"]}, {"name": ["prefect.flow-run.*"]}, {"exclude_prefix": ["prefect."]},
    {"exclude_prefix": ["prefect.", "my_app"]}, {"exclude_prefix": []}, {"exclude_name": ["single"]}, {"exclude_name": []},
    {"exclude_name": ["prefect.flow-run.Running", "prefect.flow-run.Completed"]}, {"prefix": ["prefect."], "exclude_prefix": ["prefect.task"]},
    {"prefix": ["prefect."], "exclude_name": ["prefect.flow-run.Failed"]}, {"prefix": ["my"], "name": ["single"]},
    {"name": ["single"], "exclude_name": ["single"]}, {"prefix": None, "name": None, "exclude_prefix": None, "exclude_name": None},
]  # fmt: skip
LABELS = [
    {}, {"color": "red"}, {"color": ["red", "green"]}, {"color": "r*"}, {"color": "?ed"}, {"color": "!red"}, {"color": ["!red", "red"]}, {"color": []},
    {"color": ""}, {"size": ""}, {"size": "1*"}, {"size": "!"}, {"team": "t1"}, {"a.b c": "x[1]"}, {"a.b c": "*"}, {"none": "*"}, {"none": "!x"},
    {"prefect.resource.id": "thing.1"}, {"prefect.resource.id": ["thing.1", "plain_0"]}, {"prefect.resource.id": "thing.*"},
    {"prefect.resource.id": "prefect.flow*", "prefect.resource.name": "f1"}, {"prefect.resource.id": "!thing.*"}, {"prefect.resource.id": []},
    {"prefect.resource.id": ""}, {"prefect.resource.id": "plain?0"}, {"prefect.resource.id": "plain_*", "size": "10"},
    {"prefect.resource.name": "run 3.*"}, {"prefect.resource.name": ["run 3.0", "f2"]}, {"prefect.resource.role": "flow"},
    {"prefect.resource.role": ["flow", "owner"]}, {"prefect.resource.role": "fl*"}, {"prefect.resource.role": []}, {"prefect.resource.role": ""},
    {"prefect.resource.id": FLOWS[0], "prefect.resource.role": "flow"},
]  # fmt: skip
RELATED_CASES = [
    {}, {"id": [FLOWS[0]]}, {"id": FLOWS[:2]}, {"id": []}, {"id": ["thing.1"]}, {"id": ["none"]}, {"role": ["flow"]}, {"role": ["owner", "self"]}, {"role": []},
    {"role": ["none"]}, {"role": [""]}, {"id": [FLOWS[0]], "role": ["other"]}, {"id": [FLOWS[0]], "role": ["owner"]},
    {"resources_in_roles": [[FLOWS[0], "flow"]]}, {"resources_in_roles": [[FLOWS[0], "other"], ["owner-0", "owner"]]}, {"resources_in_roles": []},
    {"resources_in_roles": [[FLOWS[0], "owner"]]}, {"resources_in_roles": [["thing.1", ""]]},
    {"id": [FLOWS[1]], "labels": {"prefect.resource.name": "f1"}}, {"role": ["flow"], "labels": {"prefect.resource.name": "f2"}},
    [], [{}], [{"id": [FLOWS[0]]}, {"role": ["owner"]}], [{"id": [FLOWS[0]]}, {"id": [FLOWS[1]]}], [{"id": ["owner-0"], "role": ["owner"]}, {"role": ["flow"]}],
]  # fmt: skip
ANY_CASES = [
    {}, {"id": [FLOWS[0]]}, {"id": ["thing.1"]}, {"id": ["prefect.flow-run.r7", "thing.2"]}, {"id": []}, {"id": ["none"]}, {"id_prefix": ["prefect.flow."]},
    {"id_prefix": ["thing", "plain"]}, {"id_prefix": []}, {"id_prefix": ["plain_0"]}, {"id_prefix": ["owner"]}, {"id_prefix": ["THING"]},
    {"id": ["thing.1"], "id_prefix": ["plain"]}, {"id_prefix": ["prefect.flow-run.r1"], "labels": {"prefect.resource.name": "run 1*"}},
    [], [{"id": ["thing.1"]}, {"id": ["owner-0"]}], [{"id_prefix": ["prefect.flow."]}, {"labels": {"team": "t1"}}],
]  # fmt: skip
RESOURCE_CASES = [
    {}, {"id": ["thing.1"]}, {"id": ["thing.1", "prefect.flow-run.r7"]}, {"id": []}, {"id": [FLOWS[0]]}, {"id": ["none"]}, {"id_prefix": ["prefect.flow-run."]},
    {"id_prefix": ["thing", "plain"]}, {"id_prefix": []}, {"id_prefix": ["plain_"]}, {"id_prefix": ["Thing"]}, {"id": ["thing.1"], "id_prefix": ["thing"]},
    {"id": ["thing.1"], "labels": {"color": "green"}}, {"distinct": True}, {"distinct": True, "id_prefix": ["thing"]}, {"distinct": True, "labels": {"color": "*"}},
]  # fmt: skip
OCCURRED_CASES = [
    {"since": SINCE, "until": UNTIL}, {"since": occurred(50), "until": occurred(60)}, {"since": occurred(60), "until": occurred(50)},
    {"since": "2025-03-05T00:00:00Z", "until": "2025-03-06T00:00:00Z"}, {"since": "2025-03-05T00:00:00+02:00", "until": "2025-03-06T00:00:00-05:00"},
    {"since": "2000-01-01", "until": "2024-12-31"}, {"since": "2000-01-01"}, {},
]  # fmt: skip
SPAN_CASES = [
    ("2025-03-01T00:00:00Z", "2025-03-25T00:00:00Z", None, None), ("2025-03-01T05:30:00Z", "2025-03-25T07:00:00Z", "day", 1),
    ("2025-03-01T00:00:00Z", "2025-03-25T00:00:00Z", "week", 1), ("2025-03-01T00:00:00Z", "2025-03-25T00:00:00Z", "hour", 1),
    ("2025-03-01T00:00:00Z", "2025-03-25T00:00:00Z", "hour", 6.5), ("2025-03-03T00:00:00Z", "2025-03-03T12:00:00Z", "minute", 1),
    ("2025-03-03T00:00:00Z", "2025-03-03T12:00:00Z", "minute", 45), ("2025-03-03T01:00:00Z", "2025-03-03T01:10:00Z", "second", 1),
    ("2025-03-03T01:00:00Z", "2025-03-03T03:10:00Z", "second", 90), ("2025-03-01T00:00:00Z", "2025-03-25T00:00:00Z", "day", 0.5),
    ("2025-03-01T00:00:00Z", "2025-03-25T00:00:00Z", "week", 0.3), ("2024-03-20T00:00:00Z", "2024-04-10T00:00:00Z", "day", 1),
    ("2024-03-20T00:00:00Z", "2024-04-10T00:00:00Z", "week", 1), ("2024-03-20T00:00:00Z", "2024-04-10T00:00:00Z", "hour", 7),
    ("2025-03-25T00:00:00Z", "2025-03-01T00:00:00Z", "day", 1), ("2025-03-05T00:00:00Z", "2025-03-05T00:00:00Z", "day", 1),
    ("2025-03-05T00:00:01Z", "2025-03-05T00:00:01Z", "day", 1), ("2020-01-01T00:00:00Z", "2025-03-05T00:00:00Z", "day", 1),
    ("2020-01-01T00:00:00Z", "2025-03-05T00:00:00Z", "week", 4), ("2024-01-01T00:00:00Z", "2025-03-05T00:00:00Z", "second", 30),
    ("2025-03-01T00:00:00Z", "2025-03-25T00:00:00Z", "day", 100000), ("2025-03-01T00:00:00+05:30", "2025-03-25T00:00:00-03:00", "day", 1),
]  # fmt: skip


def plans():
    plan = events_plan("events")
    for name, cases in {
        "name": [("event", NAME_CASES)], "resource": [("resource", RESOURCE_CASES)], "related": [("related", RELATED_CASES)],
        "any resource": [("any_resource", ANY_CASES)],
        "labels": [(part, [{"labels": labels} for labels in LABELS]) for part in ("resource", "related", "any_resource")],
    }.items():  # fmt: skip
        for part, part_cases in cases:
            steps = plan.scenario(f"by {name}" + (f" of {part}" if len(cases) > 1 else ""))
            for case in part_cases:
                ask(steps, {part: case})
    steps = plan.scenario("by time")
    for case in OCCURRED_CASES:
        ask(steps, {}, case)
    steps = plan.scenario("by id")
    for case in ({"id": [event_id(7)]}, {"id": [event_id(9), event_id(7), event_id(8)]}, {"id": []}, {"id": None}, {"id": [str(SPACE)]}, {"id": [event_id(0), str(SPACE)]}):
        ask(steps, {"id": case})
    steps = plan.scenario("by several things")
    for case in (
        {"event": {"prefix": ["prefect.flow-run"]}, "related": {"id": [FLOWS[0]]}},
        {"event": {"prefix": ["prefect.flow-run"]}, "resource": {"id_prefix": ["thing"]}, "any_resource": {"labels": {"team": "*"}}},
        {"resource": {"id": ["thing.1"]}, "related": [{"role": ["flow"]}, {"role": ["owner"]}]},
        {"id": {"id": [event_id(n) for n in range(20, 40)]}, "event": {"exclude_prefix": ["prefect"]}},
        {"any_resource": {"id": ["prefect.flow-run.r7"]}, "event": {"name": ["prefect.flow-run.Running"]}},
    ):
        ask(steps, case)
        ask(steps, {**case, "order": "ASC"})
    steps = plan.scenario("orders and pages")
    for order in ("ASC", "DESC"):
        for limit in (1, 7, 50, 0):
            steps.post("/events/filter", {"filter": everything({"order": order}), "limit": limit}, project={"/events": "id"})
        few = {"filter": everything({"order": order, "event": {"prefix": ["prefect.flow-run"]}}), "limit": 20}
        steps.post("/events/filter", few, project={"/events": "id"}, save={"next": "/next_page"})
        for _ in range(3):
            steps.get("${next}", project={"/events": "id"}, save={"next": "/next_page"})
    few = {"filter": everything({"resource": {"distinct": True}}), "limit": 10}
    steps.post("/events/filter", few, project={"/events": "id"}, save={"next": "/next_page"})
    steps.get("${next}", project={"/events": "id"})
    steps = plan.scenario("tokens")
    for token in tokens():
        steps.get(f"/events/filter/next?page-token={token}", project={"/events": "id"})
    steps.get("/events/filter/next")
    steps.get("/events/filter/next?page-token=")
    steps = plan.scenario("whole")
    for numbers in (range(0, 40), range(40, 80)):
        steps.post("/events/filter", {"filter": everything({"id": {"id": [event_id(n) for n in numbers]}})}, loose={"/events/*/received": "any"})
    yield plan
    yield counts()
    yield texts()


def counts():
    plan = events_plan("events_counted")
    for countable in ("event", "resource"):
        steps = plan.scenario(f"by {countable}")
        for filter in (
            {}, {"event": {"prefix": ["prefect.flow"]}}, {"related": {"id": [FLOWS[0]]}}, {"any_resource": {"id_prefix": ["thing"]}}, {"event": {"name": ["none"]}},
            {"order": "ASC"}, {"resource": {"distinct": True}}, {"id": {"id": [event_id(3), event_id(4)]}}, {"resource": {"labels": {"color": "r*"}}},
        ):  # fmt: skip
            # In the order of their numbers; names of one number are in the order of the database.
            steps.post(f"/events/count-by/{countable}", {"filter": everything(filter), "time_unit": "week"}, unordered=[""])
    for countable in ("time", "day"):
        steps = plan.scenario(f"by {countable}")
        for since, until, unit, interval in SPAN_CASES:
            if countable == "day" and (unit or "day", interval or 1) != ("day", 1):
                continue
            body = {"filter": {"occurred": {"since": since, "until": until}}}
            if unit:
                body |= {"time_unit": unit, "time_interval": interval}
            steps.post(f"/events/count-by/{countable}", body)
        body = {"filter": {"occurred": {"since": SINCE, "until": UNTIL}, "event": {"prefix": ["prefect."]}, "related": {"role": ["flow"]}}}
        steps.post(f"/events/count-by/{countable}", body)
    return plan


def texts():
    plan = events_plan("events_text")
    # The reference's search needs a function that SQLite has from 3.44 on.
    plan.recorded_on = "postgres"
    steps = plan.scenario("by text")
    for query in TEXTS:
        ask(steps, {"text": {"query": query}})
    steps = plan.scenario("by text and name")
    for query in TEXTS[:10]:
        ask(steps, {"text": {"query": query}, "event": {"prefix": ["prefect.flow"]}})
    return plan


def tokens():
    filter = everything({"event": {"prefix": ["prefect.flow-run"]}})
    for change in (
        {}, {"offset": 0}, {"offset": 100}, {"page_size": 50}, {"page_size": 0}, {"count": 10}, {"filter": {"occurred": {"since": SINCE, "until": UNTIL}}},
    ):  # fmt: skip
        yield token({"filter": filter, "count": 112, "page_size": 20, "offset": 20} | change)
    yield from ("x", "abc", "!!", encoded("x"), encoded(encoded("x")), encoded(encoded("{")), encoded("\u00ff"))


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def token(content):
    return encoded(encoded(json.dumps(content)))


def everything(filter):
    return {"occurred": {"since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, **filter}


def ask(steps, filter, when=None):
    filter = {**filter, "occurred": when} if when is not None else everything(filter)
    steps.post("/events/filter", {"filter": filter}, project={"/events": "id"}, loose={"/next_page": "any"})


def events_plan(name):
    plan = Plan(f"filters/{name}")
    plan.services = True
    plan.settings = {
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "0.2",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    }
    for start in range(0, COUNT, 20):
        plan.setup.post("/events", [event(number) for number in range(start, start + 20)])
    all_of_them = {"filter": everything({}), "limit": 0}
    plan.setup.post("/events/filter", all_of_them, until={"/total": COUNT}, loose={"/next_page": "any"})
    return plan
