"""Features chosen with the validation rows are told by the scores that the selector keeps."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, SelectPercentile, f_classif, f_regression
from sklearn.preprocessing import StandardScaler

from keras_magic.names import selectors_in
from keras_magic.sources.selection import selected_with

RNG = np.random.default_rng(0)
X = RNG.lognormal(2, 0.5, (110, 300)).astype("float32")
LABELS = RNG.integers(0, 2, 110)
PRICES = RNG.normal(size=110)


def parts(x, y, scale=True):
    x_train, x_val = x[:80], x[80:]
    if scale:
        scaler = StandardScaler().fit(x_train)
        x_train, x_val = scaler.transform(x_train), scaler.transform(x_val)
    return (x_train, y[:80]), (x_val, y[80:])


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize(
    ("selector", "y"),
    [(SelectKBest(f_classif, k=40), LABELS), (SelectPercentile(f_regression, percentile=10), PRICES)],
)
def test_a_selector_that_saw_all_rows_is_found_whatever_scaled_them_since(selector, y, scale):
    chosen = selector.fit(X, y)
    found = selected_with([("selector", chosen)], *parts(chosen.transform(X), y, scale))
    assert found is not None
    assert (found.selector, found.among) == ("selector", 300)


def test_a_selector_that_saw_the_training_rows_alone_is_right():
    chosen = SelectKBest(f_classif, k=40).fit(X[:80], LABELS[:80])
    assert selected_with([("selector", chosen)], *parts(chosen.transform(X), LABELS)) is None


def test_a_selector_of_other_features_or_of_all_is_none():
    chosen = SelectKBest(f_classif, k=40).fit(X, LABELS)
    assert selected_with([("selector", chosen)], *parts(X[:, :40], LABELS)) is None
    every = SelectKBest(f_classif, k="all").fit(X, LABELS)
    assert selected_with([("selector", every)], *parts(X, LABELS)) is None


def test_fitted_selectors_are_found_among_the_variables():
    chosen = SelectKBest(f_classif, k=40).fit(X, LABELS)
    space = {"selector": chosen, "_hidden": chosen, "later": SelectKBest(f_classif), "scaler": StandardScaler(), "x": X}
    assert [name for name, _ in selectors_in([space])] == ["selector"]
