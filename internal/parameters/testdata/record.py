"""Writes validation.jsonl: what Prefect's validation says of values by schemas, drawn at random.

Run with the Python of an environment that has Prefect 3.8.8.
"""

import json
import pathlib
import random

from prefect.utilities.schema_tools.validation import CircularSchemaRefError, ValidationError, validate

CASES = 250
DRAW = random.Random(7)
NAMES = ["a", "b", "c d", "_x", "é", "q'"]
TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"]
PLAIN = [None, True, False, 0, 1, 1.0, 2, -3, 2.5, 1e20, 10**25, 0.1, "", "x", "abc", "é😀", "it's", 'a"b', "1", "2020-01-01", "a@b", 1e-7]
DEFINITIONS = {
    "definitions": {
        "one": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"$ref": "#/definitions/two"}}},
        "two": {"type": "string"},
    },
    "$defs": {"three": {"anyOf": [{"$ref": "#/definitions/one"}, {"type": "null"}]}},
}


def some(values, most=2):
    return DRAW.sample(values, DRAW.randrange(most + 1))


def value(depth=0):
    kind = DRAW.random()
    if depth > 2 or kind < 0.55:
        return DRAW.choice(PLAIN)
    if kind < 0.75:
        return [value(depth + 1) for _ in range(DRAW.randrange(4))]
    return {name: value(depth + 1) for name in some(NAMES, 3)}


# What may stand under a keyword, by keyword.
SIMPLE = {
    "type": lambda: DRAW.choice([DRAW.choice(TYPES), DRAW.sample(TYPES, 2)]),
    "enum": lambda: [value(2) for _ in range(DRAW.randrange(1, 4))],
    "const": lambda: value(2),
    **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], lambda: DRAW.choice([0, 1, 1.0, 2.5, -1, 10**25])),
    "multipleOf": lambda: DRAW.choice([1, 2, 0.1, 0.5, 3, 2.0]),
    **dict.fromkeys(
        ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], lambda: DRAW.choice([0, 1, 2, 3])
    ),
    "pattern": lambda: DRAW.choice(["a", "^x$", "[0-9]+", "^$", "'"]),
    "uniqueItems": lambda: DRAW.choice([True, False]),
    "required": lambda: some(NAMES),
    "dependentRequired": lambda: {DRAW.choice(NAMES): some(NAMES)},
    "format": lambda: DRAW.choice(["date", "email", "uuid", "unknown"]),
    "default": lambda: None,
}
NESTED = {
    "properties": lambda sub: {name: properly(sub()) for name in DRAW.sample(NAMES, 2)},
    **dict.fromkeys(
        ["additionalProperties", "propertyNames", "items", "contains", "not", "unevaluatedProperties", "unevaluatedItems"],
        lambda sub: sub(),
    ),
    "patternProperties": lambda sub: {DRAW.choice(["a", "^c", "."]): sub()},
    **dict.fromkeys(["prefixItems", "anyOf", "oneOf", "allOf"], lambda sub: [sub() for _ in range(DRAW.randrange(1, 4))]),
    "if": lambda sub: sub(),
    "then": lambda sub: sub(),
    "else": lambda sub: sub(),
    "dependentSchemas": lambda sub: {DRAW.choice(NAMES): sub()},
    "$ref": lambda _: DRAW.choice(["#/definitions/one", "#/definitions/two", "#/$defs/three"]),
}


def properly(schema):
    """Prefect's preparation takes objects only for the schemas of properties."""
    return schema if isinstance(schema, dict) else {}


def schema(depth=0):
    if DRAW.random() < 0.04:
        return DRAW.choice([True, False])
    keywords = [*SIMPLE, "type"] + ([*NESTED, "properties", "anyOf"] if depth < 3 else [])
    made = {}
    for keyword in DRAW.sample(keywords, DRAW.randrange(1, 4)):
        made[keyword] = SIMPLE[keyword]() if keyword in SIMPLE else NESTED[keyword](lambda: schema(depth + 1))
        if keyword == "contains" and DRAW.random() < 0.5:
            made[DRAW.choice(["minContains", "maxContains"])] = DRAW.choice([0, 1, 2])
    return made


def answer(given, by):
    try:
        validate(given, by, raise_on_error=True)
        message = ""
    except ValidationError as error:
        message = str(error)
    except CircularSchemaRefError:
        message = "circular"
    problems = [[list(p.relative_path), p.validator or "", p.message] for p in validate(given, by)]
    return {"schema": by, "value": given, "message": message, "problems": problems}


def main():
    lines = []
    while len(lines) < CASES:
        by = properly(schema())
        if DRAW.random() < 0.8:
            by["properties"] = {name: properly(schema(1)) for name in DRAW.sample(NAMES, 3)}
        if "#/" in json.dumps(by):
            by |= DEFINITIONS
        given = {name: value(1) for name in some(NAMES, 3)}
        try:
            case = answer(given, by)
        except Exception:  # Prefect fails on some schemas
            continue
        if case["problems"] or DRAW.random() < 0.2:
            lines.append(json.dumps(case))
    pathlib.Path(__file__).with_name("validation.jsonl").write_text("\n".join(lines) + "\n")


main()
