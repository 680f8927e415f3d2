"""Several fits as one training: joined, with stages; folds as a set; rows that an earlier fit had trained."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import keras_magic as km

rng = np.random.default_rng(0)
X = rng.normal(size=(160, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def net(rate: float = 0.01) -> keras.Model:
    keras.utils.set_random_seed(3)
    stack = [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(stack)
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def test_fits_of_one_model_are_one_training_bit_for_bit():
    plain, watched = net(), net()
    for _ in range(12):
        plain.fit(X, Y, epochs=1, batch_size=16, verbose=0)
    with km.watch(seconds=0, strict=True) as report:
        for _ in range(12):
            watched.fit(X, Y, epochs=1, batch_size=16, verbose=0)
    (diagnosis,) = report.diagnoses
    training, story = diagnosis.facts.training, diagnosis.facts.story
    assert (training.epochs_done, training.steps_done, len(training.history["loss"])) == (12, 120, 12)
    assert training.loss_steps[-1] == 120
    assert (story.kind, story.fits, len(story.parts)) == ("stages", 12, 1)
    assert story.parts[0].fits == 12
    assert not [f for f in report.findings if f.cause == "epochs-too-few" and str(f.severity) != "info"]
    assert all(np.array_equal(a.numpy(), b.numpy()) for a, b in zip(plain.weights, watched.weights, strict=True))
    assert "One training in 12 fits" in str(report)


def test_many_fits_give_one_report_of_bounded_size():
    def size(fits: int) -> int:
        model = net()
        with km.watch(seconds=0, strict=True) as report:
            for _ in range(fits):
                start = int(rng.integers(0, 128))
                model.fit(X[start : start + 32], Y[start : start + 32], epochs=1, batch_size=32, verbose=0)
        (diagnosis,) = report.diagnoses
        assert diagnosis.facts.training.steps_done == fits
        assert diagnosis.facts.data.inputs[0].count >= min(32 * fits, 1000)  # the rows of many fits, not of one
        return len(report.to_html())

    assert size(120) < 1.6 * size(30)


def test_targets_that_change_from_fit_to_fit_are_judged_by_the_latest():
    """As in a fitted Q iteration: the same rows, with other targets each time."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    with km.watch(seconds=0, strict=True) as report:
        for slope in (-3.0, -1.0, 0.5):
            model.fit(X, slope * X.sum(1), epochs=60, verbose=0)
    (diagnosis,) = report.diagnoses
    assert diagnosis.facts.data.targets[0].max == pytest.approx(0.5 * X.sum(1).max())
    assert diagnosis.facts.outcome.train > 0.8
    assert not [f for f in report.findings if str(f.severity) != "info"]


def test_a_recompilation_and_other_data_begin_a_stage():
    model = net()
    with km.watch(seconds=0, strict=True) as report:
        model.fit(X, Y, epochs=2, verbose=0)
        model.layers[0].trainable = False
        model.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy", metrics=["accuracy"])
        model.fit(X[:80], Y[:80], epochs=1, verbose=0)
    (diagnosis,) = report.diagnoses
    titles = [part.title for part in diagnosis.facts.story.parts]
    assert titles == ["first fit", "layers frozen, compiled again, other data"]
    assert [part.epochs for part in diagnosis.facts.story.parts] == [2, 1]
    assert "layers frozen" in report.to_html()


@pytest.mark.parametrize("trained", [False, True])
def test_a_base_that_was_frozen_with_random_weights_is_named_after_it_was_unfrozen(trained):
    """`clone_model` makes new weights; those of the trained base have to be set."""
    keras.utils.set_random_seed(1)
    base = keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(64, "relu"), keras.layers.Dense(32, "relu")])
    if trained:
        base.set_weights([w + 0.3 for w in base.get_weights()])
    base.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(1, "sigmoid")])
    with km.watch(seconds=0, strict=True) as report:
        model.compile(keras.optimizers.SGD(1e-9), "binary_crossentropy")
        model.fit(X, Y, epochs=3, verbose=0)
        base.trainable = True
        model.compile(keras.optimizers.SGD(1e-9), "binary_crossentropy")
        model.fit(X, Y, epochs=1, verbose=0)
    found = [f for f in report.findings if f.rule == "KM310"]
    assert bool(found) != trained
    if found:
        assert "In the 3 epochs before layers were unfrozen" in found[0].message


def folds(build, scaled=False):
    parts = np.array_split(np.arange(160), 4)
    for i, held in enumerate(parts):
        rest = np.concatenate(parts[:i] + parts[i + 1 :])
        mean, std = (X[rest].mean(0), X[rest].std(0)) if scaled else (0.0, 1.0)
        a, b = (X[rest] - mean) / std, (X[held] - mean) / std
        build().fit(a, Y[rest], validation_data=(b, Y[held]), epochs=1, verbose=0)


@pytest.mark.parametrize("scaled", [False, True])
def test_folds_with_a_model_that_was_not_built_again_leak(scaled):
    model = net()
    with km.watch(seconds=0, strict=True) as report:
        folds(lambda: model, scaled)
    (diagnosis,) = report.diagnoses
    assert diagnosis.facts.story.trained_before == 1.0
    assert "KM129" in [f.rule for f in report.findings]
    assert "KM111" not in [f.rule for f in report.findings]


@pytest.mark.parametrize("scaled", [False, True])
def test_folds_without_validation_data_that_share_one_model_are_told(scaled):
    model = net()
    with km.watch(seconds=0, strict=True) as report:
        for held in np.array_split(np.random.default_rng(1).permutation(len(X)), 4):
            rest = np.setdiff1d(np.arange(len(X)), held)
            part = (X[rest] - X[rest].mean(0)) / X[rest].std(0) if scaled else X[rest]
            model.fit(part, Y[rest], epochs=1, verbose=0)
            model.evaluate(X[held], Y[held], verbose=0)
    found = next(f for f in report.findings if f.rule == "KM129")
    assert "The 4 fits of this model train on different parts of the same rows" in found.message


def test_a_window_that_moves_on_is_no_cross_validation():
    model = net()
    with km.watch(seconds=0, strict=True) as report:
        for start in (0, 20, 40, 60):
            model.fit(X[start : start + 90], Y[start : start + 90], epochs=1, verbose=0)
    assert "KM129" not in [f.rule for f in report.findings]


@pytest.mark.parametrize("decimals", [1, 6])
def test_one_model_that_goes_on_with_new_rows_does_not_leak(decimals):
    """Each fit is validated on rows that no fit before had; rounded values come again by chance."""
    model, values = net(), np.random.default_rng(3).normal(size=(700, X.shape[1])).round(decimals)
    with km.watch(seconds=0, strict=True) as report:
        for end in (200, 400, 600):
            known, held = values[:end], values[end : end + 100]
            mean, std = known.mean(0), known.std(0)
            model.fit((known - mean) / std, Y[np.arange(end) % 160], validation_data=((held - mean) / std, Y[:100]), verbose=0)
    assert report.diagnoses[0].facts.story.trained_before == 0


def test_folds_with_a_new_model_each_are_a_set_with_a_row_each_and_no_leak():
    with km.watch(seconds=0, strict=True) as report:
        folds(net)
    (diagnosis,) = report.diagnoses
    story = diagnosis.facts.story
    assert (story.kind, story.fits, len(story.parts)) == ("folds", 4, 4)
    scores = [part.scores["val_accuracy"] for part in story.parts]
    assert story.mean == pytest.approx(np.mean(scores))
    assert scores[story.diagnosed] == min(scores)
    assert "KM129" not in [f.rule for f in report.findings]
    assert "4 folds" in str(report)


def test_folds_that_are_scaled_one_by_one_are_a_set_too():
    with km.watch(seconds=0, strict=True) as report:
        for held in np.array_split(np.arange(len(X)), 4):
            rest = np.setdiff1d(np.arange(len(X)), held)
            mean, std = X[rest].mean(0), X[rest].std(0)
            a, b = (X[rest] - mean) / std, (X[held] - mean) / std
            net().fit(a, Y[rest], validation_data=(b, Y[held]), epochs=1, verbose=0)
    (diagnosis,) = report.diagnoses
    assert diagnosis.facts.story.kind == "folds"


def test_a_search_over_learning_rates_is_told_as_runs():
    with km.watch(seconds=0, strict=True) as report:
        for rate in (1e-3, 10.0):
            for held in np.array_split(np.arange(len(X)), 3):
                model = net()
                model.optimizer.learning_rate = rate
                model.fit(np.delete(X, held, 0), np.delete(Y, held, 0), epochs=1, verbose=0)
    (diagnosis,) = report.diagnoses
    assert diagnosis.facts.story.kind == "repetitions"
    assert "fold" not in str(report)


def test_models_on_rows_of_the_same_kind_are_no_folds():
    with km.watch(seconds=0, strict=True) as report:
        for seed in range(3):
            rows = np.random.default_rng(seed).normal(size=X.shape).astype("float32")
            net().fit(rows, Y, epochs=1, verbose=0)
    assert len(report.diagnoses) == 3


def test_two_different_models_are_two_reports_and_the_exception_of_the_second_is_raised():
    def both():
        net().fit(X, Y, epochs=1, verbose=0)
        net().fit(X, Y[:50], epochs=1, verbose=0)

    with pytest.raises(ValueError, match=r".*"), km.watch(seconds=0, strict=True) as report:
        both()
    assert len(report.diagnoses) == 2
    assert isinstance(report.exception, ValueError)


def test_folds_that_put_the_initial_weights_back_do_not_leak():
    model = net()
    initial = model.get_weights()

    def again():
        model.set_weights(initial)
        return model

    with km.watch(seconds=0, strict=True) as report:
        folds(again)
    assert "KM129" not in [f.rule for f in report.findings]
    assert report.diagnoses[0].facts.story.kind == "folds"


def test_few_different_rows_repeat_by_chance():
    coarse = rng.integers(0, 2, (48, 4)).astype("float32")
    model = net()
    with km.watch(seconds=0, strict=True) as report:
        for i in range(3):
            held = slice(16 * i, 16 * i + 8)
            rest = slice(16 * i + 8, 16 * i + 16)
            model.fit(coarse[rest], coarse[rest, 0], validation_data=(coarse[held], coarse[held, 0]), epochs=1, verbose=0)
    assert "KM129" not in [f.rule for f in report.findings]


def test_models_on_data_of_their_own_are_no_set():
    with km.watch(seconds=0, strict=True) as report:
        for scale in (1, 10, 1000):
            net().fit(scale * X, Y, validation_split=0.2, epochs=1, verbose=0)
    assert len(report.diagnoses) == 3
    assert all(d.facts.story is None for d in report.diagnoses)


def test_what_an_earlier_fit_raised_stays_a_stage_of_its_own():
    model = net()
    with km.watch(seconds=0, strict=True) as report:
        with pytest.raises(ValueError, match=r".*"):
            model.fit(X, Y[:50], epochs=1, verbose=0)
        model.fit(X, Y, epochs=2, verbose=0)
    (diagnosis,) = report.diagnoses
    first, second = diagnosis.facts.story.parts
    assert first.raised.startswith("ValueError: ")
    assert second.raised is None
    assert report.exception is None
    assert "raised ValueError" in str(report)
    assert "raised ValueError" in report.to_html()


def test_the_outcome_is_that_of_the_weights_when_fit_ended():
    model = net()
    with km.watch(seconds=0, strict=True) as report:
        model.fit(X, Y, epochs=60, verbose=0)
        trained = model.get_weights()
        model.set_weights([0 * w for w in trained])
    assert report.diagnoses[0].facts.outcome.train > 0.5
    assert report.diagnoses[0].run.final_weights is None
    assert all((w == 0).all() for w in model.get_weights()), "the user's weights stay as they set them"
