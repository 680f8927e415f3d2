"""What the audit costs beside `describe()`, skrub and one streaming pass, and what it finds.

Run `python -m tests.benchmarks.bench_audit`. CPU seconds are medians of interleaved runs at the default settings; ratios within one
run are what counts. Then planted defects: found or not, and what else was said; and what is said of clean data.
"""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pandas as pd

import keras_magic as km
from keras_magic.sources.passes import SAMPLE_BYTES, SAMPLE_ROWS
from keras_magic.sources.statistics import Moments
from tests.data.planted import causes, clean_sets, planted

FILES = (
    ((2_000_000, 1000), "float32"),
    ((200_000_000, 10), "float32"),
    ((160_000, 128, 128, 3), "uint8"),
    ((40_000, 256, 256, 3), "uint8"),
    ((20_000, 100_000), "float32"),
    ((2000, 1_000_000), "float32"),
    ((160_000, 200, 64), "float32"),
)


def cpu(functions: dict[str, Callable[[], object]], repeats: int = 9) -> dict[str, float]:
    """Median CPU seconds per function, taken in turns after one warm-up each."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(repeats + 1):
        for name, function in functions.items():
            start = time.process_time()
            function()
            if turn:
                times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def table(rows: int, columns: int = 50, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = np.empty((rows, columns), dtype)
    for start in range(0, rows, 100_000):
        x[start : start + 100_000] = rng.normal(size=(min(100_000, rows - start), columns))
    return x, rng.integers(0, 10, rows)


def audit(x: object, y: object = None) -> object:
    """All that a user waits for: facts, rules and ranking."""
    return km.audit(x, y, seconds=600)


def peak_mib(function: Callable[[], object]) -> float:
    """Peak of numpy's and Python's allocations while it runs."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return peak


def sample_mib(x: np.ndarray, y: np.ndarray) -> float:
    row = x[0].nbytes + y[0].nbytes
    return min(len(x), SAMPLE_ROWS, SAMPLE_BYTES // row) * row / 2**20


def time_table() -> None:
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


def time_statistics() -> None:
    x, _ = table(1_000_000)
    found = cpu({"moments": lambda: Moments(50).update(x), "reduce": lambda: np.add.reduce(x, axis=None)})
    print(f"statistics 1,000,000 x 50: {found['moments']:.3f} s = {found['moments'] / found['reduce']:.1f} x one np.add.reduce")
    images = np.random.default_rng(0).integers(0, 256, (20_000, 32, 32, 3), dtype="uint8")
    found = cpu(
        {
            "images": lambda: Moments(1).update(images.reshape(-1, 1)),
            "numpy": lambda: (images.min(), images.max(), images.mean(dtype="float64")),
        }
    )
    print(f"images 20,000 x 32x32x3: {found['images']:.3f} s = {found['images'] / found['numpy']:.2f} x numpy's min, max, mean")


def measure_memory() -> None:
    cases = {
        "1,000,000 x 50 float32": lambda: table(1_000_000),
        "8,000,000 x 4 float32": lambda: table(8_000_000, 4),
        "500,000 x 50 float64": lambda: table(500_000, 50, "float64"),
        "100,000 x 500 float32": lambda: table(100_000, 500),
        "20,000 x 32x32x3 uint8": lambda: (
            np.random.default_rng(0).integers(0, 256, (20_000, 32, 32, 3), dtype="uint8"),
            np.arange(20_000) % 10,
        ),
    }
    for name, make in cases.items():
        x, y = make()
        extra, sample = peak_mib(lambda: audit(x, y)), sample_mib(x, y)  # noqa: B023
        print(f"peak extra memory, {name} ({x.nbytes / 2**20:.0f} MiB): {extra:.0f} MiB, of which the sample {sample:.0f}")


def time_files(seconds: float = 2.0) -> None:
    """Arrays of about 8 GB that lie in a file, a fifth of them as validation rows."""
    for shape, dtype in FILES:
        rng = np.random.default_rng(0)
        with tempfile.TemporaryDirectory() as folder:
            x = np.memmap(f"{folder}/x", dtype, "w+", shape=shape)
            first = min(len(x), 2**28 // x[0].nbytes)  # what a pass reads in that time; the rest is a hole in the file
            for start in range(0, first, step := max(1, first // 16)):
                part = x[start : min(first, start + step)]
                part[:] = rng.integers(0, 256, part.shape) if dtype == "uint8" else rng.normal(size=part.shape)
            y = rng.integers(0, 2, len(x))
            wall, work = time.perf_counter(), time.process_time()
            data = km.audit(x, y, seconds=seconds, validation_split=0.2).diagnoses[0].facts.data
            wall, work = time.perf_counter() - wall, time.process_time() - work
            print(f"file {shape} {dtype}, seconds={seconds:g}: {wall:.1f} s, CPU {work:.1f} s, {data.rows_seen:,} rows read")
            del x


def find_planted() -> None:
    found = 0
    print("planted defect             cause                    found  other causes")
    defects = planted()
    for name, cause, data, options in defects:
        said = causes(*data, **options)
        found += cause in said
        print(f"{name:<26} {cause:<24} {'yes' if cause in said else 'NO':<6} {', '.join(sorted(said - {cause}))}")
    print(f"{found} of {len(defects)} defects found")
    sets = {f"{name}, seed {seed}": given for seed in range(10) for name, given in clean_sets(seed).items()}
    false = {name: sorted(said) for name, (data, options) in sets.items() if (said := causes(*data, **options))}
    print(f"clean data: {sum(map(len, false.values()))} false finds in {len(sets)} sets", *(f"{k}: {v}" for k, v in false.items()))


def main() -> None:
    audit(*table(2000))  # imports are no part of it
    time_table()
    time_statistics()
    measure_memory()
    time_files()
    find_planted()


if __name__ == "__main__":
    main()
