"""What the audit costs, beside `describe()` and one streaming pass: `python -m tests.benchmarks.bench_audit`.

CPU seconds, medians of five interleaved runs; ratios within one run are what counts.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pandas as pd

from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.sources.statistics import Moments


def cpu(functions: dict[str, Callable[[], object]], repeats: int = 5) -> dict[str, float]:
    """Median CPU seconds per function, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.process_time()
            function()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def table(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 50)).astype("float32")
    return x, rng.integers(0, 10, rows)


def audit(x: np.ndarray, y: np.ndarray | None = None) -> object:
    return collect_data(Run(model=None, x=x, y=y), seconds=600)


def peak_mib(function: Callable[[], object]) -> float:
    """Peak of numpy's and Python's allocations while it runs."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return peak


def main() -> None:
    x, y = table(100_000)
    frame = pd.DataFrame(x)
    found = cpu({"audit": lambda: audit(x, y), "describe": frame.describe})
    ratio = found["audit"] / found["describe"]
    print(f"audit 100,000 x 50: {found['audit']:.3f} s; describe: {found['describe']:.3f} s; ratio {ratio:.2f}")

    if importlib.util.find_spec("skrub"):
        from skrub import TableReport

        report = cpu({"skrub": lambda: TableReport(frame, verbose=0).html()}, repeats=1)["skrub"]
        print(f"skrub's TableReport on the same: {report:.1f} s = {report / found['audit']:.0f} x the audit")
    else:
        print("skrub's TableReport: not measured, skrub is not installed")

    big, labels = table(1_000_000)
    found = cpu({"moments": lambda: Moments(50).update(big), "reduce": lambda: np.add.reduce(big, axis=None)})
    print(f"statistics 1,000,000 x 50: {found['moments']:.3f} s = {found['moments'] / found['reduce']:.1f} x one np.add.reduce")
    print(
        f"peak extra memory of the audit: {peak_mib(lambda: audit(big, labels)):.0f} MiB for {big.nbytes / 2**20:.0f} MiB of data"
    )

    images = np.random.default_rng(0).integers(0, 256, (20_000, 32, 32, 3), dtype="uint8")
    found = cpu(
        {
            "images": lambda: Moments(1).update(images.reshape(-1, 1)),
            "numpy": lambda: (images.min(), images.max(), images.mean(dtype="float64")),
        }
    )
    print(f"images 20,000 x 32x32x3: {found['images']:.3f} s = {found['images'] / found['numpy']:.2f} x numpy's min, max, mean")


if __name__ == "__main__":
    main()
