"""Distributions as an installer leaves them: modules beside a folder of metadata that names the entry point."""

from pathlib import Path

from plant_pipeline.sources.installed import GROUP


def install(site: Path, distribution: str, value: str) -> None:
    """Write the metadata of `distribution` into `site`, with `value` (`module:NAME`) as the entry point of its source.

    Its modules are written, or copied, by the caller.
    """
    metadata = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{distribution} = {value}\n", "utf-8")
