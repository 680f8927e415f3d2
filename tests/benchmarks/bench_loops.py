"""What does watching a loop without `fit` cost? Its wall time watched, as a ratio to plain, medians over interleaved runs.

    python -m tests.benchmarks.bench_loops [--rounds 9] [--loops eager,compiled,batches] [--seconds 2]

One network and one optimizer per way, all in random order in each round; a run is as many steps as take about --seconds. The first
run of each way (tracing, and the measurements of the first updates) is printed as seconds beyond plain. `plain again` is the
control: what differs there is noise.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import keras_magic as km

Run = Callable[[int], None]  # trains for as many steps
BATCH = 32
ROWS = np.random.default_rng(0).normal(size=(64 * BATCH, 20)).astype("float32")
LABELS = (ROWS[:, 0] > 0).astype("int32")
WAYS = ("plain", "plain again", "watched")


def network() -> keras.Model:
    return keras.Sequential([keras.Input((20,)), *(layers.Dense(64, activation="relu") for _ in range(3)), layers.Dense(3)])


def crossentropy() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def batches(steps: int) -> Any:
    for k in range(steps):
        rows = slice(k % 64 * BATCH, k % 64 * BATCH + BATCH)
        yield ROWS[rows], LABELS[rows]


def taped(wrap: Callable[[Any], Any]) -> Run:
    """A step with a tape, eager or wrapped by `tf.function`."""
    model, optimizer, loss_fn = network(), keras.optimizers.Adam(1e-3), crossentropy()
    optimizer.build(model.trainable_variables)

    @wrap
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    def run(steps: int) -> None:
        for x, y in batches(steps):
            step(tf.constant(x), tf.constant(y))

    return run


def eager() -> Run:
    return taped(lambda step: step)


def compiled() -> Run:
    return taped(tf.function)


def train_on_batch() -> Run:
    model = network()
    model.compile(keras.optimizers.Adam(1e-3), crossentropy(), metrics=["accuracy"])

    def run(steps: int) -> None:
        for x, y in batches(steps):
            model.train_on_batch(x, y)

    return run


LOOPS = {"eager": eager, "compiled": compiled, "batches": train_on_batch}


def timed(run: Run, steps: int, way: str) -> float:
    with km.watch(seconds=0) if way == "watched" else nullcontext():
        started = time.perf_counter()
        run(steps)
        return time.perf_counter() - started


def compare(name: str, rounds: int, seconds: float) -> None:
    runs = {way: LOOPS[name]() for way in WAYS}
    first = {way: timed(run, 30, way) for way, run in runs.items()}
    steps = max(30, round(100 * seconds / timed(runs["plain"], 100, "plain")))
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    order = np.random.default_rng(1)
    for _ in range(rounds):
        for way in order.permutation(WAYS):
            times[way].append(timed(runs[way], steps, way))
    plain = statistics.median(times["plain"])
    for way, own in times.items():
        ratios = [mine / base for mine, base in zip(own, times["plain"], strict=True)]
        print(
            f"{name:9} {way:12} {statistics.median(own) / plain:5.3f} (of each round {statistics.median(ratios):5.3f}; "
            f"{1000 * statistics.median(own) / steps:6.3f} ms per step)   first {first[way] - first['plain']:+.2f} s",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--loops", default=",".join(LOOPS))
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    for name in options.loops.split(","):
        compare(name, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
