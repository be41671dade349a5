"""A pause of the search for circular garbage.

What belongs here: that alone. Computing a day makes tens of thousands of small objects, which the interpreter takes for
a reason to look through all that it holds, pandas and pvlib included: an eighth of a day's processor time. None of them
refer to each other in circles; what is no longer used is freed as ever.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for circular garbage within; nested ones end with the outermost."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
