"""The command line: one file per group of commands.

What belongs here: arguments, exit codes, printing. What does not: any work; what is done in bulk runs through Dagster.

Exit codes: 0 done; 1 something failed, the output names it; 2 wrong usage or configuration, nothing was requested.
"""

import importlib
import logging
import sys
from collections.abc import Mapping

import click

from plant_pipeline.errors import PlantPipelineError, UsageError

# Where each command lives; its module, and all that it needs, is imported when the command is asked for.
_COMMANDS: Mapping[str, str] = {
    "sync": "sync:sync",
    "serve": "serve:serve",
    "sandbox": "sandbox:sandbox",
    "doctor": "doctor:doctor",
    "db": "database:database",
    "registry": "registry:registry",
    "quarantine": "quarantine:quarantine",
    "raptor": "raptor:raptor",
    "kpi": "kpi:kpi",
    "explain": "explain:explain",
    "report": "report:report",
}


class _Commands(click.Group):
    """A group whose commands are imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- the base class's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- as above
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"plant_pipeline.cli.{module}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 -- narrows getattr's Any
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plant-pipeline")
def cli() -> None:
    """One registry of solar and wind plants, their daily energy and KPIs, and the Raptor Maps file."""


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
