"""How long a report takes to draw, and how large it is: `python -m tests.benchmarks.bench_report`.

Wall and processor time of `to_html()` in milliseconds, medians of five after one that warms up; the size in kilobytes.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.views.builders import report

REPORTS: dict[str, dict[str, Any]] = {
    "ordinary, three findings": {},
    "healthy": {"findings": ()},
    "200 columns, 60 layers": {"columns": 200, "layers": 60},
}


def measured(make: dict[str, Any], times: int = 5) -> tuple[float, float, float]:
    """Median seconds on the clock, on the processor, and the size in bytes."""
    shown = report(**make)
    size = len(shown.to_html().encode())
    wall, processor = [], []
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        shown.to_html()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return statistics.median(wall), statistics.median(processor), size


if __name__ == "__main__":
    for name, make in REPORTS.items():
        seconds, used, size = measured(make)
        print(f"{name:28} {1000 * seconds:6.0f} ms, {1000 * used:6.0f} ms of the processor, {size / 1000:5.0f} kB")
