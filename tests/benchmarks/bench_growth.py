"""How much memory a process keeps of each diagnosis, audit, search of the learning rate and repair, against plain trainings.

`python -m tests.benchmarks.bench_growth [plain diagnose ...] [--times 500] [--seconds 1]`: each kind in a process of its own, from
small new networks. Prints the curve of the resident memory (MB) and what one more costs after the first 20, also in MB beyond a
plain `fit`; threads, open files and graphs alive, from the 20th time to the last.
"""

from __future__ import annotations

import argparse
import functools
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

WARM, POINTS = 20, 12


class Seen(NamedTuple):
    """The state of a process after so many times."""

    times: int
    megabytes: float
    threads: int
    files: int
    graphs: int


def network() -> Any:
    import keras

    layers = [keras.Input((6,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(1e-6), "binary_crossentropy", metrics=["accuracy"])
    return model


def kinds(seconds: float) -> dict[str, Callable[[Any, Any], Any]]:
    """What is done again and again, on new data each time."""
    import keras_magic as km

    return {
        "plain": lambda x, y: network().fit(x, y, epochs=1, verbose=0),
        "diagnose": lambda x, y: km.diagnose(network(), x, y, epochs=1, verbose=0, seconds=seconds),
        "audit": lambda x, y: km.audit(x, y),
        "lr_find": lambda x, y: km.lr_find(network(), x, y, steps=20, trial_steps=10),
        "repair": lambda x, y: km.diagnose(network(), x, y, epochs=1, verbose=0, seconds=0).repair(seconds),
    }


def state(times: int) -> Seen:
    from tensorflow.python.framework.func_graph import FuncGraph

    gc.collect()
    graphs = sum(isinstance(o, FuncGraph) for o in gc.get_objects())
    with open("/proc/self/status") as status:
        kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return Seen(times, kilobytes / 1024, threading.active_count(), len(os.listdir("/proc/self/fd")), graphs)


def curve(kind: str, times: int, seconds: float) -> list[Seen]:
    """The states of this process on the way."""
    import numpy as np

    work, rng, seen = kinds(seconds)[kind], np.random.default_rng(0), []
    points = {WARM, times} | {WARM + (times - WARM) * i // POINTS for i in range(POINTS)}
    for number in range(1, times + 1):
        x = rng.normal(size=(300, 6)).astype("float32")
        work(x, (x[:, 0] * x[:, 1] > 0).astype("int32"))
        if number in points:
            seen.append(state(number))
    return seen


def each(seen: list[Seen]) -> float:
    """MB that one more time costs."""
    first, last = seen[0], seen[-1]
    return (last.megabytes - first.megabytes) / (last.times - first.times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=["plain", "diagnose", "audit", "lr_find", "repair"])
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=1.0)
    given = parser.parse_args()
    plain = None
    for kind in given.kinds:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seen = pool.apply(functools.partial(curve, kind, given.times, given.seconds))
        plain = each(seen) if kind == "plain" else plain
        beyond = "" if plain is None or kind == "plain" else f", {each(seen) - plain:+.2f} MB beyond a plain fit"
        first, last = seen[0], seen[-1]
        print(f"{kind}: {each(seen):.2f} MB each{beyond}")
        print("  MB:", ", ".join(f"{s.times}: {s.megabytes:.0f}" for s in seen))
        kept = (f"{name} {getattr(first, name)} -> {getattr(last, name)}" for name in ("threads", "files", "graphs"))
        print("  " + ", ".join(kept), flush=True)


if __name__ == "__main__":
    main()
