"""How long steps wait for their data, on a clock that goes on only where data are read and where layers run."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_magic.watch.callback import Watch
from keras_magic.watch.waiting import WRAP, Waiting
from tests.watch import trainings as t

READ, RUN = 3.0, 1.0  # seconds of a batch and of a step
STEPS = 10


class Clock:
    """Stands in for the module `time` in the watcher, which asks for the time of day once as a step begins."""

    def __init__(self) -> None:
        self.now, self.reads, self.over = 1000.0, 0, False
        self.begun, self.looked = threading.Semaphore(0), threading.Semaphore(0)

    def time(self) -> float:
        self.begun.release()
        return self.now

    def perf_counter(self) -> float:
        return self.now

    process_time = perf_counter

    def arrived(self) -> np.float64:
        """What the step's own clock gives."""
        self.looked.release()
        return np.float64(self.now)

    def run(self) -> None:
        """A layer runs, which gives the step's own clock the time to look first, unless that has to come later."""
        self.looked.acquire(timeout=5)
        self.now += RUN

    def batches(self) -> Any:
        """Batches that are read while a step waits for them, whatever TensorFlow would fetch ahead.

        Those that Keras looks at before the training come at once: it asks for them in the thread that trains.
        """
        x, y = t.tables()
        at_once = 0
        while threading.current_thread() is threading.main_thread():
            at_once += 1
            yield x[:16], y[:16]
        for _ in range(at_once):
            self.begun.acquire()
        while True:
            self.begun.acquire()
            if self.over:
                return
            self.now += READ
            self.reads += 1
            yield x[:16], y[:16]

    def end(self) -> None:
        self.over = True
        self.begun.release(STEPS)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in ("step", "waiting", "live"):
        monkeypatch.setattr(f"keras_magic.watch.{module}.time", SimpleNamespace(perf_counter=made.perf_counter))
    monkeypatch.setattr("keras_magic.watch.watcher.time", made)
    monkeypatch.setattr(tf, "timestamp", lambda: tf.py_function(made.arrived, [], tf.float64))
    return made


class Running(keras.layers.Layer):
    """Takes `RUN` seconds on the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def call(self, x: Any) -> Any:
        if isinstance(x, keras.KerasTensor):
            return x
        if tf.executing_eagerly():
            self.clock.now += RUN
            return x
        with tf.control_dependencies([tf.py_function(self.clock.run, [], [])]):
            return tf.identity(x)


@pytest.mark.parametrize("eagerly", [False, True])
@pytest.mark.parametrize("reads", [True, False])
def test_waiting_for_data_is_told_from_computing(clock: Clock, reads: bool, eagerly: bool) -> None:
    """A generator that reads makes the training input-bound; arrays in memory do not, even if a layer calls Python, in turn."""
    model = keras.Sequential([keras.Input((6,)), Running(clock), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=eagerly)
    x, y = t.tables()
    given = (clock.batches(), None) if reads else (x, y)
    watch, end = Watch(), keras.callbacks.LambdaCallback(on_train_end=lambda logs: clock.end())
    model.fit(*given, verbose=0, steps_per_epoch=STEPS if reads else None, callbacks=[watch, end])
    waited, steps = READ * clock.reads, watch.facts.steps_done - 1  # the first is the tracing
    assert (clock.reads > 0) == reads
    assert watch.facts.input_share == pytest.approx(waited / (waited + RUN * steps), abs=1e-3)


def test_a_clock_that_wraps_around_within_a_wait() -> None:
    waiting = Waiting()
    waiting.arrived(1.0, WRAP - 2.0, 4.0)
    assert (waiting.waited, waiting.share) == (3.0, 0.75)
    waiting.arrived(9.0, 10.0, 4.0)  # the two clocks differ by rounding: it was there at once
    assert waiting.share == 3.0 / 8.0
