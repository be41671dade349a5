"""The server that `real_flexmeasures.server` started, as the tests reach it, and a sync of one of its accounts."""

import os
import subprocess
import sys
from pathlib import Path

URL = os.environ.get("REAL_FLEXMEASURES_URL", "")
EMAIL = os.environ.get("REAL_FLEXMEASURES_EMAIL", "")
PASSWORD = os.environ.get("REAL_FLEXMEASURES_PASSWORD", "")


def sync(warehouse_url: str, home: Path, *arguments: str, email: str = EMAIL) -> "subprocess.CompletedProcess[str]":
    """`plant-pipeline sync` of all that a user may read, into a warehouse."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "FLEXMEASURES_BASE_URL": URL,
        "FLEXMEASURES_EMAIL": email,
        "FLEXMEASURES_PASSWORD": PASSWORD,
        "WAREHOUSE_URL": warehouse_url,
        "PLANT_PIPELINE_HOME": str(home),
        "COLUMNS": "200",
    }
    program = str(Path(sys.executable).parent / "plant-pipeline")
    return subprocess.run(
        [program, "sync", *arguments], env=environment, cwd=home, capture_output=True, text=True, check=False
    )
