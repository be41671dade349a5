"""What the warehouse looks like once every migration is applied, and what each merged migration was.

`make schema` writes both after a new migration: `sql/schema.sql` anew, and a line for the new migration in
`sql/migrations.sha256`. A line that stands there is never written again: merged migrations do not change.
"""

import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import make_url

from plant_pipeline.embedded_postgres import embedded_program, start_embedded_server, stop_embedded_server
from plant_pipeline.warehouse import bundled, connect, migrate

SCHEMA_FILE = bundled("sql") / "schema.sql"
HASHES_FILE = bundled("sql") / "migrations.sha256"
_MIGRATIONS = bundled("sql") / "migrations"
# Settings of pg_dump's session, its own remarks, and the token it draws anew each time: they tell of the version of
# PostgreSQL, not of the schema.
_NOT_SCHEMA = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n", re.MULTILINE)


def dump_schema(url: str) -> str:
    """The schemas of a migrated warehouse as SQL, without the tables in which yoyo keeps what it applied."""
    program = embedded_program("pg_dump")
    assert program is not None
    command = [program, "--schema-only", "--no-owner", "--no-privileges", "--exclude-schema=public"]
    libpq_url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    dumped = subprocess.run([*command, "--dbname", libpq_url], capture_output=True, text=True, check=True).stdout
    return re.sub(r"\n{3,}", "\n\n", _NOT_SCHEMA.sub("", dumped)).strip() + "\n"


def migration_hashes() -> dict[str, str]:
    """SHA-256 of each migration's file, by its name."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(_MIGRATIONS.glob("[0-9]*.sql"))}


def merged_hashes() -> dict[str, str]:
    """What `sql/migrations.sha256` has of each merged migration; its lines are those of `sha256sum`."""
    lines = HASHES_FILE.read_text(encoding="utf-8").splitlines() if HASHES_FILE.exists() else []
    return {name: sha256 for sha256, name in (line.split() for line in lines)}


def main() -> None:
    """Write both files."""
    hashes = migration_hashes() | merged_hashes()
    HASHES_FILE.write_text("".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-schema-", ignore_cleanup_errors=True) as directory:
        data = Path(directory) / "postgres"
        url = start_embedded_server(data)
        try:
            with connect(url) as warehouse:
                migrate(warehouse)
            SCHEMA_FILE.write_text(dump_schema(url), encoding="utf-8")
        finally:
            stop_embedded_server(data)


if __name__ == "__main__":
    main()
