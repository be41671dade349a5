"""`plant-pipeline sandbox`: the four APIs on this machine, with invented plants."""

import os
import shlex
import signal
import subprocess
import sys

import click

from plant_pipeline.cli.invocation import sandbox_environment
from plant_pipeline.errors import UsageError
from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), show_default="any free port", help="Port on 127.0.0.1."
)
@click.option("--plants", default=None, type=click.IntRange(min=1), help="Size of the fleet.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sandbox(port: int, plants: int | None, command: tuple[str, ...]) -> None:
    """Serve the sandbox and print the environment to use it.

    With a COMMAND, run that against the sandbox instead, in that environment and with nothing of the real
    configuration, and end with its exit code.
    """
    own = {name: value for name, value in sandbox_environment().items() if value or command}
    with serve(port=port, world=World.of(plants) if plants else None) as server:
        environment = {**own, **server.environment}
        if command:
            raise click.exceptions.Exit(_run(command, environment))
        for name, value in environment.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        click.echo(f"# the sandbox serves at {server.base_url} until Ctrl-C", err=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run the command in the environment, this program first in its PATH."""
    own_bin = os.path.dirname(sys.executable)  # noqa: PTH120 -- a string for PATH
    path = os.pathsep.join([own_bin, os.environ.get("PATH", "")])
    try:
        child = subprocess.Popen(list(command), env={**os.environ, **environment, "PATH": path})  # noqa: S603 -- the person's own command
    except OSError as error:
        raise UsageError(f"cannot start {command[0]}: {error.strerror}") from error
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: child.send_signal(received))
    return child.wait()
