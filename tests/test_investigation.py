"""Which fixes are tried in what order, and how those that only work together are credited."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import keras_magic as km
from keras_magic.diagnosis.investigation import _credited, _lead, _questions, measure_rate, untrained
from keras_magic.facts import TrialFacts, TrialResult
from keras_magic.findings import Evidence, Finding, Fix, Severity
from keras_magic.run import Run

HINT, PLAUSIBLE, _, _, _ = Evidence


def finding(cause, level, name, title=None):
    fix = Fix(name=name, title=title or name, code="pass", transform=lambda run: run)
    return Finding(rule="KM999", name=cause, cause=cause, severity=Severity.ERROR, message=cause, level=level, fix=fix)


def result(name, cause, before, after, failed=None):
    return TrialResult(name=name, cause=cause, title=name, before=before, after=after, gain=after - before, failed=failed)


def test_likely_and_cheap_fixes_are_tried_first_and_each_once():
    longer, faster = finding("epochs-too-few", PLAUSIBLE, "set-epochs"), finding("learning-rate-too-low", PLAUSIBLE, "faster")
    again = finding("vanishing-gradient", HINT, "faster")
    assert [f.cause for f in _questions([longer, again, faster])] == ["learning-rate-too-low", "epochs-too-few"]


def test_the_second_round_starts_behind_what_helped_most_else_behind_the_likeliest_early_cause():
    loss, epochs = finding("loss-mismatch", PLAUSIBLE, "loss"), finding("epochs-too-few", PLAUSIBLE, "longer")
    assert _lead([epochs, loss], TrialFacts(results=(result("longer", "epochs-too-few", 0.0, 0.02),))) is loss
    assert _lead([epochs, loss], TrialFacts(results=(result("longer", "epochs-too-few", 0.0, 0.4),))) is epochs
    broken = TrialFacts(results=(result("loss", "loss-mismatch", 0.0, 0.0, failed="it raised"),))
    assert _lead([epochs, loss], broken) is None


def test_a_pair_is_credited_to_both_from_the_start_without_either():
    alone = TrialFacts(results=(result("loss", "loss-mismatch", 0.1, 0.1), result("other", "tool", 0.1, 0.0)))
    both = _credited(alone, finding("loss-mismatch", PLAUSIBLE, "loss"), result("faster", "learning-rate-too-low", 0.12, 0.9))
    told = {r.name: (r.before, r.after, round(r.gain or 0.0, 2), r.beside) for r in both.results}
    assert told["loss"] == (0.1, 0.9, 0.8, "faster")
    assert told["faster"] == (0.1, 0.9, 0.8, "loss")
    assert told["other"][:2] == (0.1, 0.0)


def test_what_is_added_to_a_fix_that_helped_by_itself_is_credited_with_its_own_gain_alone():
    alone = TrialFacts(
        results=(result("scale", "input-not-scaled", 0.0, 0.75), result("one-hot", "categorical-as-ordinal", 0.0, 0.0))
    )
    beside = result("one-hot", "categorical-as-ordinal", 0.75, 0.9)
    told = {
        r.name: (r.before, r.after, r.upon) for r in _credited(alone, finding("input-not-scaled", 0.5, "scale"), beside).results
    }
    assert told == {"scale": (0.0, 0.75, ""), "one-hot": (0.75, 0.9, "scale")}


class Ruinous(keras.Model):
    """Built by `fit`, with a constructor that takes none of Keras' own arguments."""

    def __init__(self, width=32):
        super().__init__()
        self.hidden = keras.layers.Dense(width, activation="relu")
        self.out = keras.layers.Dense(1)

    def call(self, inputs):
        return self.out(self.hidden(inputs))


@pytest.mark.parametrize("make", [Ruinous, lambda: keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(1)])])
def test_a_model_that_fit_built_is_measured_from_new_start_weights_not_from_its_ruins(make):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
    y = 3 * x[:, :1] - x[:, 1:2]
    model = make()
    model.compile(keras.optimizers.SGD(20.0), "mse")
    model.fit(x, y, epochs=2, verbose=0)
    ruined = [w.numpy() for w in model.weights]
    run = untrained(Run(model=model, x=x, y=y, fit_arguments={"batch_size": 32, "epochs": 2}))
    assert run.model is not model
    rate = measure_rate(run, 4.0)
    assert rate is not None
    assert rate.learns
    assert rate.high < rate.current == 20.0
    for before, weight in zip(ruined, model.weights, strict=True):
        np.testing.assert_array_equal(before, weight.numpy())


def test_outputs_that_a_loss_of_ones_own_reads_otherwise_are_not_judged():
    """Missing labels are -1, and the outputs are logits."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 6)).astype("float32")
    y = np.where(rng.random((600, 3)) < 0.6, -1.0, (x[:, :3] > 0).astype("float32")).astype("float32")

    def known_only(true, logits):
        each = keras.ops.relu(logits) - logits * keras.ops.relu(true) + keras.ops.log1p(keras.ops.exp(-keras.ops.abs(logits)))
        return keras.ops.sum(keras.ops.cast(true >= 0, "float32") * each, axis=-1)

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3)])
    model.compile(keras.optimizers.Adam(0.01), known_only)
    report = km.diagnose(model, x, y, epochs=12, verbose=0)
    assert report.diagnoses[0].facts.outcome.task == "unknown"
    assert not [f for f in report.findings if f.severity == "error"]
