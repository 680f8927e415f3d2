"""A target that stands in its own window is found where it stands; forecasts and recalled symbols are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from keras_magic.run import Run
from keras_magic.sources.data import collect_data

WALK = np.cumsum(np.random.default_rng(0).normal(size=400)).astype("float32")
WINDOWS = np.lib.stride_tricks.sliding_window_view(WALK, 12)[..., None]


def found(x, y):
    return collect_data(Run(model=None, x=x, y=y)).target_in_input


@pytest.mark.parametrize("step", [0, 5, 11])
def test_the_place_is_named(step):
    place = found(WINDOWS, WINDOWS[:, step, 0])
    assert (place["step"], place["steps"], place["share"]) == (step, 12, 1.0)


def test_several_steps_ahead_are_compared_as_well():
    assert found(WINDOWS[:, :9], WINDOWS[:, 8:11, 0])["step"] == 8


def test_the_next_value_is_no_part_of_the_window():
    assert found(WINDOWS[:-1], WINDOWS[1:, -1, 0]) is None


def test_a_symbol_may_stand_in_its_row():
    symbols = np.random.default_rng(0).integers(0, 4, (300, 10, 1)).astype("float32")
    assert found(symbols, symbols[:, 0, 0]) is None
