"""Record what the reference makes of schedules: the dates around every change of clocks from 2020 to 2035 in many zones,
the dates of all sorts of schedules at other times, and which texts it refuses.

Run it with the Python of the environment that shared/reference/setup.sh makes, 3.12 or older (later ones make the reference
use another library for dates):

    python internal/schedule/testdata/record.py internal/schedule/testdata/corpus.jsonl.gz [SEED [RANDOM_CASES]]

With another seed it makes other cases; `PRAETOR_SCHEDULE_CORPUS=FILE go test ./internal/schedule` compares with them.
"""

import datetime as dt
import gzip
import io
import json
import random
import signal
import sys
import warnings
from zoneinfo import ZoneInfo

warnings.simplefilter("ignore")

from dateutil.rrule import rrulestr  # noqa: E402
from pydantic import ValidationError  # noqa: E402

from prefect._internal.schemas.validators import normalize_rrule_string  # noqa: E402
from prefect.server.schemas import schedules  # noqa: E402

from generate import cron_text, rrule_text  # noqa: E402

UTC = dt.timezone.utc
ZONES = """
UTC Etc/GMT+5 America/New_York America/Chicago America/Los_Angeles America/St_Johns America/Havana America/Sao_Paulo
America/Asuncion America/Santiago America/Nuuk America/Scoresbysund America/Mexico_City America/Whitehorse America/Miquelon
Europe/London Europe/Dublin Europe/Paris Europe/Berlin Europe/Chisinau Europe/Moscow Europe/Volgograd Atlantic/Azores
Africa/Casablanca Africa/El_Aaiun Africa/Cairo Africa/Juba Africa/Johannesburg Asia/Gaza Asia/Beirut Asia/Amman Asia/Tehran
Asia/Almaty Asia/Kolkata Asia/Kathmandu Asia/Tokyo Antarctica/Troll Antarctica/Casey Australia/Sydney Australia/Lord_Howe
Pacific/Auckland Pacific/Chatham Pacific/Apia Pacific/Easter Pacific/Fiji Pacific/Norfolk EST5EDT
""".split()
FIRST = dt.datetime(2020, 1, 1, tzinfo=UTC)
LAST = dt.datetime(2036, 1, 1, tzinfo=UTC)
HOUR = dt.timedelta(hours=1)


def changes(name):
    """The changes of a zone's clocks: time, offset after it, whether it is daylight saving time then."""
    zone = ZoneInfo(name)

    def state(at):
        local = at.astimezone(zone)
        return local.utcoffset(), bool(local.dst())

    found, at = [], FIRST
    while at < LAST:
        after = at + 6 * HOUR
        if state(at) != state(after):
            low, high = at, after
            while high - low > dt.timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                if state(middle) == state(low):
                    low = middle
                else:
                    high = middle
            found.append(high)
        at = after
    return found


def fingerprint(name):
    """The zone's offsets where they change: a database that has others gives other dates."""
    zone = ZoneInfo(name)
    points = [FIRST, *changes(name)]
    return [[int(p.timestamp()), int(p.astimezone(zone).utcoffset().total_seconds())] for p in points]


class Slow(Exception):
    pass


def give_up(*_):
    raise Slow


signal.signal(signal.SIGALRM, give_up)


def iso(at):
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


KINDS = {
    "interval": schedules.IntervalSchedule,
    "cron": schedules.CronSchedule,
    "rrule": schedules.RRuleSchedule,
}


def dates(body, start, end, n):
    """What the reference's generator gives, and the kind of its failure, if it fails."""
    kind = next(k for k in KINDS if k in body)
    found, failure = [], None
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        schedule = KINDS[kind](**body)
        for date in schedule._get_dates_generator(n=n, start=start, end=end):
            found.append(date)
        found.sort()
    except (Slow, ValidationError):
        return None
    except Exception as exc:
        failure = type(exc).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return [str(d) for d in found], failure


def case(body, start, end, n):
    result = dates(body, start, end, n)
    if result is None:
        return None
    line = {"schedule": body, "from": iso(start), "dates": result[0]}
    if end is not None:
        line["to"] = iso(end)
    if n is not None:
        line["n"] = n
    if result[1]:
        line["fails"] = result[1]
    return line


def around(name, at, r):
    """Schedules that are due around a change of clocks."""
    local = at.astimezone(ZoneInfo(name))
    before = (at - dt.timedelta(seconds=1)).astimezone(ZoneInfo(name))
    wall = lambda d: d.strftime("%Y%m%dT%H%M%S")  # noqa: E731
    # Readings in the hours that are skipped or shown twice, and beside them.
    odd = [
        (d.replace(tzinfo=None) + m * dt.timedelta(minutes=15))
        for d in (local, before + dt.timedelta(seconds=1))
        for m in range(-5, 9)
    ]
    crons = [
        "30 * * * *", "*/15 * * * *", "0 0 * * *", "@hourly", "5 0 * * *", "30 1 * * *", "30 2 * * *", "0 3 * * *",
        "15,45 0-4 * * *", "0 */2 * * *", "0 1-23/2 * * *", "0 12 * * sun", "0 0 1,15 * 1", "0 0 * * * 30", "59 23 * * *",
    ]
    for _ in range(2):
        yield {"cron": r.choice(crons), "timezone": name}
    c = r.choice(odd)
    yield {"cron": f"{c.minute} {c.hour} * * *", "timezone": name}

    lengths = [900, 1800, 3600, 5400, 7200, 21600, 43200, 86400, 86400, 86400, 90000, 129600, 172800, 604800, 1209600, 86399.5, 0.25 * 86400 + 0.001]
    for _ in range(2):
        anchor = r.choice(odd) - dt.timedelta(days=r.choice([0, 1, 2, 7, 30, 182, 365, 4000, -3]))
        zone = r.choice([UTC, ZoneInfo(name), dt.timezone(HOUR * r.randint(-11, 12))])
        yield {"interval": r.choice(lengths), "anchor_date": anchor.replace(tzinfo=zone).isoformat(), "timezone": name}

    d = r.choice(odd)
    days = dt.timedelta(days=r.choice([1, 2, 7, 14, 28]))
    start = f"DTSTART:{wall(d - days)}\n"
    yield {"rrule": start + r.choice([
        "RRULE:FREQ=HOURLY", "RRULE:FREQ=MINUTELY;INTERVAL=30", "RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,30",
        "RRULE:FREQ=HOURLY;INTERVAL=5", "RRULE:FREQ=MINUTELY;INTERVAL=45", "RRULE:FREQ=HOURLY;BYMINUTE=0,20,40", "RRULE:FREQ=WEEKLY;BYDAY=SU,SA,FR",
        f"RRULE:FREQ=HOURLY\nEXDATE:{wall(r.choice(odd))}", f"RRULE:FREQ=DAILY\nRDATE:{wall(r.choice(odd))},{wall(r.choice(odd))}Z",
        f"RRULE:FREQ=HOURLY;UNTIL={wall(r.choice(odd))}", "RRULE:FREQ=HOURLY;COUNT=40", "RRULE:FREQ=MINUTELY;INTERVAL=20\nEXRULE:FREQ=HOURLY",
    ]), "timezone": name}
    yield {"rrule": f"FREQ=DAILY;BYHOUR={d.hour};BYMINUTE={d.minute};BYSECOND=0", "timezone": name}


def shifted(zone_changes, r):
    """Where a search begins and ends: near a change of clocks, on and beside full hours."""
    at = r.choice(zone_changes)
    start = at + r.choice([-26, -25, -24, -3, -2, -1, -0.5, 0, 0, 0.25, 0.5, 1, 2]) * HOUR
    start += r.choice([dt.timedelta(0), dt.timedelta(0), dt.timedelta(seconds=1), dt.timedelta(seconds=-1), dt.timedelta(microseconds=1500)])
    end = r.choice([None, start + 30 * HOUR, start + 3 * HOUR, at + HOUR / 2, at + HOUR, at + 9 * 24 * HOUR])
    return start, end


def elsewhere(r):
    """Any schedule in any zone at any time."""
    name = r.choice([*ZONES, None])
    kind = r.random()
    if kind < 0.2:
        seconds = r.choice([r.randint(1, 10_000), r.randint(1, 40) * 3600, r.randint(1, 400) * 86400, r.randint(1, 10**9), round(r.uniform(0.001, 1e6), 6)])
        anchor = dt.datetime(r.randint(1950, 2040), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59), r.choice([0, 0, r.randint(0, 999999)]), tzinfo=UTC)
        body = {"interval": seconds, "anchor_date": anchor.isoformat()}
    elif kind < 0.6:
        body = {"cron": cron_text(r)}
        if r.random() < 0.2:
            body["day_or"] = False
    else:
        body = {"rrule": rrule_text(r)}
    if name is not None:
        body["timezone"] = name
    start = dt.datetime(r.randint(2020, 2034), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23), r.choice([0, r.randint(0, 59)]), r.choice([0, r.randint(0, 59)]), tzinfo=UTC)
    end = r.choice([None, start + dt.timedelta(days=r.choice([1, 10, 100, 1000, 4000]))])
    if "rrule" in body and end is None:
        end = dt.datetime(2037, 10, 1, tzinfo=UTC)  # dateutil knows no changes of clocks after that year
    n = r.choice([None, 1, 3, 5, 10]) if end is None or "interval" in body else r.choice([2, 5, 10])
    return body, start, end, n


def verdict(body):
    kind = next(k for k in KINDS if k in body)
    if "rrule" in body and "DTSTART" not in body["rrule"].upper():
        # Whether such a rule is empty depends on the time of day in the reference: leave those out.
        for hour in range(0, 24, 5):
            try:
                rrulestr(body["rrule"], dtstart=dt.datetime(2020, 1, 1, hour, 7 * hour % 60, 11 * hour % 60))
            except Exception as exc:
                if "empty set" in str(exc):
                    return None
    try:
        KINDS[kind](**body)
    except ValidationError as exc:
        errors = exc.errors()
        return {"check": body, "refused": [".".join(map(str, errors[0]["loc"])), errors[0]["msg"]]}
    except Exception as exc:
        return {"check": body, "fails": type(exc).__name__}
    return {"check": body}


def normalized(r):
    text = rrule_text(r)
    if r.random() < 0.5:
        text = f"FREQ={r.choice(['MINUTELY', 'SECONDLY'])};INTERVAL={r.randint(1, 5000)}" + r.choice(["", "", ";COUNT=5", ";BYMINUTE=0,1"])
    name = r.choice([*ZONES, None])
    now = dt.datetime(r.randint(2019, 2035), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59), r.randint(0, 999999), tzinfo=UTC)
    try:
        text_after = normalize_rrule_string(text, now=now, timezone=name)
        KINDS["rrule"](rrule=text)
    except Exception:
        return None
    return {"normalize": text, "timezone": name, "now": iso(now), "becomes": text_after}


def record(seed, count):
    r = random.Random(seed)
    yield {"zones": {name: fingerprint(name) for name in ZONES}, "seed": seed}
    for name in ZONES:
        at_changes = changes(name) or [dt.datetime(2024, 3, 10, 7, tzinfo=UTC)]
        for at in at_changes:
            for body in around(name, at, r):
                start, end = shifted([at], r)
                yield case(body, start, end, r.choice([3, 6, 10]) if end is None or end - start > 4 * HOUR else None)
    for _ in range(count):
        yield case(*elsewhere(r))
    for _ in range(count // 4):
        yield normalized(r)
        yield verdict({"cron": cron_text(r, broken=0.7)})
        yield verdict({"rrule": rrule_text(r, broken=0.7)})


def main():
    path = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
    seen, lines = set(), []
    for line in record(seed, count):
        if line is None:
            continue
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False)
        if text not in seen:
            seen.add(text)
            lines.append(text)
    raw = ("\n".join(lines) + "\n").encode()
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as out:
        out.write(raw)
    with open(path, "wb") as out:
        out.write(packed.getvalue())
    print(f"{len(lines)} lines, {len(raw)} bytes, {len(packed.getvalue())} packed")


if __name__ == "__main__":
    main()
