"""Every way to write an instant, at the places where one is read."""

from urllib.parse import quote

from .. import Plan
from .properties import FLOW, FLOW_RUN

WRITTEN = [
    "2021-02-03T04:05:06Z", "2021-02-03T04:05:06z", "2021-02-03t04:05:06Z", "2021-02-03 04:05:06Z", "2021-02-03_04:05:06Z",
    "2021-02-03T04:05:06", "2021-02-03 04:05:06", "2021-02-03T04:05", "2021-02-03T04:05Z", "2021-02-03T04", "2021-02-03",
    "2021-02-03T04:05:06.1Z", "2021-02-03T04:05:06.123Z", "2021-02-03T04:05:06.123456Z", "2021-02-03T04:05:06.1234567Z",
    "2021-02-03T04:05:06.123456789Z", "2021-02-03T04:05:06,5Z", "2021-02-03T04:05:06.Z", "2021-02-03T04:05:06.000000Z",
    "2021-02-03T04:05:06+00:00", "2021-02-03T04:05:06-00:00", "2021-02-03T04:05:06+02:00", "2021-02-03T04:05:06-0330",
    "2021-02-03T04:05:06+02", "2021-02-03T04:05:06 +02:00", "2021-02-03T04:05:06+14:00", "2021-02-03T04:05:06+23:59",
    "2021-02-03T04:05:06+24:00", "2021-02-03T04:05:06+02:60", "2021-02-03T04:05:06+02:00:30", "2021-02-03T04:05:06[UTC]",
    "2021-02-03T04:05:06 UTC", "2021-02-03T04:05:06Europe/Paris", "2021-02-29T00:00:00Z", "2020-02-29T00:00:00Z",
    "2021-13-01T00:00:00Z", "2021-00-01T00:00:00Z", "2021-01-00T00:00:00Z", "2021-01-32T00:00:00Z", "2021-02-03T24:00:00Z",
    "2021-02-03T23:60:00Z", "2021-02-03T23:59:60Z", "2021-02-03T23:59:61Z", "2021-2-3T4:5:6Z", "20210203T040506Z",
    "20210203", "2021-034T04:05:06Z", "2021-W05-3", "03/02/2021", "Feb 3 2021", "Wed, 03 Feb 2021 04:05:06 GMT",
    "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-02:00", "10000-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "1900-01-01T00:00:00Z", "now", "today",
    "", " ", " 2021-02-03T04:05:06Z", "2021-02-03T04:05:06Z ", "2021-02-03T04:05:06ZZ", "T04:05:06Z",
    "1612325106", "1612325106.5", "1612325106789", "-1", "1e9", "P1D", "inf", "nan",
    0, 1, -1, 1612325106, 1612325106.5, 1612325106.1234567, 1612325106789, 1612325106789012, 20000000000, 20000000001,
    -20000000001, 253402300799, 253402300800, 1e9, 1e30, 2**63, 2**64, True, False, None, [], {}, ["2021-02-03T04:05:06Z"],
]  # fmt: skip


def plans(spec):
    plan = Plan("validation/dates")
    steps = plan.scenario("scheduled time of a flow run")
    steps.append(FLOW)
    for value in WRITTEN:
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": value}}
        # Without a time the server takes its own.
        steps.post("/flow_runs/", {"flow_id": "${flow}", "name": "r", "state": state})
    steps = plan.scenario("cache expiration of a task run")
    for number, value in enumerate(WRITTEN):
        body = {"task_key": "t", "dynamic_key": f"{number}-${{uniq}}", "name": "t", "cache_expiration": value}
        steps.post("/task_runs/", body)
    for number, value in enumerate(WRITTEN):
        steps = plan.scenario(f"timestamp of a log: {value!r}")
        run = f"33333333-0000-4000-8000-{number:012x}"
        steps.post("/logs/", [{"name": "l", "level": 20, "message": "m", "timestamp": value, "flow_run_id": run}])
        steps.post("/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}})
    steps = plan.scenario("when an event occurred")
    for number, value in enumerate(WRITTEN):
        event = {
            "id": f"44444444-0000-4000-8000-{number:012x}",
            "occurred": value,
            "event": "e",
            "resource": {"prefect.resource.id": "r"},
        }
        steps.post("/events", [event])
    steps = plan.scenario("since, of a graph")
    steps.extend([FLOW, FLOW_RUN])
    for value in WRITTEN:
        if isinstance(value, (str, int, float)):
            steps.get(f"/flow_runs/${{flow_run}}/graph-v2?since={quote(str(value))}")
    yield plan
    yield reads()


# How late a run is that has not started, and how long it has run, depends on the day.
LATE = {"/*/states/*/sum_estimated_lateness": "any"}
SCHEDULED = ["0001-01-01T00:00:01Z", "1969-12-31T23:59:59.5Z", "2021-02-03T00:00:00Z", "2021-02-03T04:05:06Z", "2021-02-03T04:05:06.1Z", "2500-01-01T00:00:00Z"]


def reads():
    """Instants that are only compared, with runs between which they fall."""
    plan = Plan("validation/bounds")
    plan.setup.append(FLOW)
    for number, at in enumerate(SCHEDULED):
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at}}
        plan.setup.post("/flow_runs/", {"flow_id": "${flow}", "name": "r", "state": state}, loose=DELTA)
        plan.setup.post("/task_runs/", {"task_key": "t", "dynamic_key": str(number), "name": "t", "state": state}, loose=DELTA)
    steps = plan.scenario("start and end of a history")
    for kind in ("flow_runs", "task_runs"):
        for value in WRITTEN:
            body = {"history_start": value, "history_end": "9999-12-31T23:59:59Z", "history_interval_seconds": 1e11}
            steps.post(f"/{kind}/history", body, loose=LATE)
            body = {"history_start": "2021-02-03T00:00:00Z", "history_end": value, "history_interval_seconds": 1e11}
            steps.post(f"/{kind}/history", body, loose=LATE)
    steps = plan.scenario("interval of a history")
    for value in (0, 0.5, 0.999999, 1, 1.5, 86400, -1, "60", "x", None, True, 1e9, 1e11, 1e14, 1e20, [], {}):
        body = {"history_start": "2021-02-03T00:00:00Z", "history_end": "2021-02-03T00:00:03Z"}
        steps.post("/flow_runs/history", body | {"history_interval_seconds": value}, loose=LATE)
    steps = plan.scenario("bounds of a filter")
    for value in WRITTEN:
        steps.post("/flow_runs/count", {"flow_runs": {"expected_start_time": {"after_": value}}})
        steps.post("/task_runs/count", {"task_runs": {"expected_start_time": {"before_": value}}})
    return plan


DELTA = {"/estimated_start_time_delta": "any"}
