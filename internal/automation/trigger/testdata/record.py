#!/usr/bin/env python3
"""Record what the reference's triggers make of events: scenarios.jsonl.gz.

Run it with the Python of an environment that has the reference. Each line is a
scenario: an automation's trigger, and steps at given times (seconds after EPOCH)
with, for each, the firings that came of it and the buckets and half-done
compound firings that were left.

A step is an event that arrives (`event`), a look at the proactive triggers
(`proactive`), or the sweep of closed windows (`sweep`).
"""

import asyncio
import gzip
import json
import os
import random
import sys
import tempfile
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

home = tempfile.mkdtemp()
os.environ["PREFECT_HOME"] = home
os.environ["PREFECT_API_DATABASE_CONNECTION_URL"] = f"sqlite+aiosqlite:///{home}/t.db"
os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
os.environ["PREFECT_SERVER_LOGGING_LEVEL"] = "CRITICAL"

import sqlalchemy as sa
import prefect.types._datetime as clock
from prefect.server.database import provide_database_interface
from prefect.server.events import triggers
from prefect.server.events.schemas.automations import Automation
from prefect.server.events.schemas.events import ReceivedEvent

EPOCH = datetime(2024, 1, 1, tzinfo=timezone.utc)
now = EPOCH


clock.now = lambda tz=None: clock.create_datetime_instance(now)


class Firing(triggers.Firing):
    """A firing, with each of which the time moves on by a microsecond."""

    def __init__(self, **values):
        global now
        super().__init__(**values)
        if "id" not in values:
            now += timedelta(microseconds=1)


triggers.Firing = Firing


def seconds(t):
    return round((t - EPOCH).total_seconds(), 6)


def ident(n):
    return str(uuid.UUID(int=n))


class Ids:
    """Gives triggers ids, from 1 in the order of reading."""

    def __init__(self):
        self.n = 0

    def number(self, trigger):
        self.n += 1
        trigger["id"] = ident(self.n)
        for child in trigger.get("triggers", []):
            self.number(child)


fired = []


async def act(firing):
    fired.append(firing)


triggers.act = act


def told(firing, numbers):
    out = {"trigger": firing.trigger.id.int, "labels": firing.triggering_labels}
    if firing.triggering_event is not None:
        out["event"] = numbers[str(firing.triggering_event.id)]
    if firing.triggering_firings:
        # of one time's firings the table gives no order
        out["firings"] = sorted(
            (told(f, numbers) for f in firing.triggering_firings),
            key=lambda f: f["trigger"],
        )
    return out


async def play(scenario):
    global now
    db = provide_database_interface()
    await triggers.reset()
    async with db.session_context(begin_transaction=True) as session:
        for table in (db.AutomationBucket, db.CompositeTriggerChildFiring, db.Automation):
            await session.execute(sa.delete(table))
        automation = Automation(
            id=uuid.UUID(int=1000),
            name="scenario",
            trigger=json.loads(json.dumps(scenario["trigger"])),
            actions=[{"type": "do-nothing"}],
        )
        session.add(db.Automation(**automation.model_dump()))
    triggers.load_automation(automation)
    numbers = {}
    for i, step in enumerate(scenario["steps"]):
        now = EPOCH + timedelta(seconds=step["at"])
        fired.clear()
        if "event" in step:
            e = step["event"]
            numbers[ident(10000 + i)] = i
            await triggers.reactive_evaluation(
                ReceivedEvent(
                    id=ident(10000 + i),
                    occurred=EPOCH + timedelta(seconds=e["occurred"]),
                    received=now,
                    event=e["event"],
                    resource=e["resource"],
                    related=e.get("related", []),
                    payload={},
                )
            )
        elif "proactive" in step:
            await triggers.evaluate_proactive_triggers()
        else:
            async with triggers.automations_session() as session:
                await triggers.sweep_closed_buckets(session, clock.create_datetime_instance(now))
                await session.commit()
        step["firings"] = [told(f, numbers) for f in fired]
        async with db.session_context() as session:
            rows = (await session.execute(sa.select(db.AutomationBucket))).scalars().all()
            step["buckets"] = sorted(
                [
                    {
                        "trigger": b.trigger_id.int,
                        "key": list(b.bucketing_key),
                        "start": seconds(b.start),
                        "end": seconds(b.end),
                        "count": b.count,
                        "event": numbers[str(b.last_event.id)] if b.last_event else None,
                    }
                    for b in rows
                ],
                key=lambda b: (b["trigger"], b["key"]),
            )
            rows = (await session.execute(sa.select(db.CompositeTriggerChildFiring))).scalars().all()
            step["half"] = sorted([c.parent_trigger_id.int, c.child_trigger_id.int] for c in rows)


# What scenarios are made of.


def event(what, at, resource="thing.1", related=(), occurred=None, **labels):
    return {
        "at": at,
        "event": {
            "event": what,
            "occurred": at if occurred is None else occurred,
            "resource": {"prefect.resource.id": resource, **labels},
            "related": [{"prefect.resource.id": i, "prefect.resource.role": r, **more} for i, r, *rest in related for more in [rest[0] if rest else {}]],
        },
    }


def look(at):
    return {"at": at, "proactive": True}


def sweep(at):
    return {"at": at, "sweep": True}


def reactive(**more):
    return {"type": "event", "posture": "Reactive", **more}


def proactive(**more):
    return {"type": "event", "posture": "Proactive", **more}


def of(kind, *children, **more):
    return {"type": kind, "triggers": list(children), "within": None, **more}


def matching():
    """Names and labels: which events count."""
    names = ["a.b", "a.b.c", "a.", "a", "a.bc", "x", "a.b\u00e9", "A.B"]
    patterns = [
        ["a.b"], ["a.*"], ["*"], ["a*"], ["*.b"], ["a.?"], ["a.[bc]"], ["a.[!b]"], ["!a.b"], ["a.b", "x"], ["a.**"], ["*a*"], ["a"], [],
        ["a.*.c"], ["a.b*"], ["["], ["a.b.c", "a.b"],
    ]
    for expect in patterns:
        yield f"names {expect}", reactive(expect=expect), [event(n, i) for i, n in enumerate(names)]
        yield f"names after {expect}", reactive(after=expect, expect=["x"], within=100), [event(n, i) for i, n in enumerate(names + ["x"])]
    resources = [
        ("flow-run.1", {"name": "one", "color": "red"}), ("flow-run.2", {"name": "two"}), ("task-run.1", {"name": "one", "color": "blue"}), ("flow-run.1x", {"color": ""}),
    ]
    matches = [
        {"prefect.resource.id": "flow-run.*"}, {"prefect.resource.id": ["flow-run.1", "task-run.1"]}, {"color": "*"}, {"color": "!red"}, {"color": ["!red", "red"]},
        {"name": "one", "color": "red"}, {"prefect.resource.id": "flow-run.?"}, {"prefect.resource.id": "flow-run.[12]"}, {"prefect.resource.id": "flow-run.[!1]"}, {"nothing": "*"},
        {"nothing": "!x"}, {"name": "ONE"}, {"color": ""}, {}, {"name": []}, {"prefect.resource.id": "!flow-run.*"}, {"name": ["t*", "!*e"]}, {"name": "!!one"}, {"name": "[o-t]*"},
        {"name": "[t-o]*"}, {"name": "[]o]*"}, {"name": "[!]o]*"}, {"name": "on[e"}, {"name": "[a-]*"}, {"name": "*n*"},
    ]
    for match in matches:
        yield f"match {match}", reactive(match=match), [event("e", i, r, **labels) for i, (r, labels) in enumerate(resources)]
    relateds = [
        [("flow.1", "flow"), ("tag.x", "tag")], [("flow.2", "flow")], [], [("flow.1", "other"), ("flow.2", "flow")], [("flow.1", "flow", {"color": "red"}), ("flow.2", "flow", {"color": "blue"})],
    ]
    for match in [
        {"prefect.resource.id": "flow.1"}, {"prefect.resource.id": "flow.1", "prefect.resource.role": "flow"}, [{"prefect.resource.id": "flow.1"}, {"prefect.resource.id": "tag.*"}], [],
        {"prefect.resource.id": "!flow.1"}, {"color": "blue"}, [{"color": "red"}, {"color": "blue"}], [{}], {"prefect.resource.role": ["tag", "other"]}, {"color": "blue", "prefect.resource.id": "flow.1"},
    ]:
        yield f"related {match}", reactive(match_related=match), [event("e", i, related=r) for i, r in enumerate(relateds)]
    for each in [["color"], ["prefect.resource.id"], ["related:flow:prefect.resource.id"], ["related:flow:color", "name"], ["related:none:color"], ["flow:color"], ["related:color"], ["b:related:flow:color"]]:
        steps = [event("e", i, r, related=relateds[i % 5], **labels) for i, (r, labels) in enumerate(resources * 3)]
        yield f"each {each}", reactive(for_each=each, threshold=2, within=30), steps


def windows():
    """Reactive windows: thresholds, late and early events, windows that follow each other."""
    for threshold in (0, 1, 2, 3):
        for within in (0, 5, 60):
            trigger = reactive(expect=["e"], threshold=threshold, within=within)
            yield f"steady {threshold} {within}", trigger, [event("e", 2 * i) for i in range(12)]
            yield f"bursts {threshold} {within}", trigger, [event("e", 30 * (i // 3) + i % 3) for i in range(12)]
            yield f"late {threshold} {within}", trigger, [event("e", 10 + i, occurred=10 + i - 8 * (i % 3)) for i in range(12)]
            yield f"future {threshold} {within}", trigger, [event("e", i, occurred=i + 70 * (i % 2)) for i in range(12)]
            yield f"old {threshold} {within}", trigger, [event("e", i, occurred=i - 1000 * (i % 2)) for i in range(10)]
            yield f"swept {threshold} {within}", trigger, [s for i in range(8) for s in (event("e", 40 * i), sweep(40 * i + 20))]
    for threshold in (1, 2):
        for within in (0, 10):
            for expect in (["end"], ["start", "end"], [], ["start"]):
                trigger = reactive(after=["start"], expect=expect, threshold=threshold, within=within)
                words = ["end", "start", "end", "end", "start", "start", "end", "other", "end", "end"]
                yield f"after {threshold} {within} {expect}", trigger, [event(w, 3 * i) for i, w in enumerate(words)]


def absences():
    """Proactive windows: what does not happen in time."""
    for threshold in (0, 1, 2):
        for each in ([], ["prefect.resource.id"]):
            trigger = proactive(expect=["beat"], threshold=threshold, within=10, for_each=each)
            name = f"{threshold} {each}"
            yield f"silence {name}", trigger, [look(i) for i in range(0, 60, 5)]
            yield f"beats {name}", trigger, [s for i in range(0, 60, 3) for s in ([event("beat", i)] if i < 30 else []) + [look(i + 1)]]
            yield f"two {name}", trigger, [s for i in range(0, 60, 4) for s in (event("beat", i, f"thing.{i % 8}"), look(i + 2))]
            yield f"late beats {name}", trigger, [s for i in range(0, 40, 4) for s in (event("beat", i, occurred=i - 9), look(i + 2))]
            trigger = proactive(after=["start"], expect=["end"], threshold=threshold, within=10, for_each=each)
            yield f"ends {name}", trigger, [event("start", 1), look(5), event("end", 8), look(10), event("start", 14), look(20), look(23), look(24), look(25), look(40)]
            yield f"restarts {name}", trigger, [event("start", 1), look(2), event("start", 6), look(11), look(12), look(16), look(17), event("end", 18), look(30)]
            trigger = proactive(after=["beat"], expect=["beat", "done"], threshold=threshold, within=30, for_each=each)
            yield f"hearts {name}", trigger, [s for i in range(0, 90, 10) for s in ([event("beat", i)] if i < 40 else []) + [look(i + 5)]]
            yield f"done {name}", trigger, [s for i in range(0, 90, 10) for s in ([event("beat" if i < 30 else "done", i)] if i < 40 else []) + [look(i + 5)]]


def composites():
    """Compound and sequence triggers, and those inside each other."""
    a, b, c = (reactive(expect=[n]) for n in "abc")
    words = ["a", "b", "c", "b", "a", "c", "a", "a", "b", "b", "c", "a", "b", "c"]
    for kind, more in [("compound", {"require": r}) for r in ("any", "all", 1, 2, 3)] + [("sequence", {})]:
        for within in (None, 0, 5, 20):
            yield f"{kind} {more} {within}", of(kind, a, b, c, within=within, **more), [event(w, 3 * i) for i, w in enumerate(words)]
    yield "one child", of("sequence", a), [event("a", 0), event("b", 1)]
    for inner, more in [("compound", {"require": r}) for r in ("any", "all")] + [("sequence", {})]:
        for outer, most in [("compound", {"require": r}) for r in ("any", "all", 2)] + [("sequence", {})]:
            trigger = of(outer, of(inner, a, b, within=15, **more), of("sequence", b, c), within=40, **most)
            yield f"{outer} {most} of {inner} {more}", trigger, [event(w, 4 * i) for i, w in enumerate(words)]
    yield "proactive child", of("compound", a, proactive(expect=["b"], within=10), require="all", within=60), [look(0), event("a", 1), look(6), look(11), look(16), event("b", 17), look(22), event("a", 23), look(40)]
    yield "thresholds", of("compound", reactive(expect=["a"], threshold=2, within=10), reactive(expect=["b"], within=10, threshold=3), require="all", within=30), [
        event(w, 2 * i) for i, w in enumerate("aabbbabab" * 2)
    ]
    yield "each", of("compound", reactive(expect=["a"], for_each=["prefect.resource.id"]), b, require="all"), [event(w, i, f"thing.{i % 3}") for i, w in enumerate("aaabbabab")]
    yield "same", of("sequence", a, a), [event("a", i) for i in range(6)]
    yield "same compound", of("compound", a, reactive(expect=["a"], threshold=2, within=9), require="all"), [event("a", i) for i in range(6)]


def chance(seed):
    """A trigger and events by chance."""
    r = random.Random(seed)

    def one(depth):
        if depth and r.random() < 0.45:
            n = r.randint(1, 3)
            kind = r.choice(["compound", "sequence"])
            more = {"require": r.choice(["any", "all", r.randint(1, n)])} if kind == "compound" else {}
            return of(kind, *[one(depth - 1) for _ in range(n)], within=r.choice([None, 5.5, 20.5, 60.5]), **more)
        trigger = {"type": "event", "posture": r.choice(["Reactive", "Reactive", "Proactive"])}
        names = ["a", "b", "c", "*"]
        trigger["expect"] = r.sample(names, r.randint(0, 2))
        if r.random() < 0.4:
            trigger["after"] = r.sample(names, r.randint(1, 2))
        trigger["threshold"] = r.choice([1, 1, 2, 3])
        trigger["within"] = r.choice([10, 15, 30]) if trigger["posture"] == "Proactive" else r.choice([0, 0, 5, 15, 30])
        if r.random() < 0.4:
            trigger["for_each"] = r.choice([["prefect.resource.id"], ["color"], ["related:flow:prefect.resource.id"]])
        if r.random() < 0.3:
            trigger["match"] = r.choice([{"prefect.resource.id": "thing.1"}, {"color": "!red"}, {"prefect.resource.id": ["thing.1", "thing.2"]}])
        return trigger

    steps, at = [], 0
    for _ in range(25):
        at += r.choice([0, 1, 2, 3, 7, 12])
        kind = r.random()
        if kind < 0.75:
            steps.append(
                event(
                    r.choice("abc"), at, f"thing.{r.randint(1, 3)}", related=[(f"flow.{r.randint(1, 2)}", "flow")] if r.random() < 0.6 else [],
                    occurred=at + r.choice([0, 0, 0, 0, -2, -9, -40, 6]), color=r.choice(["red", "blue"]),
                )
            )
        elif kind < 0.95:
            steps.append(look(at))
        else:
            steps.append(sweep(at))
    return f"chance {seed}", one(2), steps


async def main():
    db = provide_database_interface()
    await db.create_db()
    plans = [p for family in (matching, windows, absences, composites) for p in family()] + [chance(i) for i in range(250)]
    with gzip.GzipFile(Path(__file__).parent / "scenarios.jsonl.gz", "wb", mtime=0) as out:
        for name, trigger, steps in plans:
            scenario = json.loads(json.dumps({"name": name, "trigger": trigger, "steps": steps}))
            Ids().number(scenario["trigger"])
            await play(scenario)
            out.write(json.dumps(scenario, separators=(",", ":")).encode() + b"\n")
    print(len(plans), "scenarios", file=sys.stderr)


asyncio.run(main())
