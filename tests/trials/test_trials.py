"""Paired trials and repair: they find what helps, are fair, and leave everything of the user's untouched."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from keras_magic import fixes
from keras_magic.clock import Clock
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.errors import UsageError
from keras_magic.facts import Facts, OutcomeFacts, TrialResult
from keras_magic.findings import Evidence, Finding, Fix, Severity
from keras_magic.repair import Repair, repair
from keras_magic.repair.options import Option, of_findings
from keras_magic.repair.search import Search
from keras_magic.report import Report
from keras_magic.trials.runner import Candidate, Trained, TrialRunner, run_trials
from tests.fixes.runs import blobs, branched, classified, everything, run_of, subclassed
from tests.test_prices import COUNTER, counter

__all__ = ["counter"]

NOTHING = Fix(name="nothing", title="Change nothing", code="pass", transform=lambda run: fixes.set_epochs(6).apply(run))


def finding(fix: Fix, cause: str, level: Evidence = Evidence.PLAUSIBLE) -> Finding:
    return Finding(rule="KM999", name="test", cause=cause, severity=Severity.ERROR, message="", level=level, fix=fix)


def report_of(run, *findings, outcome=None) -> Report:
    return Report(Diagnosis(kind="fit", run=run, facts=Facts(outcome=outcome), findings=findings))


def test_a_trial_tells_the_fix_that_helps_from_one_that_does_not_and_changes_nothing():
    run = classified(rate=1e-6)
    run.fit(epochs=1)
    before = everything(run)
    trials = run_trials(
        run,
        [
            Candidate("learning-rate-too-low", fixes.set_learning_rate(0.02)),
            Candidate("tool", NOTHING),
            Candidate("tool", broken()),
        ],
        seconds=120,
    )
    assert everything(run) == before
    rate, nothing, fails = trials.results
    assert rate.gain > 0.4
    assert rate.gain > 3 * rate.spread
    assert nothing.gain == pytest.approx(0, abs=1e-6)
    assert nothing.before_loss == pytest.approx(nothing.after_loss)
    assert fails.failed.startswith("UnsupportedError")
    assert fails.gain is None


def broken() -> Fix:
    return fixes.drop_columns([99])


def test_a_run_that_raises_has_no_skill_and_its_repair_some():
    run = classified()
    run = run.replace(y=run.y + 1)
    fixed = run_trials(run, [Candidate("label-encoding", fixes.shift_labels(-1))], seconds=60).results[0]
    assert fixed.after > 0.8
    assert fixed.gain > 0.2


def test_time_is_kept_and_what_was_not_tried_is_said():
    trials = run_trials(classified(), [Candidate("tool", NOTHING)] * 50, seconds=0.5, steps=5)
    assert 1 <= len(trials.results) < 50
    assert "no time was left" in trials.missing[-1]


def test_subclassed_models_and_pipelines_can_be_tried():
    import tensorflow as tf

    run = subclassed()
    stream = tf.data.Dataset.from_tensor_slices((run.x, run.y)).batch(32)
    run = run.replace(x=stream, y=None, fit_arguments={"epochs": 2, "verbose": 0})
    trials = run_trials(run, [Candidate("learning-rate-too-low", fixes.set_learning_rate(0.05))], seconds=60, steps=20)
    assert trials.results[0].failed is None


def test_repair_keeps_what_helps_and_trains_from_fresh_weights():
    run = classified(rate=1e-6, epochs=8)
    useless = fixes.set_dropout(0.1)
    before = everything(run)
    found = repair(
        report_of(run, finding(useless, "dropout"), finding(fixes.set_learning_rate(0.02), "learning-rate-too-low")), seconds=60
    )
    assert everything(run) == before
    assert [f.name for f in found.kept] == ["set-learning-rate"]
    assert "keras.optimizers.Adam(0.02)" in found.code
    assert found.run.model is not run.model
    assert found.run.fit().history["val_accuracy"][-1] > 0.85
    assert {t.name: t.kept for t in found.trials.results}["set-learning-rate"] is True


def test_certain_contradictions_are_removed_together():
    run = classified(rate=0.02, epochs=8)
    run = run.replace(y=run.y + 1, x=run.x * np.float32(1))
    found = repair(report_of(run, finding(fixes.shift_labels(-1), "label-encoding", Evidence.CONTRADICTION)), seconds=40)
    assert [f.name for f in found.kept] == ["shift-labels"]
    assert found.run.y.min() == 0
    assert found.after > 0.8


def test_a_network_that_has_learned_is_left_as_it_is():
    run = classified()
    learned = OutcomeFacts(task="multiclass", train=0.99, validation=0.98)
    found = repair(report_of(run, finding(fixes.widen(4), "capacity-too-small"), outcome=learned), seconds=30)
    assert found.kept == ()
    assert found.code == ""
    assert "Nothing was changed" in str(found)
    assert found.run.fit(epochs=1)


def test_repair_needs_a_run_and_time():
    with pytest.raises(UsageError, match="no training"):
        repair(Report())
    with pytest.raises(UsageError, match="positive"):
        repair(report_of(classified()), seconds=0)


def test_an_interrupt_gives_the_best_so_far(monkeypatch):
    run = classified(rate=1e-6)
    calls = []

    def progress(share, what):
        calls.append(what)
        if len(calls) > 1:
            raise KeyboardInterrupt

    found = repair(
        report_of(
            run, finding(fixes.set_learning_rate(0.02), "learning-rate-too-low", Evidence.CONTRADICTION), finding(NOTHING, "tool")
        ),
        seconds=60,
        progress=progress,
    )
    assert [f.name for f in found.kept] in (["set-learning-rate"], [])
    assert found.run.fit(epochs=1)


class Slow(keras.callbacks.EarlyStopping):
    """Makes every step of a trial take a second on the counter."""

    __module__ = "keras.tests"

    def on_train_batch_end(self, batch, logs=None):
        COUNTER.now += 1.0


Slow.__name__ = "EarlyStopping"  # a callback that steers the training is kept in trials


def test_the_time_is_a_bound_also_for_a_trial_in_progress(counter):
    run = classified(rate=1e-6, epochs=50, callbacks=[Slow(monitor="loss", patience=99)])
    started = counter.now
    found = repair(report_of(run, finding(fixes.set_learning_rate(0.02), "learning-rate-too-low")), seconds=4)
    assert 0 < counter.now - started <= 6
    assert found.trials.results or not found.kept


def test_a_certain_fault_that_needs_the_user_ends_the_search():
    run = classified()
    run = run.replace(y=run.y * 0)
    by_hand = Fix(name="other-labels", title="Load labels of more than one class", code="y = ...")
    found = repair(report_of(run, finding(by_hand, "single-class", Evidence.CONTRADICTION)), seconds=60)
    assert not found.kept
    assert "by hand: Load labels of more than one class" in found.verdict


def test_changes_that_help_a_little_are_no_repair():
    assert "hardly learns yet" in Repair(run=classified(), kept=(NOTHING,), before=0.0, after=0.1).verdict


@pytest.mark.parametrize("make", [subclassed, branched], ids=lambda make: make.__name__)
def test_a_search_leaves_everything_of_the_users_as_it_was(make):
    run = make()
    run.fit(epochs=1)  # slots and counters of the optimizer are filled
    before = everything(run)
    found = repair(report_of(run, finding(fixes.set_learning_rate(0.02), "learning-rate-too-low")), seconds=8)
    assert everything(run) == before
    assert found.run.model is not run.model


@pytest.mark.parametrize(("train", "gain", "kept"), [(1.0, 0.0, True), (1.0, -0.4, False), (0.35, 0.0, False)])
def test_early_stopping_is_kept_where_the_users_training_went_on_too_long(train, gain, kept):
    stop = finding(fixes.add_early_stopping(2), "epochs-too-many")
    outcome = OutcomeFacts(task="multiclass", train=train, validation=0.3)
    search = Search(report_of(classified(), stop, outcome=outcome).diagnoses[0], 10.0, 0, None)
    tried = {"name": stop.fix.name, "cause": stop.cause, "title": stop.fix.title}
    search.results.append(TrialResult(**tried, before=0.3, after=0.3 + gain, gain=gain, spread=0.03))
    search._protect(of_findings(search.findings)[1])
    assert [o.fix.name for o in search.kept] == ["add-early-stopping"] * kept


def test_a_network_without_targets_is_searched_as_well():
    x, _ = blobs()
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(6)(inputs))
    model.compile("adam", loss=None)
    run = run_of(model, x, None, epochs=2)
    runner = TrialRunner(run, clock=Clock(5))
    assert runner.held_out == len(x) - runner.small.x.shape[0]


def test_certain_faults_go_also_where_no_time_is_left_to_see_it(monkeypatch):
    """Of a training that was cut off, the skill says nothing; neither does it of two networks that do not learn."""
    run = classified(rate=0.02, epochs=8)
    search = Search(report_of(run, finding(fixes.add_dropout(0.1), "dropout", Evidence.CONTRADICTION)).diagnoses[0], 10.0, 0, None)
    for before, after, kept in ((0.9, Trained(0.1, cut=True), 1), (0.9, Trained(0.1), 0), (0.1, Trained(0.0), 1)):
        search.kept, search.run, search.best = [], run, Trained(before)
        monkeypatch.setattr(search, "_train", lambda run, what, after=after: after)
        left = search._remove_contradictions(of_findings(search.findings)[0])
        assert len(search.kept) == kept
        assert len(left) == 1 - kept  # another fault may keep it from helping: it is tried again beside the others


def test_coming_up_to_the_trivial_answer_is_no_gain():
    search = Search(report_of(classified(), finding(fixes.set_dropout(0.1), "dropout")).diagnoses[0], 10.0, 0, None)
    search.best = Trained(-1.0)
    assert search._gain(Trained(0.0)) == 0
    assert search._gain(Trained(0.3)) == pytest.approx(0.3)


def test_two_faults_that_hide_each_other_are_removed_together():
    """A rate of nothing and weights that are all alike: neither change shows anything by itself."""
    run = classified(rate=1e-7, epochs=10)
    run = run.replace(initial_weights=tuple(np.zeros_like(w) for w in run.initial_weights))
    rate, start = fixes.set_learning_rate(0.02), fixes.replace_initializers()
    found = repair(report_of(run, finding(rate, "learning-rate-too-low"), finding(start, "weight-init")), seconds=60)
    assert {"set-learning-rate", "replace-initializers"} <= {f.name for f in found.kept}
    assert found.run.fit().history["val_accuracy"][-1] > 0.85


def test_a_repaired_training_that_knows_its_rows_by_heart_stops_early(monkeypatch):
    run = classified(rate=0.02, epochs=8)
    search = Search(report_of(run).diagnoses[0], 10.0, 0, None)
    for gap, after, kept in ((0.7, 0.5, True), (0.7, 0.2, False), (0.0, 0.5, False)):
        search.kept, search.best = [Option(fixes.set_dropout(0.1))], Trained(0.5, gap=gap)
        monkeypatch.setattr(search, "_try", lambda option, after=after: (run, Trained(after)))
        search._forget()
        assert ("add-early-stopping" in [o.fix.name for o in search.kept]) is kept


def test_a_trial_of_exchanged_labels_sees_through_distances():
    """A contrastive loss that takes 1 for "different" on labels where 1 means "same" learns nothing; exchanged, it does."""
    rng = np.random.default_rng(0)
    pair, same = rng.normal(0, 2, (2, 400, 4)).astype("float32"), rng.integers(0, 2, 400)
    pair[0, :, 0] = rng.choice([-1, 1], 400)  # of all that the tower sees, only this tells who is who
    pair[1, :, 0] = pair[0, :, 0] * (2 * same - 1)
    one, other = keras.Input((4,)), keras.Input((4,))
    keras.utils.set_random_seed(0)
    tower = keras.layers.Dense(6)
    apart = keras.layers.Lambda(lambda ab: keras.ops.sum((ab[0] - ab[1]) ** 2, axis=-1, keepdims=True))([tower(one), tower(other)])

    def contrastive(y, d):  # 1: different
        return keras.ops.mean((1 - y) * d + y * keras.ops.maximum(1.0 - d, 0.0), axis=-1)

    model = keras.Model([one, other], apart)
    model.compile(keras.optimizers.Adam(0.01), contrastive)
    run = run_of(model, list(pair), same.astype("float32")[:, None], epochs=15, batch_size=32)
    (result,) = run_trials(run, [Candidate("loss-mismatch", fixes.swap_labels())], seconds=20).results
    assert result.failed is None
    assert result.after > max(0.6, result.before + 0.3)


@pytest.mark.parametrize(("rows", "least"), [(4, 2.0), (40, 0.2), (4000, 0.02)])
def test_a_gain_of_a_few_rows_may_be_chance(monkeypatch, rows, least) -> None:
    runner = TrialRunner.__new__(TrialRunner)
    monkeypatch.setattr(TrialRunner, "held_out", rows)
    runner.classes = 2
    assert runner._least == pytest.approx(least)


def test_another_rate_needs_no_step_of_its_own(monkeypatch) -> None:
    """Also where the model cannot be written as text, as layers of one's own without a configuration cannot."""
    monkeypatch.setattr("keras_magic.trials.runner.structure_of", lambda *_: None)
    run, made = classified(), []
    compiled = TrialRunner._compiled
    monkeypatch.setattr(TrialRunner, "_compiled", lambda self, *given: made.append(id(kept := compiled(self, *given))) or kept)
    rate = Candidate("learning-rate-too-low", fixes.set_learning_rate(rate=0.01))
    (result,) = run_trials(run, [rate], seconds=60, steps=20).results
    assert result.failed is None
    assert len(made) > 1
    assert len(set(made)) == 1
