"""Libraries that call `fit`: KerasTuner, SciKeras and scikit-learn's searches, Keras' own wrappers, Pipelines and folds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
import keras
import keras_tuner
import numpy as np
import pytest
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import keras_magic as km
from keras_magic.story_set import poor_ones

RNG = np.random.default_rng(0)
X_TABLE = RNG.normal(size=(240, 5)).astype("float32")
Y_TABLE = (X_TABLE[:, 0] + X_TABLE[:, 1] > 0).astype("int32")


def network(units: int = 16, rate: float = 0.01, loss: str = "sparse_categorical_crossentropy") -> keras.Model:
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def tuned(hp: Any) -> keras.Model:
    return network(hp.Choice("units", [4, 16]), hp.Choice("rate", [1e-8, 1e-7, 0.01, 0.02]))


@pytest.fixture
def search(tmp_path):
    keras.utils.set_random_seed(0)
    tuner = keras_tuner.GridSearch(tuned, objective="val_loss", max_trials=8, directory=str(tmp_path), overwrite=True)
    with km.watch(strict=True, seconds=0) as report:
        tuner.search(X_TABLE, Y_TABLE, epochs=20, validation_split=0.25, verbose=0)
    return report


def test_a_search_of_keras_tuner_is_one_report_with_its_trials_side_by_side(search):
    (diagnosis,) = search.diagnoses
    story = diagnosis.facts.story
    assert (story.kind, story.fits, len(story.parts)) == ("search", 8, 8)
    tried = [dict(part.settings) for part in story.parts]
    assert sorted((t["units"], t["rate"]) for t in tried) == [(u, r) for u in (4, 16) for r in (1e-8, 1e-7, 0.01, 0.02)]
    assert tried[story.diagnosed]["rate"] < 1e-6, "the poorest is diagnosed"
    assert "X_TABLE" in str(search) + search.findings[0].fix.code
    assert "8 trials" in str(search)


def test_what_the_failing_trials_share_is_told(search):
    (sentence,) = search.diagnoses[0].facts.story.differing
    assert sentence.startswith(("All 4 trials with val_accuracy ", "All 4 trials with val_loss ")), sentence
    assert sentence.endswith(" have rate 1e-07 or less, the others 0.01 or more.")
    assert "rate 1e-07 or less" in str(search)
    assert "rate 1e-07 or less" in search.to_html()


@pytest.mark.parametrize(
    ("scores", "better", "poor"),
    [
        ([0.5, 0.52, 0.9, 0.95], True, [True, True, False, False]),
        ([0.94, 0.95, 0.96, 0.97], True, [False] * 4),  # all are good
        ([0.5, 0.6, 0.7, 0.8, 0.9], True, [False] * 5),  # no gap
        ([0.7, 0.69, 0.1, 0.2], False, [True, True, False, False]),
        ([float("nan"), 0.1, 0.11], False, [True, False, False]),
    ],
)
def test_poor_trials_lie_beyond_a_gap(scores, better, poor):
    assert poor_ones(scores, higher_is_better=better) == poor


@pytest.mark.slow
def test_an_ordinary_grid_search_tells_what_it_tried():
    classifier = KerasClassifier(network, epochs=12, verbose=0, units=16, rate=0.01)
    grid = GridSearchCV(classifier, {"rate": [1e-8, 0.05], "units": [8, 32]}, cv=3)
    with km.watch(strict=True, seconds=0) as report:
        grid.fit(X_TABLE, Y_TABLE)
    (diagnosis,) = report.diagnoses
    story = diagnosis.facts.story
    assert (story.kind, story.fits) == ("search", 13)  # 4 settings, 3 folds each, and the best once more
    assert story.parts[0].settings == {"rate": 1e-8, "units": 8}
    assert any("rate 1e-08, the others 0.05" in sentence for sentence in story.differing), story.parts


def test_a_search_with_two_workers_is_one_report():
    """The fits run in threads of the library's own."""
    classifier = KerasClassifier(network, epochs=6, verbose=0, units=16, rate=0.01)
    grid = GridSearchCV(classifier, {"rate": [1e-8, 0.05]}, cv=3, n_jobs=2, refit=False)
    with km.watch(strict=True, seconds=0) as report, joblib.parallel_config("threading"):
        grid.fit(X_TABLE, Y_TABLE)
    (diagnosis,) = report.diagnoses
    story = diagnosis.facts.story
    assert (story.kind, story.fits) == ("search", 6)
    assert sorted(part.settings["rate"] for part in story.parts) == [1e-8] * 3 + [0.05] * 3


def test_threads_of_the_users_own_are_no_search():
    def train(rate: float) -> None:
        network(rate=rate).fit(X_TABLE[:32], Y_TABLE[:32], epochs=1, verbose=0)

    with km.watch(strict=True, seconds=0) as report, ThreadPoolExecutor(2) as pool:
        list(pool.map(train, (0.01, 0.02)))
    assert [d.facts.story for d in report.diagnoses] == [None, None]


def test_folds_that_scikit_learn_makes_are_folds():
    with km.watch(strict=True, seconds=0) as report:
        cross_val_score(KerasClassifier(network, epochs=8, verbose=0), X_TABLE, Y_TABLE, cv=4)
    (diagnosis,) = report.diagnoses
    story = diagnosis.facts.story
    assert (story.kind, story.fits, story.differing) == ("folds", 4, ())


@pytest.mark.parametrize("scaled", [True, False])
def test_a_pipeline_with_a_wrapper_of_keras_names_the_users_table(scaled):
    wrapped = keras.wrappers.SKLearnClassifier(
        lambda X, y: network(loss="categorical_crossentropy"), fit_kwargs={"epochs": 8, "verbose": 0}
    )
    X_raw = X_TABLE * np.float32(1e5) + np.float32(3e6)
    pipeline = make_pipeline(StandardScaler(), wrapped) if scaled else Pipeline([("net", wrapped)])
    with km.watch(strict=True, seconds=0) as report:
        pipeline.fit(X_raw, Y_TABLE)
    (diagnosis,) = report.diagnoses
    assert diagnosis.facts.story is None
    found = {f.rule for finding in report.findings for f in (finding, *finding.symptoms)}
    assert ("KM203" in found) is not scaled, str(report)
    if not scaled:
        assert "X_raw" in report.findings[0].message


def test_a_regressor_of_keras_is_diagnosed():
    def regression(X: Any, y: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
        model.compile(keras.optimizers.Adam(1e-9), "mse")
        return model

    with km.watch(strict=True, seconds=0) as report:
        keras.wrappers.SKLearnRegressor(regression, fit_kwargs={"epochs": 10, "verbose": 0}).fit(X_TABLE, X_TABLE[:, 0] * 2)
    assert "KM602" in {f.rule for finding in report.findings for f in (finding, *finding.symptoms)}, str(report)
