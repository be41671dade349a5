"""`plant-pipeline db`: schema, shell and server of the warehouse."""

import os
import shutil
import signal
import subprocess

import click
from sqlalchemy import make_url

from plant_pipeline.cli.opening import require_created, synced
from plant_pipeline.cli.tables import json_option, show_rows
from plant_pipeline.embedded_postgres import embedded_program
from plant_pipeline.errors import UsageError
from plant_pipeline.landing.stream import rebind_account
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import create_roles, migrate, migration_status, open_warehouse


@click.group("db")
def database() -> None:
    """The warehouse."""


@database.command("migrate")
def migrate_command() -> None:
    """Bring the warehouse's schema up to date."""
    with open_warehouse(load_settings(), migrate_first=False) as warehouse:
        applied = migrate(warehouse)
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply: the warehouse is up to date")


@database.command("roles")
def roles_command() -> None:
    """Make the roles etl_rw, which the pipeline works as, and bi_ro, which reads results; as the warehouse's owner."""
    with open_warehouse(load_settings()) as warehouse:
        create_roles(warehouse)
    click.echo("etl_rw owns the warehouse, bi_ro reads its results: make users who log in members of one of them")


@database.command("status")
@json_option
def database_status(as_json: bool) -> None:
    """Show which migrations are applied."""
    settings = load_settings()
    require_created(settings)
    with open_warehouse(settings, migrate_first=False) as warehouse:
        rows = [{"migration": name, "is_applied": is_applied} for name, is_applied in migration_status(warehouse)]
    show_rows(rows, as_json=as_json)


@database.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def shell(arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse; ARGUMENTS go to psql (such as -c "select ...")."""
    settings = load_settings()
    require_created(settings)
    with open_warehouse(settings) as warehouse:
        url = make_url(warehouse.url)
        program = shutil.which("psql") or embedded_program("psql")
        if program is None:
            raise UsageError("psql was not found; install a PostgreSQL client")
        environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}
        address = url.set(drivername="postgresql", password=None).render_as_string()
        done = subprocess.run([program, address, *arguments], env=environment, check=False)  # noqa: S603 -- psql with the person's own arguments
    raise click.exceptions.Exit(done.returncode)


@database.command("serve")
def database_serve() -> None:
    """Keep the embedded server up for other programs and print its URL."""
    with open_warehouse(load_settings()) as warehouse:
        click.echo(make_url(warehouse.url).render_as_string(hide_password=True))
        click.echo("# serving until Ctrl-C", err=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _known_source(_ctx: click.Context, _parameter: click.Parameter, name: str) -> str:
    from plant_pipeline.sources.all import SOURCES  # a second that the other commands do not need

    return click.Choice([source.name for source in SOURCES])(name)


@database.command()
@click.argument("source", callback=_known_source)
def rebind(source: str) -> None:
    """Accept that a source is another host or account from now on."""
    with synced() as connection:
        was_known = rebind_account(connection, source)
    click.echo(
        f"{source}: the next sync remembers its host and account anew" if was_known else f"{source}: none was known"
    )
