"""How much of the process the search for circular garbage looks through.

What belongs here: that alone. The interpreter takes many new objects for a reason to look through all that it holds,
pandas, pvlib and Dagster included. What is no longer used is freed as ever.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search within; nested ones end with the outermost.

    For computing, whose tens of thousands of small objects never refer to each other in circles: an eighth of a day's
    processor time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def older_objects_left_alone() -> Iterator[None]:
    """The search looks only at what was made within; nested ones end with the first that ends.

    For pulling: errors and tasks do refer to each other in circles, and what the process holds besides is an eighth of
    a call's processor time.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
