"""The events that the server itself emits, with everything in them."""

from . import automations, flow_runs, resources


def plans(spec):
    yield from automations.plans()
    yield from flow_runs.plans()
    yield from resources.plans()
