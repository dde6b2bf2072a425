"""Validation: what the API says to bodies, paths and queries that are wrong, and
what it makes of those that are nearly right.

The inputs are made from the reference's OpenAPI document: every property of
every request model meets every kind of value.
"""

from . import dates, paths, properties, requests, special


def plans(spec):
    for module in (properties, dates, paths, requests, special):
        yield from module.plans(spec)
