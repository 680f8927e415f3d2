"""Every outermost `fit` reaches the handler, and Keras is always put back."""

from __future__ import annotations

import threading
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_magic.watch.capture import capture_fits

X, Y = np.zeros((8, 3), "float32"), np.zeros(8, "float32")


class Seen(list):
    """A handler that notes the arguments and trains."""

    def __call__(self, original: Any, model: Any, arguments: dict[str, Any]) -> Any:
        self.append((model, arguments))
        return original(model, **arguments)


def small(kind: type = keras.Sequential) -> keras.Model:
    model = kind([keras.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


class Fits(keras.Sequential):
    """Overrides `fit`, as libraries do."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("verbose", 0)
        return super().fit(*args, **kwargs)


class Nested(keras.callbacks.Callback):
    """Trains another model within a fit."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        small().fit(X, Y, verbose=0)


def test_arguments_come_by_name() -> None:
    seen = Seen()
    model = small()
    with capture_fits(seen):
        history = model.fit(X, Y, 4, epochs=2, verbose=0)
    assert isinstance(history, keras.callbacks.History)
    assert seen[0][0] is model
    assert set(seen[0][1]) == {"x", "y", "batch_size", "epochs", "verbose"}
    assert seen[0][1]["x"] is X


def test_overriding_subclasses_tf_keras_and_nested_fits() -> None:
    seen = Seen()
    with capture_fits(seen):
        small(Fits).fit(X, Y)
        small().fit(X, Y, verbose=0, callbacks=[Nested()])
        legacy = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        legacy.compile("sgd", "mse")
        legacy.fit(X, Y, verbose=0)
    assert len(seen) == 3


def test_restored_after_errors_and_in_any_order() -> None:
    before = keras.Model.fit
    with pytest.raises(KeyboardInterrupt), capture_fits(Seen()):
        raise KeyboardInterrupt
    assert keras.Model.fit is before
    outer, inner = capture_fits(Seen()), capture_fits(Seen())
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert keras.Model.fit is not before
    inner.__exit__(None, None, None)
    assert keras.Model.fit is before
    assert "fit" not in vars(keras.Model)


def test_the_innermost_handler_is_in_charge() -> None:
    outer, inner = Seen(), Seen()
    with capture_fits(outer):
        with capture_fits(inner):
            small().fit(X, Y, verbose=0)
        small().fit(X, Y, verbose=0)
    assert (len(outer), len(inner)) == (1, 1)


def test_a_fit_in_another_thread_is_an_outermost_one() -> None:
    seen = Seen()

    def elsewhere(original: Any, model: Any, arguments: dict[str, Any]) -> Any:
        if not seen:
            seen.append(model)
            thread = threading.Thread(target=lambda: small().fit(X, Y, verbose=0))
            thread.start()
            thread.join()
        else:
            seen.append(model)
        return original(model, **arguments)

    with capture_fits(elsewhere):
        small().fit(X, Y, verbose=0)
    assert len(seen) == 2


def test_wrong_calls_raise_keras_own_error() -> None:
    seen = Seen()
    with capture_fits(seen), pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        small().fit(X, Y, epoch=3)
    assert seen == []


def test_a_patch_on_top_of_ours_stays_usable() -> None:
    """Another tool patched `fit` inside the `with` and is still there afterwards."""
    seen = Seen()
    context = capture_fits(seen)
    context.__enter__()
    ours = keras.Model.fit
    keras.Model.fit = lambda self, *args, **kwargs: ours(self, *args, **kwargs)
    try:
        context.__exit__(None, None, None)
        small().fit(X, Y, verbose=0)
        assert seen == []
    finally:
        del keras.Model.fit
