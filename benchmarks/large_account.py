"""Listings, detail calls and the registry of a large account: seconds and memory of each step.

    python -m benchmarks.large_account [--plants 13100]

The sandbox serves so many plants from a process of its own (13,100 of them have some 100,000 sensors), without any
series being asked for; another process pulls listings and details, and makes the registry, into an empty embedded
PostgreSQL. What is measured is that other process: its resident memory at its highest, after each step, and its time.
The second round meets the same account again.
"""

import argparse
import logging
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

_STEPS: Final = (
    ("ravenwits/plant",),
    ("voke/plant",),
    ("voke/sub_device",),
    ("flexmeasures/asset_type", "flexmeasures/asset"),
    ("flexmeasures/sensor",),
)
_REGISTRY: Final = "registry"


def serve_account(plants: int, told: Connection) -> None:
    """Serve the sandbox until told to end."""
    from plant_pipeline.sandbox.server import serve
    from plant_pipeline.sandbox.world import World

    world = World.of(plants)
    with serve(world=world) as sandbox:
        told.send((dict(sandbox.environment), len(world.signals)))
        told.recv()


def pull_account(environment: dict[str, str], folder: str) -> None:
    """Pull and reconcile twice, printing a line a step."""
    os.environ.update(environment)
    os.environ.update({"PLANT_PIPELINE_HOME": folder, "DAGSTER_HOME": f"{folder}/dagster"})
    Path(folder, "dagster").mkdir()

    import dagster as dg

    from plant_pipeline.definitions import defs

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    logging.getLogger("plant_pipeline").setLevel(logging.CRITICAL)
    job = defs.resolve_job_def("registry_sync")
    registry = [key for key in job.asset_layer.selected_asset_keys if key.path[0] == _REGISTRY]
    steps: list[tuple[str, Sequence[dg.AssetKey]]] = [
        (" and ".join(names), [dg.AssetKey(name.split("/")) for name in names]) for names in _STEPS
    ]
    steps.append((_REGISTRY, registry))
    print(f"{'':42}      s  peak MB", flush=True)
    print(f"{'before anything':42} {'':>6} {_peak_mb():>8.0f}", flush=True)
    with dg.DagsterInstance.ephemeral() as instance:
        for round_name in ("first", "again"):
            for name, keys in steps:
                started = time.perf_counter()
                done = job.execute_in_process(
                    instance=instance,
                    asset_selection=list(keys),
                    run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                )
                if not done.success:
                    raise SystemExit(f"{name} failed")
                seconds = time.perf_counter() - started
                print(f"{round_name + ': ' + name:42} {seconds:>6.1f} {_peak_mb():>8.0f}", flush=True)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plants", type=int, default=13_100)
    plants = parser.parse_args().plants
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    server = processes.Process(target=serve_account, args=(plants, theirs))
    server.start()
    environment, sensors = ours.recv()
    print(f"{plants:,} plants, {sensors:,} sensors")
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-large-", ignore_cleanup_errors=True) as folder:
        client = processes.Process(target=pull_account, args=(environment, folder))
        client.start()
        client.join()
    ours.send("end")
    server.join()
    if client.exitcode:
        raise SystemExit("a step failed; see above")


if __name__ == "__main__":
    main()
