"""The events that the server itself emits, with everything in them."""

from . import flow_runs, resources


def plans(spec):
    yield from flow_runs.plans()
    yield from resources.plans()
