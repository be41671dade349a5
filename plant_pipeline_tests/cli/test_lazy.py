"""Commands that only look at results start without what only the pipeline needs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("words", ["registry list", "quarantine list", "findings", "kpi export", "db status"])
def test_a_command_that_looks_at_results_loads_neither_dagster_nor_pandas(words: str) -> None:
    code = (
        "import sys, click\n"
        "from plant_pipeline.cli import cli as command\n"
        "for word in sys.argv[1:]:\n"
        "    command = command.get_command(click.Context(command), word)\n"
        "print(command.name, *{'dagster', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *words.split()], capture_output=True, text=True, check=False)
    assert done.stdout == f"{words.split()[-1]}\n", done.stderr
