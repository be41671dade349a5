"""The command line: one file per group of commands.

What belongs here: arguments, exit codes, printing. What does not: any work; what is done in bulk runs through Dagster.

Exit codes: 0 done; 1 something failed, the output names it; 2 wrong usage or configuration, nothing was requested;
130 stopped (Ctrl-C, SIGTERM).
"""

import contextlib
import logging
import sys
from collections.abc import Mapping
from typing import IO, Any

import click

from plant_pipeline.automation.spool import MESSAGES_WAIT
from plant_pipeline.cli.invocation import PROGRAM_NAME, copyable, program
from plant_pipeline.cli.lazy import LazyGroup, take_sandbox
from plant_pipeline.cli.visible import visible
from plant_pipeline.errors import PlantPipelineError, UsageError
from plant_pipeline.sources.settings import load_settings

_COMMANDS: Mapping[str, str] = {
    "sync": "sync:sync",
    "serve": "serve:serve_dagster",
    "sandbox": "sandbox:sandbox",
    "drill": "drill:drill",
    "doctor": "doctor:doctor",
    "db": "database:database",
    "findings": "findings:findings",
    "registry": "registry:registry",
    "quarantine": "quarantine:quarantine",
    "archive": "archive:archive",
    "replay": "replay:replay",
    "raptor": "raptor:raptor",
    "kpi": "kpi:kpi",
    "explain": "explain:explain",
    "report": "report:report",
    "problems": "problems:problems",
}


class _Failed(click.ClickException):
    """One of our errors, as one line and exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"{PROGRAM_NAME}: {visible(self.message)}", file=file, err=file is None)


class _Misused(_Failed):
    """A `UsageError`: exit code 2."""

    exit_code = 2


def _told(error: PlantPipelineError) -> _Failed:
    return (_Misused if isinstance(error, UsageError) else _Failed)(copyable(str(error)))


class _Commands(LazyGroup):
    """The whole: our errors become exit codes, and alerts that wait go out."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except PlantPipelineError as error:
            raise _told(error) from error
        finally:
            _tell_waiting()


def _tell_waiting() -> None:
    """What the webhook did not take when it was due goes out with the next command, whatever that is."""
    with contextlib.suppress(UsageError):  # the command itself has said what is wrong with the configuration
        settings = load_settings()
        spool = settings.dagster_home / "spool"
        if any(spool.glob("*.json")) or (spool / MESSAGES_WAIT).exists():
            from plant_pipeline.automation.watch import tell_all_waiting  # half a second that most commands do not need

            tell_all_waiting(settings)


@click.group(cls=_Commands, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plant-pipeline")
def cli() -> None:
    """One registry of solar and wind plants, their daily energy and KPIs, and the Raptor Maps file."""


take_sandbox(cli)


def main() -> None:
    """Run the command line; our errors become one line and an exit code, defects a traceback."""
    logging.captureWarnings(capture=True)
    try:
        code = cli(prog_name=program(), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except PlantPipelineError as error:  # before any command began, as while all are listed
        told = _told(error)
        told.show()
        sys.exit(told.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
