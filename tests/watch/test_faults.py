"""Interrupts, exceptions and odd models: the training is the user's, the model ends unpatched, the evidence so far is kept."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_magic.errors import EvidenceError, UsageError
from keras_magic.watch import recorder, step_recorder
from keras_magic.watch.callback import Watch
from keras_magic.watch.capture import capture_fits
from keras_magic.watch.watcher import Watcher
from tests.watch import trainings as t

HOOKS = (
    "on_train_begin",
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_begin",
    "on_epoch_end",
    "on_train_end",
)


def raising(hook: str, error: BaseException, at: int = 1) -> keras.callbacks.Callback:
    """A user's callback that raises in one hook, at its `at`-th call."""
    calls = []

    def fire(*args: Any, **kwargs: Any) -> None:
        calls.append(hook)
        if len(calls) == at:
            raise error

    return type("Users", (keras.callbacks.Callback,), {hook: lambda self, *a, **k: fire()})()


def assert_unpatched(model: keras.Model, original: Any) -> None:
    """No attribute of ours is left on the model, its layers, optimizer or metrics, nor on Keras."""
    assert model.train_function is original
    held = [model, model.optimizer, *model._flatten_layers(), *model.metrics]
    for thing in held:
        for name in ("call", "apply", "update_state", "compute_loss", "train_step"):
            assert name not in vars(thing), f"{name} is left on {thing}"
    assert "fit" not in vars(keras.Model)
    assert step_recorder._seen() is None


def watched_fit(model: keras.Model, *callbacks: Any, **fit: Any) -> Watcher:
    watcher = Watcher(model)
    x, y = t.tables()

    def handler(original: Any, model: Any, arguments: dict[str, Any]) -> Any:
        with watcher:
            return original(model, **{**arguments, "callbacks": [*arguments["callbacks"], watcher.callback]})

    with capture_fits(handler):
        model.fit(x, y, batch_size=16, epochs=2, verbose=0, validation_split=0.2, callbacks=list(callbacks), **fit)
    return watcher


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """One compiled model for all faults: also shows that a fault does not spoil the next fit."""
    built = t.sequential()
    built.make_train_function()
    return built


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the user's own")], ids=["interrupt", "exception"])
def test_a_fault_at_any_hook_unpatches_and_keeps_the_evidence(model: keras.Model, hook: str, error: BaseException) -> None:
    original = model.train_function
    watcher = Watcher(model)
    x, y = t.tables()
    at = 1 if hook in ("on_train_begin", "on_train_end") else 2
    fault = raising(hook, error, at)
    with pytest.raises(type(error)), watcher:
        model.fit(x, y, batch_size=16, epochs=2, verbose=0, validation_split=0.2, callbacks=[watcher.callback, fault])
    assert_unpatched(model, original)
    facts = watcher.facts()
    assert facts.interrupted == isinstance(error, KeyboardInterrupt)
    assert facts.exception == {"type": type(error).__name__, "message": str(error)}
    if hook != "on_train_begin":
        assert facts.initial_loss is not None
        assert facts.layers
        assert facts.seconds > 0


@pytest.mark.parametrize("ours_first", [False, True])
@pytest.mark.parametrize("hook", HOOKS)
def test_a_fault_with_the_callback_alone(model: keras.Model, hook: str, ours_first: bool) -> None:
    """`Watch` does not know that fit raised; nothing of it may stay on the model all the same."""
    original = model.train_function
    watch = Watch()
    x, y = t.tables()
    callbacks = [raising(hook, RuntimeError("own")), watch]
    with pytest.raises(RuntimeError, match="own"):
        model.fit(x, y, epochs=2, verbose=0, validation_split=0.2, callbacks=callbacks[::-1] if ours_first else callbacks)
    assert_unpatched(model, original)


def test_an_interrupt_inside_the_step(model: keras.Model) -> None:
    """As the first trace runs, with the whole recorder in place."""

    class Interrupted(t.Subclassed):
        def call(self, x: Any, training: bool = False) -> Any:
            result = super().call(x, training=training)
            if step_recorder._seen() is not None:
                raise KeyboardInterrupt
            return result

    broken = t.compiled(Interrupted())
    watcher = Watcher(broken)
    with pytest.raises(KeyboardInterrupt), watcher:
        broken.fit(*t.tables(), verbose=0, callbacks=[watcher.callback])
    assert_unpatched(broken, broken.train_function)
    assert watcher.facts().interrupted


def test_the_users_error_stays_the_users_error() -> None:
    """A wrong shape raises what it raises without us."""

    def message(*callbacks: Any) -> str:
        broken = t.compiled(keras.Sequential([layers.Dense(3, activation="softmax")]), loss="categorical_crossentropy")
        with pytest.raises(ValueError, match="shape") as caught:
            broken.fit(np.zeros((8, 4)), np.zeros((8, 7)), verbose=0, callbacks=list(callbacks))
        return str(caught.value)

    assert message(Watch()) == message()


def test_not_compiled() -> None:
    bare = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    watcher = Watcher(bare)
    with pytest.raises(ValueError, match="compile"), watcher:
        bare.fit(np.zeros((8, 4)), np.zeros(8), callbacks=[watcher.callback])
    assert watcher.facts().steps_done == 0
    assert watcher.facts().exception["type"] == "ValueError"


def test_no_batches(model: keras.Model) -> None:
    watcher = Watcher(model)
    empty = tf.data.Dataset.from_tensor_slices(t.tables()).take(0).batch(4)
    with watcher:
        model.fit(empty, verbose=0, callbacks=[watcher.callback])
    facts = watcher.facts()
    assert (facts.steps_done, facts.initial_loss, facts.losses) == (0, None, ())


@pytest.mark.parametrize("part", ["activations", "gradients", "weights", "loss"])
def test_a_fault_of_ours_becomes_a_sentence(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise OSError("disk on fire")
        yield

    monkeypatch.setattr(f"keras_magic.watch.probes.{part}.measure", broken)
    plain, _ = t.train(t.sequential, t.tables, None, epochs=1)
    watched, watch = t.train(t.sequential, t.tables, Watch, epochs=1)
    t.assert_identical(plain, watched)
    assert any("OSError: disk on fire" in sentence for sentence in watch.facts.missing)
    assert watch.facts.layers


def test_a_fault_while_reading_becomes_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder.Recorder, "add", lambda *args, **kwargs: 1 / 0)
    _, watch = t.train(t.sequential, t.tables, Watch, epochs=1)
    assert any("ZeroDivisionError" in sentence for sentence in watch.facts.missing)
    assert len(watch.facts.history["loss"]) == 1


def test_a_listener_that_raises_is_dropped() -> None:
    heard = []

    def listener(progress: Any) -> None:
        heard.append(progress)
        raise ValueError("no screen")

    _, watch = t.train(t.sequential, t.tables, lambda: Watch(listener=listener))
    assert len(heard) == 1
    assert any("no screen" in sentence for sentence in watch.facts.missing)


def test_odd_models_train_on() -> None:
    """Whole-number weights, a layer without output, a layer that is never called."""

    class Odd(t.Subclassed):
        def __init__(self) -> None:
            super().__init__()
            self.counter = self.add_weight(shape=(2, 2), dtype="int32", initializer="zeros", trainable=False)
            self.mute = layers.Lambda(lambda x: None)
            self.never = layers.Dense(3)

        def call(self, x: Any, training: bool = False) -> Any:
            self.mute.call(x)
            self.counter.assign_add(keras.ops.ones((2, 2), "int32"))
            return super().call(x, training=training)

    plain, _ = t.train(lambda: t.compiled(Odd()), t.tables, None)
    watched, watch = t.train(lambda: t.compiled(Odd()), t.tables, Watch)
    t.assert_identical(plain, watched)
    assert watch.facts.initial_loss is not None


def test_compiling_again_within_a_callback() -> None:
    """As in progressive unfreezing: Keras needs `make_train_function`, and the watcher lets the new function be."""

    class Again(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                t.compiled(self.model)
                self.model.make_train_function()

    keras.utils.set_random_seed(1)
    built = t.sequential()
    watch = Watch()
    built.fit(*t.tables(), epochs=2, verbose=0, callbacks=[Again(), watch])
    assert watch.facts.epochs_done == 2
    assert any("compiled again" in sentence for sentence in watch.facts.missing)


def test_bad_budgets() -> None:
    for budget in (0, -1, 2, "much", True, None):
        with pytest.raises(UsageError, match="between 0 and 1"):
            Watch(budget)  # type: ignore[arg-type]
    with pytest.raises(EvidenceError, match="no training yet"):
        _ = Watch().facts
