"""Starts the Dagster UI on 127.0.0.1:3000 with the project's instance settings (`make ui` calls this module).

What belongs here: starting and ending `dagster dev`. What does not: anything it shows.
"""

import os
import shutil
import signal
import subprocess
import sys

from plant_pipeline.cli.instance import dagster_instance
from plant_pipeline.config import load_settings
from plant_pipeline.warehouse import bundled

_PATIENCE_S = 10


def main() -> int:
    """Run `dagster dev` until it ends or we are told to stop; ends its whole process group."""
    with dagster_instance(load_settings()):
        pass
    program = shutil.which("dagster") or "dagster"
    arguments = ["dev", "-w", str(bundled("workspace.yaml")), "-h", "127.0.0.1", "-p", os.environ.get("PORT", "3000")]
    child = subprocess.Popen([program, *arguments], start_new_session=True)  # noqa: S603 -- fixed arguments
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop(child))
    return child.wait()


def _stop(child: subprocess.Popen[bytes]) -> None:
    """`dagster dev` does not always end on a polite signal; its group is ended for certain."""
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
