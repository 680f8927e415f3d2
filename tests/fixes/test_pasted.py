"""The code of a report's fixes, pasted after the cell that trains: it runs, and so does that cell when it runs again."""

from __future__ import annotations

import ast
from functools import cache

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

import keras_magic as km
from keras_magic import fixes
from keras_magic.findings import Finding, Fix, Severity
from keras_magic.fixes.program import program
from keras_magic.fixes.written import with_code
from keras_magic.names import names_in, with_test_part
from tests.fixes.runs import blobs, classifier, run_of, subclassed

HOSTILE = [
    "id\nprint('x')#",
    "a\rprint('x')",
    "'; print('x'); '",
    '"""',
    "\\",
    "a\u2028print('x')",
    "nul\0print('x')",
    "\u202etxt",
    "{x}",
]


@cache
def one_model():
    return classifier(features=3)


def frame(column):
    x, y = blobs(rows=60, features=3)
    table = pd.DataFrame(x * 50, columns=["a", "b", "c"]).assign(**{"c": np.arange(len(x)) % 4}).rename(columns={"c": column})
    return run_of(one_model(), table, y, epochs=1, validation_split=0.25)


BY_COLUMN = {
    "encode": lambda column: fixes.encode_categoricals([column]),
    "drop": lambda column: fixes.drop_columns([column]),
    "bend": lambda column: fixes.power_transform([column]),
    "sentinel": lambda column: fixes.replace_sentinels(3.0, columns=[column]),
    "activation": lambda column: fixes.replace_hidden_activations("tanh"),
}


def shape(text):
    """The statements of some code without the values of its strings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize("kind", BY_COLUMN)
def test_names_of_columns_never_become_code(kind):
    plain = program(frame("plain"), [BY_COLUMN[kind]("plain")])
    for column in HOSTILE:
        fix = BY_COLUMN[kind](column)
        assert fix.title.isprintable()
        text = program(frame(column), [fix])
        assert shape(text) == shape(plain), text
        assert all(line.isprintable() for line in text.splitlines()), text


def written(run, fix, **settings):
    finding = Finding(rule="KM000", name="any", cause="tool", severity=Severity.INFO, message="", fix=fix)
    (found,) = with_code([finding], run, **settings)
    return found.fix.code


@pytest.mark.parametrize("name", HOSTILE)
def test_words_about_a_fix_are_comments_only(name):
    by_hand = Fix(name="other", title=f"Drop {name}", code=f"x = clean(x, {name!r})\nunknown[{name}]\n{name}")
    assert ast.parse(written(frame("plain"), by_hand)).body == []
    fails = Fix(name="other", title=f"Drop {name}", code=name, transform=lambda run: 1 / 0)
    assert ast.parse(written(frame("plain"), fails)).body == []


def test_names_given_by_a_caller_are_expressions_or_nothing():
    run = frame("plain").replace(names={"x": "X; print('x')", "y": "t  # and\nprint('x')", "model": "net"})
    text = program(run, [fixes.scale_inputs()])
    assert "print" not in text
    assert "net.fit(x, y, validation_split=0.25, verbose=0)" in text


def test_what_is_no_whole_code_is_said_in_words():
    run = frame("plain")
    for example in ("net.compile(optimizer=...)", "keras.layers.Dense(3),", "y = encoder.transform(labels)", "order = ['...']"):
        assert ast.parse(written(run, Fix(name="any", title="Do it", code=example))).body == []
    whole = "import numpy as np\nx_train = np.log1p(x_train)"
    assert written(run, Fix(name="any", title="Do it", code=whole)) == whole


CELL = "history = net.fit(X_train, y_train, epochs=3, batch_size=16, validation_data=(X_val, y_val), callbacks=[stop], verbose=0)"


def in_a_notebook(model, fix, scale=1.0, make=np.asarray, cell=CELL):
    """The variables after: cell, pasted code; that code."""
    x, y = blobs()
    x = x * scale
    parts = {"X_train": make(x[:140]), "X_val": make(x[140:190]), "X_test": make(x[190:])}
    stop = keras.callbacks.TerminateOnNaN()
    scope = {**parts, "y_train": y[:140], "y_val": y[140:190], "y_test": y[190:], "net": model, "stop": stop}
    with km.watch(names=with_test_part(names_in(cell), scope), seconds=0, strict=True) as report:
        exec(cell, scope)
    code = written(report.diagnoses[0].run, fix)
    exec(compile(code, "<pasted>", "exec"), scope)
    return scope, code


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame], ids=["array", "frame"])
def test_data_is_scaled_in_all_its_parts_and_the_cell_runs_again(make):
    scope, code = in_a_notebook(classifier(), fixes.scale_inputs(), 900.0, make)
    with km.watch(names=names_in(CELL), seconds=0, strict=True) as again:
        exec(CELL, scope)
    stds = [np.asarray(scope[name]).std() for name in ("X_train", "X_val", "X_test")]
    np.testing.assert_allclose(stds, 1, atol=0.2, err_msg=code)
    wrong = {"input-not-scaled", "distribution-shift", "preprocessing-mismatch"}
    assert not wrong & {f.cause for f in again.findings if f.severity != "info"}
    assert "epochs=3" in code
    assert "callbacks=[stop]" in code
    assert "in place of your own" not in code  # the cell, run again, takes the changed data


def test_a_test_part_on_another_scale_is_left_alone():
    x, _ = blobs()
    found = {"x": "X_train", "y": "y_train"}
    assert "x_test" not in with_test_part(found, {"X_train": x * 900, "X_test": x, "y_train": 0, "y_test": 0})
    assert "x_test" not in with_test_part(found, {"X_train": x, "X_test": x[:, :2]})
    assert "x_test" not in with_test_part({**found, "x_val": "X_test"}, {"X_train": x, "X_test": x})


def test_a_fresh_model_stops_early_in_place_of_the_overfitted_one():
    model = classifier()
    scope, code = in_a_notebook(model, fixes.add_early_stopping(4))
    assert scope["net"] is not model
    assert "# use this call in place of your own" in code
    exec(CELL, scope)  # still runs
    assert "callbacks=[*[stop], keras.callbacks.EarlyStopping(" in code
    assert "epochs=3" in code


@keras.saving.register_keras_serializable("pasted")
class Halved(keras.layers.Layer):
    def call(self, x):
        return x / 2


def with_own_layer():
    """A stack that cannot be written out; its layers are named by Keras."""
    stack = [keras.Input((6,)), layers.Dense(8, activation="sigmoid"), Halved(), layers.Dense(3, activation="softmax")]
    model = keras.Sequential(stack)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def functional():
    inputs = keras.Input((6,))
    hidden = Halved()(layers.Dense(8, activation="sigmoid")(inputs))
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.Dense(8, activation="sigmoid")(hidden)))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("make", [with_own_layer, functional])
@pytest.mark.parametrize(
    "fix", [fixes.replace_hidden_activations(), fixes.add_dropout(0.2), fixes.scale_inputs(method="layer")], ids=lambda f: f.name
)
def test_layers_are_found_after_the_model_was_made_again(make, fix):
    x, y = blobs()
    scope = {"net": make(), "X": x, "t": y}
    run = run_of(scope["net"], x, y, epochs=1).replace(names={"model": "net", "x": "X", "y": "t"})
    text = written(run, fix)
    assert not any(isinstance(node, ast.Attribute) and node.attr.startswith("_") for node in ast.walk(ast.parse(text))), text
    scope["net"] = make()  # Keras counts on: its layers have other names now
    exec(compile(text, "<pasted>", "exec"), scope)
    expected = fix.apply(run).model
    assert [w.shape for w in scope["net"].weights] == [w.shape for w in expected.weights], text
    kinds = [type(layer).__name__ for layer in scope["net"].layers]
    assert kinds == [type(layer).__name__ for layer in expected.layers], text


def test_labels_of_true_and_false_can_be_weighed():
    x, y = blobs()
    run = run_of(classifier(classes=2), x, y > 1, epochs=1, validation_split=0.25)
    scope = {"model": run.model, "x": x, "y": y > 1}
    exec(written(run, fixes.balance_classes()), scope)
    assert set(np.unique(scope["y"])) == {0, 1}
    fixes.balance_classes().apply(run).fit()


def test_validation_on_the_training_rows_never_empties_the_training():
    x, y = blobs()
    run = run_of(classifier(), x, y, epochs=1, validation_data=(x, y))
    with pytest.raises(km.errors.UnsupportedError, match="too many to take out"):
        fixes.separate_validation().apply(run)
    scope = {"model": run.model, "x": x, "y": y, "x_val": x, "y_val": y}
    exec(written(run, fixes.hold_out()), scope)
    assert len(scope["x"]) == len(x)
    assert len(scope["model"].history.epoch) == 1


def test_a_metric_gets_a_threshold_that_can_be_compiled():
    x, y = blobs(classes=2)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    run = run_of(model, x, y.astype("float32"), epochs=1)
    scope = {"model": model, "x": x, "y": y.astype("float32")}
    text = written(run, fixes.replace_metric("binary_accuracy", threshold=0.0))
    exec(text, scope)
    assert "BinaryAccuracy(threshold=0.0)" in text


def test_a_look_before_training_changes_the_data_only():
    _, y = blobs()
    scope = {"y": y / 255}
    run = run_of(classifier(), blobs()[0], y / 255, epochs=1)
    exec(written(run, fixes.map_labels(), trains=False), scope)
    assert set(scope["y"]) == {0, 1, 2}


def test_a_subclassed_model_is_built_again_by_hand_never_trained_on():
    run = subclassed()
    text = written(run, fixes.scale_inputs())
    assert "# build model again with your own code" in text
    weights, scope = run.model.get_weights(), {"model": run.model, "x": run.x, "y": run.y}
    exec(text, scope)
    np.testing.assert_allclose(scope["x"].std(axis=0), 1, rtol=1e-3)  # the data is changed all the same
    for old, new in zip(weights, run.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert ast.parse(written(run, fixes.set_learning_rate(0.001))).body == []  # all of it needs new weights


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y, **settings):
        super().__init__(**settings)
        self.x, self.y, self.epochs = x, y, 0

    def __len__(self):
        return -(-len(self.x) // 40)

    def __getitem__(self, index):
        rows = slice(index * 40, (index + 1) * 40)
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        self.epochs += 1


@pytest.mark.parametrize(
    ("fix", "labels"),
    [(fixes.shift_labels(-1), lambda y: y + 1), (fixes.map_labels(), lambda y: y * 5)],
    ids=["targets", "codes"],
)
def test_the_batches_of_a_dataset_class_are_changed_as_promised(fix, labels):
    x, y = blobs()
    train, held = Batches(x[:160], labels(y[:160])), Batches(x[160:], labels(y[160:]))
    run = run_of(one_by_six(), train, validation_data=held, epochs=1).replace(names={"x": "train", "val_data": "held"})
    scope, text = {"model": run.model, "train": train, "held": held}, written(run, fix)
    exec(text, scope)
    expected = fix.apply(run)
    for theirs, ours in ((expected.x, scope["train"]), (expected.fit_arguments["validation_data"], scope["held"])):
        for a, b in zip(keras.tree.flatten(theirs[1]), keras.tree.flatten(ours[1]), strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), err_msg=text)
    assert train.epochs >= 1, text  # the wrapper passes the ends of epochs on


@cache
def one_by_six():
    return classifier()


def batches_of(x, y):
    while True:
        yield x[:40], y[:40]


def test_what_cannot_be_changed_from_outside_is_said_in_words():
    import tensorflow as tf

    x, y = blobs()
    pipeline = tf.data.Dataset.from_tensor_slices((x, y)).batch(40)
    streams = [
        (run_of(one_by_six(), batches_of(x, y), steps_per_epoch=4), fixes.divide_inputs(2.0)),
        (run_of(one_by_six(), Batches(x, y)), fixes.shuffle_data()),
        (run_of(one_by_six(), Batches(x, y)), fixes.set_batch_size(20)),
        (run_of(one_by_six(), pipeline), fixes.drop_outliers()),
    ]
    for run, fix in streams:
        text = written(run, fix)
        assert ast.parse(text).body == [], text
        assert " make" in text or " made" in text, text  # where it has to be done


def test_variables_are_found_by_identity_where_no_cell_names_them():
    features, labels = blobs(rows=60)
    network, held = classifier(), (features[:20], labels[:20])
    report = km.diagnose(network, features, labels, validation_data=held, epochs=1, verbose=0, seconds=0)
    assert report.diagnoses[0].run.names == {"model": "network", "x": "features", "y": "labels", "val_data": "held"}
    with km.watch(seconds=0) as watched:
        network.fit(features * 1, labels, epochs=1, verbose=0)
    assert watched.diagnoses[0].run.names == {"model": "network", "y": "labels"}
    assert km.audit(features, labels, names={}).diagnoses[0].run.names == {}
