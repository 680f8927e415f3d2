"""The code of a repair, pasted after the user's own: it runs in their namespace and makes the training that the fixes make."""

from __future__ import annotations

from unittest.mock import patch

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

import keras_magic as km
from keras_magic import fixes
from keras_magic.fixes.program import program
from keras_magic.names import names_in
from tests.fixes.runs import blobs, branched, classified, classifier, run_of

NAMES = {"model": "net", "x": "X", "y": "t", "x_val": "X_val", "y_val": "t_val"}


def pasted(run, *applied):
    """(the repaired run, the names after its code was executed, the code)."""
    run = run.replace(names=NAMES)
    data = run.fit_arguments.get("validation_data") or (None, None)
    scope = {"net": run.model, "X": run.x, "t": run.y, "X_val": None, "t_val": None, "keras": keras}
    if isinstance(data, tuple):
        scope.update(X_val=data[0], t_val=data[1])
    scope["sample_weight"] = run.fit_arguments.get("sample_weight")
    text = program(run, applied)
    fitted = []
    with patch.object(keras.Model, "fit", lambda model, *a, **k: fitted.append((a, k))):  # and no `fit` is left behind
        exec(compile(text, "<pasted>", "exec"), scope)
    for fix in applied:
        run = fix.apply(run)
    (scope["fit"],) = fitted
    return run, scope, text


def assert_same_training(run, scope, text):
    """Same data, same network, same settings; then it trains."""
    for ours, theirs in ((run.x, scope["X"]), (run.y, scope["t"])):
        for a, b in zip(keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-3, atol=1e-3, err_msg=text)
    net, model = scope["net"], run.model
    assert [w.shape for w in net.weights] == [w.shape for w in model.weights], text
    assert [w.shape for w in net.trainable_weights] == [w.shape for w in model.trainable_weights], text
    assert [getattr(a, "activation", None) for a in net.layers] == [getattr(b, "activation", None) for b in model.layers], text
    assert type(net.optimizer) is type(model.optimizer)
    assert float(net.optimizer.learning_rate) == pytest.approx(float(model.optimizer.learning_rate)), text
    args, keywords = scope["fit"]
    assert keywords.get("class_weight", {}) == pytest.approx(run.fit_arguments.get("class_weight") or {}, rel=1e-5)
    if run.fit_arguments.get("sample_weight") is not None:
        np.testing.assert_allclose(keywords["sample_weight"], run.fit_arguments["sample_weight"], rtol=1e-5)
    for key in ("epochs", "batch_size", "validation_split"):
        assert (keywords.get(key) or None) == (run.fit_arguments.get(key) or None), key
    held = run.fit_arguments.get("validation_data")
    if held is not None:
        for a, b in zip(keras.tree.flatten(held), keras.tree.flatten(keywords["validation_data"]), strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-3, atol=1e-3, err_msg=text)
    history = net.fit(*args, **{**keywords, "epochs": 1, "verbose": 0})
    assert np.isfinite(history.history["loss"][-1])


def held_out(**changes):
    x, y = blobs()
    run = classified(epochs=4, batch_size=32)
    run = run.with_fit(validation_split=0.0, validation_data=(x[180:], y[180:])).replace(x=x[:180], y=y[:180])
    return run.replace(**changes)


def numbers(**fit):
    x, _ = blobs(features=4)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return run_of(model, x, (x[:, 1] * 30 + 7).astype("float32"), epochs=2, **fit)


def gaps():
    run = numbers(validation_split=0.25)
    x, y = run.x.copy(), run.y.copy()
    x[3, 0], x[5, 1], y[7] = np.nan, np.inf, np.nan
    return run.replace(x=x, y=y)


def with_codes():
    run = numbers(validation_split=0.25)
    x = run.x.copy()
    x[:, 2] = np.arange(len(x)) % 4
    return run.replace(x=x)


def labelled(labels, **fit):
    x, _ = blobs()
    return run_of(classifier(), x, labels, epochs=2, validation_split=0.25, **fit)


def apart():
    x, y = blobs()
    return held_out().with_fit(validation_data=(x[180:] * 50 + 3, y[180:]))


def masks():
    """A pixel in nine belongs to the spot."""
    x = np.random.default_rng(0).normal(size=(60, 6, 6, 1)).astype("float32")
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(4, 3, padding="same"), layers.Conv2D(1, 1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    spot = np.zeros((60, 6, 6, 1), "float32")
    spot[:, :2, :2] = 1
    return run_of(model, x, spot, epochs=2, validation_split=0.25)


def stack(*parts, loss="sparse_categorical_crossentropy", y=None, x=None, optimizer="adam", **fit):
    """A small network on rows of the shape of its input."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(list(parts))
    model.compile(optimizer, loss)
    shape = model.input_shape[1:]
    x = np.random.default_rng(0).normal(size=(60, *shape)).astype("float32") if x is None else x
    return run_of(model, x, np.arange(60) % 3 if y is None else y, epochs=2, validation_split=0.25, **fit)


def head(units=3, activation="softmax"):
    return layers.Dense(units, activation=activation)


def normalised():
    inside = [layers.Dense(8), layers.BatchNormalization(momentum=0.999), head(), layers.BatchNormalization()]
    return stack(keras.Input((4,)), *inside)


def endless():
    memory = layers.SimpleRNN(4, activation="relu", return_sequences=True, name="memory")
    both_ways = layers.Bidirectional(layers.LSTM(4, activation="relu", name="both_ways"))
    return stack(keras.Input((6, 2)), memory, both_ways, head())


def penalised():
    hidden = layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.3))
    return stack(
        keras.Input((4,)),
        hidden,
        layers.Dropout(0.8, name="drop"),
        head(),
        optimizer=keras.optimizers.AdamW(0.01, weight_decay=0.5),
    )


def words():
    ids = np.random.default_rng(0).integers(0, 20, (60, 5))
    return stack(keras.Input((5,), dtype="int32"), layers.Embedding(9, 3), layers.Flatten(), head(), x=ids)


def late():
    run = stack(keras.Input((4,)), layers.Dense(8), head())
    run.model.layers[0].trainable = False
    return run


def tags():
    y = (np.random.default_rng(0).random((60, 4)) < 0.2).astype("float32")
    return stack(keras.Input((4,)), layers.Dense(8), head(4, "sigmoid"), loss="binary_crossentropy", y=y, class_weight={0: 3.0})


def stopped():
    return held_out().with_fit(callbacks=[keras.callbacks.EarlyStopping(patience=0)])


WRONG = np.array([1, 2, 3])[blobs()[1]]
WORDS = np.array(["a", "b", "c"])[blobs()[1]]
ONE_HOT = np.eye(3, dtype="float32")[blobs()[1]]

CASES = {
    "scale": (held_out, [fixes.scale_inputs()]),
    "scale with a split": (lambda: numbers(validation_split=0.25), [fixes.scale_inputs(), fixes.scale_targets()]),
    "scale a frame": (lambda: held_out(x=pd.DataFrame(blobs()[0][:180])), [fixes.scale_inputs(method="minmax")]),
    "layer": (held_out, [fixes.scale_inputs(method="layer")]),
    "divide": (held_out, [fixes.divide_inputs(10.0)]),
    "range": (held_out, [fixes.undo_scaling(low=0.0, high=255.0)]),
    "gaps": (gaps, [fixes.drop_nonfinite()]),
    "codes": (with_codes, [fixes.encode_categoricals([2])]),
    "columns": (with_codes, [fixes.drop_columns([0, 2])]),
    "sentinels": (with_codes, [fixes.replace_sentinels(3.0, columns=[2]), fixes.scale_inputs()]),
    "align": (lambda: numbers(validation_split=0.25), [fixes.align_targets()]),
    "tails": (lambda: numbers(validation_split=0.25), [fixes.power_transform([0, 2])]),
    "tails of a frame": (lambda: held_out(x=pd.DataFrame(blobs()[0][:180])), [fixes.power_transform([1])]),
    "clip": (lambda: numbers(validation_split=0.25), [fixes.clip_outliers()]),
    "outliers": (lambda: numbers(validation_split=0.25), [fixes.drop_outliers()]),
    "shuffle": (lambda: numbers(validation_split=0.25), [fixes.shuffle_data()]),
    "realign": (lambda: numbers(validation_split=0.25), [fixes.realign_labels(-2)]),
    "shift": (lambda: labelled(WRONG), [fixes.shift_labels(-1)]),
    "swap": (lambda: labelled((blobs()[1] > 0).astype("float32")), [fixes.swap_labels()]),
    "words": (lambda: labelled(WORDS), [fixes.map_labels()]),
    "integers": (lambda: labelled(ONE_HOT), [fixes.labels_to_integers()]),
    "one-hot": (lambda: labelled(blobs()[1]), [fixes.labels_to_one_hot(3), fixes.replace_loss("categorical_crossentropy")]),
    "head": (held_out, [fixes.replace_head(units=5, activation="softmax", loss="sparse_categorical_crossentropy")]),
    "logits": (held_out, [fixes.replace_head(activation="linear"), fixes.set_from_logits(True)]),
    "activations": (lambda: classified(hidden="sigmoid"), [fixes.replace_hidden_activations()]),
    "initialisers": (held_out, [fixes.replace_initializers()]),
    "dropout": (held_out, [fixes.add_dropout(0.2)]),
    "batchnorm": (held_out, [fixes.add_batchnorm(), fixes.widen(2)]),
    "hidden": (held_out, [fixes.add_hidden_layer(units=8)]),
    "rate": (held_out, [fixes.set_learning_rate(0.003), fixes.clip_gradients(0.5)]),
    "optimizer": (held_out, [fixes.replace_optimizer("sgd", rate=0.05), fixes.set_batch_size(16)]),
    "longer": (held_out, [fixes.set_epochs(12), fixes.add_early_stopping(3)]),
    "balance": (held_out, [fixes.balance_classes()]),
    "balance pixels": (masks, [fixes.balance_classes(elements=True)]),
    "several inputs": (branched, [fixes.scale_inputs(), fixes.set_learning_rate(0.002)]),
    "nested": (branched, [fixes.replace_hidden_activations("relu"), fixes.scale_inputs(method="layer")]),
    "leak": (held_out, [fixes.separate_validation()]),
    "ids": (lambda: numbers().replace(x=np.abs(np.rint(numbers().x * 3)) / 240), [fixes.restore_ids()]),
    "apart": (apart, [fixes.rescale_validation()]),
    "flatten": (lambda: stack(keras.Input((4, 2)), layers.Dense(8), head()), [fixes.flatten_before_head()]),
    "masked words": (words, [fixes.set_embedding_size(20), fixes.mask_padding()]),
    "masked steps": (lambda: stack(keras.Input((6, 2)), layers.LSTM(4, name="lstm"), head()), [fixes.mask_padding(before="lstm")]),
    "words out of range": (words, [fixes.set_embedding_size(20)]),
    "less dropout": (penalised, [fixes.set_dropout(0.1)]),
    "no penalty": (penalised, [fixes.remove_regularization()]),
    "batch statistics": (normalised, [fixes.fix_batchnorm()]),
    "compile again": (late, [fixes.recompile()]),
    "no bound": (endless, [fixes.bound_recurrence(layers=["memory", "both_ways"])]),
    "recurrent": (lambda: stack(keras.Input((6, 2)), layers.SimpleRNN(4), head()), [fixes.replace_recurrent()]),
    "metric": (held_out, [fixes.replace_metric("sparse_categorical_accuracy")]),
    "rare labels": (tags, [fixes.weigh_labels()]),
    "narrow": (held_out, [fixes.narrow()]),
    "left out": (penalised, [fixes.drop_layers(["drop"])]),
    "augment": (lambda: stack(keras.Input((8, 8, 1)), layers.Flatten(), head()), [fixes.augment_images()]),
    "patience": (stopped, [fixes.patient_stopping()]),
    "axes": (lambda: stack(keras.Input((6, 2)), layers.LSTM(4), head()), [fixes.transpose_inputs((1, 0))]),
    "two that scale": (lambda: held_out(x=pd.DataFrame(blobs()[0][:180])), [fixes.scale_inputs(), fixes.shuffle_data()]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_pasted_code_makes_the_repaired_training(name):
    make, applied = CASES[name]
    assert_same_training(*pasted(make(), *applied))


def test_a_frozen_base_inside_a_stack_stays_whole():
    run = held_out()
    base = keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="relu", name="inner")], name="base")
    base.trainable = False
    model = keras.Sequential([keras.Input((6,)), base, layers.Dense(3, activation="softmax", name="head")])
    model.compile("adam", "sparse_categorical_crossentropy")
    run = run_of(model, run.x, run.y, **run.fit_arguments)
    for applied in ([fixes.unfreeze()], [fixes.add_dropout(0.1), fixes.set_learning_rate(0.01)]):
        repaired, scope, text = pasted(run, *applied)
        np.testing.assert_array_equal(scope["net"].get_layer("base").get_weights()[0], base.get_weights()[0])
        assert_same_training(repaired, scope, text)
        base.trainable = False


def test_frozen_layers_keep_their_weights_and_learn():
    run = held_out()
    run.model.layers[0].trainable = False
    run.model.compile("adam", "sparse_categorical_crossentropy")
    frozen = run.model.layers[0].get_weights()
    repaired, scope, text = pasted(run, fixes.unfreeze())
    np.testing.assert_array_equal(scope["net"].layers[0].get_weights()[0], frozen[0])
    assert_same_training(repaired, scope, text)


def test_pipelines_are_mapped():
    import tensorflow as tf

    x, y = blobs()
    run = run_of(classifier(), tf.data.Dataset.from_tensor_slices((x, y + 1)).batch(32), epochs=2)
    applied = [fixes.shift_labels(-1), fixes.divide_inputs(2.0), fixes.scale_inputs(), fixes.set_batch_size(20)]
    repaired, scope, text = pasted(run, *applied)
    (ours, theirs), (a, b) = next(iter(repaired.x)), next(iter(scope["X"]))
    np.testing.assert_allclose(ours, a, rtol=1e-5, err_msg=text)
    np.testing.assert_array_equal(theirs, b)
    assert scope["net"].layers[0].mean.shape == repaired.model.layers[0].mean.shape
    scope["net"].fit(scope["X"], epochs=1, verbose=0)
    for labels, applied in (
        (y / 255, fixes.labels_to_integers()),
        (y * 3 + 1, fixes.map_labels()),
        (y % 2 * 2 - 1, fixes.labels_to_binary()),
    ):
        coded = run_of(classifier(), tf.data.Dataset.from_tensor_slices((x, labels.astype("float32"))).batch(32), epochs=1)
        repaired, scope, text = pasted(coded, applied)
        ours, theirs = (np.concatenate([batch[1] for batch in stream]) for stream in (repaired.x, scope["X"]))
        np.testing.assert_array_equal(ours, theirs, err_msg=text)
    wide = fixes.scale_targets().apply(run_of(classifier(), tf.data.Dataset.from_tensor_slices((x, x[:, 0])).batch(32)))
    _, scope, _ = pasted(run_of(classifier(), tf.data.Dataset.from_tensor_slices((x, x[:, 0])).batch(32)), fixes.scale_targets())
    np.testing.assert_allclose(next(iter(wide.x))[1], next(iter(scope["X"]))[1], atol=1e-4)


def in_a_notebook(cell, *applied, **variables):
    """The names after a cell with a fit, and then the code of a repair of it, were executed."""
    scope = dict(variables)
    with km.watch(names=names_in(cell), seconds=0, strict=True) as report:
        exec(cell, scope)
    text = program(report.diagnoses[0].run, applied)
    exec(compile(text, "<pasted>", "exec"), scope)
    return scope, text


def test_what_has_no_name_gets_one():
    x, y = blobs()
    cell = "net.fit(x[:180] * 9, y[:180], validation_data=(x[180:] * 9, y[180:]), sample_weight=w ** 2, epochs=2, verbose=0)"
    weights = np.linspace(0.5, 1, 180)
    scope, text = in_a_notebook(cell, fixes.scale_inputs(), fixes.balance_classes(), net=classifier(), x=x, y=y, w=weights)
    assert scope["x"] is x, text
    assert scope["x_train"].shape == (180, 6)
    assert np.abs(scope["x_train"].std(axis=0) - 1).max() < 1e-3, text
    assert np.abs(scope["x_val"].mean()) < 0.5, text
    classes, counts = np.unique(y[:180], return_counts=True)
    expected = weights**2 * (180 / (3 * counts))[np.searchsorted(classes, y[:180])]
    np.testing.assert_allclose(scope["sample_weight"], expected, rtol=1e-4, err_msg=text)


def test_validation_data_in_one_variable_keeps_its_name():
    import tensorflow as tf

    x, y = blobs()
    cell = "net.fit(x, y, validation_data=held, epochs=2, verbose=0)"
    scope, text = in_a_notebook(cell, fixes.scale_inputs(), net=classifier(), x=x[:180] * 9, y=y[:180], held=(x[180:] * 9, y[180:]))
    assert np.abs(scope["x_val"].mean()) < 0.5, text
    cell = "net.fit(stream, validation_data=held, epochs=2, verbose=0)"
    stream, held = (tf.data.Dataset.from_tensor_slices(part).batch(32) for part in ((x[:180], y[:180]), (x[180:], y[180:])))
    scope, text = in_a_notebook(cell, fixes.divide_inputs(2.0), net=classifier(), stream=stream, held=held)
    np.testing.assert_allclose(next(iter(scope["held"]))[0], x[180:212] / 2, err_msg=text)
    held = held.map(lambda x, y: (x / 50 - 1, y))
    scope, text = in_a_notebook(cell, fixes.rescale_validation(), net=classifier(), stream=stream, held=held)
    np.testing.assert_allclose(np.concatenate([x for x, _ in scope["held"]]).std(0), x[:180].std(0), rtol=1e-3, err_msg=text)
