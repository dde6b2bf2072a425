"""What the user interface asks of values by a schema: forms of parameters, values that stand for others, schemas that are none."""

from .. import Plan

PATH = "/ui/schemas/validate"
PARAMETERS = {
    "title": "Parameters",
    "type": "object",
    "properties": {
        "name": {"title": "name", "position": 0, "type": "string"},
        "count": {"title": "count", "position": 1, "type": "integer", "default": 3},
        "tags": {"title": "tags", "position": 2, "type": "array", "items": {"type": "string"}},
        "person": {"title": "person", "position": 3, "allOf": [{"$ref": "#/definitions/Person"}]},
        "color": {"title": "color", "position": 4, "enum": ["red", "green"], "type": "string"},
        "pair": {"title": "pair", "type": "array", "items": [{"type": "integer"}, {"type": "string"}]},
    },
    "required": ["name", "person"],
    "definitions": {
        "Person": {
            "title": "Person",
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 2},
                "age": {"type": "integer", "minimum": 0},
                "friends": {"type": "array", "items": {"$ref": "#/definitions/Person"}},
            },
            "required": ["name"],
        }
    },
}
ANNA = {"name": "Anna"}


def plans():
    plan = Plan("filters/ui_schemas")
    for name, value in (("one", 1), ("text", "a text"), ("list", ["a", {"b": None}]), ("name", "one"), ("json", '{"x": [1]}'), ("null", None)):
        plan.setup.post("/variables/", {"name": name, "value": value})
    for name, cases in (("parameters", parameters), ("hydration", hydration), ("schemas", schemas), ("keywords", keywords), ("formats", formats)):
        steps = plan.scenario(name)
        for schema, values in cases():
            steps.post(PATH, {"schema": schema, "values": values})
    yield plan


def parameters():
    for values in (
        {},
        {"name": "x", "person": ANNA},
        {"name": 1, "person": ANNA},
        {"name": None, "person": None},
        {"name": "x", "person": ANNA, "count": None},
        {"name": "x", "person": ANNA, "tags": None, "color": None},
        {"name": "x", "person": ANNA, "count": 1.0},
        {"name": "x", "person": ANNA, "count": 1.5, "color": 5},
        {"name": "x", "person": ANNA, "tags": ["a", 1, None, "b"]},
        {"name": "x", "person": ANNA, "tags": "a"},
        {"name": "x", "person": {"name": "A", "age": -1}},
        {"name": "x", "person": {"friends": [{"name": 1}, {}, ANNA, {"name": "Bo", "friends": [{"age": "x"}]}]}},
        {"name": "x", "person": ANNA, "pair": [1, "a"]},
        {"name": "x", "person": ANNA, "pair": ["a", 1, True]},
        {"name": "x", "person": ANNA, "more": 1},
        {"person": {"name": "it's \"q\" \n\u00e9\u2028\U0001f600\\", "age": 10**30}, "name": {"a": [True, None, 1e100, 0.1]}},
    ):
        yield PARAMETERS, values
    yield {"type": "object", "additionalProperties": False}, {"a": 1}
    yield {"type": "object", "properties": {"a": {}}, "additionalProperties": False}, {"a": 1, "c": 1, "b": {}}
    yield {"required": ["with space", "it's"]}, {}
    yield {"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}, {"a": "x"}
    yield {"properties": {"a": {"type": ["integer", "string"]}}, "required": ["a"]}, {"a": []}


def hydration():
    typed = {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
    text = {"properties": {"a": {"type": "string"}}, "required": ["a"]}

    def kind(name, **rest):
        return {"__prefect_kind": name, **rest}

    for schema in (typed, text, {}):
        for value in (
            kind("none", value=1),
            kind("none", value=kind("json", value="2")),
            kind("none"),
            kind(None, value=1),
            kind("unknown", value="x"),
            kind("unknown"),
            kind(1, value=2),
            kind("json", value="1"),
            kind("json", value='"text"'),
            kind("json", value="{"),
            kind("json", value="[1,]"),
            kind("json", value=""),
            kind("json", value=5),
            kind("json", value=["1"]),
            kind("json", value=None),
            kind("json", value=kind("workspace_variable", variable_name="json")),
            kind("json", value=kind("workspace_variable", variable_name="none")),
            kind("json", value=kind("json")),
            kind("json"),
            kind("workspace_variable", variable_name="one"),
            kind("workspace_variable", variable_name="text"),
            kind("workspace_variable", variable_name="list"),
            kind("workspace_variable", variable_name="null"),
            kind("workspace_variable", variable_name="missing"),
            kind("workspace_variable", variable_name=kind("workspace_variable", variable_name="name")),
            kind("workspace_variable", variable_name=kind("json", value='"one"')),
            kind("workspace_variable", variable_name=kind("json", value="x")),
            kind("workspace_variable", variable_name=kind("json")),
            kind("workspace_variable"),
            kind("jinja", template="{{ flow_run.name }}"),
            kind("jinja", template="plain"),
            kind("jinja", template="{{ open"),
            kind("jinja", template="{% for a in b %}x"),
            kind("jinja", template="{% for a in b %}{% for c in d %}{% for e in f %}{% endfor %}{% endfor %}{% endfor %}"),
            kind("jinja", template=kind("json", value='"{{ x }}"')),
            kind("jinja", template=kind("workspace_variable", variable_name="missing")),
            kind("jinja"),
        ):
            yield schema, {"a": value}
    lists = {"properties": {"a": {"type": "array", "items": {"type": "integer"}}}}
    yield lists, {"a": [1, kind("json", value="2"), kind("json"), kind("jinja", template="{{ x }}"), kind("json", value="no"), "s"]}
    yield lists, kind("json", value='{"a": ["x"]}')
    yield lists, kind("json")
    yield lists, kind("workspace_variable")
    yield lists, kind("json", value="[]")
    yield {"properties": {"a": {"type": "integer", "minimum": 3}}, "required": ["a", "b"]}, {"a": kind("json", value="no"), "c": kind("json", value="no")}
    yield {"additionalProperties": False}, {"a": kind("json", value="no")}
    yield {"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}, {"a": kind("json", value="no")}


def schemas():
    """Schemas that are none, or that nobody can follow."""
    for schema in (
        {"type": "NONE"},
        {"type": 1},
        {"type": []},
        {"type": ["string", "string"]},
        {"type": ["string", "NONE"]},
        {"required": "a"},
        {"required": ["a", 1]},
        {"required": ["a", "a"]},
        {"minLength": -1},
        {"minLength": 1.5},
        {"minLength": 2.0},
        {"minimum": "1"},
        {"multipleOf": 0},
        {"enum": 1},
        {"enum": []},
        {"pattern": "["},
        {"pattern": 1},
        {"patternProperties": {"[": {}}},
        {"patternProperties": {"a": 1}},
        {"allOf": []},
        {"allOf": {}},
        {"anyOf": [1]},
        {"items": 1},
        {"items": [1]},
        {"not": None},
        {"title": 1},
        {"description": []},
        {"deprecated": "x"},
        {"examples": 1},
        {"format": 1},
        {"$id": 1},
        {"$id": "a#b"},
        {"$anchor": "1"},
        {"$ref": 1},
        {"$defs": {"a": 1}},
        {"definitions": {"a": {"type": "NONE"}}},
        {"definitions": 1},
        {"dependencies": {"a": ["b"]}},
        {"dependencies": {"a": [1]}},
        {"dependentRequired": {"a": "b"}},
        {"$comment": 1},
        {"$schema": 1},
        {"$vocabulary": {"x": 1}},
        {"contentEncoding": 1},
        {"contentSchema": 1},
        {"uniqueItems": "x"},
        # More than one thing is wrong: the first is told.
        {"title": 1, "type": "NONE"},
        {"type": "NONE", "title": 1},
        {"minimum": "x", "items": 1, "$ref": 1},
        {"properties": {"b": {"type": "NONE"}, "a": {"type": 1}}},
        {"properties": {"a": {"default": 1, "type": "NONE"}}, "minimum": "x"},
    ):
        yield schema, {}
    for schema, values in (
        ({"$ref": "#/$defs/none"}, {}),
        ({"$ref": "#none"}, {}),
        ({"$ref": "other.json"}, {}),
        ({"$ref": "#"}, {}),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, {}),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, {"a": 1}),
        ({"properties": {"a": {"$ref": "#/properties/b"}, "b": {"default": 1, "type": "string"}}}, {"a": 1}),
        ({"properties": {"a": {"$ref": "#/properties/a"}}}, {"a": 1}),
        ({"properties": {"a": {"$ref": "#"}}}, {"a": {"a": {"a": 1}}}),
        ({"$defs": {"a b/c~d": {"default": 1, "type": "string"}}, "properties": {"a": {"$ref": "#/$defs/a%20b~1c~0d"}}}, {"a": 1}),
    ):
        yield schema, values


def keywords():
    """Each keyword's words."""
    for schema, values in (
        ({"const": 1}, ["a"]),
        ({"enum": [1, "a", None, {"b": True}]}, ["x", True, 1.0]),
        ({"minimum": 3}, [2, 2.5, 3]),
        ({"maximum": 3}, [4, 1e300, 10**40]),
        ({"exclusiveMinimum": 3}, [3, 3.0]),
        ({"exclusiveMaximum": 3.5}, [3.5]),
        ({"multipleOf": 2}, [3, 4.0, 5.5]),
        ({"multipleOf": 0.1}, [0.3, 1e308]),
        ({"minLength": 1}, [""]),
        ({"minLength": 2}, ["\u00e9", "\U0001f600\U0001f600"]),
        ({"maxLength": 0}, ["x"]),
        ({"maxLength": 1}, ["xx"]),
        ({"pattern": "^a+$"}, ["b", "aa", "a\n"]),
        ({"pattern": "^\\w+$"}, ["\u00e9", "a b"]),
        ({"pattern": "^\\d+$"}, ["\u0663", "x"]),
        ({"minItems": 1}, [[]]),
        ({"minItems": 2}, [[1]]),
        ({"maxItems": 0}, [[1]]),
        ({"maxItems": 1}, [[1, 2]]),
        ({"uniqueItems": True}, [[1, 1.0], [1, True], [{"a": 1, "b": 2}, {"b": 2, "a": 1}], ["a", "b"]]),
        ({"contains": {"type": "string"}}, [[1, 2]]),
        ({"contains": {"type": "string"}, "minContains": 2}, [["a"]]),
        ({"contains": {"type": "string"}, "maxContains": 1}, [["a", "b"]]),
        ({"prefixItems": [{"type": "string"}], "items": False}, [["a", 1], ["a", 1, 2], [1]]),
        ({"items": False}, [[1]]),
        ({"minProperties": 1}, [{}]),
        ({"minProperties": 2}, [{"a": 1}]),
        ({"maxProperties": 0}, [{"a": 1}]),
        ({"maxProperties": 1}, [{"a": 1, "b": 2}]),
        ({"propertyNames": {"maxLength": 1}}, [{"aa": 1, "b": 1}]),
        ({"patternProperties": {"^a": {"type": "string"}}, "additionalProperties": False}, [{"a1": 1}, {"b": 1}, {"b": 1, "c": 2}]),
        ({"dependentRequired": {"a": ["b", "c"]}}, [{"a": 1}, {"b": 1}]),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, [{"a": 1}]),
        ({"not": {"type": "string"}}, ["a"]),
        ({"if": {"type": "string"}, "then": {"minLength": 3}, "else": {"minimum": 3}}, ["a", 1]),
        ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, [1.5, 3, "x"]),
        ({"allOf": [{"type": "integer"}, {"minimum": 2}]}, ["a", 1]),
        ({"unevaluatedProperties": False, "properties": {"a": {}}}, [{"a": 1, "b": 2}]),
        ({"unevaluatedProperties": {"type": "string"}, "allOf": [{"properties": {"a": {}}}]}, [{"a": 1, "b": 2, "c": "x"}]),
        ({"unevaluatedItems": False, "prefixItems": [{}]}, [[1, 2], [1]]),
        (False, [1]),
    ):
        for value in values:
            yield {"properties": {"v": {"anyOf": [False]}, "w": schema}}, {"w": value}


def formats():
    for name, values in (
        ("date", ["2024-02-30", "2024-02-29", "20240229", "x", 1]),
        ("date-time", ["2024-01-01T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00", "2024-01-01t00:00:00.5+01:00", "x"]),
        ("time", ["10:00:00Z", "10:00:00", "25:00:00Z"]),
        ("email", ["a@b", "ab"]),
        ("ipv4", ["1.2.3.4", "1.2.3", "01.2.3.4"]),
        ("ipv6", ["::1", "1::2::3", "::1%eth0"]),
        ("uuid", ["2b2e9dd3-58b2-4b0a-a2c0-4a3a5d3b2b5e", "2b2e9dd358b24b0aa2c04a3a5d3b2b5e", "x"]),
        ("regex", ["a+", "["]),
        ("json-pointer", ["/a", "a", "/~2"]),
        ("relative-json-pointer", ["0", "0#", "1/a", "x"]),
        ("uri", ["no uri"]),
        ("password", ["x"]),
    ):
        for value in values:
            yield {"properties": {"a": {"type": "string", "format": name, "default": ""}}}, {"a": value}
