"""Describes the schema of databases that the reference made: record.py SQLITE_FILE POSTGRES_URL

Writes sqlite.txt and postgres.txt beside this file. Make the databases with `prefect server database upgrade -y`.
The test runs the same queries over the schema that Praetor makes.
"""
import asyncio, pathlib, sqlite3, sys
import asyncpg

here = pathlib.Path(__file__).parent


def write(name, rows):
    lines = sorted(" ".join(r[0].split()) for r in rows)
    (here / name).write_text("\n".join(lines) + "\n")


async def postgres(url):
    conn = await asyncpg.connect(url)
    write("postgres.txt", await conn.fetch((here / "postgres_describe.sql").read_text()))
    await conn.close()


write("sqlite.txt", sqlite3.connect(sys.argv[1]).execute((here / "sqlite_describe.sql").read_text()).fetchall())
asyncio.run(postgres(sys.argv[2]))
