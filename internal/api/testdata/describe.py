#!/usr/bin/env python3
"""Derive reference_api.json from the reference's OpenAPI document: which operations there are, with the names and places of
their parameters and the names of the properties that they take and give. Nothing of its text is kept.

    describe.py OPENAPI.json > reference_api.json

A node of a schema has "properties" (by name), "items" of a list, "values" of a dictionary with free names, and "refs", the
names of the schemas that it is made of or may be one of.
"""

import json
import sys

METHODS = ("get", "post", "put", "patch", "delete")
REFS = "#/components/schemas/"


def node(schema):
    made = {}
    if not isinstance(schema, dict):
        return made
    if "$ref" in schema:
        made["refs"] = [schema["$ref"].removeprefix(REFS)]
    if schema.get("properties"):
        made["properties"] = {name: node(inner) for name, inner in sorted(schema["properties"].items())}
    for key, word in (("items", "items"), ("additionalProperties", "values")):
        if inner := node(schema.get(key)):
            made[word] = inner
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, []):
            merge(made, node(part))
    return made


def merge(into, other):
    for word, value in other.items():
        if word == "refs":
            into["refs"] = sorted({*into.get("refs", []), *value})
        elif word == "properties":
            for name, inner in value.items():
                merge(into.setdefault("properties", {}).setdefault(name, {}), inner)
        else:
            merge(into.setdefault(word, {}), value)


def content(holder):
    for kind, found in holder.get("content", {}).items():
        if kind == "application/json":
            return node(found.get("schema"))
    return None


def operation(spec):
    made = {"parameters": sorted(f"{p['in']} {p['name']}" for p in spec.get("parameters", []))}
    if "requestBody" in spec and (body := content(spec["requestBody"])) is not None:
        made["body"] = body
    made["answers"] = {status: content(answer) for status, answer in spec["responses"].items() if status.startswith("2")}
    return made


def main():
    with open(sys.argv[1], encoding="utf-8") as source:
        document = json.load(source)
    operations = {
        f"{method.upper()} {path}": operation(spec[method])
        for path, spec in sorted(document["paths"].items())
        for method in METHODS
        if method in spec
    }
    schemas = {name: node(schema) for name, schema in sorted(document["components"]["schemas"].items())}
    lines = []
    for title, entries in (("operations", operations), ("schemas", schemas)):
        rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry, sort_keys=True)}" for name, entry in entries.items())
        lines.append(f' "{title}": {{\n{rows}\n }}')
    print("{\n" + ",\n".join(lines) + "\n}")


main()
