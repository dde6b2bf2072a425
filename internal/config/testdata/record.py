#!/usr/bin/env python3
"""Write reference.json: the settings of the reference's server and what it makes of values and files.

    DIR/bin/python record.py        DIR is a virtual environment with the reference
"""

import datetime
import inspect
import json
import os
import pathlib
import shutil
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve().parent
HOME = pathlib.Path(tempfile.mkdtemp())
WORK = pathlib.Path(tempfile.mkdtemp())
for name in list(os.environ):
    if name.startswith("PREFECT"):
        del os.environ[name]
os.environ["HOME"] = str(HOME)
os.chdir(WORK)
BASE = dict(os.environ)
warnings.simplefilter("ignore")

from prefect.settings.base import PrefectBaseSettings  # noqa: E402
from prefect.settings.models.root import Settings  # noqa: E402
from pydantic import AliasChoices  # noqa: E402


def fields(model, path=()):
    """Each setting: its path in the model and its names in the environment, the preferred one first."""
    for name, field in model.model_fields.items():
        if inspect.isclass(field.annotation) and issubclass(field.annotation, PrefectBaseSettings):
            yield from fields(field.annotation, (*path, name))
        elif isinstance(field.validation_alias, AliasChoices):
            yield (*path, name), [a.upper() for a in field.validation_alias.choices if isinstance(a, str)]
        else:
            yield (*path, name), [model.model_config["env_prefix"] + name.upper()]


PATHS = {names[0]: path for path, names in fields(Settings)}


def plain(value):
    """A value as text: durations in seconds, nothing as an empty text."""
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.timedelta):
        value = value.total_seconds()
    if isinstance(value, (int, float)):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, (set, list)):
        return ",".join(sorted(value))
    if isinstance(value, dict):
        return json.dumps({name: float(plain(of)) if isinstance(of, datetime.timedelta) else of for name, of in value.items()})
    return str(value).replace(str(HOME), "$HOME")


def read(settings, name):
    for part in PATHS[name]:
        settings = getattr(settings, part)
    return plain(settings)


cases = []


def case(environ, files, *names):
    """What the settings of these names are; files whose name begins with ~/ lie in the home folder."""
    shutil.rmtree(HOME)
    HOME.mkdir()
    here = WORK / str(len(cases))
    here.mkdir()
    files = dict(files)
    for name, content in files.items():
        path = HOME / name[2:] if name.startswith("~/") else here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    os.chdir(here)
    os.environ.clear()
    os.environ.update(BASE | environ)
    made = {"environ": environ, "files": files}
    try:
        settings = Settings()
        made["want"] = {name: read(settings, name) for name in names}
    except Exception:
        made["refused"] = names[0]
    cases.append(made)


def values(name, *texts):
    for text in texts:
        case({name: text}, {}, name)


S = "PREFECT_SERVER_"
LIMIT, OLD_LIMIT = S + "API_DEFAULT_LIMIT", "PREFECT_API_DEFAULT_LIMIT"
PORT, HOST, BASE_PATH, UI = S + "API_PORT", S + "API_HOST", S + "API_BASE_PATH", S + "UI_SERVE_BASE"
URL, PASSWORD, HOMEDIR = S + "DATABASE_CONNECTION_URL", S + "DATABASE_PASSWORD", "PREFECT_HOME"


def profiles(active="a", **of):
    lines = [f'active = "{active}"']
    for name, settings in of.items():
        lines += [f"[profiles.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
    return "\n".join(lines) + "\n"


def precedence():
    own = "[server.api]\ndefault_limit = 4\n"
    project = "[tool.prefect.server.api]\ndefault_limit = 5\n"
    profile = {"~/.prefect/profiles.toml": profiles(a={LIMIT: "6"}, b={LIMIT: 7})}
    files = {".env": f"{LIMIT}=3\n", "prefect.toml": own, "pyproject.toml": project, **profile}
    case({LIMIT: "2"}, files, LIMIT)
    for first in (".env", "prefect.toml", "pyproject.toml", "~/.prefect/profiles.toml"):
        case({}, files, LIMIT)
        del files[first]
    case({}, files, LIMIT)
    case({"PREFECT_PROFILE": "b"}, profile, LIMIT)
    case({"PREFECT_PROFILE": "none"}, profile, LIMIT)
    # Names: the preferred one wins within a source, the source wins over the name.
    case({LIMIT: "1", OLD_LIMIT: "2"}, {}, LIMIT)
    case({OLD_LIMIT: "2"}, {}, LIMIT)
    case({OLD_LIMIT: "2"}, {".env": f"{LIMIT}=3"}, LIMIT)
    case({LIMIT: "2"}, {".env": f"{OLD_LIMIT}=3"}, LIMIT)
    case({OLD_LIMIT: "2"}, {"prefect.toml": own}, LIMIT)
    case({}, {".env": f"{OLD_LIMIT}=3", "prefect.toml": own}, LIMIT)
    case({}, {"~/.prefect/profiles.toml": profiles(a={OLD_LIMIT: "6"})}, LIMIT)
    case({}, {"~/.prefect/profiles.toml": profiles(a={OLD_LIMIT: "6", LIMIT: "7"})}, LIMIT)
    case({}, {"~/.prefect/profiles.toml": profiles(a={LIMIT.lower(): "6"})}, LIMIT)
    case({PORT.lower(): "5"}, {}, PORT)
    case({PORT.lower(): "5", PORT: "6"}, {}, PORT)
    case({}, {".env": f"{PORT.lower()}=5"}, PORT)


def files():
    for text in (
        f'export {PORT}="5" # x', f"{PORT} = 5", f"  {PORT}=5  ", f"{PORT}='5'", f"=x\n{PORT}=7", f"\ufeff{PORT}=7",
        f"# {PORT}=1\n\n{PORT}=2\n{PORT}=3", f"'{PORT}'=5", f"{PORT}=5\r\n{HOST}=x\r\n", f"{PORT}:5", f"{PORT}",
    ):  # fmt: skip
        case({}, {".env": text}, PORT)
    for text in (
        "a", "a b", "'a#b' # x", '"a#b" # x', "a#b # c", "a # b", '"a\\nb"', "'a\\nb'", "a\\nb", '"two\nlines"', "'two\nlines'",
        "$X", "${X}", "'${X}'", '"${X}"', "${NONE}", "${NONE:-other}", "${X:-other}", "${E}", '"open', "'it\\'s'", '"a" b', "",
        '"\\"q\\""', "é", "a=b",
    ):  # fmt: skip
        case({"E": "env", "X": "outer"}, {".env": f"X=1\n{UI}={text}\n{PORT}=5\n"}, UI, PORT)
    own = "prefect.toml"
    case({}, {own: '[server.api]\nport = "9"\nhost = "h"'}, PORT, HOST)
    case({}, {own: "[server.api]\nport = 9.0"}, PORT)
    case({}, {own: "server.api.port = 9"}, PORT)
    case({}, {own: "[server\n"}, PORT)
    case({}, {own: '[server]\nlogging_level = "debug"\n[server.database.sqlalchemy.connect_args.tls]\nenabled = true'},
         S + "LOGGING_LEVEL", S + "DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_ENABLED")  # fmt: skip
    case({}, {"pyproject.toml": "[tool.other]\nx = 1\n[project]\nname = 'x'"}, PORT)
    case({}, {"pyproject.toml": "[tool\n"}, PORT)


def homes():
    profile = profiles(a={PORT: "6"})
    case({}, {"~/.prefect/profiles.toml": profile}, HOMEDIR, URL, PORT)
    case({HOMEDIR: "/x/y"}, {"~/.prefect/profiles.toml": profile}, HOMEDIR, URL, PORT)
    case({HOMEDIR: "~/q"}, {}, HOMEDIR, URL)
    case({}, {".env": f"{HOMEDIR}=/x/z", "~/.prefect/profiles.toml": profile}, HOMEDIR, URL, PORT)
    case({}, {"prefect.toml": 'home = "/x/z"'}, HOMEDIR, URL)
    case({}, {"~/.prefect/profiles.toml": profiles(a={HOMEDIR: "/x/p"})}, HOMEDIR, URL)
    case({"PREFECT_PROFILES_PATH": "p.toml"}, {"p.toml": profile}, PORT)
    case({}, {".env": "PREFECT_PROFILES_PATH=p.toml", "p.toml": profile}, PORT)
    case({}, {"prefect.toml": 'profiles_path = "p.toml"', "p.toml": profile}, PORT)
    case({}, {"pyproject.toml": '[tool.prefect]\nprofiles_path = "p.toml"', "p.toml": profile}, PORT)


def databases():
    driver, host, user, name = (S + "DATABASE_" + part for part in ("DRIVER", "HOST", "USER", "NAME"))
    pg = {driver: "postgresql+asyncpg", host: "h", user: "u", name: "n"}
    case({URL: "postgresql+asyncpg://u:${PREFECT_SERVER_DATABASE_PASSWORD}@h/d", PASSWORD: "p%40ss"}, {}, URL)
    case({URL: "postgresql+asyncpg://u:${PREFECT_API_DATABASE_PASSWORD}@h/d", "PREFECT_API_DATABASE_PASSWORD": "pw"}, {}, URL)
    case({URL: "postgresql+asyncpg://u:${PREFECT_API_DATABASE_PASSWORD}@h/d"}, {}, URL)
    case(pg, {}, URL)
    case(pg | {PASSWORD: "p@/ss:", S + "DATABASE_PORT": "5433"}, {}, URL)
    for missing in (host, user, name):
        case({key: value for key, value in pg.items() if key != missing}, {}, URL)
    case({driver: "sqlite+aiosqlite"}, {}, URL)
    case({driver: "sqlite+aiosqlite", name: "/x/y.db"}, {}, URL)
    case({driver: "mysql"}, {}, driver)
    case({name: "/x/y.db"}, {}, URL)
    api, ui = "PREFECT_API_URL", S + "UI_API_URL"
    case({api: "http://x/api"}, {}, ui)
    case({api: "http://x/api", ui: "http://y/api"}, {}, ui)
    case({HOST: "0.0.0.0", PORT: "77"}, {}, ui)


def kinds():
    values(S + "METRICS_ENABLED", "1", "0", "true", "True", "tRue", "t", "f", "yes", "no", "on", "off", "y", "n", " true", "2", "", "None", "1.0")
    values(PORT, "5", " 5 ", "+5", "5.0", "5.", "5.5", "1_000", "_1", "1_", "0x5", "", "None", "null", "1e3", "0")
    values(S + "DATABASE_PORT", "5", "", "None")
    values(S + "API_WEBSOCKET_PING_INTERVAL", "5", " 5 ", "+5", "5.5", "5.", ".5", "1_000", "1e3", "", "x")
    values(S + "DATABASE_TIMEOUT", "5", "", "None", "0")
    values(
        S + "API_CSRF_TOKEN_EXPIRATION", "PT1H", "P1D", "P1DT2H", "1 day", "2 days", "1 day, 02:00:00", "2 days 01:02:03", "1d",
        "01:02:03", "00:10", "1:2:3", "P1W", "P1M", "P1Y", "P1Y2M3DT4H5M6.5S", "PT1.5S", "", "x", "inf", "1d 00:00:01", "pt1h", "P1DT",
        "P", "PT", "+01:00:00", "25:00:00", "00:61:00", "00:00:60", "00:00:01.5", "1 hour", "1h", "PT1H30M",
    )  # fmt: skip
    values(S + "SERVICES_LATE_RUNS_AFTER_SECONDS", "60", "1.5", "PT1H", "x", "", "01:00:00", "1e3")
    values(S + "LOGGING_LEVEL", "debug", "DEBUG", "Debug", "CRITICAL", "x", "", " INFO", "10")
    values(S + "API_MAX_PARAMETER_SIZE", "0", "-1")
    values(S + "CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION", "30", "29.9", "3600", "3601")
    values(S + "CONCURRENCY_MAXIMUM_CONCURRENCY_SLOT_WAIT_SECONDS", "0", "-1")
    values(S + "DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS", "0", "-0.5")
    values(S + "TASKS_TAG_CONCURRENCY_SLOT_WAIT_SECONDS", "0", "-1")
    values(S + "EVENTS_WEBSOCKET_BACKFILL_PAGE_SIZE", "1", "0")
    values(S + "EVENTS_MAXIMUM_EVENT_NAME_LENGTH", "1", "0")
    values(S + "SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS", "1", "0")
    values(S + "SERVICES_DB_VACUUM_RETENTION_PERIOD", "3601", "3600", "PT2H")
    for name in ("BATCH_SIZE", "FLUSH_INTERVAL", "QUEUE_MAX_SIZE"):
        values(S + "SERVICES_EVENT_PERSISTER_" + name, "1", "0")
    values(S + "SERVICES_CLEANUP_RECONCILER_BATCH_SIZE", "1", "0")


def main():
    shutil.rmtree(HOME)
    HOME.mkdir()
    defaults = Settings()
    settings = [
        {"names": names, "default": read(defaults, names[0])}
        for path, names in fields(Settings)
        if path[0] in ("server", "home")
    ]
    for group in (precedence, files, homes, databases, kinds):
        group()
    groups = {"settings": settings, "cases": cases}
    listed = {name: ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in group) for name, group in groups.items()}
    text = ",\n".join(f' "{name}": [\n{lines}\n ]' for name, lines in listed.items())
    (HERE / "reference.json").write_text(f"{{\n{text}\n}}\n")


main()
