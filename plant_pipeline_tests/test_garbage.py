"""What the search for circular garbage looks at."""

import gc
import weakref

import pytest

from plant_pipeline.garbage import collection_paused, older_objects_left_alone


class Node:
    """Refers to itself, so only the search frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_a_pause_ends_with_the_outermost() -> None:
    with collection_paused():
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_there_before_is_looked_at_again_afterwards_and_what_is_new_at_once() -> None:
    older = Node()
    of_older = weakref.ref(older)
    with older_objects_left_alone():
        newer = Node()
        of_newer = weakref.ref(newer)
        del older, newer
        gc.collect()
        assert of_older() is not None
        assert of_newer() is None
    gc.collect()
    assert of_older() is None


def test_an_error_within_leaves_nothing_frozen() -> None:
    with pytest.raises(ValueError, match="within"), older_objects_left_alone():
        raise ValueError("within")
    assert gc.get_freeze_count() == 0
