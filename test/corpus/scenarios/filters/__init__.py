"""Filters: a small world of flows, runs, logs, artifacts and variables, and every
operator of every filter asked about it."""

from . import artifacts, events, flow_runs, flows, history, logs, task_runs, ui, ui_schemas, variables, work_pools


def plans(spec):
    for module in (flows, flow_runs, task_runs, logs, artifacts, variables, history, work_pools, ui, ui_schemas, events):
        yield from module.plans()
