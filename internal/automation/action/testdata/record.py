"""record.py > templates.jsonl: what the reference makes of the templates of actions. Run it in an environment with the reference.

The first line holds the objects that templates see, as its API gives them. The clock stands still.
"""

import asyncio
import datetime
import json
import logging
import os

os.environ["PREFECT_UI_URL"] = "http://ui.example/base"

import jinja2
from prefect.server.events import actions
from prefect.server.events.actions import SendNotification
from prefect.server.events.schemas.automations import Automation, Firing, TriggeredAction
from prefect.server.events.schemas.events import ReceivedEvent, Resource
from prefect.server.schemas.core import ConcurrencyLimitV2, Flow, TaskRun, WorkPool
from prefect.server.schemas.responses import DeploymentResponse, FlowRunResponse, WorkQueueWithStatus
from prefect.server.utilities import user_templates as ut

logging.disable(logging.CRITICAL)

REAL = datetime.datetime
NOW = REAL(2026, 3, 14, 15, 9, 26, 535897)


class AnyDateTime(type(REAL)):
    def __instancecheck__(cls, value):
        return isinstance(value, REAL)


class StoppedClock(REAL, metaclass=AnyDateTime):
    @classmethod
    def now(cls, tz=None):
        return NOW if tz is None else NOW.replace(tzinfo=datetime.timezone.utc).astimezone(tz)


class AnyDate(type(datetime.date)):
    def __instancecheck__(cls, value):
        return isinstance(value, REAL.__mro__[1])


class StoppedDay(datetime.date, metaclass=AnyDate):
    @classmethod
    def today(cls):
        return NOW.date()


FLOW_RUN = "11111111-1111-4111-8111-111111111111"
DEPLOYMENT = "22222222-2222-4222-8222-222222222222"
FLOW = "33333333-3333-4333-8333-333333333333"
POOL = "44444444-4444-4444-8444-444444444444"
QUEUE = "55555555-5555-4555-8555-555555555555"
TASK_RUN = "66666666-6666-4666-8666-666666666666"
LIMIT = "77777777-7777-4777-8777-777777777777"

EVENT = {
    "id": "88888888-8888-4888-8888-888888888888", "occurred": "2026-03-14T15:04:05.123456Z", "received": "2026-03-14T15:04:06Z",
    "event": "prefect.flow-run.Failed", "follows": "99999999-9999-4999-8999-999999999999",
    "resource": {
        "prefect.resource.id": f"prefect.flow-run.{FLOW_RUN}", "prefect.resource.name": "wild-otter", "prefect.state-message": "boom <b> & 'x'",
        "prefect.state-name": "Failed", "prefect.state-timestamp": "2026-03-14T15:04:05.123456+00:00", "prefect.state-type": "FAILED",
    },
    "related": [
        {"prefect.resource.id": f"prefect.flow.{FLOW}", "prefect.resource.role": "flow", "prefect.resource.name": "etl"},
        {"prefect.resource.id": f"prefect.deployment.{DEPLOYMENT}", "prefect.resource.role": "deployment", "prefect.resource.name": "nightly"},
        {"prefect.resource.id": f"prefect.work-queue.{QUEUE}", "prefect.resource.role": "work-queue", "prefect.resource.name": "default"},
        {"prefect.resource.id": f"prefect.work-pool.{POOL}", "prefect.resource.role": "work-pool", "prefect.resource.name": "kube", "prefect.work-pool.type": "kubernetes"},
        {"prefect.resource.id": f"prefect.task-run.{TASK_RUN}", "prefect.resource.role": "task-run"},
        {"prefect.resource.id": f"prefect.concurrency-limit.{LIMIT}", "prefect.resource.role": "concurrency-limit"},
        {"prefect.resource.id": "prefect.tag.prod", "prefect.resource.role": "tag"},
        {"prefect.resource.id": "prefect.tag.eu", "prefect.resource.role": "tag"},
    ],
    "payload": {"validated_state": {"type": "FAILED", "name": "Failed"}, "count": 12345, "ratio": 0.5, "list": [1, "two", None], "ok": True, "big": 123456789},
}
TRIGGER = {"type": "event", "id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "expect": ["prefect.flow-run.Failed"], "for_each": ["prefect.resource.id"],
           "match": {"prefect.resource.id": "prefect.flow-run.*"}, "posture": "Reactive", "threshold": 2, "within": 90}
AUTOMATION = {
    "id": "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", "created": "2026-01-02T03:04:05Z", "updated": "2026-01-03T03:04:05Z", "name": "page me", "description": "",
    "enabled": True, "tags": ["ops"], "trigger": TRIGGER, "actions": [{"type": "do-nothing"}], "actions_on_trigger": [], "actions_on_resolve": [],
}
FIRING = {
    "id": "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "trigger": TRIGGER, "trigger_states": ["Triggered"], "triggered": "2026-03-14T15:04:07Z",
    "triggering_labels": {"prefect.resource.id": f"prefect.flow-run.{FLOW_RUN}", "a.b": "x", "a.b.c": "y", "plain": "z"}, "triggering_event": EVENT,
    "triggering_firings": [], "triggering_value": None,
}
STATE = {"type": "RUNNING", "name": "Running", "timestamp": "2026-03-14T15:00:00Z", "message": None, "id": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"}
OBJECTS = {
    "flow_run": (FlowRunResponse, {
        "id": FLOW_RUN, "created": "2026-03-14T14:00:00Z", "updated": "2026-03-14T15:00:00Z", "name": "wild-otter", "flow_id": FLOW, "deployment_id": DEPLOYMENT,
        "parameters": {"x": 1, "names": ["a", "b"]}, "tags": ["prod", "eu"], "state": STATE, "state_type": "RUNNING", "state_name": "Running", "run_count": 3,
        "expected_start_time": "2026-03-14T14:30:00Z", "start_time": "2026-03-14T14:31:30Z", "end_time": None, "total_run_time": 1705.5, "work_queue_name": "default",
        "work_pool_name": "kube", "idempotency_key": "k", "job_variables": {"image": "img:1"}, "estimated_run_time": 1705.5, "estimated_start_time_delta": 90.0,
    }),
    "deployment": (DeploymentResponse, {
        "id": DEPLOYMENT, "created": "2026-03-01T00:00:00Z", "updated": "2026-03-01T00:00:00Z", "name": "nightly", "flow_id": FLOW, "version": "1.0", "paused": False,
        "tags": ["t"], "parameters": {"p": 1}, "schedules": [], "entrypoint": "flow.py:etl", "path": "/src", "work_queue_name": "default", "work_pool_name": "kube",
        "status": "READY", "description": None, "job_variables": {}, "labels": {"team": "data"},
    }),
    "flow": (Flow, {"id": FLOW, "created": "2026-02-01T00:00:00Z", "updated": "2026-02-01T00:00:00Z", "name": "etl", "tags": ["f"], "labels": {}}),
    "work_pool": (WorkPool, {
        "id": POOL, "created": "2026-02-01T00:00:00Z", "updated": "2026-02-01T00:00:00Z", "name": "kube", "type": "kubernetes", "is_paused": False,
        "default_queue_id": QUEUE, "base_job_template": {}, "status": "READY", "concurrency_limit": 5,
    }),
    "work_queue": (WorkQueueWithStatus, {
        "id": QUEUE, "created": "2026-02-01T00:00:00Z", "updated": "2026-02-01T00:00:00Z", "name": "default", "description": "", "is_paused": False, "priority": 1,
        "work_pool_id": POOL, "work_pool_name": "kube", "last_polled": "2026-03-14T15:09:00Z", "status": "READY", "healthy": True, "late_runs_count": 2,
        "health_check_policy": {"maximum_late_runs": 0, "maximum_seconds_since_last_polled": 60},
    }),
    "task_run": (TaskRun, {
        "id": TASK_RUN, "created": "2026-03-14T14:40:00Z", "updated": "2026-03-14T14:50:00Z", "name": "load-0", "flow_run_id": FLOW_RUN, "task_key": "load", "dynamic_key": "0",
        "state": STATE, "state_type": "RUNNING", "state_name": "Running", "tags": [], "run_count": 1, "total_run_time": 12.25, "start_time": "2026-03-14T14:40:00Z",
    }),
    "concurrency_limit": (ConcurrencyLimitV2, {
        "id": LIMIT, "created": "2026-02-01T00:00:00Z", "updated": "2026-02-01T00:00:00Z", "active": True, "name": "db", "limit": 4, "active_slots": 3, "denied_slots": 0,
        "slot_decay_per_second": 0.0, "avg_slot_occupancy_seconds": 2.0,
    }),
}
VARIABLES = {"env": "prod", "threshold": 3, "who": {"lead": "ada"}, "list": [1, 2], "flag": True}

TEMPLATES = r"""
plain
{{ event.event }} at {{ event.occurred }}
{{ event.id }}|{{ event.follows }}|{{ event.received }}
{{ event.resource.id }}|{{ event.resource.name }}|{{ event.resource['prefect.state-name'] }}|{{ event.resource.get('nope') }}|{{ event.resource.get('nope', 'x') }}
{{ event.resource['nope'] }}|{{ event.resource.nope }}|{{ event.resource.labels.prefect.resource.name }}|{{ event.resource.labels.nope.deeper }}
{{ event.resource.root }}
{{ event.resource }}
{{ event.resource.keys() | list }}
{% for k, v in event.resource.items() %}{{ k }}={{ v }};{% endfor %}
{{ 'prefect.resource.id' in event.resource }}|{{ 'nope' in event.resource }}
{{ event.resource.has_all_labels({'prefect.state-name': 'Failed'}) }}|{{ event.resource.as_label_value_array()[0] }}
{{ event.resource.prefect_object_id('prefect.flow-run') }}
{{ event.resource.prefect_object_id('prefect.flow') }}
{{ event.related[0].role }}|{{ event.related[1].id }}|{{ event.related[-1].name }}|{{ event.related | length }}
{% for r in event.related %}{{ r.role }}:{{ r.name }} {% endfor %}
{{ event.related | map(attribute='role') | join(',') }}|{{ event.related | selectattr('role', 'eq', 'tag') | map(attribute='id') | list }}
{{ event.resource_in_role['flow'].name }}|{{ event.resource_in_role.deployment.id }}|{{ event.resource_in_role['nope'] }}
{{ event.resources_in_role['tag'] | length }}|{% for t in event.resources_in_role.tag %}{{ t.id }} {% endfor %}
{{ event.involved_resources | length }}|{{ event.involved_resources[1].id }}
{{ event.find_resource_label('prefect.resource.name') }}|{{ event.find_resource_label('related:flow:prefect.resource.name') }}|{{ event.find_resource_label('nope') }}
{{ event.payload.validated_state.type }}|{{ event.payload['count'] }}|{{ event.payload.ratio }}|{{ event.payload.list }}|{{ event.payload.missing }}
{{ event.payload }}
{{ event.payload | tojson }}
{{ event.payload.list | tojson }}|{{ event.id | tojson }}
{{ event.resource | tojson }}
{{ event | tojson }}
{{ event.occurred | tojson }}
{{ event.resource.labels | tojson }}
{{ event.url }}
{{ event }}
{{ event.related }}
{{ event.occurred.year }}-{{ event.occurred.month }}-{{ event.occurred.day }} {{ event.occurred.hour }}:{{ event.occurred.minute }}:{{ event.occurred.second }}.{{ event.occurred.microsecond }}
{{ event.occurred.isoformat() }}|{{ event.occurred.isoformat(' ') }}|{{ event.occurred.isoformat(timespec='seconds') }}
{{ event.occurred.strftime('%Y-%m-%d %H:%M:%S.%f %z %Z %a %A %b %B %j %y %I %p %e %U %W %w %u %V %G %% %c %x %X %D %F %T %R') }}
{{ event.occurred.strftime('%d/%m') }}|{{ event.occurred.date() }}|{{ event.occurred.time() }}|{{ event.occurred.timestamp() }}
{{ event.occurred.weekday() }}|{{ event.occurred.isoweekday() }}|{{ event.occurred.tzinfo }}|{{ event.occurred.utcoffset() }}|{{ event.occurred.tzname() }}
{{ event.received - event.occurred }}|{{ (event.received - event.occurred).total_seconds() }}|{{ event.received > event.occurred }}|{{ event.received == event.occurred }}
{{ event.occurred.replace(hour=1, minute=2) }}|{{ event.occurred.replace(microsecond=0) }}
{{ '%s' % event.occurred }}|{{ event.occurred ~ '' }}|{{ '{}'.format(event.occurred) }}|{{ [event.occurred] }}
{{ event.occurred.date().isoformat() }}|{{ event.occurred.ctime() }}|{{ event.occurred.toordinal() }}|{{ event.occurred.isocalendar()[1] }}
{{ event.occurred.to_date_string() }}|{{ event.occurred.to_iso8601_string() }}|{{ event.occurred.to_datetime_string() }}|{{ event.occurred.int_timestamp }}
{{ event.occurred.add(days=1) }}|{{ event.occurred.subtract(hours=2) }}
{{ event.occurred.in_timezone('Europe/Berlin') }}|{{ event.occurred.in_timezone('Europe/Berlin').strftime('%H:%M %Z %z') }}
{{ automation.name }}|{{ automation.id }}|{{ automation.enabled }}|{{ automation.tags }}|{{ automation.description }}|{{ automation.created }}
{{ automation.trigger.type }}|{{ automation.trigger.posture }}|{{ automation.trigger.threshold }}|{{ automation.trigger.within }}|{{ automation.trigger.within.total_seconds() }}
{{ automation.trigger.expect | list }}|{{ automation.trigger.for_each | list }}|{{ automation.trigger.id }}|{{ automation.trigger.posture.value }}
{{ automation.trigger.posture == 'Reactive' }}|{{ automation.actions[0].type }}|{{ automation.actions | length }}|{{ automation.trigger.match['prefect.resource.id'] }}
{{ automation.trigger.within | humanize_naturaldelta }}|{{ automation.trigger.within | humanize_precisedelta }}
{{ labels }}|{{ labels.plain }}|{{ labels.a.b }}|{{ labels.a.b.c }}|{{ labels.prefect.resource.id }}|{{ labels.nope }}|{{ labels.nope.x }}|{{ labels['plain'] }}|{{ labels['a.b'] }}
{% for k, v in labels %}{{ k }}={{ v }};{% endfor %}{{ labels | length }}
{{ labels['nope'] }}|{{ labels.a }}|{{ labels.a | length }}
{{ labels.a.b ~ '!' }}|{{ labels.plain == 'z' }}|{{ labels.plain | upper }}|{{ labels.plain | string == 'z' }}
{{ firing.id }}|{{ firing.triggered }}|{{ firing.trigger_states | list | length }}|{{ firing.triggering_labels['plain'] }}|{{ firing.triggering_labels.plain }}|{{ firing.triggering_event.event }}|{{ firing.triggering_value }}
{{ firing.trigger.type }}|{{ firing.triggering_firings }}|{{ firing.all_events() | length }}|{{ firing.all_firings() | length }}
{{ firings | length }}|{{ firings[0].id }}|{{ events | length }}|{{ events[0].event }}
{% for e in events %}{{ e.resource.id }} {{ e.occurred }}{% endfor %}
{{ flow_run.id }}|{{ flow_run.name }}|{{ flow_run.run_count }}|{{ flow_run.tags }}|{{ flow_run.tags | join(', ') }}|{{ flow_run.parameters }}|{{ flow_run.parameters.names[0] }}
{{ flow_run.state.name }}|{{ flow_run.state.type }}|{{ flow_run.state.message }}|{{ flow_run.state.timestamp }}|{{ flow_run.state_type }}|{{ flow_run.state_name }}
{{ flow_run.state.type == 'FAILED' }}|{{ flow_run.state.type.value }}|{{ flow_run.state.type.name }}|{{ flow_run.state_type == 'RUNNING' }}|{{ flow_run.state.type | lower }}|{{ flow_run.state.type ~ '' }}
{{ flow_run.start_time }}|{{ flow_run.end_time }}|{{ flow_run.expected_start_time }}|{{ flow_run.total_run_time }}|{{ flow_run.estimated_run_time }}|{{ flow_run.estimated_start_time_delta }}
{{ flow_run.total_run_time | humanize_naturaldelta }}|{{ flow_run.total_run_time | humanize_precisedelta }}|{{ flow_run.start_time | humanize_naturaltime }}
{{ flow_run.start_time - flow_run.expected_start_time }}|{{ (flow_run.start_time - flow_run.expected_start_time) | humanize_naturaldelta }}
{{ flow_run.flow_id }}|{{ flow_run.deployment_id }}|{{ flow_run.work_pool_name }}|{{ flow_run.work_queue_name }}|{{ flow_run.job_variables.image }}|{{ flow_run.nope }}|{{ flow_run.idempotency_key }}
{{ flow_run.state.is_final() }}|{{ flow_run.state.is_failed() }}|{{ flow_run.state.is_running() }}|{{ flow_run.state.is_completed() }}|{{ flow_run.state.is_scheduled() }}
{{ flow_run.parameters | tojson }}|{{ flow_run.tags | tojson }}
{{ flow_run.state | tojson }}
{{ flow_run | ui_url }}
{{ flow | ui_url }}|{{ deployment | ui_url }}|{{ work_pool | ui_url }}|{{ work_queue | ui_url }}|{{ task_run | ui_url }}|{{ concurrency_limit | ui_url }}
{{ automation | ui_url }}|{{ event | ui_url }}|{{ event.resource | ui_url }}|{{ event.related[0] | ui_url }}
{{ flow_run | ui_resource_events_url }}|{{ automation | ui_resource_events_url }}|{{ event.resource | ui_resource_events_url }}|{{ event.related[0] | ui_resource_events_url }}
{{ flow | ui_resource_events_url }}|{{ deployment | ui_resource_events_url }}|{{ work_pool | ui_resource_events_url }}|{{ work_queue | ui_resource_events_url }}|{{ task_run | ui_resource_events_url }}
{{ event | ui_resource_events_url }}|{{ concurrency_limit | ui_resource_events_url }}|{{ 'text' | ui_resource_events_url }}|{{ nothing | ui_resource_events_url }}|{{ none | ui_resource_events_url }}
{{ 'text' | ui_url }}
{{ none | ui_url }}|{{ nothing | ui_url }}|{{ 1 | ui_url }}
{{ 'see http://x/runs/flow-run/11111111-1111-4111-8111-111111111111 for more' | flow_run_id }}|{{ 'nothing' | flow_run_id }}|{{ none | flow_run_id }}|{{ '' | flow_run_id }}
{{ deployment.name }}|{{ deployment.version }}|{{ deployment.paused }}|{{ deployment.status }}|{{ deployment.status.value }}|{{ deployment.entrypoint }}|{{ deployment.parameters }}|{{ deployment.labels.team }}|{{ deployment.description }}
{{ flow.name }}|{{ flow.tags }}|{{ flow.created }}|{{ flow.labels }}
{{ work_pool.name }}|{{ work_pool.type }}|{{ work_pool.status }}|{{ work_pool.concurrency_limit }}|{{ work_pool.is_paused }}
{{ work_queue.name }}|{{ work_queue.status }}|{{ work_queue.healthy }}|{{ work_queue.late_runs_count }}|{{ work_queue.last_polled }}|{{ work_queue.priority }}|{{ work_queue.health_check_policy.maximum_late_runs }}
{{ task_run.name }}|{{ task_run.state.name }}|{{ task_run.task_key }}|{{ task_run.total_run_time }}|{{ task_run.dynamic_key }}
{{ concurrency_limit.name }}|{{ concurrency_limit.limit }}|{{ concurrency_limit.active_slots }}|{{ concurrency_limit.active }}
{{ variables.env }}|{{ variables['threshold'] + 1 }}|{{ variables.who.lead }}|{{ variables.list }}|{{ variables.flag }}|{{ variables.nope }}
{{ variables | length }}|{{ variables.items() | list | length }}
{% if flow_run.state.name == 'Failed' %}failed{% elif flow_run %}other{% else %}none{% endif %}
{{ flow_run.name if flow_run else 'x' }}|{{ flow_run is defined }}|{{ nothing is defined }}|{{ flow_run is none }}|{{ event is mapping }}|{{ event.payload is mapping }}|{{ event.resource is mapping }}
{{ flow_run.model_dump().name }}
{{ event.model_dump_json() | length > 100 }}
{{ flow_run.__class__ }}
{{ event.resource.__init__ }}
{{ flow_run._secret }}
{{ flow_run.model_fields_set.clear() }}
{{ automation.name.upper() | lower | title }}|{{ automation['name'] }}|{{ event['event'] }}|{{ event['resource']['prefect.resource.id'] }}
{% set run = flow_run %}{{ run.name }}{% set msg %}{{ run.name }} is {{ run.state.name }}{% endset %}|{{ msg }}
Flow run {{ flow.name }}/{{ flow_run.name }} entered state `{{ flow_run.state.name }}` at {{ flow_run.state.timestamp }}.
Flow ID: {{ flow_run.flow_id }} Flow run URL: {{ flow_run|ui_url }} State message: {{ flow_run.state.message|default('no', true) }}
{{ 12345678 | humanize_intcomma }}|{{ 1234567.891 | humanize_intcomma }}|{{ 1234567.891 | humanize_intcomma(1) }}|{{ '1234567' | humanize_intcomma }}|{{ '12345.6' | humanize_intcomma }}|{{ 'x' | humanize_intcomma }}|{{ none | humanize_intcomma }}
{{ -12345 | humanize_intcomma }}|{{ 999 | humanize_intcomma }}|{{ 1e20 | humanize_intcomma }}|{{ 12345 | humanize_intcomma(ndigits=2) }}|{{ true | humanize_intcomma }}|{{ 'nan' | humanize_intcomma }}
{{ 1 | humanize_ordinal }}|{{ 2 | humanize_ordinal }}|{{ 3 | humanize_ordinal }}|{{ 4 | humanize_ordinal }}|{{ 11 | humanize_ordinal }}|{{ 12 | humanize_ordinal }}|{{ 113 | humanize_ordinal }}|{{ 121 | humanize_ordinal }}|{{ '7' | humanize_ordinal }}|{{ 'x' | humanize_ordinal }}|{{ none | humanize_ordinal }}|{{ 2.9 | humanize_ordinal }}|{{ -1 | humanize_ordinal }}
{{ 100 | humanize_intword }}|{{ 1000 | humanize_intword }}|{{ 12400 | humanize_intword }}|{{ 999999 | humanize_intword }}|{{ 1000000 | humanize_intword }}|{{ 1200000000 | humanize_intword }}|{{ -1234567 | humanize_intword('%.3f') }}|{{ 'x' | humanize_intword }}|{{ 1e15 | humanize_intword }}|{{ 999950 | humanize_intword }}
{{ 0 | humanize_apnumber }}|{{ 5 | humanize_apnumber }}|{{ 9 | humanize_apnumber }}|{{ 10 | humanize_apnumber }}|{{ '3' | humanize_apnumber }}|{{ 'x' | humanize_apnumber }}|{{ -1 | humanize_apnumber }}
{{ 0.3 | humanize_fractional }}|{{ 1.3 | humanize_fractional }}|{{ 1 | humanize_fractional }}|{{ '0.5' | humanize_fractional }}|{{ 'ten' | humanize_fractional }}|{{ -1.25 | humanize_fractional }}|{{ -0.25 | humanize_fractional }}|{{ 0.333333333 | humanize_fractional }}|{{ 2.9999999 | humanize_fractional }}
{{ 0.3 | humanize_scientific }}|{{ 500 | humanize_scientific }}|{{ -1000 | humanize_scientific }}|{{ 1000 | humanize_scientific(1) }}|{{ '99' | humanize_scientific(3) }}|{{ 'x' | humanize_scientific }}|{{ 0 | humanize_scientific }}
{{ 123.456 | humanize_clamp }}|{{ 0.0001 | humanize_clamp(floor=0.01) }}|{{ 5 | humanize_clamp(ceil=3) }}|{{ 0.999 | humanize_clamp(ceil=0.99, format='{:.0%}') }}|{{ none | humanize_clamp }}|{{ 5 | humanize_clamp(1, 3, '{:}', 'under ', 'over ') }}
{{ 1500 | humanize_metric('V') }}|{{ 200000000 | humanize_metric('W') }}|{{ 0.00022 | humanize_metric('F') }}|{{ 1e-14 | humanize_metric(precision=4) }}|{{ 0 | humanize_metric }}|{{ 9.999 | humanize_metric }}|{{ 999999 | humanize_metric }}|{{ 1e40 | humanize_metric }}
{{ 3000000 | humanize_naturalsize }}|{{ 300 | humanize_naturalsize }}|{{ 1 | humanize_naturalsize }}|{{ 3000 | humanize_naturalsize(gnu=true) }}|{{ 3000 | humanize_naturalsize(true) }}|{{ 999999 | humanize_naturalsize }}|{{ (10 ** 18) | humanize_naturalsize }}|{{ -4096 | humanize_naturalsize(binary=true) }}|{{ '1024' | humanize_naturalsize }}|{{ 300 | humanize_naturalsize(gnu=true) }}|{{ 3000 | humanize_naturalsize(format='%.3f') }}
{{ 0 | humanize_naturaldelta }}|{{ 0.5 | humanize_naturaldelta }}|{{ 1 | humanize_naturaldelta }}|{{ 30 | humanize_naturaldelta }}|{{ 60 | humanize_naturaldelta }}|{{ 89 | humanize_naturaldelta }}|{{ 150 | humanize_naturaldelta }}|{{ 3599 | humanize_naturaldelta }}|{{ 3600 | humanize_naturaldelta }}|{{ 9000 | humanize_naturaldelta }}|{{ 86399 | humanize_naturaldelta }}
{{ 86400 | humanize_naturaldelta }}|{{ 864000 | humanize_naturaldelta }}|{{ 2678400 | humanize_naturaldelta }}|{{ 5184000 | humanize_naturaldelta }}|{{ 5184000 | humanize_naturaldelta(months=false) }}|{{ 31536000 | humanize_naturaldelta }}|{{ 31968000 | humanize_naturaldelta }}|{{ 40000000 | humanize_naturaldelta }}|{{ 100000000 | humanize_naturaldelta }}|{{ 'x' | humanize_naturaldelta }}|{{ none | humanize_naturaldelta }}|{{ -30 | humanize_naturaldelta }}
{{ 0.0015 | humanize_naturaldelta(minimum_unit='milliseconds') }}|{{ 0.0005 | humanize_naturaldelta(minimum_unit='microseconds') }}|{{ 0.5 | humanize_naturaldelta(minimum_unit='microseconds') }}|{{ 34000000 | humanize_naturaldelta }}|{{ 62000000 | humanize_naturaldelta }}|{{ 30000000 | humanize_naturaldelta }}
{{ 5 | humanize_naturaldelta(minimum_unit='hours') }}
{{ event.occurred | humanize_naturaltime }}|{{ 30 | humanize_naturaltime }}|{{ 30 | humanize_naturaltime(future=true) }}|{{ 0 | humanize_naturaltime }}|{{ automation.created | humanize_naturaltime }}|{{ 'x' | humanize_naturaltime }}|{{ (event.received - event.occurred) | humanize_naturaltime }}|{{ event.occurred.add(days=3) | humanize_naturaltime }}
{{ event.occurred | humanize_naturaltime(when=event.received) }}|{{ event.received | humanize_naturaltime(when=event.occurred) }}|{{ 90.4 | humanize_naturaltime }}|{{ -30 | humanize_naturaltime }}
{{ event.occurred | humanize_naturalday }}|{{ event.occurred | humanize_naturaldate }}|{{ automation.created | humanize_naturalday }}|{{ automation.created | humanize_naturaldate }}|{{ 'x' | humanize_naturalday }}|{{ event.occurred.subtract(days=1) | humanize_naturalday }}|{{ event.occurred.add(days=1) | humanize_naturaldate }}|{{ event.occurred.subtract(days=400) | humanize_naturaldate }}
{{ 3633.123 | humanize_precisedelta }}|{{ 176433 | humanize_precisedelta }}|{{ 1 | humanize_precisedelta }}|{{ 0 | humanize_precisedelta }}|{{ 59.999 | humanize_precisedelta }}|{{ 3600 | humanize_precisedelta }}|{{ 100000000 | humanize_precisedelta }}|{{ 'x' | humanize_precisedelta }}
{{ 176433 | humanize_precisedelta(minimum_unit='hours') }}|{{ 3633.123 | humanize_precisedelta(format='%0.4f') }}|{{ 176433 | humanize_precisedelta(suppress=['days']) }}|{{ 0.1234 | humanize_precisedelta(minimum_unit='milliseconds') }}|{{ 0.1234 | humanize_precisedelta(minimum_unit='microseconds') }}|{{ 90.0001 | humanize_precisedelta(suppress=['seconds', 'milliseconds', 'microseconds']) }}|{{ 1 | humanize_precisedelta(minimum_unit='minutes') }}
{{ 4000000 | humanize_precisedelta }}|{{ 4000000 | humanize_precisedelta(minimum_unit='days') }}|{{ 50000000 | humanize_precisedelta(format='%d') }}|{{ 120 | humanize_precisedelta(minimum_unit='hours') }}
{{ 1 | humanize_thousands_separator }}|{{ 1 | humanize_decimal_separator }}
{{ 5 | humanize_abs_timedelta }}
{{ 30 | humanize_date_and_delta }}
{{ 'en_XX' | humanize_activate }}
{{ 1 | no_such_filter }}
{{ 'x' is no_such_test }}
{{ event.occurred + 1 }}
{{ event.occurred < 1 }}
{{ event.resource + 1 }}
{{ flow_run() }}
{{ flow_run.name() }}
{{ event.event() }}
{{ labels() }}
{{ labels < 1 }}
{{ -flow_run }}
{{ flow_run | length }}
{% for x in flow_run %}{{ x }} {% endfor %}
{% for x in event.resource %}{{ x }} {% endfor %}
{{ flow_run in [1] }}|{{ flow_run == flow_run }}|{{ flow_run.id == event.id }}|{{ flow_run.id == '11111111-1111-4111-8111-111111111111' }}|{{ flow_run.id | string == '11111111-1111-4111-8111-111111111111' }}
{{ flow_run.id.hex }}|{{ flow_run.id.version }}|{{ [flow_run.id] }}|{{ flow_run.id | length }}
{{ event.id | upper }}|{{ event.id | replace('8', '9') }}|{{ (event.id | string)[:8] }}
{{ {'id': flow_run.id, 'type': flow_run.state.type, 'when': event.occurred} }}
{"text": {{ event.resource.name | tojson }}, "run": {{ flow_run.name | tojson }}, "msg": {{ event.resource['prefect.state-message'] | tojson }}}
{{ event.resource['prefect.state-message'] }}|{{ event.resource['prefect.state-message'] | e }}|{{ event.resource['prefect.state-message'] | striptags }}
{{ flow_run.tags | sort | first }}|{{ flow_run.tags | reverse | list }}|{{ flow_run.tags[5] }}|{{ 'prod' in flow_run.tags }}|{{ flow_run.tags.append('x') }}
{{ [flow_run, task_run] | map(attribute='name') | join(' and ') }}|{{ [flow_run, task_run] | groupby('state.name') | length }}|{{ [task_run, flow_run] | sort(attribute='name') | map(attribute='name') | list }}
{{ range(3) | list }}|{{ range(101) | list }}
{% for i in range(3) %}{% for j in range(2) %}{{ i }}{{ j }} {% endfor %}{% endfor %}
{{ lipsum() }}
{% raw %}{{ event }}{% endraw %}|{# comment #}|{{- ' x ' -}}|
{{ event.resource.labels.prefect['state-name'] }}|{{ event.resource.labels['prefect.state-name'] }}
{{ event.payload.count | humanize_intcomma }}|{{ event.payload.big | humanize_intword }}|{{ event.payload.count | filesizeformat }}
{{ firing.triggering_event.occurred | humanize_naturaltime }}|{{ firing.trigger.within }}|{{ firing.trigger.match }}
{{ flow_run.state.timestamp | humanize_naturalday }} {{ flow_run.state.timestamp.strftime('%H:%M') }}
{{ (event.received - flow_run.start_time).seconds }}|{{ (event.received - flow_run.start_time).days }}|{{ (event.received - flow_run.start_time).microseconds }}
{{ flow_run.created.date() == event.occurred.date() }}|{{ flow_run.created.timestamp() | int }}|{{ flow_run.created | string | truncate(10) }}
{{ (event.occurred | string)[:19] | replace('T', ' ') }}|{{ event.occurred.format('YYYY-MM-DD') }}
{{ event.occurred.diff_for_humans }}
{{ event.related | selectattr('role', 'equalto', 'flow') | map(attribute='name') | first }}|{{ (event.related | selectattr('role', 'equalto', 'nope') | first).name }}
{{ event.related | map(attribute='labels.prefect.resource.role') | map('string') | unique | list }}
{{ event.payload.items() | map('first') | list }}|{{ event.payload | dictsort | first }}
{{ automation.tags | tojson }}|{{ automation.trigger.expect | first }}|{{ automation.owner_resource }}
{{ event.resource.id.split('.') | last }}|{{ event.resource.id.rpartition('.')[0] }}
{{ event.occurred.astimezone().tzinfo is not none }}|{{ event.occurred.tz }}|{{ event.occurred.timezone_name }}
{% macro line(k, v) %}{{ k }}: {{ v }}{% endmacro %}{{ line('run', flow_run.name) }}
{{ flow_run.state.state_details.flow_run_id }}|{{ flow_run.state.state_details.scheduled_time }}|{{ flow_run.empirical_policy.retries }}|{{ flow_run.created_by }}
{% include 'x' %}
{{ self }}
""".strip("\n").split("\n")

TEMPLATES += ["{% for x in y %}", "{{ event.event", "{% endfor %}", "{{ }}", "{% for a in b %}{% for c in d %}{% for e in f %}{% endfor %}{% endfor %}{% endfor %}",
              "{{ event.occurred.strftime('%Q') }}", "line one\nline two {{ event.event }}\n"]


async def main():
    automation, event = Automation.model_validate(AUTOMATION), ReceivedEvent.model_validate(EVENT)
    firing = Firing.model_validate(FIRING)
    action = SendNotification(block_document_id=FLOW, body="x")
    triggered = TriggeredAction(automation=automation, firing=firing, triggered=firing.triggered, triggering_labels=firing.triggering_labels,
                                triggering_event=event, action=action, id="eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee")
    documents = {name: model.model_validate(fields).model_dump(mode="json") for name, (model, fields) in OBJECTS.items()}

    async def lookup(client, triggered, resource):
        kind = resource.id.rpartition(".")[0].removeprefix("prefect.").replace("-", "_")
        return action.instantiate_object(OBJECTS[kind][0], documents[kind], triggered, resource=resource)

    class Client:
        async def __aenter__(self):
            return self

        async def __aexit__(self, *args):
            pass

        async def read_workspace_variables(self, names=None):
            return VARIABLES

    async def client(triggered):
        return Client()

    object.__setattr__(action, "_get_object_from_prefect_api", lookup)
    object.__setattr__(action, "orchestration_client", client)
    action._register_filters_if_needed()
    print(json.dumps({
        "now": NOW.isoformat() + "Z", "ui_url": os.environ["PREFECT_UI_URL"], "automation": automation.model_dump(mode="json"), "event": event.model_dump(mode="json"),
        "firing": firing.model_dump(mode="json"), "objects": documents, "variables": VARIABLES,
    }))
    for template in TEMPLATES:
        print(json.dumps(await record(action, triggered, template)))


async def record(action, triggered, template):
    result = {"template": template}
    try:
        ut.validate_user_template(template)
    except jinja2.TemplateSyntaxError as e:
        return result | {"syntax": e.message}
    except ut.TemplateSecurityError as e:
        return result | {"security": e.message}
    context = await action._template_context([template], triggered)
    datetime.datetime, datetime.date = StoppedClock, StoppedDay
    try:
        return result | {"text": await ut.render_user_template(template, context)}
    except ut.TemplateRenderError as e:
        return result | {"error": type(e.error).__name__, "message": str(e.error)}
    finally:
        datetime.datetime, datetime.date = REAL, StoppedDay.__mro__[1]


asyncio.run(main())
