"""Walking the request models of an OpenAPI document."""

import copy


class Models:
    def __init__(self, spec):
        self.spec = spec

    def body(self, method, path):
        """The schema of an operation's body."""
        content = self.spec["paths"][path][method.lower()]["requestBody"]["content"]
        return next(iter(content.values()))["schema"]

    def objects(self, schema):
        """The object models that a schema allows, and whether each is within a list."""
        if "$ref" in schema:
            schema = self.spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        for member in schema.get("anyOf", schema.get("oneOf", ())):
            yield from self.objects(member)
        if schema.get("type") == "array":
            yield from ((model, True) for model, _ in self.objects(schema.get("items", {})))
        elif "properties" in schema:
            yield schema, False

    def properties(self, schema, depth, at=()):
        """Each property's path in the body (0 is a list's first member), down to a depth.

        A model that holds itself (and_ filters) is walked once.
        """
        for model, in_list in self.objects(schema):
            here = (*at, 0) if in_list else at
            yield (*here, "unknown_property"), False
            for name, inner in model["properties"].items():
                yield (*here, name), name in model.get("required", ())
                if depth > 1 and name not in at:
                    yield from self.properties(inner, depth - 1, (*here, name))


def changed(body, path, value):
    """A copy of the body with another value at a path, whose parents are made as needed."""
    body = copy.deepcopy(body)
    root = {"": body}
    parent, key = root, ""
    for part in path:
        if isinstance(part, int):
            if not isinstance(parent[key], list) or not parent[key]:
                parent[key] = [{}]
        elif not isinstance(parent[key], dict):
            parent[key] = {}
        parent, key = parent[key], part
        if isinstance(parent, dict):
            parent.setdefault(key, None)
    parent[key] = value
    return root[""]


def without(body, path):
    """A copy of the body that lacks what is at a path."""
    body = changed(body, path, None)
    parent = body
    for part in path[:-1]:
        parent = parent[part]
    del parent[path[-1]]
    return body
