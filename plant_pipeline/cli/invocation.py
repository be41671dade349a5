"""How this program was called, and how a person calls it again: in the sandbox or not, by which path, by whom.

What belongs here: the mode `--sandbox`, who decides and why, and commands in messages made such that they can be
copied. What does not: what a command does, the wording of messages.
"""

import getpass
import os
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from plant_pipeline.cli.visible import visible
from plant_pipeline.config import load_home
from plant_pipeline.environment import FILE_SUFFIX
from plant_pipeline.sources.settings import variable_names

PROGRAM_NAME: Final = "plant-pipeline"
# Holds the data directory of the sandbox; another one in PLANT_PIPELINE_HOME is no longer the sandbox.
_MARK: Final = "PLANT_PIPELINE_SANDBOX"
_COMMAND: Final = re.compile(rf"`{PROGRAM_NAME}((?: [^`]+)?)`")

who_option = click.option("--who", default=getpass.getuser, show_default="you", help="Who decides.")
why_option = click.option("--why", default=None, help="Why, for those who ask later.")


# -- the sandbox --
def is_sandbox() -> bool:
    """Whether this process works on the sandbox's warehouse."""
    return bool(os.environ.get(_MARK)) and os.environ[_MARK] == os.environ.get("PLANT_PIPELINE_HOME")


def sandbox_environment() -> dict[str, str]:
    """The sandbox's data directory, and nothing of the real configuration: set to nothing, also against `.env`."""
    home = str(load_home() if is_sandbox() else load_home() / "sandbox")
    names = [own for name in variable_names() for own in (name, f"{name}{FILE_SUFFIX}")]
    # Its history would take a minute of every first look.
    return {**dict.fromkeys(names, ""), "PLANT_PIPELINE_HOME": home, "PLANT_PIPELINE_ONBOARDING_DAYS": "0", _MARK: home}


@contextmanager
def in_sandbox() -> Iterator[None]:
    """Work on the sandbox's warehouse; what `plant-pipeline sandbox` has set up around this process stays."""
    with _environment({} if is_sandbox() else sandbox_environment()):
        yield


@contextmanager
def sandbox_apis() -> Iterator[None]:
    """In the sandbox: its APIs answer within this context, those around this process or some of its own."""
    if not is_sandbox() or _is_served(os.environ.get("RAVENWITS_BASE_URL", "")):
        yield
        return
    from plant_pipeline.sandbox.server import serve  # for the few commands that ask the APIs

    with serve() as server, _environment(server.environment):
        yield


def _is_served(base_url: str) -> bool:
    address = urlsplit(base_url)
    if address.hostname is None or address.port is None:
        return False
    with suppress(OSError), socket.create_connection((address.hostname, address.port), timeout=1):
        return True
    return False


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    previous = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in previous.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


# -- commands that can be copied --
def program() -> str:
    """How the person calls this program from the directory they stand in, quoted for a shell."""
    called = Path(sys.argv[0])
    own = called if called.name == PROGRAM_NAME and called.is_file() else Path(sys.executable).with_name(PROGRAM_NAME)
    # `plant-pipeline sandbox -- COMMAND` puts our folder first in its child's PATH, not in the person's.
    folders = [f for f in os.environ.get("PATH", "").split(os.pathsep) if not (is_sandbox() and f == str(own.parent))]
    found = shutil.which(PROGRAM_NAME, path=os.pathsep.join(folders))
    if not own.is_file() or (found is not None and Path(found).samefile(own)):
        return PROGRAM_NAME
    path = own.absolute()
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))


def command(words: str) -> str:
    """The command `plant-pipeline WORDS` as it works here, on the warehouse that this process works on."""
    mode = " --sandbox" if is_sandbox() and "--sandbox" not in words.split() else ""
    return f"{program()} {words}".rstrip() + mode


def copyable(text: str) -> str:
    """A message whose commands, written `plant-pipeline ...` in backticks, are those that work here."""
    return _COMMAND.sub(lambda found: f"`{command(found[1].strip())}`", text)


def say(text: str, *, err: bool = False) -> None:
    """Print a message for a person."""
    click.echo(copyable(visible(text)), err=err)
