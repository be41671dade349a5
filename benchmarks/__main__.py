"""All benchmarks, each in a process of its own, and the table of targets and today's figures.

    python -m benchmarks [--out benchmarks/FIGURES.md]

Every figure is a ratio taken inside one run of one benchmark, so load on the machine weighs on both sides of it.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the table: what is measured, what it should be, and where the benchmark prints it."""

    work: str
    target: str
    benchmark: str
    printed: str


_ENERGY = r"{}\s+[\d.]+\s+[\d.]+\s+[\d.]+\s+([\d.]+)"
FIGURES = (
    Figure("load of readings, first: COPY BINARY / ours", "≥ 0.22", "load_readings", r"first load .*s\s+([\d.]+)"),
    Figure("the same again", "≥ 0.22", "load_readings", r"re-run, same values .*s\s+([\d.]+)"),
    Figure("with every value changed", "≥ 0.22", "load_readings", r"all values changed .*s\s+([\d.]+)"),
    Figure("CSV build: psql COPY / ours", "≥ 1.5", "raptor_csv", r"build +[\d.]+ +[\d,]+ +([\d.]+)"),
    Figure("CSV build, peak MB", "≤ 80", "raptor_csv", r"build +[\d.]+ +[\d,]+ +[\d.]+ +([\d.]+)"),
    Figure("CSV with delivery", "≥ 1.2", "raptor_csv", r"deliver +[\d.]+ +[\d,]+ +([\d.]+)"),
    Figure("N+1 pull at 10, archived: ours / ideal", "≤ 1.2", "pull_details", r"10 at a time, archived.*?, ([\d.]+) x"),
    Figure("N+1 pull at 50", "≤ 1.6", "pull_details", r"50 at a time.* s, ([\d.]+) x"),
    Figure("matching 10,000 × 10,000, s", "≤ 3", "match_registry", r"seed \d+: ([\d.]+) s"),
    Figure("matching, peak MB", "≤ 300", "match_registry", r"peak (\d+) MB"),
    Figure("matching, precision of clear links", "≥ 0.999", "match_registry", r"precision ([\d.]+)"),
    Figure("daily energy, register: ours / bare query, CPU", "≤ 0.8", "daily_energy", _ENERGY.format("register")),
    Figure("interval energy", "≤ 0.8", "daily_energy", _ENERGY.format("interval energy")),
    Figure("power, means", "≤ 0.8", "daily_energy", _ENERGY.format("power, means")),
    Figure("power, instants", "≤ 0.8", "daily_energy", _ENERGY.format("power, instants")),
    Figure("inverter sum", "≤ 0.8", "daily_energy", _ENERGY.format("inverter sum ")),
    Figure("inverter sum, 1 % of the rows lost", "≤ 1.3", "daily_energy", _ENERGY.format("inverter sum, 1 % lost")),
)


def run(benchmark: str) -> str:
    """What a benchmark prints; also shown as it comes to an end."""
    command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{benchmark}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ourselves
    print(done.stdout, end="", flush=True)
    if done.returncode:
        raise SystemExit(f"benchmarks.{benchmark} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def table(outputs: dict[str, str], measured_on: str) -> str:
    """The page: targets beside figures. Raises `SystemExit` where a benchmark did not print a figure."""
    lines = [
        "# Figures",
        "",
        "Written by `make bench`. Ratios, each taken inside one run; the targets are the project's own.",
        "",
        measured_on,
        "",
        "| work | target | measured |",
        "|---|---|---|",
    ]
    for figure in FIGURES:
        found = re.search(figure.printed, outputs[figure.benchmark])
        if found is None:
            raise SystemExit(f"benchmarks.{figure.benchmark} printed no figure for {figure.work!r}")
        lines.append(f"| {figure.work} | {figure.target} | {found[1]} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all, print, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "FIGURES.md")
    out = parser.parse_args().out
    outputs = {benchmark: run(benchmark) for benchmark in dict.fromkeys(figure.benchmark for figure in FIGURES)}
    measured_on = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )
    out.write_text(table(outputs, measured_on), encoding="utf-8")
    print(f"figures in {out}")


if __name__ == "__main__":
    main()
