"""The outside world on loopback: Ravenwits, Voke, FlexMeasures and Raptor Maps as their documents describe them.

An invented fleet, its weather and production, the four APIs, switchable faults; `server.serve` is where it begins.
Nothing outside this package and `plant_pipeline.cli` imports it, and it imports nothing of the pipeline.
"""
