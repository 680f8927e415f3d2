"""The epoch whose weights a model has at the end is known where a callback puts earlier ones back."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import keras_magic as km


@pytest.mark.parametrize(("restores", "first"), [(True, 0), (True, 3), (False, 0)])
def test_the_scores_of_a_comparison_are_those_of_the_weights_that_the_model_has(restores, first):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 4)), rng.integers(0, 2, 80)  # nothing can be learned: validation gets worse
    reports = []
    for callbacks in ([], [keras.callbacks.EarlyStopping(patience=2, restore_best_weights=restores)]):
        model = keras.Sequential(
            [keras.layers.Input((4,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
        )
        model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
        fit = {"epochs": first + 12, "initial_epoch": first, "validation_data": (x[60:], y[60:]), "callbacks": callbacks}
        reports.append(km.diagnose(model, x[:60], y[:60], seconds=0, verbose=0, **fit))
    kept = model.evaluate(x[60:], y[60:], verbose=0)
    compared = km.compare(*reports)
    assert compared.scores["val_loss"][1] == pytest.approx(kept, rel=1e-5)
    assert (compared.kept[1] >= 0) == restores
