"""Random cron expressions and recurrences, right and wrong ones."""

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()
MACROS = "@midnight @hourly @daily @weekly @monthly @yearly @annually @Daily".split()
BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7), (0, 59), (1970, 2099)]


def cron_value(r, column, broken):
    low, high = BOUNDS[column]
    if column == 6:
        low, high = 2020, 2040
    if r.random() < broken * 0.15:
        return r.choice([str(high + 1), "x", "", "-1", "7", "00", "l", "w", "#", "?", "*", "1.5", "1/2/3", "12345678901234567890", "r", "h", "R(1-5)", "H/5", "ſat", "١"])
    if column == 3 and r.random() < 0.3:
        return r.choice(MONTHS)
    if column == 4 and r.random() < 0.4:
        return r.choice(WEEKDAYS)
    return str(r.randint(low, high))


def cron_item(r, column, broken):
    value = lambda: cron_value(r, column, broken)  # noqa: E731
    kind = r.random()
    if column == 2 and kind < 0.08:
        return r.choice(["l", "L", "28-l", "l"])
    if column == 4 and kind < 0.15:
        return r.choice([f"{r.randint(0, 7)}#{r.randint(1, 5)}", f"{r.choice(WEEKDAYS)}#{r.randint(1, 5)}", f"l{r.randint(0, 6)}", f"L{r.randint(0, 6)}", "mon-wed#2", "*#3", "l7", "5#6"])
    if kind < 0.5:
        return value()
    if kind < 0.65:
        return f"{value()}-{value()}"
    if kind < 0.75:
        return f"{value()}-{value()}/{r.randint(1, 7)}"
    if kind < 0.9:
        return f"*/{r.choice([1, 2, 3, 5, 7, 10, 15, 20, 45, 100])}"
    if kind < 0.95:
        return f"{value()}/{r.randint(1, 20)}"
    return "*"


def cron_text(r, broken=0.0):
    if r.random() < 0.05:
        return r.choice(MACROS)
    columns = r.choices([5, 6, 7], [14, 3, 2])[0]
    if r.random() < broken * 0.1:
        columns = r.choice([0, 1, 4, 8])
    texts = []
    for column in range(columns):
        column = min(column, 6)
        chance = [0.25, 0.4, 0.6, 0.75, 0.6, 0.2, 0.5][column]
        if r.random() < chance:
            texts.append("*" if r.random() < 0.93 or column not in (2, 4) else "?")
        else:
            texts.append(",".join(cron_item(r, column, broken) for _ in range(r.choices([1, 2, 4], [8, 2, 1])[0])))
    text = r.choice([" ", " ", " ", "  ", "\t"]).join(texts)
    if r.random() < broken * 0.1:
        text = r.choice([text.upper(), " " + text, text + " ", text.replace(",", ", "), text.replace("*", "**", 1), text + "\x00", "@reboot", "R R R R R"])
    return text


FREQUENCIES = "YEARLY MONTHLY WEEKLY DAILY HOURLY MINUTELY SECONDLY".split()
DAYS = "MO TU WE TH FR SA SU".split()


def integers(r, low, high, most=3):
    return ",".join(str(r.randint(low, high)) for _ in range(r.randint(1, most)))


def weekday(r, frequency):
    day = r.choice(DAYS)
    if frequency in ("YEARLY", "MONTHLY") and r.random() < 0.5:
        n = r.choice([1, 2, 3, 4, 5, -1, -2, -5]) if frequency == "MONTHLY" or r.random() < 0.7 else r.choice([10, 20, 53, -53, -20])
        return r.choice([f"{n}{day}", f"{n:+d}{day}", f"{day}({n:+d})"])
    return day


def one_rule(r, broken):
    frequency = r.choices(FREQUENCIES, [3, 4, 4, 4, 3, 2, 1])[0]
    parts = [f"FREQ={frequency}"]
    rate = FREQUENCIES.index(frequency)
    if r.random() < 0.5:
        most = [4, 14, 12, 40, 100, 3000, 100000][rate]
        parts.append(f"INTERVAL={r.choice([2, 3, r.randint(1, most)])}")
    if r.random() < 0.2:
        parts.append(f"COUNT={r.choice([1, 5, 20, 100, 1000])}")
    if r.random() < 0.15:
        parts.append(f"UNTIL={r.randint(2020, 2036)}{r.randint(1, 12):02}{r.randint(1, 28):02}" + r.choice(["", "T120000", "T235959"]))
    if r.random() < 0.2:
        parts.append(f"WKST={r.choice(DAYS)}")
    if r.random() < 0.25:
        parts.append(f"BYMONTH={integers(r, 1, 12)}")
    if r.random() < 0.2:
        parts.append(f"BYMONTHDAY={integers(r, 1, 31) if r.random() < 0.6 else integers(r, -31, -1)}")
    if r.random() < 0.35:
        parts.append(f"{r.choice(['BYDAY', 'BYDAY', 'BYWEEKDAY'])}=" + ",".join(weekday(r, frequency) for _ in range(r.randint(1, 3))))
    if r.random() < 0.06:
        parts.append(f"BYYEARDAY={integers(r, 1, 366) if r.random() < 0.6 else integers(r, -366, -1)}")
    if r.random() < 0.08:
        parts.append(f"BYWEEKNO={integers(r, 1, 53) if r.random() < 0.6 else integers(r, -53, -1)}")
    if r.random() < 0.05:
        parts.append(f"BYEASTER={integers(r, -50, 60)}")
    if r.random() < 0.3:
        parts.append(f"BYHOUR={integers(r, 0, 23)}")
    if r.random() < 0.25:
        parts.append(f"BYMINUTE={integers(r, 0, 59)}")
    if r.random() < 0.15:
        parts.append(f"BYSECOND={integers(r, 0, 59)}")
    if r.random() < 0.12:
        parts.append(f"BYSETPOS={integers(r, 1, 5) if r.random() < 0.6 else integers(r, -4, -1)}")
    if r.random() < broken * 0.6:
        parts.append(r.choice([
            "FREQ=FOO", "FOO=1", "INTERVAL=x", "INTERVAL=0", "INTERVAL=-1", "COUNT=-1", "COUNT=0", "COUNT=", "UNTIL=tomorrow", "UNTIL=20250101T000000Z",
            "BYHOUR=24", "BYMINUTE=60", "BYSECOND=61", "BYSETPOS=0", "BYSETPOS=400", "BYDAY=XX", "BYDAY=", "BYDAY=1", "BYDAY=0MO", "BYMONTH=13", "BYMONTH=",
            "BYMONTHDAY=0", "BYMONTHDAY=32", "", "=", "A=B=C", "bymonth=1", "BYHOUR=1,,2", "WKST=XX", "BYEASTER=x", "COUNT=1_000", "COUNT=+5", "COUNT= 5", "UNTIL=2025-01-01",
        ]))
    if r.random() < 0.2:
        r.shuffle(parts)
    return ";".join(parts)


def date_text(r):
    return f"{r.randint(2020, 2035)}{r.randint(1, 12):02}{r.randint(1, 28):02}T{r.randint(0, 23):02}{r.choice([0, 30]):02}00" + r.choice(["", "Z"])


def rrule_text(r, broken=0.0):
    fast = ("SECONDLY", "MINUTELY", "HOURLY")
    rule = one_rule(r, broken)
    kind = r.random()
    if kind < 0.35 and not any(f in rule for f in fast[:2]):
        return r.choice(["", "RRULE:"]) + rule
    year = r.randint(2019, 2030)
    lines = []
    until_utc = "Z" in rule
    start = f"{year}{r.randint(1, 12):02}{r.randint(1, 28):02}T{r.randint(0, 23):02}{r.randint(0, 59):02}{r.choice([0, r.randint(0, 59)]):02}"
    lines.append(r.choice(["DTSTART:", "DTSTART:", "DTSTART;TZID=America/New_York:" if until_utc else "DTSTART:"]) + start + ("Z" if until_utc and "TZID" not in lines else ""))
    lines.append("RRULE:" + rule)
    if kind > 0.7:
        if r.random() < 0.3:
            lines.append("RRULE:" + one_rule(r, broken))
        if r.random() < 0.5:
            lines.append("EXDATE:" + ",".join(date_text(r) for _ in range(r.randint(1, 3))))
        if r.random() < 0.4:
            lines.append("RDATE:" + ",".join(date_text(r) for _ in range(r.randint(1, 3))))
        if r.random() < 0.3:
            lines.append("EXRULE:" + one_rule(r, broken))
    if r.random() < broken * 0.3:
        lines.append(r.choice(["FOO:1", "DTSTART:foo", "DTSTART:20200101,20200102", "EXDATE:", "EXDATE;VALUE=DATE:20250101", "RDATE;VALUE=DATE:20250101", "RRULE;X=1:FREQ=DAILY", "EXDATE;X=1:20250101", "DTSTART;VALUE=DATE;VALUE=DATE:20250101", "garbage", "RDATE:2025-13-01", "DTSTART;TZID=Nowhere:20250101T000000"]))
    return "\n".join(lines)
