"""Groups whose commands are imported when they are asked for, and all take `--sandbox`.

What belongs here: finding a command. What does not: any command.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import click

from plant_pipeline.cli.invocation import in_sandbox


class LazyGroup(click.Group):
    """A group; `lazy` says where commands live, as `module:name` below `plant_pipeline.cli`."""

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, those to be imported last."""
        return [*super().list_commands(ctx), *self._lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; None if there is none."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._lazy[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"plant_pipeline.cli.{module}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 -- narrows getattr's Any
        take_sandbox(command)
        return command


def take_sandbox(command: click.Command) -> None:
    """Let the command and those below it take `--sandbox`."""
    if any(parameter.name == "sandbox_mode" for parameter in command.params):
        return
    option = click.Option(
        ["--sandbox", "sandbox_mode"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_start_in_sandbox,
        help="On the sandbox's warehouse, which `make run` fills, and with nothing of the real configuration.",
    )
    command.params.append(option)
    for below in getattr(command, "commands", {}).values():
        take_sandbox(below)


def _start_in_sandbox(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().with_resource(in_sandbox())
