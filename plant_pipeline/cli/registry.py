"""`plant-pipeline registry`: the plants, the review queue, and people's decisions.

What belongs here: looking and taking along. What does not: deciding (decisions), the review queue (review).
"""

from pathlib import Path

import click

from plant_pipeline.cli.invocation import say
from plant_pipeline.cli.lazy import LazyGroup
from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.output import output_folder
from plant_pipeline.cli.tables import cell, json_option, show_json, show_rows
from plant_pipeline.errors import UsageError
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import execute, open_warehouse

_COMMANDS = {
    "review": "review:review",
    "accept": "decisions:accept_command",
    "reject": "decisions:reject_command",
    "link": "decisions:link",
    "unlink": "decisions:unlink",
    "merge": "decisions:merge",
    "split": "decisions:split",
    "not-a-plant": "decisions:not_a_plant",
    "retire": "decisions:retire",
    "set": "decisions:set_command",
    "meter-change": "decisions:meter_change",
    "undo": "decisions:undo_command",
    "refit": "refit:refit_command",
}
_PARTS_OF_A_PLANT = {
    "records of sources": "registry/records_of_plant",
    "values and their origin": "registry/fields_of_plant",
    "equipment and sensors": "registry/sensors_of_plant",
    "decisions": "registry/decisions_on_plant",
    "days to be computed again": "energy/queued_of_plant",
}


@click.group(cls=LazyGroup, lazy=_COMMANDS)
def registry() -> None:
    """Plants, the review queue, and people's decisions."""


@registry.command("list")
@click.option("--all", "with_past", is_flag=True, help="Retired and merged plants too.")
@json_option
def registry_list(with_past: bool, as_json: bool) -> None:
    """List the plants."""
    with synced() as connection:
        rows = execute(connection, "registry/plant_list", with_past=with_past).mappings().all()
    show_rows(rows, as_json=as_json, empty="the registry is empty; `plant-pipeline sync` fills it")


@registry.command("show")
@click.argument("plant_code", metavar="PLANT")
@json_option
def registry_show(plant_code: str, as_json: bool) -> None:
    """Show a plant: its values, where each comes from, its records and equipment."""
    with synced() as connection:
        plant = execute(connection, "registry/plant_by_code", plant_code=plant_code).mappings().first()
        if plant is None:
            raise UsageError(f"no plant has the code {plant_code}; `plant-pipeline registry list` shows them")
        parts = {
            title: execute(connection, name, plant_id=plant["plant_id"]).mappings().all()
            for title, name in _PARTS_OF_A_PLANT.items()
        }
    if as_json:
        show_json({**plant, **{title.replace(" ", "_"): rows for title, rows in parts.items()}})
        return
    for name, value in plant.items():
        if value is not None:
            click.echo(f"{name:16} {cell(value)}")
    for title, rows in parts.items():
        click.echo(f"\n{title}:")
        show_rows(rows, empty="none")


@registry.command("export")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
def registry_export(out: Path) -> None:
    """Write the registry with all its ids as CSV files, one per table, and the plants as GeoJSON for a map."""
    from plant_pipeline.registry.files import export_registry

    with synced() as connection:
        for file in export_registry(connection, output_folder(out)):
            click.echo(str(file))


@registry.command("import")
@click.option(
    "--in", "source_folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to read."
)
def registry_import(source_folder: Path) -> None:
    """Fill the registry of an empty warehouse with what `export` wrote: all ids, history and people's decisions."""
    from plant_pipeline.registry.files import import_registry

    with open_warehouse(load_settings()) as warehouse, warehouse.transaction() as connection:
        rows = import_registry(connection, source_folder)
    click.echo(", ".join(f"{count} rows of {table}" for table, count in rows.items()))
    say("The next sync, or `plant-pipeline replay --from D --to D`, fills the rest.")
