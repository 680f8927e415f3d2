"""A watched step is traced once, where plain training traces it twice; unless the user's own Python would see the difference."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from keras_magic.watch.callback import Watch
from keras_magic.watch.step import TappedStep
from keras_magic.watch.step_recorder import SAMPLE, _kernel_sample, row_stride
from tests.watch import trainings as t


class Frozen(layers.Layer):
    """Noise that is drawn once, while the step is traced."""

    def call(self, x: Any) -> Any:
        return x + float(np.random.normal())  # noqa: NPY002 - as users do


class Counting(layers.Layer):
    """Counts in Python how often it was called, and computes with it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def call(self, x: Any) -> Any:
        self.calls += 1
        return x * (1 + 0.1 * self.calls)


def _with(layer: Any) -> keras.Model:
    return t.compiled(keras.Sequential([keras.Input((6,)), layer(), layers.Dense(3, activation="softmax")]))


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []
    run = TappedStep.run
    monkeypatch.setattr(TappedStep, "run", lambda self, *args: (seen.append(self), run(self, *args))[1])
    return seen


@pytest.mark.parametrize("optimizer", ["adam", "adagrad", keras.optimizers.SGD(0.1, 0.9)])
def test_a_step_is_traced_once(traces: list[Any], optimizer: Any) -> None:
    _, watch = t.train(lambda: t.sequential(optimizer=optimizer), t.tables, Watch, epochs=1)
    assert len(traces) == 1
    assert watch.facts.seconds_to_trace > 0
    assert all(layer.gradient_norm for layer in watch.facts.layers if layer.update_ratio)


class Waiting(keras.layers.Layer):
    """Waits for 3 seconds and computes for one each time it is traced, as on a machine that others hold."""

    wall = cpu = 1000.0

    def call(self, x: Any) -> Any:
        Waiting.wall += 4
        Waiting.cpu += 1
        return x


def test_a_wait_is_no_price_of_a_trace(traces: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: Waiting.wall, perf_counter=lambda: Waiting.wall, process_time=lambda: Waiting.cpu)
    monkeypatch.setattr("keras_magic.watch.watcher.time", clock)
    _, watch = t.train(lambda: _with(Waiting), t.tables, Watch, epochs=1)
    assert watch.facts.seconds == 4 * len(traces)
    assert watch.facts.seconds_to_trace == 1.0


@pytest.mark.parametrize("layer", [Frozen, Counting])
def test_python_that_would_see_a_second_trace_gets_it(traces: list[Any], layer: Any) -> None:
    plain, _ = t.train(lambda: _with(layer), t.tables, None, epochs=2)
    watched, _ = t.train(lambda: _with(layer), t.tables, Watch, epochs=2)
    assert len(traces) == 2
    t.assert_identical(plain, watched)


@pytest.mark.parametrize("shape", [(3, 3, 128, 256), (1024, 512), (256, 8, 64), (5, 7)])
def test_a_sample_of_a_kernel_is_rows_of_it(shape: tuple[int, ...]) -> None:
    kernel = keras.Variable(np.random.default_rng(0).normal(size=shape).astype("float32"))
    sample, stride = np.asarray(_kernel_sample(kernel)), row_stride(shape)
    rows = np.asarray(kernel).reshape(-1, shape[-1])[::stride]
    np.testing.assert_array_equal(sample.reshape(-1, shape[-1]), rows)
    assert sample.size <= max(2 * SAMPLE, 17 * shape[-1])
