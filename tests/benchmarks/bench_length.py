"""Long trainings and deep networks: what a diagnosis adds to the time and memory of a plain training, and how large its page is.

`python -m tests.benchmarks.bench_length [steps epochs layers fits]`: 20,000 steps, 2,000 epochs, 300 layers, 1,000 fits in one
watch; each in a process of its own, plain and watched.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from typing import Any

import numpy as np

KINDS = ("steps", "epochs", "layers", "fits")


def _network(depth: int = 1) -> Any:
    import keras

    layers = [keras.layers.Dense(4, activation="relu") for _ in range(depth)]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def _data(rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32")


def _train(kind: str) -> None:
    if kind == "steps":
        _network().fit(*_data(40_000), batch_size=2, verbose=0)
    elif kind == "epochs":
        _network().fit(*_data(64), epochs=2000, verbose=0)
    elif kind == "layers":
        _network(300).fit(*_data(320), verbose=0)
    else:
        model = _network()
        for _ in range(1000):
            model.fit(*_data(32), verbose=0)


def measured(kind: str, watched: bool) -> tuple[float, float, str]:
    """Seconds, the process' highest memory in MB beyond that of a first short training, and what the report says of itself."""
    import resource

    import keras_magic as km

    with km.watch(seconds=0):
        _network().fit(*_data(32), verbose=0)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    said = ""
    if watched:
        with km.watch(seconds=0) as report:
            _train(kind)
        page = report.to_html()
        facts = report.diagnoses[-1].facts.training
        said = f"{len(report.diagnoses)} diagnoses, {len(report.findings)} findings, page of {len(page) / 1000:.0f} kB"
        said += f", {facts.steps_done} steps of the last, overhead {facts.overhead}"
    else:
        _train(kind)
    return time.perf_counter() - started, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, said


def main() -> None:
    for kind in sys.argv[1:] or KINDS:
        for watched in (False, True):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, megabytes, said = pool.apply(measured, (kind, watched))
            print(f"{kind} {'watched' if watched else 'plain'}: {seconds:.1f} s, {megabytes:+.0f} MB {said}", flush=True)


if __name__ == "__main__":
    main()
