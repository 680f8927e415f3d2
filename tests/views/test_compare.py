"""Two diagnoses side by side: what changed, what became of the score, which findings went."""

from __future__ import annotations

import gc
import types
import weakref
from dataclasses import replace

import pytest

import keras_magic as km
from keras_magic.comparison import Memory
from keras_magic.errors import UsageError
from keras_magic.report import Report
from keras_magic.views import compare
from tests.views import builders

BEFORE = {"loss": (0.7, 0.69), "val_loss": (0.7, 0.7), "val_accuracy": (0.5, 0.51)}
AFTER = {"loss": (0.6, 0.2), "val_loss": (0.5, 0.2), "val_accuracy": (0.7, 0.96)}


def report(history=BEFORE, findings=None, variable="net", **changes) -> Report:
    """A report with another history, and with parts of its facts replaced: training={"batch_size": 8}."""
    facts = builders.facts()
    facts = replace(facts, names={"model": variable, "x": "X_train"}, training=replace(facts.training, history=history))
    for part, fields in changes.items():
        facts = replace(facts, **{part: replace(getattr(facts, part), **fields)})
    return builders.report(facts=facts, findings=findings)


def test_the_metric_of_the_user_is_drawn_where_both_have_it():
    assert compare.shared_score(BEFORE, AFTER) == "val_accuracy"
    assert compare.shared_score({k: v for k, v in BEFORE.items() if k != "val_accuracy"}, AFTER) == "val_loss"
    assert compare.shared_score({"loss": (1.0,)}, AFTER) == "loss"
    assert compare.shared_score(BEFORE, {}) is None


def test_behind_a_training_that_raised_the_new_curve_stands_alone():
    assert compare.shared_score({}, AFTER) == "val_accuracy"
    html = km.compare(report({}), report(AFTER)).to_html()
    assert html.count("Validation accuracy: none before, 0.96 after") == 2


def test_the_words_and_the_picture_say_the_same():
    html = km.compare(report(), report(AFTER)).to_html()
    assert html.count("Validation accuracy: 0.51 before, 0.96 after") == 2, "as a line, and for those who cannot see the image"
    ax = km.compare(report(), report(AFTER)).plot()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["before (0.51)", "after (0.96)"]


def test_a_loss_that_is_nan_is_said_and_leaves_a_gap():
    nan = {"val_loss": (1.0, float("nan"))}
    assert "Validation loss: NaN before, 0.2 after" in km.compare(report(nan), report(AFTER)).to_html()


def test_what_changed_is_told_part_by_part():
    facts = builders.facts()
    (x,), layers = facts.data.inputs, facts.model.layers
    second = report(
        AFTER,
        data={"inputs": (replace(x, mean=0.0, std=1.0),)},
        model={
            "layers": (layers[0], replace(layers[1], name="dense_7", effective_activation="tanh"), layers[2]),
            "optimizer": replace(facts.model.optimizer, learning_rate=0.1),
        },
        training={"batch_size": 8, "callbacks": ("EarlyStopping",)},
    )
    assert [f"{c.part}: {c}" for c in km.compare(report(), second).changes] == [
        "data: X_train: values: mean 3, standard deviation 2 → mean 0, standard deviation 1",
        "compile: learning rate: 0.01 → 0.1",
        "fit: batch size: 32 → 8",
        "fit: callbacks: none → EarlyStopping",
        "model: layer 2: Dense 16 relu → Dense 16 tanh",
    ]


def test_names_that_count_up_and_samples_that_differ_a_little_are_no_change():
    facts = builders.facts()
    (x,) = facts.data.inputs
    renamed = tuple(replace(layer, name=f"{layer.name}_9") for layer in facts.model.layers)
    again = km.compare(report(), report(data={"inputs": (replace(x, mean=3.01),)}))
    assert again.changes == ()
    assert "No change was seen" in str(again)
    named = builders.report(facts=replace(report().diagnoses[0].facts, model=replace(facts.model, layers=renamed)))
    assert km.compare(report(), named).changes == ()


def test_findings_that_went_and_came():
    other = builders.finding("class-imbalance", "warning", "KM111", message="Class 0 holds 80 % of the rows.")
    compared = km.compare(report(findings=(builders.finding(),)), report(findings=(other,)))
    assert (compared.gone, compared.new) == (("KM203 inputs are not scaled",), ("KM111 classes are imbalanced",))
    assert "gone: KM203 inputs are not scaled" in str(compared)


@pytest.mark.parametrize(
    ("given", "says"),
    [(("report", None), "after must be a Report"), ((None, "report"), "before must be a Report"), (("report", Report()), "empty")],
)
def test_bad_input_is_one_clear_line(given, says):
    first, second = (report() if g == "report" else g for g in given)
    with pytest.raises(UsageError, match=says):
        km.compare(first, second)
    with pytest.raises(UsageError, match="they share"):
        km.compare(report(), report(AFTER)).plot("f1")


def test_a_variable_that_is_used_again_for_another_problem_is_not_compared():
    facts = builders.facts()
    (x,), (y,) = facts.data.inputs, facts.data.targets
    scaled = {"inputs": (replace(x, mean=0.0, std=1.0),)}
    fewer = {"rows": facts.data.rows - 7}
    images = {
        "rows": 400,
        "inputs": (replace(x, shape=(8, 8, 1)),),
        "targets": (replace(y, classes={str(n): 40 for n in range(10)}),),
    }
    for data, compared in ((scaled, True), (fewer, True), (images, False)):
        memory = Memory()
        memory.since_last(report())
        assert (memory.since_last(report(AFTER, data=data)) is not None) == compared


def test_the_last_diagnosis_of_a_variable_is_remembered_without_model_and_data():
    class Thing:
        pass

    run, memory = Thing(), Memory(most=2)
    watched = weakref.ref(run)
    first = report()
    object.__setattr__(first.diagnoses[0], "run", run)
    assert memory.since_last(first) is None
    del first, run
    gc.collect()
    assert watched() is None, "nothing of the user's is kept alive"
    assert memory.since_last(report(AFTER, variable="other")) is None
    name, since = memory.since_last(report(AFTER))
    assert name == "net"
    assert since.scores["val_accuracy"] == (0.51, 0.96)
    assert "Since the last diagnosis of <code>net</code>" in since.to_html(fold=name)
    for model in ("a", "b"):
        memory.since_last(report(variable=model))
    assert memory.since_last(report()) is None, "only so many are remembered"


def test_where_the_best_weights_were_restored_their_scores_count():
    rising = {"val_loss": (0.5, 0.2, 0.9), "val_accuracy": (0.7, 0.96, 0.4)}
    stopped = {"epochs_done": 3, "callbacks": ("EarlyStopping",), "restored_epoch": 1}
    compared = km.compare(report(), report(rising, training=stopped))
    assert compared.scores["val_accuracy"] == (0.51, 0.96)
    assert compared.scores["val_loss"] == (0.7, 0.2)
    assert compared.to_html().count("Validation accuracy: 0.51 before, 0.96 after") == 2
    assert [t.get_text() for t in compared.plot().get_legend().get_texts()] == ["before (0.51)", "after (0.96)"]
    assert "weights at the end: of the last epoch → of the best epoch, restored" in str(compared)


@pytest.mark.parametrize(
    "end", [{"interrupted": True}, {"exception": {"type": "ValueError", "message": "no"}}, {"restored_epoch": -2}]
)
def test_a_training_that_broke_off_restores_nothing(end):
    rising = {"val_accuracy": (0.7, 0.96, 0.4)}
    compared = km.compare(report(), report(rising, training={"epochs_done": 3, "restored_epoch": 1} | end))
    assert compared.scores["val_accuracy"] == (0.51, 0.4)


def test_a_retraining_is_compared_with_the_same_model_whatever_was_diagnosed_since(capsys):
    from keras_magic import cells

    cells._memory.cache_clear()
    shell = types.SimpleNamespace()  # a terminal
    first, rival = report(variable="net"), report({**AFTER, "val_accuracy": (0.1, 0.11)}, variable="rival")
    cells._show(shell, first, None, None)
    cells._show(shell, rival, None, first)
    assert " before, " not in capsys.readouterr().out, "another model has nothing before it"
    cells._show(shell, report(AFTER, variable="net"), None, rival)
    shown = capsys.readouterr().out
    assert f"Validation accuracy: {BEFORE['val_accuracy'][-1]} before, {AFTER['val_accuracy'][-1]} after" in shown
    cells._memory.cache_clear()
