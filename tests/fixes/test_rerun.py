"""What a fix changes reaches the user's own cell when it runs again; where it cannot, the code says which call to use."""

from __future__ import annotations

import ast

import numpy as np
import pandas as pd
import pytest

from keras_magic import fixes
from keras_magic.names import names_in
from tests.fixes.notebook import Notebook
from tests.fixes.runs import blobs, classifier, subclassed


def subclassed_model():
    return subclassed().model


NOTE = "# use this call in place of your own"


def variables(**more):
    x, y = blobs()
    return {"net": classifier(), "X": x * 900, "t": y, "np": np, **more}


def labels(run):
    return sorted(np.unique(run.y).tolist())


@pytest.mark.parametrize("y", ["np.asarray(t)", "t.astype('float32')", "np.array(t, dtype=np.float32)", "t"])
def test_converted_targets_are_changed_in_the_variable_behind_them(y):
    book = Notebook(f"h = net.fit(X, {y}, epochs=2, verbose=0)", fails=True, **variables(t=blobs()[1] * 5))
    book.paste(fixes.map_labels())
    assert labels(book.rerun().diagnoses[0].run) == [0, 1, 2]
    assert NOTE not in book.code
    assert f"h = net.fit(X, {y}" in book.code.replace('"', "'")
    assert len(book.scope["h"].epoch) == 2


@pytest.mark.parametrize("x", ["X / 2", "X[:100]", "frame.to_numpy()", "X.astype('int32')"])
def test_other_expressions_get_a_name_and_a_note(x):
    book = Notebook(f"net.fit({x}, t[:len({x})], epochs=2, verbose=0)", **variables(frame=pd.DataFrame(blobs()[0] * 900), len=len))
    given = book.scope["X"].copy()
    book.paste(fixes.scale_inputs())
    assert NOTE in book.code
    np.testing.assert_array_equal(book.scope["X"], given)
    assert book.scope["x_train"].std() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("held", ["held", "(np.asarray(X_val), t_val)"])
def test_validation_data_is_changed_for_the_users_cell_too(held):
    x, y = blobs()
    book = Notebook(
        f"net.fit(X, t, validation_data={held}, epochs=2, verbose=0)",
        **variables(X_val=x[:50] * 900, t_val=y[:50], held=(x[:50] * 900, y[:50])),
    )
    book.paste(fixes.scale_inputs())
    again = book.rerun()
    data = again.diagnoses[0].run.fit_arguments["validation_data"]
    assert np.abs(data[0]).max() < 10, book.code
    assert not {"distribution-shift", "preprocessing-mismatch"} & {f.cause for f in again.findings}


CHANGES = {
    "epochs": (fixes.set_epochs(4), 4),
    "batch_size": (fixes.set_batch_size(16), 16),
    "class_weight": (fixes.balance_classes({0: 1.0, 1: 2.0, 2: 3.0}), {0: 1.0, 1: 2.0, 2: 3.0}),
}


@pytest.mark.parametrize("key", CHANGES)
def test_arguments_of_fit_are_changed_in_their_variables(key):
    fix, value = CHANGES[key]
    given = {"epochs": 2, "batch_size": 64, "class_weight": None}[key]
    book = Notebook(f"net.fit(X, t, {key}=MINE, verbose=0)", **variables(MINE=given))
    book.paste(fix)
    assert book.scope["MINE"] == value
    assert NOTE not in book.code
    assert book.rerun().diagnoses[0].run.fit_arguments[key] == value
    literal = Notebook(f"net.fit(X, t, {key}={given}, verbose=0)", **variables())
    literal.paste(fix)
    assert NOTE in literal.code


def test_names_of_a_call_are_its_variables():
    cell = "for a, b in folds:\n    h = net.fit(x[a], y[a], epochs=N, class_weight=w, validation_data=(x[b], y[b]))"
    found = names_in(cell)
    assert found["loop"].startswith("for a, b in folds:")
    assert (found["result"], found["epochs"], found["class_weight"]) == ("h", "N", "w")
    assert "loop" not in names_in("for i in range(3):\n    net.fit(x, y)")
    assert "result" not in names_in("a = net.fit(x, y)\nb = net.fit(x, z)")


FOLDS = """
from sklearn.model_selection import KFold

scores = []
for train, val in KFold(3).split(X):
    h = net.fit(X[train], t[train], validation_data=(X[val], t[val]), epochs=2, verbose=0)
    scores.append(h.history["val_loss"][-1])
"""


def folds(report):
    return [f for d in report.diagnoses for f in d.findings if f.rule == "KM129"]


@pytest.mark.parametrize("make", [classifier, subclassed_model], ids=["stack", "subclassed"])
def test_each_fold_gets_a_model_of_its_own(make):
    x, y = blobs()
    book = Notebook(FOLDS, net=make(), X=x, t=y)
    (found, *_) = folds(book.report)
    exec(compile(found.fix.code, "<pasted>", "exec"), book.scope)
    if make is classifier:
        assert len(book.scope["scores"]) == 6  # each fold once more
        book.cell = ast.unparse(ast.parse(found.fix.code))
        assert not folds(book.rerun()), found.fix.code
    else:
        assert all(line.startswith("#") for line in found.fix.code.splitlines())
