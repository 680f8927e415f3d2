"""Every rule: its page, and its bad, good and near case in tests/cases/KMxxx.py."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from pathlib import Path

import pytest

from keras_magic.assessment import early, since
from keras_magic.checks import all_rules
from keras_magic.facts import HeadFacts, LayerFacts, NonfiniteEvent, OptimizerFacts, OutcomeFacts, TargetFacts
from keras_magic.findings import Evidence
from keras_magic.rules import FAMILIES, SECTIONS
from keras_magic.testing import run_rule
from tests.cases import _heads as heads
from tests.cases._data import column, relation, table, target, validation
from tests.cases._data import data as table_data
from tests.cases._facts import FAILED, LEARNED, data, model, series, training
from tests.cases._nets import dense, layer, net, rows

CODES = [r.code for r in all_rules()]


def case(code: str):
    return importlib.import_module(f"tests.cases.{code}")


@pytest.mark.parametrize("code", CODES)
def test_bad_case_hits(code):
    hits = run_rule(code, **case(code).bad())
    assert hits, f"{code} does not see its bad case"
    assert all(h.message and h.level in Evidence for h in hits)


@pytest.mark.parametrize("kind", ["good", "near"])
@pytest.mark.parametrize("code", CODES)
def test_good_and_near_cases_are_silent(code, kind):
    assert run_rule(code, **getattr(case(code), kind)()) == []


@pytest.mark.parametrize("rule", all_rules(), ids=CODES)
def test_page_is_complete(rule):
    assert set(rule.page) == set(SECTIONS)
    assert all(rule.page.values())
    assert rule.family in FAMILIES


def test_every_case_has_a_rule():
    files = {p.stem for p in (Path(__file__).parent / "cases").glob("KM*.py")}
    assert files == set(CODES)


@pytest.mark.parametrize(("last_loss", "hits"), [(4.0, 1), (90.0, 0)])
def test_a_regression_that_predicts_otherwise_than_it_trains_is_seen(last_loss, hits):
    """A squared error of 4 on targets of variance 100 says R² 0.96; predictions on the same rows have 0.1."""
    network = net(dense("a", 8, 64), layer("BatchNormalization"), dense("out", 64, 1))
    network = replace(network, heads=(HeadFacts(name="y", layer="out", units=1, activation="linear", loss="mean_squared_error"),))
    target = TargetFacts(name="y", shape=(), dtype="float32", form="continuous", mean=0.0, std=10.0)
    found = run_rule(
        "KM309",
        model=network,
        training=training(history={"loss": (100.0, last_loss)}),
        outcome=OutcomeFacts(task="regression", train=0.1, validation=0.1, attainable=0.9),
        data=replace(data(), targets=(target,)),
    )
    assert len(found) == hits


def test_no_epoch_is_told_as_such():
    never = training(epochs_asked=0, epochs_done=0, steps_done=0, history={}, loss_steps=(), losses=(), layers=())
    (hit,) = run_rule("KM703", training=never, outcome=FAILED, model=model())
    assert "made no update" in hit.message
    assert run_rule("KM602", training=never, outcome=FAILED, model=model(rate=1e-6)) == []
    assert run_rule("KM802", training=never, outcome=FAILED, model=model(units=(2,))) == []


@pytest.mark.parametrize(("epochs", "steps", "brief"), [(2, 26, True), (2, 2000, False), (40, 200, False)])
@pytest.mark.parametrize("momentum", [0.99, 0.999])
def test_moving_averages_after_a_few_updates_mean_a_brief_training_not_a_misuse(momentum, epochs, steps, brief):
    norm = layer("BatchNormalization", "norm", parameters=16, trainable_parameters=16, options={"momentum": momentum})
    loss = tuple(0.7 - 0.3 * k / epochs for k in range(epochs))
    history = {"loss": loss, "val_loss": tuple(reversed(loss)), "accuracy": (0.9,) * epochs}
    facts = {
        "model": net(dense("a", 8, 64), norm, dense("out", 64, 1)),
        "training": training(epochs_done=epochs, epochs_asked=epochs, steps_done=steps, history=history),
        "outcome": replace(FAILED, accuracy={"train": 0.5}),
    }
    assert len(run_rule("KM309", **facts)) == (not brief)
    slow = not brief and momentum**steps > 0.3
    assert len(run_rule("KM308", **facts)) == slow
    found = run_rule("KM703", **facts)
    assert len(found) == brief  # the validation loss rises: of averages that are still near their start that says nothing
    assert all(f"{100 * momentum**steps:.0f} % of their start values" in hit.message for hit in found)


@pytest.mark.parametrize(
    ("name", "rate", "hits"), [("Adadelta", 1e-3, 1), ("SGD", 0.01, 1), ("Adadelta", 1.0, 0), ("Adam", 1e-3, 0)]
)
def test_optimizers_are_known_by_the_names_that_keras_gives_them(name, rate, hits):
    facts = replace(model(), optimizer=OptimizerFacts(name=name, learning_rate=rate))
    assert len(run_rule("KM603", model=facts, training=training(), outcome=FAILED)) == hits


def test_a_target_in_thousands_is_unscaled_whatever_the_last_activation():
    target = TargetFacts(name="y", shape=(), dtype="float32", form="continuous", mean=5000.0, std=900.0)
    for activation in ("linear", "sigmoid", "softmax"):
        heads = (HeadFacts(name="y", layer="out", units=1, activation=activation, loss="mean_squared_error"),)
        found = run_rule("KM209", model=model(heads=heads), data=replace(data(), targets=(target,)), outcome=FAILED)
        assert len(found) == 1


def test_only_the_last_layer_at_zero_is_harmless():
    zeros = {"distinct": 1, "mean": 0.0, "std": 0.0}
    assert run_rule("KM504", model=net(dense("a", 8, 64), dense("out", 64, 1, kernel=zeros)), outcome=FAILED) == []


def test_class_weights_the_wrong_way_round_are_seen():
    rare = target(classes={"0": 950, "1": 50})
    for weights, hits in (({0: 10.0, 1: 0.5}, 1), ({0: 0.5, 1: 10.0}, 0)):
        facts = replace(table_data(y=rare), class_weight=weights)
        assert len(run_rule("KM106", data=facts, outcome=FAILED)) == hits


def test_a_loss_of_ones_own_may_have_dummy_labels():
    dummy = table_data(y=target("single", classes={"0": 800}))
    assert len(run_rule("KM105", data=dummy)) == 1
    own = model(heads=(HeadFacts(name="y", layer="out", units=2, activation="linear", loss="custom"),))
    assert run_rule("KM105", data=dummy, model=own) == []


def test_a_table_of_one_and_the_same_row_is_no_table():
    cut = [column(name, low=0.0, high=1.0, distinct=2, top_fraction=0.999) for name in "abc"]
    (hit,) = run_rule("KM201", data=table_data(table(*cut)), outcome=FAILED)
    assert hit.severity == "error"
    one_hot = [column(name, low=0.0, high=1.0, distinct=2, top_fraction=0.95) for name in "abcdefghij"]
    assert run_rule("KM201", data=table_data(table(*one_hot)), outcome=FAILED) == []


@pytest.mark.parametrize(("size", "activation", "hits"), [(1.6, "relu", 1), (1.0, "relu", 0), (1.6, "tanh", 0)])
def test_recurrent_weights_that_make_the_state_grow_are_seen(size, activation, hits):
    """An identity of 1.6 over 40 steps: 1.6 to the power of 40."""
    weights = {"recurrent_kernel": {"size": 1024.0, "fan_in": 32.0, "mean": 0.0, "std": size / 32**0.5, "distinct": 2.0}}
    rnn = LayerFacts(name="rnn", kind="SimpleRNN", activation=activation, units=32, input_shape=(40, 1), weight_stats=weights)
    assert len(run_rule("KM505", model=net(rnn, dense("out", 32, 1)), outcome=FAILED)) == hits


def test_a_fault_with_two_remedies_names_both():
    (logits,) = run_rule("KM404", **case("KM404").bad())
    assert "Alternative: end the last layer in sigmoid" in logits.message
    tags = run_rule("KM407", **case("KM407").bad())
    assert [h.cause for h in tags] == [None, "loss-mismatch"]


def test_what_the_model_expects_of_one_input_is_not_asked_of_another():
    pair = table_data(table(column("user", 0.0, 59.0), name="user"), table(column("hour", -1.0, 1.0), name="hour"))
    expects = model(input_shapes={"hour": (1,), "user": (1,)}, expected_range={"user": (0.0, 60.0)})
    assert run_rule("KM202", data=pair, model=expects, outcome=FAILED) == []


def test_swapped_parts_of_a_split_are_seen():
    parts = table_data(rows=45, rows_seen=45, validation=validation(rows=1700))
    (hit,) = run_rule("KM113", data=parts, outcome=FAILED)
    assert "training rows (45)" in hit.message
    assert "1,700" in hit.message
    assert (hit.severity, hit.level) == ("info", Evidence.HINT), "what does not learn its few rows either has another fault"
    by_heart = replace(FAILED, train=0.98, validation=0.6)
    assert [h.severity for h in run_rule("KM113", data=parts, outcome=by_heart)] == ["warning"]
    assert not run_rule("KM113", data=table_data(rows=900, rows_seen=900, validation=validation(rows=900)), outcome=FAILED)


def test_rows_learned_by_heart_where_nothing_predicts_the_labels():
    unclear = table_data(relation=relation(agreement=0.51, z=0.7, noise=None))
    (hit,) = run_rule("KM109", data=unclear, outcome=OutcomeFacts(task="binary", train=0.5, validation=0.15, attainable=0.1))
    assert not run_rule(
        "KM109",
        data=unclear,
        training=training(epochs_done=2, steps_done=128),
        outcome=OutcomeFacts(task="binary", train=0.5, validation=0.15, attainable=0.1),
    )
    assert "0.50" in hit.message
    assert "0.10" in hit.message
    clear = OutcomeFacts(task="binary", train=0.5, validation=0.15, attainable=0.8)
    assert not run_rule("KM109", data=unclear, outcome=clear)


def test_a_frozen_embedding_as_keras_starts_it_is_seen():
    start = {"embeddings": {"std": 0.0289, "min": -0.05, "max": 0.05, "size": 4000}}
    frozen = LayerFacts(name="words", kind="Embedding", parameters=4000, trainable_parameters=0, weight_stats=start)
    head = LayerFacts(name="out", kind="Dense", units=2, parameters=100, trainable_parameters=100)
    seen = run_rule("KM310", model=model(layers=(frozen, head), parameters=4100, trainable_parameters=100), outcome=FAILED)
    assert [h.where for h in seen] == ["words"]
    loaded = replace(frozen, weight_stats={"embeddings": {"std": 0.4, "min": -2.1, "max": 1.9, "size": 4000}})
    assert not run_rule("KM310", model=model(layers=(loaded, head), parameters=4100, trainable_parameters=100), outcome=FAILED)


def test_one_id_for_all_words_beyond_the_vocabulary_is_seen():
    words = LayerFacts(name="words", kind="Embedding", parameters=800, options={"input_dim": 40}, inputs=("x",))
    given = LayerFacts(name="x", kind="InputLayer")
    reads = model(layers=(given, words), input_shapes={"x": (30,)}, graph_known=True)

    def ids(share):
        fact = table(role="tokens", integer=True, min=0.0, max=39.0, columns=(), shape=(30,), top_id=(2, share, 0.05))
        return run_rule("KM305", data=table_data(fact), model=reads, outcome=FAILED)

    (hit,) = ids(0.6)
    assert "Id 2 makes up 60 %" in hit.message
    assert not ids(0.15)


def test_a_gradient_that_is_huge_before_any_update_is_not_the_rates_fault():
    start = training(
        layers=(replace(series("deep"), gradient_norm=(1e6, 1e6), steps=(1, 2)),),
        nonfinite=NonfiniteEvent(step=2, kind="activation"),
    )
    usual = table_data(table(column("a"), min=-3.0, max=3.0))
    (exploding,), (rate,) = run_rule("KM553", training=start, data=usual), run_rule("KM554", training=start, data=usual)
    assert "before the first update" in exploding.message
    assert exploding.level > rate.level
    large = table_data(table(column("a"), min=0.0, max=9000.0))
    assert run_rule("KM553", training=start, data=large)[0].level <= Evidence.PLAUSIBLE


def test_batch_statistics_that_no_step_moved_are_an_exact_fault():
    norm = layer("BatchNormalization", "norm", parameters=16, trainable_parameters=16)
    facts = {"model": net(dense("a", 8, 64), norm, dense("out", 64, 1)), "outcome": FAILED}
    (hit,) = run_rule("KM308", training=training(idle_statistics=("norm",)), **facts)
    assert hit.level is Evidence.CONTRADICTION
    assert "training=True" in hit.message
    assert not run_rule("KM308", training=training(), **facts)


def test_a_table_of_places_in_an_own_layer_takes_no_ids():
    def hits(*sizes, within="tokens/", outcome=None):
        tables = [
            layer("Embedding", f"{within}table{i}", options={"input_dim": size}, parameters=8 * size, inputs=("x",))
            for i, size in enumerate(sizes)
        ]
        model = net(layer("InputLayer", name="x"), *tables, dense("out", 8, 1), input_shapes={"x": (12,)})
        data = rows((12,), role="tokens", min=0.0, max=299.0, integer=True)
        return [hit.where for hit in run_rule("KM305", model=model, data=data, outcome=outcome)]

    assert hits(300, 20) == []
    assert hits(250, 20) == ["tokens/table0"]
    assert hits(20, outcome=LEARNED) == []
    assert hits(300, 20, within="") == ["table1"]


def test_a_series_that_is_denser_at_its_start_is_read_by_its_steps() -> None:
    """Ten values of the first ten steps, then one of every tenth: the first quarter of 100 steps ends with the one of step 20."""
    steps = (*range(1, 11), *range(20, 101, 10))
    values = tuple(float(step) for step in steps)
    assert early(values, steps) == [*range(1, 11), 20]
    assert since(values, steps, 0.5) == [60, 70, 80, 90, 100]
    assert early((math.nan, *values[1:]), steps, share=0.0) == [2, 3, 4]
    assert early(values, ()) == list(values[:4])


@pytest.mark.parametrize(("activation", "step", "explodes"), [("relu", 240, True), ("tanh", 240, False), ("relu", 1, False)])
def test_numbers_that_leave_an_unbounded_recurrence_between_two_samples_exploded(activation, step, explodes) -> None:
    """The sampled gradients are of the usual size: only that the state has no bound tells where the numbers went."""
    rnn = LayerFacts(name="rnn", kind="SimpleRNN", activation=activation, units=24, input_shape=(60, 2), parameters=648)
    seen = training(nonfinite=NonfiniteEvent(step=step, kind="activation", layer="rnn"))
    facts = {"model": model(layers=(rnn,)), "training": seen, "outcome": FAILED}
    for code in ("KM554", "KM556"):
        assert ("exploding-gradient" in [hit.cause for hit in run_rule(code, **facts)]) == explodes


def test_a_rare_class_of_pixels_that_is_missed_is_weighed_by_element() -> None:
    mask = TargetFacts(name="y", shape=(20, 20, 1), dtype="float32", form="sequence", integer=True, classes={"0": 9000, "1": 200})
    facts = {"data": replace(data(), targets=(mask,)), "outcome": replace(FAILED, per_class_recall={"0": 1.0, "1": 0.02})}
    (hit,) = run_rule("KM106", **facts)
    assert "2 % of the training elements (pixels, steps)" in hit.message
    assert "sample_weight" in hit.fix.code
    assert not run_rule("KM106", **facts | {"outcome": replace(LEARNED, per_class_recall={"0": 1.0, "1": 0.8})})


def test_a_frozen_table_that_was_never_filled_is_an_exact_fault() -> None:
    """No word was found in the file of vectors."""
    stats = {"embeddings": {"size": 7704.0, "distinct": 1.0, "std": 0.0, "min": 0.0, "max": 0.0}}
    table = layer("Embedding", "vectors", parameters=7704, trainable_parameters=0, trainable=False, weight_stats=stats)
    network = net(table, dense("a", 8, 64), dense("out", 64, 1))
    (hit,) = run_rule("KM310", model=network, outcome=FAILED)
    assert hit.level is Evidence.CONTRADICTION
    assert "all their weights are the same number" in hit.message
    filled = replace(table, weight_stats={"embeddings": {**stats["embeddings"], "distinct": 7000.0, "std": 0.3, "max": 1.0}})
    assert not run_rule("KM310", model=net(filled, dense("a", 8, 64), dense("out", 64, 1)), outcome=FAILED)


def test_layers_that_move_pictures_never_move_masks() -> None:
    from tests.cases import KM124

    inside = KM124.images(target=KM124.MASKS, movers=(KM124.FLIP,))
    (hit,) = run_rule("KM124", **inside)
    assert hit.where == "flip"
    assert hit.level >= Evidence.STRONG
    assert run_rule("KM124", **KM124.images(movers=(KM124.FLIP,)))[0].level is Evidence.HINT  # of coordinates a trial decides
    assert not run_rule("KM124", **inside | {"outcome": LEARNED})


def test_an_id_that_only_predict_complains_of_is_out_of_range() -> None:
    """Compiled by XLA, an Embedding gives anything for an id without a row, and `fit` goes through."""
    told = "train: InvalidArgumentError: ... indices[0] = 3586 is not in [0, 120) [Op:GatherV2]"
    (hit,) = run_rule("KM320", training=training(), outcome=OutcomeFacts(task="regression", missing=(told,)))
    assert hit.cause == "embedding-range"
    assert "Id 3586 has no row in an Embedding of 120 rows" in hit.message
    assert not run_rule("KM320", training=training(), outcome=OutcomeFacts(task="regression", missing=("train: other",)))


def test_an_accuracy_of_several_units_on_one_unit_is_told_of_a_network_that_learned() -> None:
    head = HeadFacts(
        name="y", layer="out", units=1, shape=(1,), activation="sigmoid", loss="binary_crossentropy",
        metrics=("sparse_categorical_accuracy",),
    )  # fmt: skip
    target = TargetFacts(name="y", shape=(1,), dtype="float32", form="binary", integer=True, classes={"0": 500, "1": 700})
    facts = {"model": model(heads=(head,)), "data": replace(data(), targets=(target,)), "outcome": LEARNED}
    (hit,) = run_rule("KM414", **facts)
    assert hit.severity == "warning"
    assert "says class 0 in every row" in hit.message


def test_a_loss_that_a_model_keeps_for_its_own_step_wants_probabilities() -> None:
    head = HeadFacts(name="y", layer="out", units=5, shape=(5,), activation="linear", step_loss="categorical_crossentropy")
    target = TargetFacts(name="y", shape=(5,), dtype="float32", form="one-hot", classes={str(k): 100 for k in range(5)})
    facts = {"model": model(heads=(head,)), "data": replace(data(), targets=(target,)), "outcome": FAILED}
    (hit,) = run_rule("KM404", **facts)
    assert hit.level is Evidence.MEASURED  # a trial decides
    assert hit.fix.name == "replace-head"


def test_a_column_that_nearly_is_the_class_was_made_from_it() -> None:
    def hits(best, next_best, form="binary"):
        columns = (column("a", target_r2=best), column("b", target_r2=next_best), column("c", target_r2=0.0))
        return run_rule("KM112", data=table_data(table(*columns), targets=(target(form=form, classes={"0": 700, "1": 900}),)))

    assert [hit.where for hit in hits(0.97, 0.28)] == ["a"]
    assert not hits(0.97, 0.9)  # petals: several columns say it
    assert not hits(0.84, 0.07)
    assert not hits(0.97, 0.28, form="continuous")


def test_the_rate_of_a_schedule_is_not_set_but_compiled_anew() -> None:
    """Keras refuses to set the rate of an optimizer that has a schedule."""
    from tests.cases import KM605

    (hit,) = run_rule("KM605", **KM605.bad())
    assert "compile(optimizer=keras.optimizers.Adam(0.01)" in hit.fix.code


@pytest.mark.parametrize(("task", "hits"), [("multiclass", 1), ("regression", 0)])
def test_class_numbers_under_one_unit_are_a_fault_where_accuracy_is_asked_for(task, hits):
    """Digits as numbers under one unit: with an accuracy among the metrics classes are meant, without one perhaps stars."""
    facts = case("KM411").near()
    facts["outcome"] = OutcomeFacts(task=task, train=0.1, validation=0.1, attainable=0.9)
    assert len(run_rule("KM411", **facts)) == hits


def test_masks_of_255_under_a_sigmoid_are_divided_and_keep_their_head() -> None:
    masks = heads.target("sequence", shape=(16, 16, 1), classes={"0": 960, "255": 40}, min=0.0, max=255.0, integer=True)
    model = heads.head(1, "sigmoid", "custom", shape=(16, 16, 1))
    (hit,) = run_rule("KM409", **heads.case(model, masks))
    assert hit.fix is not None
    assert (hit.fix.name, hit.cause) == ("labels-to-binary", "label-encoding")
    right = heads.target("sequence", shape=(16, 16, 1), classes={"0": 960, "1": 40}, min=0.0, max=1.0, integer=True)
    assert not run_rule("KM409", **heads.case(model, right))


@pytest.mark.parametrize("form", ["multi-hot", "one-hot"])
def test_the_columns_of_labels_are_no_values_beyond_a_sigmoid(form) -> None:
    bits = heads.target(form, shape=(8,), classes={str(k): 128 for k in range(8)}, min=0.0, max=1.0, integer=True)
    assert not run_rule("KM409", **heads.case(heads.head(8, "sigmoid", "mean_squared_error"), bits))


def test_the_share_beyond_an_activation_is_interpolated_between_the_quantiles() -> None:
    standardised = heads.quantity(-1.7, 1.7)
    (hit,) = run_rule("KM409", **heads.case(heads.head(1, "relu", "mean_squared_error"), standardised))
    assert "about 50 % of the targets lie below 0" in hit.message or "about 49 %" in hit.message
    (hit,) = run_rule("KM409", **heads.case(heads.head(1, "sigmoid", "mean_squared_error"), heads.quantity(3, 103)))
    assert "about 100 % of the targets lie above 1" in hit.message


def test_units_count_as_dead_before_nan_only() -> None:
    died = training(
        layers=(replace(series("dense"), dead=(0.1, 0.9, 1.0), activation_steps=(1, 100, 200)),),
        nonfinite=NonfiniteEvent(step=150, kind="loss"),
    )
    (hit,) = run_rule("KM551", training=died, outcome=FAILED)
    assert "90 %" in hit.message
    alive = replace(died, nonfinite=NonfiniteEvent(step=50, kind="loss"))
    assert not run_rule("KM551", training=alive, outcome=FAILED)
    assert not run_rule("KM551", training=replace(died, nonfinite=None), outcome=replace(FAILED, nonfinite=0.1))


def test_an_own_loss_is_not_blamed_for_nan() -> None:
    facts = case("KM418").bad()
    assert run_rule("KM418", training=training(), **facts)
    assert not run_rule("KM418", training=training(history={"loss": (0.7, math.nan)}), **facts)


def test_the_frozen_share_counts_the_batch_normalisation_of_the_base() -> None:
    base = dense("base", 8, 64, trainable_parameters=0, trainable=False)
    norm = layer("BatchNormalization", "norm", parameters=5000, trainable_parameters=0, trainable=False)
    (hit,) = run_rule("KM310", model=net(base, norm, dense("out", 64, 1)), outcome=FAILED)
    assert hit.evidence["weights"] == base.parameters + 5000


@pytest.mark.parametrize(("rare", "hits"), [(15, 0), (400, 1)])
def test_few_positives_say_nothing_about_a_relation(rare, hits) -> None:
    """With 2 % positives hardly a neighbour is one, whether or not x says anything about y."""
    facts = table_data(
        y=target(classes={"0": 800 - rare, "1": rare}), relation=relation(rows=800, agreement=0.5, expected=0.5, z=0.5, p=0.6)
    )
    nothing = OutcomeFacts(task="binary", train=0.0, validation=0.0, attainable=0.02)
    assert len(run_rule("KM108", data=facts, outcome=nothing)) == hits


@pytest.mark.parametrize(
    ("name", "rate", "train", "hits"),
    [("Adam", 0.05, 0.0, 1), ("Adam", 0.003, 0.0, 0), ("SGD", 0.05, 0.0, 0), ("SGD", 0.5, 0.0, 1), ("Adam", 0.05, 0.4, 0)],
)
def test_a_rate_far_above_the_default_is_tried_where_nothing_was_learned(name, rate, train, hits) -> None:
    facts = replace(model(), optimizer=OptimizerFacts(name=name, learning_rate=rate))
    flat = training(losses=(0.7,) * 200, initial_loss=0.75)
    found = run_rule("KM601", model=facts, training=flat, outcome=OutcomeFacts(task="binary", train=train, validation=0.0))
    assert len(found) == hits
    assert all(hit.needs_proof and hit.fix.name == "set-learning-rate" for hit in found)


def test_a_loss_that_stays_is_no_sign_of_large_steps() -> None:
    facts = replace(model(), optimizer=OptimizerFacts(name="Adam", learning_rate=0.05))
    nothing = OutcomeFacts(task="binary", train=0.0, validation=0.0)
    (hit,) = run_rule("KM601", model=facts, training=training(losses=(0.75,) * 200, initial_loss=0.75), outcome=nothing)
    assert hit.needs_proof
    assert hit.message.endswith("has learned nothing.")


def test_recall_names_the_rows_on_which_it_was_measured() -> None:
    from tests.cases import KM106

    (hit,) = run_rule("KM106", **KM106.bad())
    assert "of the training rows" in hit.message
    assert "of its validation rows" in hit.message


def test_updates_asked_for_are_those_of_all_epochs() -> None:
    ended = training(epochs_asked=20, epochs_done=20, steps_per_epoch=32, steps_done=87, epoch_steps=(32, 0, *(3,) * 17))
    (hit,) = run_rule("KM707", training=ended)
    assert (hit.evidence["made"], hit.evidence["asked"]) == (87, 640)


def test_a_rate_that_a_callback_killed_stays_a_cause_where_dropping_it_alone_does_not_help() -> None:
    """SGD(0.02) is slow with or without the callback: that the rate was 0 in most epochs is measured all the same."""
    killed = training(learning_rates=(0.02, 0.001, *(1e-6 * 0.05**k for k in range(18))), callbacks=("ReduceLROnPlateau",))
    (hit,) = run_rule("KM605", training=killed, model=model(rate=0.02, optimizer="SGD"), outcome=FAILED)
    assert hit.level >= Evidence.MEASURED
    assert "ReduceLROnPlateau" in hit.message


def test_units_behind_nan_are_no_sign_of_a_rate_that_kills_them() -> None:
    """A loss that is summed over the batch explodes: what is NaN afterwards did not die."""
    layers = (replace(series("dense"), dead=(0.02, 0.03, 1.0), update_ratio=(0.4, 0.4, 0.4, 0.4)),)
    exploded = training(losses=(1.0, 4.0, 90.0, 1e6, 1e9), initial_loss=1.0, layers=layers)
    facts = {"model": model(rate=0.8, optimizer="sgd"), "outcome": FAILED}
    (hit,) = run_rule("KM601", training=exploded, **facts)
    assert "died" in hit.message
    spoilt = replace(exploded, nonfinite=NonfiniteEvent(step=600, kind="loss"))
    (hit,) = run_rule("KM601", training=spoilt, **facts)
    assert "died" not in hit.message


def test_flips_of_classes_are_tried_without_where_the_network_fails() -> None:
    """Arrows to the left and to the right: RandomFlip gives half of them the wrong label."""
    from tests.cases import KM124

    arrows = TargetFacts(name="y", shape=(), dtype="int64", form="binary", integer=True, classes={"0": 500, "1": 500})
    facts = KM124.images(target=arrows, movers=(KM124.FLIP,)) | {"outcome": FAILED}
    (hit,) = run_rule("KM124", **facts)
    assert hit.level is Evidence.HINT, "a guess that a trial decides"
    assert hit.fix.name == "drop-layers"
    assert not run_rule("KM124", **facts | {"outcome": LEARNED})
    moved = replace(KM124.FLIP, kind="RandomTranslation")
    assert not run_rule("KM124", **KM124.images(target=arrows, movers=(moved,)) | {"outcome": FAILED})


@pytest.mark.parametrize(("train", "hits"), [(0.45, 0), (0.98, 1)])
def test_what_does_not_know_its_training_rows_memorises_nothing(train, hits) -> None:
    from tests.cases import KM801

    facts = KM801.bad()
    facts["outcome"] = replace(facts["outcome"], train=train, validation=train - 0.3, attainable=train + 0.01)
    assert len(run_rule("KM801", **facts)) == hits


@pytest.mark.parametrize(("seam", "hits"), [(0.72, 1), (0.6, 0)])
def test_noise_does_not_hide_planes_that_were_cut_into_pixels(seam, hits) -> None:
    found = list(run_rule("KM390", **case("KM390").tiles(seam)))
    assert [(hit.severity, hit.level) for hit in found] == [("error", Evidence.MEASURED)] * hits


@pytest.mark.parametrize(
    ("ranking", "severity", "level"),
    [({}, "warning", Evidence.STRONG), ({"1": 0.92}, "error", Evidence.STRONG), ({"1": 0.55}, "info", Evidence.PLAUSIBLE)],
)
def test_a_rare_class_that_no_threshold_tells_apart_is_not_missed_for_being_rare(ranking, severity, level) -> None:
    facts = case("KM106").bad()
    (hit,) = run_rule("KM106", **facts | {"outcome": replace(facts["outcome"], per_class_ranking=ranking)})
    assert (hit.severity, hit.level) == (severity, level)


@pytest.mark.parametrize(("filler", "hits"), [((-8.1, -20.0), 1), ((-1.0, -1.0), 0), ((), 0)])
def test_masking_that_looks_for_another_value_than_the_padding_masks_nothing(filler, hits) -> None:
    runs = replace(case("KM118").TOKENS, role="sequence", dtype="float32", padding=0.0, filler=filler, filler_share=0.6)
    masked = LayerFacts(name="masking", kind="Masking", options={"mask_value": -1.0})
    facts = {"data": table_data(runs), "model": model(layers=(masked, case("KM118").LSTM)), "outcome": FAILED}
    found = run_rule("KM118", **facts)
    assert [(hit.cause, hit.level) for hit in found] == [("masking", Evidence.MEASURED)] * hits
    scaled = LayerFacts(name="normalization", kind="Normalization")
    facts["model"] = model(layers=(scaled, masked, case("KM118").LSTM))
    assert not run_rule("KM118", **facts), "what reaches the layer is not known"


def test_a_mean_of_later_values_is_an_answer_in_the_window() -> None:
    centred = {"input": "x", "channel": 1, "of": 0, "steps": 5, "ahead": 2}
    (hit,) = run_rule("KM126", data=table_data(filtered=centred))
    assert "2 values that come after" in hit.message
    assert "rolling(5)" in hit.fix.code
    assert hit.level is Evidence.CONTRADICTION


def test_few_rows_explain_no_network_that_does_not_learn_them_either() -> None:
    (hit,) = run_rule("KM113", data=table_data(rows=30, rows_seen=30), outcome=replace(FAILED, train=0.02))
    assert hit.severity == "info"
    assert hit.level is Evidence.HINT


def test_gradients_that_left_the_range_of_floats_did_not_vanish() -> None:
    fading = case("KM552").FADING
    assert run_rule("KM552", training=fading, outcome=FAILED)
    assert not run_rule("KM552", training=replace(fading, nonfinite=NonfiniteEvent(step=3, kind="gradient")), outcome=FAILED)


def test_a_recurrence_without_bound_is_named_before_the_loss() -> None:
    (hit,) = run_rule("KM558", **{**case("KM558").case(1), **case("KM507").recurrent("relu")})
    assert hit.cause == "exploding-gradient"
    assert "lstm (relu)" in hit.message


def test_a_mark_that_arithmetic_changed_in_its_last_digit_is_one_mark() -> None:
    columns = [
        column(name, low=-1.0, sentinel=mark, sentinel_fraction=0.05) for name, mark in zip("ab", (1.0 - 2**-53, 1.0), strict=True)
    ]
    hit = next(iter(run_rule("KM207", data=table_data(table(*columns)))))
    assert hit.evidence["columns"] == ["a", "b"]
    assert "the value 1 repeats (" in hit.message
    assert hit.fix is not None
    assert hit.fix.title.count("Treat") == 1


@pytest.mark.parametrize(("trainable", "hits"), [(64, 1), (8, 0)])
def test_low_rank_updates_are_not_held_against_the_weights_beside_them(trainable, hits):
    """LoRA trains two thin matrices beside a frozen kernel, by whose size the gradient would look as if it had vanished."""
    facts = case("KM552").bad()
    network = net(*(layer("Dense", name, parameters=64, trainable_parameters=trainable) for name in "abc"))
    assert len(run_rule("KM552", model=network, **facts)) == hits
