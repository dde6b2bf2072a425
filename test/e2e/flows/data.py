from typing import Any

from prefect import flow, task
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.variables import Variable


@flow
def echo(value: Any) -> int:
    return len(str(value))


@flow(name="Überprüfung 数据 🚀", flow_run_name="Lauf-№{number}-日本", description="Größe ≠ 0")
def unicode_flow(number: int) -> str:
    return unicode_task("naïve ☃")


@task(name="задача ✓", log_prints=True)
def unicode_task(text: str) -> str:
    print(f"gedruckt: {text} \U0001f600")
    return text


@task
def report_from_task() -> None:
    create_markdown_artifact("# Report\n\nfrom a *task*", key="task-report", description="of a task")


@flow
def reporting() -> None:
    create_markdown_artifact("# Report", key="flow-report", description="the first")
    create_markdown_artifact("# Report, again", key="flow-report", description="the second")
    create_table_artifact([{"n": 1, "s": "ä"}, {"n": 2, "s": None}], key="flow-table")
    create_link_artifact("https://example.com/?q=1&r=2", link_text="there", key="flow-link")
    create_image_artifact("https://example.com/i.png", key="flow-image")
    progress = create_progress_artifact(0.0, key="flow-progress")
    update_progress_artifact(progress, 75.0)
    report_from_task()


@flow
def using_variables() -> dict[str, Any]:
    Variable.set("e2e_limit", {"most": 10, "names": ["a", "ü"]}, tags=["e2e", "ünicode"])
    seen = {"first": Variable.get("e2e_limit"), "unknown": Variable.get("e2e_unknown", default="none")}
    Variable.set("e2e_limit", 12, overwrite=True)
    seen["second"] = Variable.get("e2e_limit")
    Variable.unset("e2e_limit")
    seen["last"] = Variable.get("e2e_limit")
    return seen
