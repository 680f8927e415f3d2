"""A callback that follows its metric wrongly is made again under the user's own name, so that the user's cell takes it too."""

from __future__ import annotations

import keras
import pytest

import keras_magic as km
from keras_magic import fixes
from tests.fixes.notebook import Notebook
from tests.fixes.runs import blobs, classifier


def variables(**callbacks):
    x, y = blobs()
    return {"net": classifier(), "X": x, "t": y, **callbacks}


def stop(**settings):
    return keras.callbacks.EarlyStopping(**{"monitor": "val_loss", "mode": "max", "patience": 2, **settings})


CELL = "history = net.fit(X, t, epochs=9, validation_split=0.25, callbacks={}, verbose=0)"


@pytest.mark.parametrize(
    ("callbacks", "where"),
    [("[stop]", "stop"), ("mine", "mine[0]"), ("[keras.callbacks.TerminateOnNaN(), stop]", "stop")],
)
def test_the_users_callback_is_made_again_with_the_right_direction(callbacks, where):
    given = stop(min_delta=0.01, restore_best_weights=True)
    book = Notebook(CELL.format(callbacks), **variables(stop=given, mine=[given], keras=keras))
    assert len(book.scope["history"].epoch) < 9
    book.paste(fixes.turn_callback("EarlyStopping", "val_loss", "min"))
    made = book.value(where)
    assert (made.mode, made.patience, made.restore_best_weights) == ("min", 2, True), book.code
    assert abs(made.min_delta) == 0.01
    assert "in place of your own" not in book.code
    book.scope["net"] = classifier()
    made.best = None  # which Keras before 3.14 keeps from one fit to the next
    book.rerun()
    assert len(book.scope["history"].epoch) > 3


def test_a_callback_without_a_name_is_written_into_the_call():
    cell = CELL.format("[keras.callbacks.EarlyStopping(mode='max', patience=2), other]")
    book = Notebook(cell, **variables(other=keras.callbacks.TerminateOnNaN(), keras=keras))
    book.paste(fixes.turn_callback("EarlyStopping", "val_loss", "min"))
    assert "callbacks=[keras.callbacks.EarlyStopping(patience=2, mode='min'), other]" in book.code
    assert "# use this call in place of your own" in book.code
    assert len(book.scope["net"].history.epoch) > 3


def test_a_callback_may_go_and_another_may_come():
    plateau = keras.callbacks.ReduceLROnPlateau(patience=0)
    book = Notebook(CELL.format("[plateau, stop]"), **variables(plateau=plateau, stop=stop()))
    book.paste(fixes.drop_callback("ReduceLROnPlateau"))
    assert "callbacks=[stop]" in book.code
    book = Notebook(CELL.format("[plateau]"), **variables(plateau=plateau))
    book.paste(fixes.add_early_stopping(4))
    assert "callbacks=[*[plateau], keras.callbacks.EarlyStopping(" in book.code


def test_an_unknown_metric_is_replaced_where_the_callback_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_acc", save_best_only=True)
    book = Notebook(CELL.format("[save]"), fails=True, **variables(save=given))
    with pytest.raises(km.UnsupportedError, match="no such callback"):
        fixes.set_monitor("val_f1", "val_accuracy").apply(book.run)
    book.write(fixes.set_monitor("val_acc", "val_accuracy"))
    assert "save = keras.callbacks.ModelCheckpoint(filepath='best.keras', monitor='val_accuracy', save_best_only=True)" in book.code


class Own(keras.callbacks.EarlyStopping):
    pass


def test_a_callback_of_the_users_own_class_is_changed_in_words():
    book = Notebook(CELL.format("[mine]"), **variables(mine=Own(mode="max")))
    book.paste(fixes.turn_callback("Own", "val_loss", "min"))
    assert all(line.startswith("#") for line in book.code.splitlines())
