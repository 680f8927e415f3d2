"""Features that a centred filter made of values after the window."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.signal import savgol_filter

from keras_magic.facts import InputFacts, TargetFacts
from keras_magic.sources.filtered import follows_from_filter

NUMBER = TargetFacts(name="y", shape=(), dtype="float32", form="continuous")
FILTERS = {
    "rolling": lambda v: pd.Series(v).rolling(5, center=True, min_periods=1).mean().to_numpy(),
    "wide": lambda v: pd.Series(v).rolling(21, center=True, min_periods=1).mean().to_numpy(),
    "savgol": lambda v: savgol_filter(v, 7, 2),
    "gaussian": lambda v: gaussian_filter1d(v, 1.0, truncate=3),
}
PAST = {
    "trailing": lambda v: pd.Series(v).rolling(5, min_periods=1).mean().to_numpy(),
    "ewm": lambda v: pd.Series(v).ewm(span=5).mean().to_numpy(),
    "difference": lambda v: np.diff(v, prepend=v[0]),
    "lag": lambda v: np.roll(v, 3),
}


def load(steps=1500, seed=0):
    random = np.random.default_rng(seed)
    return 12 + np.sin(np.arange(steps) / 15) + np.cumsum(random.normal(0, 0.03, steps)) + random.normal(0, 0.6, steps)


def found(*columns, length=24, horizon=1, target=0):
    series = np.stack(columns, 1)
    starts = np.random.default_rng(1).permutation(len(series) - length - horizon + 1)
    x = np.stack([series[i : i + length] for i in starts]).astype("float32")
    y = series[starts + length + horizon - 1, target]
    fact = InputFacts(name="x", shape=x.shape[1:], dtype="float32", role="sequence")
    return follows_from_filter([fact], [x], NUMBER, y.astype("float32"))


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("scale", [1.0, 40.0])
def test_a_centred_filter_that_gives_the_next_value_away_is_found(name, scale):
    v = load()
    calendar = np.sin(np.arange(len(v)) / 15)
    one = found(v, scale * FILTERS[name](v) + 3, calendar)
    assert (one["of"], one["channel"]) == (0, 1)
    assert one["ahead"] == {"rolling": 2, "wide": 10, "savgol": 3, "gaussian": 3}[name]


@pytest.mark.parametrize("name", PAST)
def test_what_is_made_of_past_values_gives_nothing_away(name):
    v = load()
    assert found(v, PAST[name](v)) is None


def test_a_target_beyond_the_reach_of_the_filter_does_not_follow():
    v = load()
    assert found(v, FILTERS["rolling"](v), horizon=2) is not None
    assert found(v, FILTERS["rolling"](v), horizon=3) is None


def test_laws_of_motion_and_other_series_are_no_leak():
    """A tank that follows its valve exactly, an oscillation, two unrelated series."""
    random = np.random.default_rng(3)
    valve, level = random.normal(size=1500), np.zeros(1500)
    for step in range(1, 1500):
        level[step] = 0.9 * level[step - 1] + 0.4 * valve[step - 1]
    assert found(level, valve) is None
    phase = np.arange(1500) / 7
    assert found(np.sin(phase), np.cos(phase)) is None
    assert found(load(), load(seed=5)) is None
