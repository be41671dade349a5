"""Commands that only look at results start without what only the pipeline needs."""

import subprocess
import sys

_LOOKING = ("registry list", "quarantine list", "findings", "kpi export", "db status")
_CODE = """
import sys, click
from plant_pipeline.cli import cli
for words in sys.argv[1:]:
    command = cli
    for word in words.split():
        command = command.get_command(click.Context(command), word)
    print(words, *{'dagster', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules))
"""


def test_a_command_that_looks_at_results_loads_neither_dagster_nor_pandas() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE, *_LOOKING], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == list(_LOOKING), done.stderr
