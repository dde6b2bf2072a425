"""Orchestration: what set_state decides, for flow runs and task runs."""

from . import deployment_limits, flow_pairs, flow_rules, task_pairs, task_rules


def plans(spec):
    for module in (flow_pairs, flow_rules, task_pairs, task_rules, deployment_limits):
        yield from module.plans()
