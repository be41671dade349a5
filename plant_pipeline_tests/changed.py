"""Which tests a change needs: prints the test paths of the rooms that differ from a revision (default `main`).

`make check` runs them. A file of the root of the package needs the tests of the root; one that all rooms share
(`warehouse/`, a fixture) needs all of them, which is left to `make test`; so are whole runs of the product (`whole`)
and energy held against public measurements and simulated meters (`energy_proofs`), unless they are what changed.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

TESTS = Path(__file__).parent
_OF_WAREHOUSE = ("access", "queries", "schema", "warehouse")
_ROOMS_OF_SCHEMA = {"quarantine": "landing", "ravenwits": "sources", "voke": "sources", "flexmeasures": "sources"}


def paths_of_tests(paths: Iterable[str]) -> list[str]:
    """The folders and files of tests for changed files, as paths below the root of the project."""
    found = {test for path in paths for test in _tests_of(Path(path).parts)}
    return sorted(test for test in found if (TESTS.parent / test).exists())


def _tests_of(parts: tuple[str, ...]) -> list[str]:
    match parts:
        case ("plant_pipeline_tests", "whole" | "energy_proofs", _):
            return ["/".join(parts)]
        case ("plant_pipeline_tests", room, _, *_):
            return [f"plant_pipeline_tests/{room}"]
        case ("plant_pipeline_tests", file):
            return [f"plant_pipeline_tests/{file}"] if file.startswith("test_") else []
        case ("plant_pipeline", "warehouse", *_):
            return [f"plant_pipeline_tests/test_{subject}.py" for subject in _OF_WAREHOUSE]
        case ("plant_pipeline", room, _, *_):
            return [f"plant_pipeline_tests/{room}"]
        case ("plant_pipeline", file):
            return [f"plant_pipeline_tests/test_{file}"]
        case ("sql", "queries", schema, *_):
            return [
                f"plant_pipeline_tests/{_ROOMS_OF_SCHEMA.get(schema, schema)}",
                "plant_pipeline_tests/test_queries.py",
            ]
        case ("sql", *_):
            return [f"plant_pipeline_tests/test_{subject}.py" for subject in _OF_WAREHOUSE]
        case ("README.md",):
            return ["plant_pipeline_tests/test_readme.py"]
    return []


def _changed_since(revision: str) -> list[str]:
    """Files that differ from where this branch left `revision`, and those git does not know yet."""
    base = _git("merge-base", revision, "HEAD")
    return [
        *_git("diff", "--name-only", base[0] if base else "HEAD"),
        *_git("ls-files", "--others", "--exclude-standard"),
    ]


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=TESTS.parent, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


if __name__ == "__main__":
    print(
        "\n".join(
            [*paths_of_tests(_changed_since(*(sys.argv[1:] or ["main"]))), "plant_pipeline_tests/test_definitions.py"]
        )
    )
