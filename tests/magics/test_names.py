"""The user's variable names and the expressions on a line."""

from __future__ import annotations

import pytest

from keras_magic.names import expressions, named, names_in


def test_names_of_a_fit():
    source = "h = net.fit(X_tr, y_tr, validation_data=(X_va, data['y']), epochs=3)"
    expected = {"model": "net", "x": "X_tr", "y": "y_tr", "x_val": "X_va", "y_val": "data['y']"}
    assert names_in(source) == {**expected, "result": "h"}


def test_weights_and_validation_datasets():
    source = "net.fit(train, validation_data=val, epochs=3)\nother.fit(x, y, sample_weight=w, validation_data=(a, b, c))"
    assert names_in(source.splitlines()[0]) == {"model": "net", "x": "train", "val_data": "val"}
    assert names_in(source.splitlines()[1]) == {
        "model": "other", "x": "x", "y": "y", "sample_weight": "w", "x_val": "a", "y_val": "b", "val_weight": "c"
    }  # fmt: skip
    assert names_in("net.fit(x, None, epochs=1, validation_data=None)") == {"model": "net", "x": "x"}


def test_what_is_no_variable_gets_a_name_that_is_free():
    found = names_in("self.net.fit(x=load(), y=frame.label, epochs=1)")
    assert found == {"model": "self.net", "x": "x_train", "y": "frame.label", "setup": "x_train = load()"}
    found = names_in("x_train = load()\nnet.fit(x_train[:80], y[:80], validation_data=(x_train[80:], y[80:]), epochs=1)")
    assert found == {
        "model": "net", "x": "x_train_2", "y": "y_train", "x_val": "x_val", "y_val": "y_val",
        "setup": "x_train_2, y_train, x_val, y_val = x_train[:80], y[:80], x_train[80:], y[80:]",
    }  # fmt: skip


def test_a_scalers_fit_is_not_a_training():
    assert names_in("scaler.fit(table)\nnet.fit(x, y, epochs=2)") == {"model": "net", "x": "x", "y": "y"}


def test_several_fits_keep_what_they_agree_on():
    assert names_in("a.fit(x, y, epochs=1)\nb.fit(x, t, epochs=1)") == {"x": "x"}


def test_no_python_has_no_names():
    assert names_in("!ls\nnot python") == {}
    assert names_in("print(1)") == {}


def test_names_of_expressions():
    assert named("net", "x[:5]", "frame['y']") == {"model": "net", "y": "frame['y']"}


@pytest.mark.parametrize(
    ("line", "positional", "keywords"),
    [
        ("net x y", ["net", "x", "y"], {}),
        ("net, x[:, 1:], y", ["net", "x[:, 1:]", "y"], {}),
        ("net x epochs=5 validation_data=(a, b)", ["net", "x"], {"epochs": "5", "validation_data": "(a, b)"}),
        ("f(a == b) y", ["f(a == b)", "y"], {}),
        ("", [], {}),
    ],
)
def test_expressions(line, positional, keywords):
    assert expressions(line.split()) == (positional, keywords)


def test_an_unfinished_expression_is_refused():
    with pytest.raises(ValueError, match=r"x\["):
        expressions(["net", "x["])
