"""Filters of variables."""

from .. import Plan
from .world import NOBODY, ask, combined, either

NAMES = ["alpha", "beta", "gamma", "alpha-two", "alpha_two", "zeta", "a1", "b2", "c3", "d4"]
TAGS = [[], ["x"], ["x", "y"], ["y"], ["x y"], ["X"]]
VALUES = ["text", 1, 1.5, True, None, [1, 2], {"a": 1}, "", 0, 2**63]
CASES = {
    "id": [{"any_": ["${v1}", "${v3}"]}, {"any_": []}, {"any_": [NOBODY]}, {}],
    "name": [{"any_": ["alpha", "beta"]}, {"like_": "alpha"}, {"like_": "ALPHA"}, {"like_": "_"}, {"like_": "-"}, {"like_": "%"},
             {"like_": ""}, {"any_": []}, {"any_": ["alpha"], "like_": "beta"}, {}],
    "tags": [{"all_": ["x"]}, {"all_": ["x", "y"]}, {"all_": []}, {"all_": ["x y"]}, {"is_null_": True}, {"is_null_": False},
             {"all_": ["y"], "is_null_": True, "operator": "or_"}, {"all_": ["x"], "operator": "not_"}, {}],
}  # fmt: skip


def plans():
    plan = Plan("filters/variables")
    for number, name in enumerate(NAMES):
        body = {"name": name, "value": VALUES[number], "tags": TAGS[number % len(TAGS)]}
        plan.setup.post("/variables/", body, save={f"v{number}": "/id"})
    for name, cases in CASES.items():
        steps = plan.scenario(f"by {name}")
        for case in cases:
            body = {"variables": {name: case}}
            ask(steps, "/variables/filter", body, sort="CREATED_DESC", count="/variables/count")
    for steps, variables in either(plan, CASES, {"name": {"any_": ["gamma"]}, "id": {"any_": ["${v4}"]}}):
        ask(steps, "/variables/filter", {"variables": variables}, sort="CREATED_DESC")
    steps = plan.scenario("by two things")
    for case in combined(CASES, list(CASES)):
        ask(steps, "/variables/filter", {"variables": case}, sort="CREATED_DESC", count="/variables/count")
    steps = plan.scenario("sorts, limits and offsets")
    # By name, in whatever order the database has for dashes.
    steps.post("/variables/filter", {}, unordered=[""]).post("/variables/count", {})
    for limit, offset in ((200, 0), (3, 0), (3, 3), (3, 100), (0, 0)):
        ask(steps, "/variables/filter", sort="CREATED_DESC", limit=limit, offset=offset)
    steps.post("/variables/filter", {"sort": "UPDATED_DESC"}, project={"": "id"}, sorted={"": "-updated"})
    plain = {"variables": {"name": {"any_": ["beta", "zeta", "gamma", "a1"]}}}
    for sort in ("NAME_ASC", "NAME_DESC"):
        ask(steps, "/variables/filter", plain, sort=sort)
    steps = plan.scenario("by name and id")
    for number, name in enumerate(NAMES):
        steps.get(f"/variables/{'${v' + str(number) + '}'}").get(f"/variables/name/{name}")
    steps.get("/variables/name/none").get("/variables/name/ALPHA").get("/variables/name/a%2Fb")
    yield plan
