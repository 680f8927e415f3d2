"""A search of the learning rate keeps its seconds: where steps are slow it makes fewer, and says so."""

from __future__ import annotations

import pytest

from keras_magic.errors import UsageError
from keras_magic.lr.find import lr_find
from keras_magic.lr.plan import LEAST
from tests.test_prices import STEP, counter, slow_and_far_too_timid

__all__ = ["counter"]


def test_slow_steps_get_a_shorter_search_that_keeps_its_seconds(counter):
    model, x, y = slow_and_far_too_timid()
    weights = model.get_weights()
    seen = []
    started = counter.now
    result = lr_find(model, x, y, progress=seen.append)
    assert counter.now - started <= 60 + 2
    assert 3 * LEAST <= result.steps_used <= 60 / STEP
    (note,) = [n for n in result.notes if "fewer steps" in n]
    assert "seconds=" in note
    assert len(result.trials) >= 3
    assert all((a == b).all() for a, b in zip(weights, model.get_weights(), strict=True))
    left = [now.left for now in seen]
    assert None not in left
    assert left[-1] < left[0] <= 60


def test_with_the_seconds_that_it_asks_for_nothing_is_cut(counter):
    model, x, y = slow_and_far_too_timid()
    result = lr_find(model, x, y, seconds=400)
    assert len(result.lrs) == 100
    assert not any("fewer steps" in n for n in result.notes)


def test_too_few_seconds_are_refused_with_the_price(counter):
    model, x, y = slow_and_far_too_timid()
    with pytest.raises(UsageError, match=r"5 seconds are too few.*pass seconds=\d+"):
        lr_find(model, x, y, seconds=5)


@pytest.mark.parametrize("seconds", [0, -1, True, "10"])
def test_seconds_are_a_positive_number(seconds):
    model, x, y = slow_and_far_too_timid()
    with pytest.raises(UsageError, match="seconds must be a positive number"):
        lr_find(model, x, y, seconds=seconds)
