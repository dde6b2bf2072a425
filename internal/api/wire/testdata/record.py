#!/usr/bin/env python3
"""Write scalars.jsonl and syntax.jsonl: what the reference's parsers make of single values and of text that may be JSON.

    DIR/bin/python record.py        DIR is a virtual environment with the reference
"""

import datetime
import json
import pathlib
import random
import uuid

from prefect.types import DateTime
from pydantic import TypeAdapter, ValidationError

HERE = pathlib.Path(__file__).resolve().parent
RANDOM = random.Random(1)

NUMBERS = [
    "0", "1", "-1", "-0", "1.0", "1.5", "-1.0", "1e2", "1E+2", "1e-2", "0.0", "-0.0", "1e400", "-1e400", "1.0000000000000001",
    "9007199254740993.0", "1e18", "1e19", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "123456789012345678901234567890", "true", "false", "null", "[]", "{}", '["a"]', "2", "0.1", "2.0",
]  # fmt: skip
TEXTS = [
    "", " ", "0", "1", "-1", "+1", " 1", "1 ", "\t1\n", "01", "-01", "1_0", "1__0", "_1", "1_", "1.0", "1.", ".1", "1.50", "1.00", "+1.0",
    "1_0.0", "1.0_0", "1e2", "1E2", "0x1", "\u0661", "1\u00a0", "--1", "+-1", "-", "+", ".", "inf", "-inf", "infinity", "Infinity",
    "INF", "nan", "NaN", "-nan", "9223372036854775808", "9" * 30, "9" * 30 + ".0", "1e400", "1,5", "1 000", "true", "True", "TRUE", "tRUE",
    "false", "t", "T", "f", "F", "yes", "YES", "y", "Y", "no", "n", "on", "ON", "off", "Off", " true", "true ", "2", "None", "null",
    "x", "\u00e9", "\U0001d11e", "0.0", "-0", "1.e5", "1e", "1e+", "0b1", "0o7", "1d", "\u2028", "\u0000", "1\u0000", "0.5", "-0.5", "00", "0_0",
]  # fmt: skip
UUID = "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c"
UUIDS = [
    UUID, UUID.upper(), UUID.replace("-", ""), "{" + UUID + "}", "{" + UUID.replace("-", "") + "}", "urn:uuid:" + UUID, "URN:UUID:" + UUID,
    "urn:uuid:" + UUID.replace("-", ""), UUID[:-1], UUID + "0", " " + UUID, UUID + " ", UUID.replace("1", "g"), UUID.replace("-", "_"),
    "0190a6c41b1e-7c3a8d2f3c5e8f7a9b0c", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "not-a-uuid",
    "{", "}", "{}", "urn:uuid:", "urn:uuid", "", "-", "----", "\u00e9", "{\u00e9}", UUID[:8] + "\u00e9", "{" + UUID, UUID + "}", "0" * 31, "0" * 32,
    "0" * 33, "0" * 36, "-" * 36, "g" * 32, "0" * 31 + "g", "0-0-0-0-0", "00000000-0000-0000-0000", "00000000-0000-0000-0000-0000-00000000",
    "0000000-00000-0000-0000-000000000000", "00000000-000-00000-0000-000000000000", "00000000-0000-0000-00000-00000000000", "a", "1", "abc def",
    "{0190a6c4}", "urn:uuid:x", "urn:uuid:{" + UUID + "}", "\u0661" * 32, "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0", "\U0001d11e" * 8, "\"", "\n",
]  # fmt: skip
TIMES = [
    "2021-02-03T04:05:06Z", "2021-02-03T04:05:06z", "2021-02-03t04:05:06Z", "2021-02-03 04:05:06Z", "2021-02-03_04:05:06Z", "2021-02-03x04:05:06Z",
    "2021-02-03T04:05:06", "2021-02-03 04:05:06", "2021-02-03T04:05", "2021-02-03T04:05Z", "2021-02-03T04", "2021-02-03T04Z", "2021-02-03 04",
    "2021-02-03", "2021-02-03T", "2021-02-03 ", "2021-02", "2021", "202102", "2021-02Z", "2021-02T04:05", "2021T04:05",
    "2021-02-03T04:05:06.1Z", "2021-02-03T04:05:06.123Z", "2021-02-03T04:05:06.123456Z", "2021-02-03T04:05:06.1234567Z",
    "2021-02-03T04:05:06.123456789Z", "2021-02-03T04:05:06.1234567891Z", "2021-02-03T04:05:06.9999999Z", "2021-02-03T04:05:06,5Z",
    "2021-02-03T04:05:06.Z", "2021-02-03T04:05:06.", "2021-02-03T04:05.5Z", "2021-02-03T04:05:06.000000Z", "2021-02-03T04:05:06.5",
    "2021-02-03T04:05:06+00:00", "2021-02-03T04:05:06-00:00", "2021-02-03T04:05:06+02:00", "2021-02-03T04:05:06-0330", "2021-02-03T04:05:06+0330",
    "2021-02-03T04:05:06\u221202:00", "2021-02-03T04:05:06+02", "2021-02-03T04:05:06-02", "2021-02-03T04:05:06 +02:00", "2021-02-03T04:05:06 Z",
    "2021-02-03T04:05:06+14:00", "2021-02-03T04:05:06+23:59", "2021-02-03T04:05:06-23:59", "2021-02-03T04:05:06+24:00", "2021-02-03T04:05:06+02:60",
    "2021-02-03T04:05:06+02:99", "2021-02-03T04:05:06+02:00:30", "2021-02-03T04:05:06+2", "2021-02-03T04:05:06+2:00", "2021-02-03T04:05:06+020",
    "2021-02-03T04:05:06[UTC]", "2021-02-03T04:05:06 UTC", "2021-02-03T04:05:06Europe/Paris", "2021-02-03T04:05:06 GMT", "2021-02-03T04:05:06U",
    "2021-02-29T00:00:00Z", "2020-02-29T00:00:00Z", "2021-13-01T00:00:00Z", "2021-00-01T00:00:00Z", "2021-01-00T00:00:00Z", "2021-01-32T00:00:00Z",
    "2021-04-31T00:00:00Z", "2021-02-03T24:00:00Z", "2021-02-03T25:00:00Z", "2021-02-03T23:60:00Z", "2021-02-03T23:59:60Z", "2021-02-03T23:59:61Z",
    "2021-2-3T4:5:6Z", "2021-2-3", "2021-02-3", "2021-02-03T4:05", "2021-02-03T04:5", "2021-02-03T04:05:6",
    "20210203T040506Z", "20210203T040506", "20210203T0405", "20210203T04", "20210203T04:05:06", "20210203 040506", "2021-02-03T040506", "2021-02-03T0405",
    "2021-02-03T040506.5Z", "20210203T040506.123456+0200", "20210203", "20210203Z", "20211303T040506", "2021-034T04:05:06Z", "2021034T04:05:06Z",
    "2021-034", "2021034", "2021-366", "2020-366", "2021-000", "2021-367", "2021-W05-3", "2021W053", "2021-W05", "2021W05", "2021-W05-3T04:05:06",
    "2021W053T040506", "2021-W53-1", "2020-W53-5", "2021-W00-1", "2021-W54-1", "2021-W05-0", "2021-W05-8", "2021-W5-3", "2021-w05-3",
    "2021-02-03T04:05:06Z/2021-02-04", "2021-02-03/2021-02-04", "P1D/2021-02-03", "2021-02-03/P1D", "P1D", "PT1H", "P1Y2M3DT4H5M6S", "P", "PT", "p1d",
    "R5/2021-02-03", "03/02/2021", "2021/02/03", "2021/02/03 04:05:06", "2021.02.03", "2021-02/03", "Feb 3 2021", "Wed, 03 Feb 2021 04:05:06 GMT",
    "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-02:00",
    "9999-12-31T23:59:59.9999999Z", "10000-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "1900-01-01T00:00:00Z", "-2021-01-01", "+2021-01-01",
    "today", "Now", "now ", "", " ", " 2021-02-03T04:05:06Z", "2021-02-03T04:05:06Z ", "2021-02-03T04:05:06ZZ", "T04:05:06Z",
    "1612325106", "1612325106.5", "1612325106789", "1612325106.", "+1612325106", " 1612325106", "1612325106 ", "-1", "-1.5", "1e9", "1_000", "0", "0.5",
    ".5", "20000000000", "20000000001", "-20000000000", "-20000000001", "253402300799", "253402300799999", "253402300800000", "9" * 19, "9" * 20,
    "inf", "nan", "-62135596800", "-62135596801", "-62135596800000", "-62135596800001", "1234567890123456789", "x", "\u00e9", "2021-02-0\u0663", "\u0000",
    "1612325106.1234567", "1612325106.123456789", "0.000001", "0.0000001", "0.0000005", "-0.0000005", "00000000010", "1612325106.1234565",
]  # fmt: skip
TIME_NUMBERS = [
    "0", "1", "-1", "1612325106", "1612325106.5", "1612325106.1234567", "1612325106.1234565", "1612325106789", "1612325106789012", "20000000000",
    "20000000001", "-20000000000", "-20000000001", "253402300799", "253402300800", "253402300799999", "253402300800000", "1e9", "1e30", "-1e30",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "true", "false", "null", "[]", "{}", "0.1", "1e-7", "1.5e-7", "-0.5", "-62135596800",
    "-62135596801", "-62135596800000", "-62135596800001", "NaN", "Infinity", "1e11", "20000000000.5", "-1.0000005",
]  # fmt: skip
TYPES = {
    "int": int, "float": float, "bool": bool, "str": str, "uuid": uuid.UUID, "time": DateTime, "datetime": datetime.datetime,
}  # fmt: skip


def written(value):
    if isinstance(value, datetime.datetime):
        naive = value.tzinfo is None
        return value.isoformat() + ("Z" if naive else "")
    if isinstance(value, float):
        return repr(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def row(kind, text):
    made = {"type": kind, "json": text}
    try:
        made["value"] = written(TypeAdapter(TYPES[kind]).validate_python(json.loads(text)))
    except ValueError as error:
        if not isinstance(error, ValidationError):
            return None  # taken, and then not to be written: the reference fails
        (found,) = error.errors(include_url=False, include_input=False)
        made |= {"problem": found["type"], "msg": found["msg"]}
        if "ctx" in found:
            made["ctx"] = {key: str(value) if key != "error" or found["type"] != "value_error" else {} for key, value in found["ctx"].items()}
    return made


def spoiled(texts, alphabet, times):
    """Texts with a character left out, put in, or changed."""
    for _ in range(times):
        text = RANDOM.choice(texts)
        for _ in range(RANDOM.choice((1, 1, 1, 2))):
            at = RANDOM.randrange(len(text) + 1)
            text = text[:at] + RANDOM.choice((RANDOM.choice(alphabet), "")) + text[at + RANDOM.choice((0, 1)) :]
        yield text


def scalars():
    for kind in ("int", "float", "bool", "str"):
        for text in NUMBERS:
            yield row(kind, text)
        for text in TEXTS:
            yield row(kind, json.dumps(text))
    for text in spoiled(["1", "-12", "+1.0", "1_000", " 7 ", "12.50", "1e5"], "0123456789+-_. eE", 400):
        yield row("int", json.dumps(text))
        yield row("float", json.dumps(text))
    for text in NUMBERS:
        yield row("uuid", text)
    for text in [*UUIDS, *spoiled(UUIDS[:9], "0aFg-{}é ", 300)]:
        yield row("uuid", json.dumps(text))
    for text in TIME_NUMBERS:
        yield row("time", text)
    spoilt = list(spoiled(TIMES[:120], "0123456789+-:.TZW ", 700))
    for text in [*TIMES, *spoilt]:
        yield row("time", json.dumps(text))
        yield row("datetime", json.dumps(text))


SYNTAX = [
    "{}", "[]", "1", '"a"', "true", "null", "NaN", "Infinity", "-Infinity", "-", "01", "1.", ".5", "1e", "1e+", "+1", "-01", "tru", "nul", "NaNa", "-Inf",
    "", " ", "{", "[", '{"a', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', "[1,", "[1,]", "[,1]", "{,}", "{1:2}", "{'a':1}", '{"a" 1}', '{"a":1 "b":2}',
    "[1 2]", "{} {}", "[] x", "\ufeff{}", '"\n"', '"\\x"', '"\\u12"', '"\\u12G4"', '"\\ud83d"', '"\\ud83d\\ude00"', '"\\ud83d\\u0041"', '"\\', '"a\\', '"\\u',
    '{"a":"\t"}', '{"a":"é"}', "[é]", 'é', '"é" é', '{"a":1,"a":2}', "\n\n[1,\n oops]", "[1]\n\n2", "/* c */ 1", "[1e5, 1E-5, -0.0]", "nan", "undefined",
    '{"a":{"b":[1,{"c":}]}}', '{"a":tru}', '["a","b]', '[true false]', "{null:1}", "[[[[]]]", "]]", "}", ":", ",", '"', '\u00a01', "1\u00a0", "\f1", "[1\v]",
    '{ "a" : 1 , "b" : [ 1 , 2 ] }', '{"a":1}\x00', "\x00", '"\x7f"', "-1", "--1", "1-1", "1..2", "0x10", "1_000", "'a'", "True", '{"a":1;}', "[1;2]", "{\n}",
    '{"a"\n:\n1\n,\n}', "{ ", "[ ", "[1, ", '{"a": 1, ', '{"a": ', '{"a" ', "[1 ", '{"a":1 ', "  [", '  "',
]  # fmt: skip


def syntax():
    documents = ['{"name": "a\\n\\u00e9", "tags": ["x", 1, -2.5e3, null], "o": {"t": true, "f": false, "e": {}, "l": []}}', '[{"a": 1}, "é𝄞", [[0]]]']
    for text in [*SYNTAX, *spoiled(documents, '{}[]",:\\ u0e-.é\n', 500)]:
        made = {"text": text}
        try:
            json.loads(text.encode())
        except json.JSONDecodeError as error:
            made |= {"at": error.pos, "msg": error.msg}
        yield made


def write(name, rows):
    with open(HERE / name, "w", encoding="utf-8") as out:
        for made in {json.dumps(made): None for made in rows if made}:
            out.write(made + "\n")


write("scalars.jsonl", scalars())
write("syntax.jsonl", syntax())
