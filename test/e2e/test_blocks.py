"""Blocks with the real client: registered, saved, loaded, shown, and carried from one server to another."""

import os
import pathlib
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import prefect.blocks.notifications  # noqa: F401  (registers its blocks)
import prefect.blocks.webhook  # noqa: F401
import prefect.filesystems
import pytest
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.utilities.dispatch import get_registry_for_type

import databases
import readback
from flows import blocks
from readback import cli
from servers import Server

STARS = "********"


def new_name() -> str:
    return f"b-{uuid.uuid4().hex[:8]}"


@pytest.mark.usefixtures("server")
class TestWithOneServer:
    def test_a_secret_is_kept_and_shown_to_nobody(self) -> None:
        name = new_name()
        Secret(value="hush").save(name)
        assert Secret.load(name).get() == "hush"
        with pytest.raises(ValueError, match="already in use"):
            Secret(value="other").save(name)
        Secret(value={"user": "Ada", "password": "hush"}).save(name, overwrite=True)
        assert Secret.load(name).get() == {"user": "Ada", "password": "hush"}
        for path in (f"/block_types/slug/secret/block_documents/name/{name}", "/block_types/slug/secret/block_documents"):
            assert "hush" not in str(readback.api("GET", path))
        assert "hush" not in cli("block", "inspect", f"secret/{name}")

    def test_blocks_in_blocks(self) -> None:
        prefix = new_name()
        blocks.save(prefix)
        blocks.check(prefix)
        document = readback.api("GET", f"/block_types/slug/service/block_documents/name/{prefix}-service")
        assert document["data"]["login"] == {"user": "Ada", "password": STARS}
        assert document["data"]["either"]["headers"] == {"token": STARS, "more": {"key": STARS}}
        assert document["block_document_references"]["login"]["block_document"]["name"] == f"{prefix}-login"
        fields = document["block_schema"]["fields"]
        assert {"Login", "Address"} <= set(fields["definitions"])
        assert [r["block_type_slug"] for r in fields["block_schema_references"]["either"]] == ["login", "address"]
        blocks.change(prefix)

    def test_a_file_system(self, tmp_path: pathlib.Path) -> None:
        name = new_name()
        prefect.filesystems.LocalFileSystem(basepath=str(tmp_path)).save(name)
        prefect.filesystems.LocalFileSystem.load(name).write_path("folder/file.txt", b"content")
        assert (tmp_path / "folder" / "file.txt").read_bytes() == b"content"

    def test_the_commands(self, tmp_path: pathlib.Path) -> None:
        name = new_name()
        assert "Successfully registered" in cli("block", "register", "-m", "prefect.blocks.notifications")
        script = tmp_path / "own_blocks.py"
        script.write_text("from prefect.blocks.core import Block\n\n\nclass OwnBlock(Block):\n    x: int\n\n\nOwnBlock(x=1).save('%s')\n" % name)
        assert "OwnBlock" in cli("block", "register", "-f", str(script))
        types = cli("block", "type", "ls")
        assert "slack-webhook" in types
        assert "ownblock" in types
        assert f"ownblock/{name}" in cli("block", "ls")
        assert name in cli("block", "inspect", f"ownblock/{name}")
        assert "ownblock" in cli("block", "type", "inspect", "ownblock")
        cli("block", "delete", f"ownblock/{name}")
        assert f"ownblock/{name}" not in cli("block", "ls")
        cli("block", "type", "delete", "ownblock")
        assert "ownblock" not in cli("block", "type", "ls")

    def test_types_cannot_be_made_twice(self) -> None:
        slug = new_name()
        readback.api("POST", "/block_types/", {"name": slug, "slug": slug})
        with pytest.raises(Exception, match="409"):
            readback.api("POST", "/block_types/", {"name": slug, "slug": slug})


def core_blocks() -> list[type[Block]]:
    """The blocks that come with Prefect itself."""
    registered = get_registry_for_type(Block) or {}
    return [b for b in registered.values() if b.__module__.startswith("prefect.") and "abstract" not in b.__module__]


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    response = httpx.request(method, server.api + path, json=body, timeout=60)
    assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
    return response.json() if response.content else None


def pages(server: Server, path: str, body: dict[str, Any]) -> list[Any]:
    rows: list[Any] = []
    while page := ask(server, "POST", path, body | {"limit": 100, "offset": len(rows)}):
        rows += page
    return rows


def test_the_client_finds_its_schemas_in_the_catalogue(new_server: Callable[..., Server]) -> None:
    server = new_server(PREFECT_API_BLOCKS_REGISTER_ON_START="true").start()
    slugs = []
    for block in core_blocks():
        checksum, version = block._calculate_schema_checksum(), block.get_block_schema_version()
        schema = ask(server, "GET", f"/block_schemas/checksum/{checksum}?version={version}")
        assert schema["block_type"]["slug"] == block.get_block_type_slug()
        assert sorted(schema["capabilities"]) == sorted(block.get_block_capabilities())
        slugs.append(schema["block_type"]["slug"])
    assert {"secret", "local-file-system", "slack-webhook", "smb", "webhook"} <= set(slugs)
    before = len(pages(server, "/block_schemas/filter", {}))
    run_client(server, "save", "new")
    run_client(server, "check", "new")
    # Those of our own are new; Secret, LocalFileSystem and the webhook are not.
    assert len(pages(server, "/block_schemas/filter", {})) == before + 3
    # A second start finds everything in its place.
    server.stop()
    server.start()
    assert len(pages(server, "/block_schemas/filter", {})) == before + 3
    server.stop()


def without(value: Any, *names: str) -> Any:
    if isinstance(value, dict):
        return {k: without(v, *names) for k, v in value.items() if k not in names}
    return [without(v, *names) for v in value] if isinstance(value, list) else value


@pytest.mark.timeout(600)
def test_the_catalogue_is_the_reference_s(new_server: Callable[..., Server], tmp_path: pathlib.Path, pytestconfig: pytest.Config) -> None:
    """Everything but the words. The reference registers some schemas a second time, unversioned: the catalogue does without."""
    types, schemas, workers = {}, {}, {}
    for kind in ("praetor", "reference"):
        server = new_server(kind, PREFECT_API_BLOCKS_REGISTER_ON_START="true")
        server.database = databases.make(pytestconfig.option.db, make_directory(tmp_path / kind))
        try:
            server.start()
            types[kind] = {
                t["slug"]: without(t, "id", "created", "updated", "description", "code_example") for t in pages(server, "/block_types/filter", {})
            }
            schemas[kind] = {
                (s["block_type"]["slug"], s["checksum"], s["version"]): s for s in pages(server, "/block_schemas/filter", {})
            }
            workers[kind] = ask(server, "GET", "/collections/views/aggregate-worker-metadata")
            server.stop()
        finally:
            server.database.close()
    assert types["praetor"] == types["reference"]
    versioned = {key for key in schemas["reference"] if key[2] != "non-versioned"}
    assert set(schemas["praetor"]) == versioned
    for key in versioned:
        ours, theirs = schemas["praetor"][key], schemas["reference"][key]
        assert sorted(ours["capabilities"]) == sorted(theirs["capabilities"])
        words = ("description", "block_schema_checksum", "definitions")
        assert without(ours["fields"], *words) == without(theirs["fields"], *words), key
        defined, expected = ours["fields"].get("definitions", {}), theirs["fields"].get("definitions", {})
        # Unversioned schemas drag in definitions that they have no use for.
        assert set(defined) <= set(expected), key
        for name, definition in defined.items():
            assert without(definition, *words) == without(expected[name], *words), (key, name)
    assert without(workers["praetor"], "description") == without(workers["reference"], "description")


def make_directory(path: pathlib.Path) -> pathlib.Path:
    path.mkdir()
    return path


def run_client(server: Server, *arguments: str) -> None:
    environment = os.environ | {"PREFECT_API_URL": server.api}
    done = subprocess.run([sys.executable, "-m", "flows.blocks", *arguments], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{server.kind}: {arguments}:\n{done.stdout}{done.stderr}\n{server.tail()}"


def everything(server: Server) -> dict[str, Any]:
    """What the server tells of blocks, in an order of its own where none is promised."""
    return {
        "documents": pages(server, "/block_documents/filter", {"block_documents": {"is_anonymous": None}, "include_secrets": True}),
        # The reference shows the parts of a secret that is an object.
        "hidden": [d for d in pages(server, "/block_documents/filter", {}) if not d["name"].endswith("-json")],
        "types": pages(server, "/block_types/filter", {}),
        "schemas": sorted(pages(server, "/block_schemas/filter", {}), key=lambda s: s["id"]),
        "capabilities": sorted(ask(server, "GET", "/block_capabilities/")),
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ("praetor", "reference", "Zm9yLXRlc3RzLW9ubHktMzItYnl0ZXMta2V5LTAwMDA="),
        ("praetor", "reference", ""),
        ("reference", "praetor", ""),
    ],
    ids=["praetor first, key from the settings", "praetor first, its own key", "reference first, its own key"],
)
def test_either_server_reads_what_the_other_keeps(new_server: Callable[..., Server], first: str, second: str, key: str) -> None:
    server = {kind: new_server(kind, PREFECT_SERVER_ENCRYPTION_KEY=key) for kind in (first, second)}

    server[first].start()
    run_client(server[first], "save", "one")
    told = everything(server[first])
    server[first].stop()

    server[second].start()
    assert everything(server[second]) == told
    run_client(server[second], "check", "one")
    run_client(server[second], "change", "one")
    run_client(server[second], "save", "two")
    told = everything(server[second])
    server[second].stop()

    server[first].start()
    assert everything(server[first]) == told
    run_client(server[first], "check-changed", "one")
    run_client(server[first], "check", "two")
    server[first].stop()
