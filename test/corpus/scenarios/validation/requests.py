"""Requests that are odd as a whole: headers, content types, bodies that are hardly bodies, addresses."""

from .. import Plan

VERSIONS = ["0.1.0", "0.7.99", "0.8.0", "0.8.3", "0.8.5", "99.1.0", "x", "0.8", "0.8.4.1", "", " 0.8.4 ", "0.-8.4", "0.8.x", "+0.8.4", "0. 8.4", "1_0.0.0"]
TYPES = [
    "application/json; charset=latin-1", "APPLICATION/JSON", "application/json;", "application/problem+json", "application/+json", "text/json",
    "application/x-json", "application/octet-stream", "multipart/form-data; boundary=x", "nonsense", "/", "application/", "application/json, text/plain", "",
]  # fmt: skip
NESTED = "[" * 900 + "]" * 900
RAW = [
    ("a byte order mark", "\ufeff" + '{"name": "bom-${uniq}"}'),
    ("nested and wrong", '{"name": "n-${uniq}", "labels": ' + NESTED + "}"),
    ("nested too deep", '{"name": "n-${uniq}", "labels": ' + "[" * 1500 + "]" * 1500 + "}"),
    ("opened too often", "[" * 5000),
    ("the most digits", '{"name": ' + "1" * 4300 + "}"),
    ("too many digits", '{"name": ' + "1" * 4301 + "}"),
    ("too many digits in what is not read", '{"name": "d-${uniq}", "x": -' + "9" * 4301 + "}"),
    ("repeated members", '{"name": 1, "name": "twice-${uniq}", "tags": ["a"], "tags": []}'),
    ("escaped names", '{"n\\u0061me": "escaped-${uniq}", "\\u0074ags": ["\\u0061"]}'),
    ("blanks", ' \n\t\r { "name" : "blanks-${uniq}" , "tags" : [ ] } \n'),
    ("a form feed", '{"name": "f"}\f'),
    ("something after it", '{"name": "f"} x'),
    ("two documents", '{"name": "f"}\n{"name": "g"}'),
    ("a comment", '{"name": "f"} // x'),
    ("a number as a name", '{1: "f"}'),
    ("a comma too many", '{"name": "f",}'),
]


def plans(spec):
    plan = Plan("validation/requests")
    steps = plan.scenario("versions of the API")
    for version in VERSIONS:
        headers = {"X-PREFECT-API-VERSION": version}
        steps.post("/flows/count", {}, headers=headers)
        for path in ("/health", "/version", "/hello", "/ready", "/admin/version", "/nothing", "/flows/count"):
            steps.get(path, headers=headers)
        steps.post("/flows/", {"name": 1}, headers=headers)
        steps.post("/flows/", raw="{", headers=headers)
        steps.get("/flow_run_states/?flow_run_id=x", headers=headers)
    steps = plan.scenario("types of content")
    for number, content_type in enumerate(TYPES):
        headers = {"Content-Type": content_type}
        steps.post("/flows/", {"name": f"type{number}-${{uniq}}"}, headers=headers)
        steps.post("/flows/", raw="name=a", headers=headers)
        steps.post("/logs/", raw="[]", headers=headers)
        steps.post("/flows/count", raw="x", headers=headers)
        steps.get("/health", headers=headers)
    steps = plan.scenario("bodies")
    for _, raw in RAW:
        steps.post("/flows/", raw=raw)
    steps = plan.scenario("bodies where none is read")
    for raw in ("{", "x", "{}"):
        steps.get("/health", raw=raw)
        steps.delete("/flows/11111111-1111-4111-8111-111111111111", raw=raw)
    steps = plan.scenario("methods that no route has")
    for method in ("HEAD", "OPTIONS", "TRACE", "FOO"):
        for path in ("/health", "/flows/", "/flows/filter", "/nothing"):
            steps.call(method, path, compare_headers=["allow"])
    steps = plan.scenario("addresses")
    for path in (
        "/flows/name/a%2Fb", "/flows/name/a%20b%25", "/flows/name/a%00b", "/flows/name/", "/flows/name/a/", "/flows/name/" + "a" * 5000, "/flows//filter",
        "/flows/filter//", "//flows/filter", "/flows/./filter", "/flows/name/%E2%82%AC", "/flows/name/a+b", "/flows/name/a;b", "/Flows/filter", "/flows/count?x=%zz",
    ):  # fmt: skip
        steps.get(path, compare_headers=["location"])
        steps.post(path, {}, compare_headers=["location"])
    steps = plan.scenario("other origins")
    cors = ["access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"]
    for method in ("POST", "PATCH", "FOO", "get", ""):
        for asked in ("", "content-type", "X-A, x-b"):
            headers = {"Origin": "http://other", "Access-Control-Request-Method": method, "Access-Control-Request-Headers": asked}
            steps.call("OPTIONS", "/flows/filter", headers=headers, compare_headers=cors)
    for path in ("/health", "/nothing", "/flows/name/x"):
        steps.get(path, headers={"Origin": "http://other"}, compare_headers=cors)
        steps.get(path, headers={"Origin": "http://other", "Cookie": "a=b"}, compare_headers=cors)
    yield plan
    plan = Plan(
        "validation/origins",
        settings={
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "http://a,http://b:1",
            "PREFECT_SERVER_CORS_ALLOWED_METHODS": "GET,POST",
            "PREFECT_SERVER_CORS_ALLOWED_HEADERS": "X-A,x-b",
        },
    )
    steps = plan.scenario("origins, methods and headers")
    for origin in ("http://a", "http://b:1", "http://b", "HTTP://A", "null", ""):
        steps.get("/health", headers={"Origin": origin}, compare_headers=cors)
        for method in ("GET", "PATCH", "DELETE"):
            for asked in ("", "x-a", "X-B, content-type", "authorization", "x-c"):
                headers = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": asked}
                steps.call("OPTIONS", "/flows/filter", headers=headers, compare_headers=cors)
    yield plan
    plan = Plan("validation/csrf", settings={"PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true"})
    steps = plan.scenario("tokens")
    own = {"Prefect-Csrf-Client": "c-${uniq}"}
    steps.post("/flows/count", {})
    steps.post("/flows/count", {}, headers=own)
    steps.post("/flows/count", {}, headers={"Prefect-Csrf-Token": "x"})
    steps.post("/flows/count", {}, headers={**own, "Prefect-Csrf-Token": "x"})
    steps.get("/csrf-token?client=c-${uniq}", save={"token": "/token"}, loose={"/expiration": "any", "/token": "string"})
    steps.post("/flows/count", {}, headers={**own, "Prefect-Csrf-Token": "${token}"})
    steps.post("/flows/count", {}, headers={"Prefect-Csrf-Client": "other", "Prefect-Csrf-Token": "${token}"})
    steps.post("/flows/", {"name": 1})
    steps.post("/flows/", raw="{")
    steps.post("/nothing", {})
    steps.put("/flows/count", {})
    steps.get("/health")
    steps.call("OPTIONS", "/flows/count")
    steps.delete("/flows/11111111-1111-4111-8111-111111111111")
    steps.patch("/flows/11111111-1111-4111-8111-111111111111", {}, headers={**own, "Prefect-Csrf-Token": "${token}"})
    yield plan
