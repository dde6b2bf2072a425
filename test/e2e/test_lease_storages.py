"""Leases of concurrency slots in files and in Redis: each server takes up what the other wrote."""

import asyncio
import os
import pathlib
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from servers import Server

REDIS = os.environ.get("PRAETOR_TEST_REDIS")
FILES = "prefect.server.concurrency.lease_storage.filesystem"
IN_REDIS = "prefect_redis.lease_storage"


def settings(storage: str) -> dict[str, str]:
    made = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": storage, "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "1"}
    return made | ({"PREFECT_REDIS_MESSAGING_URL": REDIS.rsplit("/", 1)[0] + "/12"} if storage == IN_REDIS and REDIS else {})


def reference_storage(storage: str, folder: pathlib.Path) -> Any:
    """The reference's own storage over what the server under test uses."""
    if storage == FILES:
        from prefect.server.concurrency.lease_storage.filesystem import ConcurrencyLeaseStorage as Files

        return Files(folder)
    import redis.asyncio
    from prefect_redis.lease_storage import ConcurrencyLeaseStorage as InRedis

    return InRedis(redis.asyncio.Redis.from_url(settings(storage)["PREFECT_REDIS_MESSAGING_URL"], decode_responses=True))


@pytest.mark.parametrize("storage", [FILES, pytest.param(IN_REDIS, marks=pytest.mark.skipif(not REDIS, reason="no Redis"))])
def test_shared_with_the_reference(storage: str, new_server: Callable[..., Server], tmp_path: pathlib.Path) -> None:
    server = new_server("praetor", **settings(storage)).start()
    with httpx.Client(base_url=server.api) as api:
        name = f"leases {uuid.uuid4()}"
        limit = api.post("/v2/concurrency_limits/", json={"name": name, "limit": 5}).raise_for_status().json()["id"]

        def slots() -> int:
            return api.get(f"/v2/concurrency_limits/{name}").raise_for_status().json()["active_slots"]

        def take() -> str:
            holder = {"type": "task_run", "id": str(uuid.uuid4())}
            body = {"names": [name], "slots": 1, "lease_duration": 60, "holder": holder}
            return api.post("/v2/concurrency_limits/increment-with-lease", json=body).raise_for_status().json()["lease_id"]

        async def check() -> None:
            theirs = reference_storage(storage, tmp_path / "home-praetor" / "concurrency_leases")
            ours = take()
            lease = await theirs.read_lease(uuid.UUID(ours))
            assert [str(r) for r in lease.resource_ids] == [limit]
            assert lease.metadata.slots == 1
            assert [str(i) for i, _ in await theirs.list_holders_for_limit(uuid.UUID(limit))] == [ours]
            assert uuid.UUID(ours) in await theirs.read_active_lease_ids()
            assert await theirs.renew_lease(uuid.UUID(ours), timedelta(hours=1))
            assert api.post(f"/v2/concurrency_limits/leases/{ours}/renew", json={"lease_duration": 60}).status_code == 204
            api.post("/v2/concurrency_limits/decrement-with-lease", json={"lease_id": ours}).raise_for_status()
            assert await theirs.read_lease(uuid.UUID(ours)) is None
            assert not await theirs.list_holders_for_limit(uuid.UUID(limit))
            assert uuid.UUID(ours) not in await theirs.read_active_lease_ids()
            assert slots() == 0

            # One that the reference made: it is renewed and released here.
            api.post("/v2/concurrency_limits/increment", json={"names": [name], "slots": 3}).raise_for_status()
            from prefect.server.concurrency.lease_storage import ConcurrencyLimitLeaseMetadata
            from prefect.types._concurrency import ConcurrencyLeaseHolder

            metadata = ConcurrencyLimitLeaseMetadata(slots=2, holder=ConcurrencyLeaseHolder(type="flow_run", id=uuid.uuid4()))
            made = await theirs.create_lease([uuid.UUID(limit)], timedelta(minutes=5), metadata)
            assert api.post(f"/v2/concurrency_limits/leases/{made.id}/renew", json={"lease_duration": 60}).status_code == 204
            assert (await theirs.read_lease(made.id)).metadata.slots == 2
            api.post("/v2/concurrency_limits/decrement-with-lease", json={"lease_id": str(made.id)}).raise_for_status()
            assert await theirs.read_lease(made.id) is None
            assert slots() == 1

            # One that the reference made and that has expired: it is repossessed here.
            expired = await theirs.create_lease([uuid.UUID(limit)], timedelta(seconds=-1), ConcurrencyLimitLeaseMetadata(slots=1))
            assert api.post(f"/v2/concurrency_limits/leases/{expired.id}/renew", json={"lease_duration": 60}).status_code == 410
            for _ in range(100):
                if slots() == 0:
                    break
                await asyncio.sleep(0.1)
            assert slots() == 0
            assert await theirs.read_lease(expired.id) is None
            assert expired.id not in await theirs.read_expired_lease_ids()

        asyncio.run(check())
        assert server.stop() == 0


def test_unknown_storage_is_an_error_at_start(new_server: Callable[..., Server]) -> None:
    server = new_server("praetor", PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE="my_company.leases")
    assert server.spawn().wait(30) != 0
    assert "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE" in server.tail()
    assert "my_company.leases" in server.tail()


@pytest.mark.skipif(not REDIS, reason="no Redis")
def test_absent_redis_is_an_error_at_start(new_server: Callable[..., Server]) -> None:
    unreachable = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": IN_REDIS, "PREFECT_REDIS_MESSAGING_PORT": "1"}
    server = new_server("praetor", **unreachable)
    assert server.spawn().wait(30) != 0
    assert "127.0.0.1:1" in server.tail() or "localhost:1" in server.tail()
