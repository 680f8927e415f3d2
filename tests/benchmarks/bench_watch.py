"""What does watching cost? Wall time of `fit` watched and otherwise equipped, as a ratio to plain, medians over interleaved fits.

    python -m tests.benchmarks.bench_watch [--models 8] [--fits 3] [--tasks mlp,cnn,lstm] [--memory 3]

One model per way, all in random order in each round, and all of that for several sets of fresh models: two models that are alike
differ by up to a tenth. cold: the first fit, tracing included; without it one of about a second. warm: later fits, as a ratio to
plain: its median over the sets, and its mean with the standard error. `plain again` is the control: what differs there is noise.
memory: peak of a process of its own that trains once, and what each way adds to plain (medians).
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from keras_magic.watch.callback import Watch

BATCH = 32


def mlp() -> tuple[list[Any], tuple[int, ...], int]:
    stack = [keras.Input((20,)), layers.Dense(32, activation="relu"), layers.Dense(32, activation="relu")]
    return [*stack, layers.Dense(3, activation="softmax")], (20,), 1500


def cnn() -> tuple[list[Any], tuple[int, ...], int]:
    stack = [keras.Input((28, 28, 1)), layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D()]
    stack += [layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    return [*stack, layers.Dense(64, activation="relu"), layers.Dense(3, activation="softmax")], (28, 28, 1), 400


def lstm() -> tuple[list[Any], tuple[int, ...], int]:
    return [keras.Input((20, 8)), layers.LSTM(24), layers.Dense(3, activation="softmax")], (20, 8), 500


TASKS = {"mlp": mlp, "cnn": cnn, "lstm": lstm}


class Empty(keras.callbacks.Callback):
    """Does nothing after each batch; Keras then dispatches all callbacks in line."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        pass


def tensorboard() -> keras.callbacks.Callback:
    return keras.callbacks.TensorBoard(tempfile.mkdtemp(), histogram_freq=1)


def ways() -> dict[str, Callable[[], list[Any]]]:
    """Name -> the callbacks of a fit."""
    found: dict[str, Callable[[], list[Any]]] = {
        "plain": list,
        "plain again": list,
        "watched": lambda: [Watch()],
        "empty callback": lambda: [Empty()],
    }
    if importlib.util.find_spec("tensorboard"):
        found["TensorBoard(histogram_freq=1)"] = lambda: [tensorboard()]
    return found


def task(name: str) -> tuple[Callable[[], keras.Model], np.ndarray, np.ndarray]:
    """A maker of fresh models, and data for its number of steps."""
    _, shape, steps = TASKS[name]()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(steps * BATCH, *shape)).astype("float32")

    def build() -> keras.Model:
        model = keras.Sequential(TASKS[name]()[0])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    return build, x, rng.integers(0, 3, len(x))


def timed(model: keras.Model, x: np.ndarray, y: np.ndarray, callbacks: list[Any]) -> float:
    started = time.perf_counter()
    model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0, callbacks=callbacks)
    return time.perf_counter() - started


def compare(name: str, models: int, fits: int) -> None:
    """For each fresh set of models: seconds of the first fit, and medians of the others; printed are medians over the sets."""
    build, x, y = task(name)
    rng = np.random.default_rng(1)
    cold: dict[str, list[float]] = {way: [] for way in ways()}
    warm: dict[str, list[float]] = {way: [] for way in ways()}
    for _ in range(models):
        keras.backend.clear_session()
        trained = {way: build() for way in ways()}
        for way in rng.permutation(list(trained)):
            cold[way].append(timed(trained[way], x, y, ways()[way]()))
        times: dict[str, list[float]] = {way: [] for way in ways()}
        for _ in range(fits):
            for way in rng.permutation(list(trained)):
                times[way].append(timed(trained[way], x, y, ways()[way]()))
        for way, own in times.items():
            warm[way].append(statistics.median(own))
    steps = len(x) // BATCH
    for way, own in warm.items():
        ratios = [mine / plain for mine, plain in zip(own, warm["plain"], strict=True)]
        error = statistics.stdev(ratios) / len(ratios) ** 0.5 if models > 1 else float("nan")
        base, first = statistics.median(cold["plain"]), statistics.median(cold[way])
        print(
            f"{name:5} {way:30} warm {statistics.median(ratios):5.3f} (mean {statistics.mean(ratios):5.3f} ± {error:.3f}; "
            f"{1000 * statistics.median(own) / steps:6.2f} ms per step)   cold {first - base:+.2f} s on {base:.2f} s",
            flush=True,
        )


def peak(name: str, way: str) -> float:
    """MB at the peak of a process that trains a fresh model once; to be called in a process of its own."""
    build, x, y = task(name)
    timed(build(), x, y, ways()[way]())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory(name: str, repeats: int) -> None:
    peaks: dict[str, list[float]] = {way: [] for way in ways()}
    for _ in range(repeats):
        for way in peaks:
            command = [sys.executable, "-m", "tests.benchmarks.bench_watch", "--peak", name, way]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks[way].append(float(done.stdout.split()[-1]))
    plain = statistics.median(peaks["plain"])
    for way, own in peaks.items():
        print(f"{name:5} {way:30} peak {statistics.median(own):5.0f} MB ({statistics.median(own) - plain:+.0f} MB)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=8)
    parser.add_argument("--fits", type=int, default=3)
    parser.add_argument("--memory", type=int, default=3)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--peak", nargs=2, metavar=("TASK", "WAY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(peak(*options.peak))
        return
    for name in options.tasks.split(","):
        if options.models:
            compare(name, options.models, options.fits)
        if options.memory:
            memory(name, options.memory)


if __name__ == "__main__":
    main()
