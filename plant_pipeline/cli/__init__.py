"""The command line: one file per group of commands.

What belongs here: arguments, exit codes, printing. What does not: any work; what is done in bulk runs through Dagster.

Exit codes: 0 done; 1 something failed, the output names it; 2 wrong usage or configuration, nothing was requested.
"""

import logging
import sys

import click

from plant_pipeline.cli.database import database
from plant_pipeline.cli.doctor import doctor
from plant_pipeline.cli.explain import explain
from plant_pipeline.cli.kpi import kpi
from plant_pipeline.cli.quarantine import quarantine
from plant_pipeline.cli.raptor import raptor
from plant_pipeline.cli.registry import registry
from plant_pipeline.cli.report import report
from plant_pipeline.cli.sandbox import sandbox
from plant_pipeline.cli.sync import sync
from plant_pipeline.errors import PlantPipelineError, UsageError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plant-pipeline")
def cli() -> None:
    """One registry of solar and wind plants, their daily energy and KPIs, and the Raptor Maps file."""


for _command in (sync, sandbox, doctor, database, registry, quarantine, raptor, kpi, explain, report):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; our errors become one line and an exit code, defects a traceback."""
    logging.captureWarnings(capture=True)
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except UsageError as error:
        click.echo(f"plant-pipeline: {error}", err=True)
        sys.exit(2)
    except PlantPipelineError as error:
        click.echo(f"plant-pipeline: {error}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
