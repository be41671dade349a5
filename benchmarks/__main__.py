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


_ENERGY = r"^{}\s+[\d.]+\s+([\d.]+)"
_AGAIN = r"^{}\s+[\d.]+\s+[\d.]+\s+([\d.]+)"
_LOST = r"^{}(?:\s+[\d.]+){{3}}\s+([\d.]+)"
_KPIS = r"^{}(?:\s+[\d.]+){{4}}\s+([\d.]+)"
_FLEETS = ("register", "interval energy", "power, means", "power, instants", "inverter sum", "mixed")
_LISTS = {
    "US solar, two surveys": (0.998, 0.97, 0.995),
    "US solar and wind, two years": (0.998, 0.97, 0.995),
    "3000 invented, seed 20261121": (0.998, 0.92, 0.985),
}
_CSV = r"^ *{} {} +[\d.]+ +[\d,]+ +([\d.]+)"
_CSV_PEAK = r"^ *{} build +[\d.]+ +[\d,]+ +[\d.]+ +([\d.]+)"
_BASES = ("clear sky", "alone", "peers")
FIGURES = (
    Figure("load of readings, first: COPY BINARY / ours", "≥ 0.22", "load_readings", r"first load .*s\s+([\d.]+)"),
    Figure("the same again", "≥ 0.22", "load_readings", r"re-run, same values .*s\s+([\d.]+)"),
    Figure("with every value changed", "≥ 0.22", "load_readings", r"all values changed .*s\s+([\d.]+)"),
    *(
        figure
        for rows in ("1,000,000", "10,000,000")
        for figure in (
            Figure(f"CSV of {rows} rows, build: psql COPY / ours", "≥ 1.5", "raptor_csv", _CSV.format(rows, "build")),
            Figure(f"CSV of {rows} rows, build and delivery", "≥ 1.2", "raptor_csv", _CSV.format(rows, "deliver")),
            Figure(f"CSV of {rows} rows, peak MB", "≤ 80", "raptor_csv", _CSV_PEAK.format(rows)),
        )
    ),
    Figure("N+1 pull at 10, archived: ours / ideal", "≤ 1.2", "pull_details", r"10 at a time, archived.*?, ([\d.]+) x"),
    *(
        Figure(
            f"N+1 pull at {c}, archived: ours / ideal",
            "≤ 1.6",
            "pull_details",
            rf"{c} at a time, archived.*?, ([\d.]+) x",
        )
        for c in (50, 100)
    ),
    Figure("N+1 pull at 50, archived: ms CPU a call", "≤ 1", "pull_details", r"50 at a time, archived.*, ([\d.]+) ms"),
    Figure("10,000 sensors over four days at 20 ms: s", "≤ 180", "pull_readings", r"^10,000 sensors.*?: ([\d.]+) s"),
    Figure("the same, ms CPU a call", "low", "pull_readings", r"^10,000 sensors.* s, ([\d.]+) ms"),
    Figure("the same, peak MB", "as of 2,000", "pull_readings", r"^10,000 sensors.* peak (\d+) MB"),
    Figure("2,000 sensors, peak MB", "flat", "pull_readings", r"^2,000 sensors.* peak (\d+) MB"),
    *(
        Figure(
            f"validation of 100,000 {entity}: ours / bare", "≤ 2.5", "validate_records", rf"{entity} .* s, ([\d.]+) x;"
        )
        for entity in ("plants", "forecasts", "sensors")
    ),
    Figure("validation, 1 % of the plants bad", "≤ 1.5", "validate_records", r"plants .* s, ([\d.]+) x$"),
    Figure(
        "13,100 plants, 100,000 sensors listed and reconciled twice, peak MB",
        "≤ 1,000",
        "large_account",
        r"^again: registry +[\d.]+ +(\d+)",
    ),
    *(
        Figure(f"reconcile 10,000 × 10,000, {night}, s", f"≤ {most}", "reconcile_registry", rf"{night}: ([\d.]+) s")
        for night, most in (("first", 5), ("nothing changed", 3), ("a tenth changed", 3))
    ),
    Figure("the same, peak MB", "≤ 500", "reconcile_registry", r"a tenth changed: .* peak (\d+) MB"),
    Figure("matching 10,000 × 10,000, s", "≤ 3", "match_registry", r"seed \d+: ([\d.]+) s"),
    Figure("matching, peak MB", "≤ 300", "match_registry", r"peak (\d+) MB"),
    *(
        Figure(f"matching, {lists}: {what}", f"≥ {target}", "fit_matching", rf"^{lists}: .*{what} ([\d.]+)")
        for lists, targets in _LISTS.items()
        for what, target in zip(("precision", "recall", "linked or asked"), targets, strict=True)
    ),
    Figure("matching: probability against the share that is true", "≤ 0.01", "plot_matching", r"off by ([\d.]+)"),
    *(
        Figure(f"daily energy, {fleet}: ours / bare query", "≤ 0.8", "daily_energy", _ENERGY.format(fleet))
        for fleet in _FLEETS
    ),
    *(Figure(f"{fleet}, 0.2 % of the rows lost", "≤ 1.3", "daily_energy", _LOST.format(fleet)) for fleet in _FLEETS),
    *(Figure(f"{fleet}, energy and KPIs", "≤ 1.5", "daily_energy", _KPIS.format(fleet)) for fleet in _FLEETS),
    Figure("mixed, unchanged day", "no more than at first", "daily_energy", _AGAIN.format("mixed")),
    *(
        Figure(f"uncertainty, {basis}: % of days within", "≥ 95", "uncertainty", rf"^{basis}\s+all .* ([\d.]+)% within")
        for basis in _BASES
    ),
    *(
        Figure(f"uncertainty, {basis}: half width / error, medians", "≤ 3", "uncertainty", rf"^{basis}\s+all .* (\S+)$")
        for basis in _BASES
    ),
    Figure("µs a plant, 200 plants", "flat", "daily_energy", r"^200 plants: (\d+) µs"),
    Figure("µs a plant, 5,000 plants", "flat", "daily_energy", r"^5,000 plants: (\d+) µs"),
    Figure("daily energy, peak MB at 200 × 20 sensors", "≤ 250", "daily_energy", r"^200 plants of 20.* (\d+) MB"),
    Figure("daily energy, peak MB at 1,000 × 20 sensors", "≤ 250", "daily_energy", r"^1,000 plants of 20.* (\d+) MB"),
    *(
        Figure(
            f"energy of {plants} plants of 20 sensors, first: ms CPU a plant",
            "flat",
            "fleet_size",
            rf"^{plants} plants of .*\n(?:.*\n)*?  energy  .* ([\d.]+) ms a plant",
        )
        for plants in ("1,000", "10,000")
    ),
    Figure("fleet report of 2,000 plants, MB", "< 5", "fleet_report", r"([\d.]+) MB"),
    Figure("the same in a browser, s", "< 3", "fleet_report", r"shown in ([\d.]+|not measured)"),
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
        found = re.search(figure.printed, outputs[figure.benchmark], re.MULTILINE)
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
