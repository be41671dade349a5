"""The outside world on loopback: Ravenwits, Voke, FlexMeasures and Raptor Maps as their documents describe them.

What belongs here: an invented fleet, its weather and production, the four APIs, switchable faults. What does not:
anything the pipeline itself needs. Nothing outside this package and `plant_pipeline.cli` imports it, and it imports
nothing of the pipeline. Entry point: `plant_pipeline.sandbox.server.serve`.
"""
