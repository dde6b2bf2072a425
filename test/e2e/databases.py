"""Databases of their own for the servers under test."""

import asyncio
import contextlib
import os
import pathlib
import sqlite3
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

POSTGRES_SETTING = "PRAETOR_TEST_POSTGRES"


class SQLite:
    """A database file, made by the first server that is started on it."""

    kind = "sqlite"

    def __init__(self, directory: pathlib.Path) -> None:
        self.path = directory / "prefect.db"
        self.url = f"sqlite+aiosqlite:///{self.path}"

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.path, timeout=30) as connection:
            return connection.execute(statement).fetchall()

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keeps every writer waiting."""
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    def close(self) -> None:
        pass


class PostgreSQL:
    """An empty database on the server that PRAETOR_TEST_POSTGRES names, dropped on close()."""

    kind = "postgresql"

    def __init__(self) -> None:
        self._admin = os.environ[POSTGRES_SETTING]
        self.name = f"e2e_{uuid.uuid4().hex[:12]}"
        self._on_admin(f"CREATE DATABASE {self.name}")
        parts = urlsplit(self._admin)
        # Without options such as sslmode: the reference's driver does not take them from a URL.
        parts = parts._replace(path="/" + self.name, query="")
        self._plain = urlunsplit(parts._replace(scheme="postgresql"))
        self.url = urlunsplit(parts._replace(scheme="postgresql+asyncpg"))

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        async def run() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(self._plain)
            try:
                return [tuple(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return asyncio.run(run())

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keeps every writer of flows and events waiting."""
        with asyncio.Runner() as runner:
            connection = runner.run(asyncpg.connect(self._plain))
            transaction = connection.transaction()
            runner.run(transaction.start())
            runner.run(connection.execute("LOCK TABLE flow, events IN EXCLUSIVE MODE"))
            try:
                yield
            finally:
                runner.run(transaction.rollback())
                runner.run(connection.close())

    def close(self) -> None:
        self._on_admin(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _on_admin(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self._admin)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())


Database = SQLite | PostgreSQL


def make(kind: str, directory: pathlib.Path) -> Database:
    return SQLite(directory) if kind == "sqlite" else PostgreSQL()
