"""The public functions as a user calls them: bad input gives one clear line, and nothing of the user's changes."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km
from tests.watch.trainings import reset_random_state


def net(loss="mse", units=1, activation=None):
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(units, activation=activation)]
    )
    model.compile("adam", loss)
    return model


@pytest.fixture
def xy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)).astype("float32")
    return x, x[:, 0] - x[:, 1]


def batches(x, y):
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(32)


def not_compiled():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, y: km.diagnose(None, x, y), "model must be a keras.Model, but it is None"),
        (lambda x, y: km.diagnose("model", x, y), "model must be a keras.Model, but it is of type str"),
        (lambda x, y: km.diagnose(not_compiled(), x, y), "is not compiled; call model.compile"),
        (lambda x, y: km.diagnose(net()), "there is no data"),
        (lambda x, y: km.diagnose(net(), x, y[:-1]), "x has 200 rows but y has 199"),
        (lambda x, y: km.diagnose(net(), x[:0], y[:0]), "x is empty: it has 0 rows"),
        (
            lambda x, y: km.diagnose(net(), np.array([[1], [1, 2]], dtype=object), y[:2]),
            "x is an array of Python objects: row 0 has 1 value, row 1 has 2",
        ),
        (lambda x, y: km.diagnose(net(), x, y, epoch=3), "has an argument 'epoch'; did you mean 'epochs'"),
        (lambda x, y: km.diagnose(net(), x, y, select=["KM000"]), "no check is called 'KM000'"),
        (lambda x, y: km.diagnose(net(), x, y, seconds="a"), "seconds must be a number of seconds, 0 for no trials, but it is 'a'"),
        (lambda x, y: km.diagnose(net(), x, y, budget=-1), "budget must be a share above 0 and up to 1"),
        (lambda x, y: km.watch(seconds=float("nan")).__enter__(), "seconds must be a number of seconds"),
        (lambda x, y: km.audit(lambda: 1, validation_split=0.2), "x must be an array, a frame, a tensor"),
        (lambda x, y: km.audit([object()], validation_split=0.2), r"x\[0\] must be an array"),
        (lambda x, y: km.audit(None), "there is no data"),
        (lambda x, y: km.audit(batches(x, y), y), "carries its own targets and weights; leave y out"),
        (lambda x, y: km.audit(batches(x, y), sample_weight=y), "leave sample_weight out"),
        (lambda x, y: km.audit(batches(x, y), validation_split=0.2), "validation_split needs arrays"),
        (lambda x, y: km.audit(x, y, validation_split=1.5), "from 0 to below 1, such as 0.2, but it is 1.5"),
        (lambda x, y: km.audit(x, y, validation_split="half"), "but it is 'half'"),
        (lambda x, y: km.audit(x, y, validation_spilt=0.2), "has an argument 'validation_spilt'; did you mean 'validation_split'"),
        (lambda x, y: km.audit(x, y, validation_data="file"), "validation_data: x must be an array"),
        (lambda x, y: km.audit(x, y, validation_data=(x, y, y, y)), "validation_data: give .x, y.*got a tuple of 4"),
        (lambda x, y: km.audit(x, "label"), "y must be an array"),
        (lambda x, y: km.audit([np.zeros(3), np.zeros(3), np.zeros(4)], [0, 1, 1]), "row 0 has 3 values, row 2 has 4 values"),
        (lambda x, y: km.audit([[1, 2], [1, 2], [3]], [0, 1, 1]), "ragged: row 0 has 2 values, row 2 has 1 value;"),
        (lambda x, y: km.audit([[[1, 2], [3, 4]], [[1, 2], [3]]], [0, 1]), "row 1, 0 has 2 values, row 1, 1 has 1 value;"),
        (lambda x, y: km.audit(np.array([[1, 2], [3, "n/a"]], dtype=object), [0, 1]), "row 1, column 1 holds 'n/a' of type str"),
        (lambda x, y: km.audit(np.array([[1, 2], [3, None]], dtype=object), [0, 1]), "with NaN for None"),
        (lambda x, y: km.audit(x, np.array([*y[:-1], {}], dtype=object)), "y is an array .*: row 199 holds {} of type dict"),
        (lambda x, y: km.explain("KM000"), "KM000"),
    ],
)
def test_bad_input_is_one_clear_line(xy, call, message):
    with pytest.raises(km.UsageError, match=message) as caught:
        call(*xy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", [1e-3, 1e-6], ids=["learns", "fails and is investigated"])
def test_diagnose_trains_bit_for_bit_as_fit_does(xy, rate):
    arguments = {"epochs": 3, "batch_size": 32, "validation_split": 0.2, "verbose": 0}
    results = []
    for train in (lambda m: m.fit(*xy, **arguments), lambda m: km.diagnose(m, *xy, strict=True, **arguments).history):
        reset_random_state(7)
        model = net()
        model.optimizer.learning_rate = rate
        history = train(model)
        after = np.random.random(), float(keras.random.uniform(()))  # noqa: NPY002
        results.append((history.history, [w.numpy() for w in model.weights], [v.numpy() for v in model.optimizer.variables], after))
    (h1, w1, o1, r1), (h2, w2, o2, r2) = results
    assert h1 == h2
    assert r1 == r2
    assert all(np.array_equal(a, b) for a, b in zip(w1 + o1, w2 + o2, strict=True))


def test_exception_of_fit_is_kept_and_explained(xy):
    x, _ = xy
    model = net("categorical_crossentropy", 3, "softmax")
    report = km.diagnose(model, x, np.arange(200) % 3, epochs=1, verbose=0, strict=True)
    assert isinstance(report.exception, ValueError)
    assert report.history is None
    assert report.findings[0].cause in ("label-encoding", "loss-mismatch")
    assert str(report.findings[0].severity) == "error"


def test_watch_sees_every_fit_and_raises_what_fit_raises(xy):
    with km.watch(seconds=0, strict=True) as report:
        net().fit(*xy, epochs=2, verbose=0)
        net().fit(*xy, epochs=1, verbose=0)
    assert len(report.diagnoses) == 2
    assert keras.Model.fit.__module__.startswith("keras")
    with pytest.raises(ValueError, match=r".*"), km.watch(seconds=0) as report:
        net("categorical_crossentropy", 3, "softmax").fit(xy[0], np.arange(200) % 3, verbose=0)
    assert report.exception is not None


def test_preflight_does_not_train(xy):
    x, y = xy
    model = net()
    before = [w.numpy() for w in model.weights]
    report = km.diagnose(model, x * 1000, y, train=False, strict=True)
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(before, model.weights, strict=True))
    assert model.optimizer.iterations.numpy() == 0
    assert report.history is None
    assert "input-not-scaled" in [f.cause for f in report.findings]


def test_audit_needs_no_model(xy):
    x, y = xy
    x = x.copy()
    x[3, 1] = np.nan
    report = km.audit(x, y, strict=True)
    assert report.findings[0].cause == "nonfinite-input"
    assert np.isnan(x[3, 1])


def test_interrupting_the_investigation_keeps_the_report(xy, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_magic.diagnosis.investigation.measure_rate", interrupt)
    model = net()
    model.optimizer.learning_rate = 1e-6
    report = km.diagnose(model, *xy, epochs=2, verbose=0, strict=True)
    assert report.exception is None
    assert len(report.history.history["loss"]) == 2
    assert "the diagnosis was interrupted" in report.diagnoses[0].facts.missing


def test_a_model_that_was_never_compiled_raises_keras_own_error(xy):
    with pytest.raises(ValueError, match="compile"), km.watch(strict=True) as report:
        not_compiled().fit(*xy, verbose=0)
    assert report.findings[0].cause == "not-compiled-after-change"
    assert report.verdict.startswith("Training stopped with ValueError: the model is not compiled")
