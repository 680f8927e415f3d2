"""Axes, bars and labels that several plots share."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK = "#2b2f36"


SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def to_number(value: Any) -> float:
    """A value of the plain dict as a float; None and text such as "nan" become what they mean."""
    return math.nan if value is None else float(value)


def to_log10(value: Any) -> float:
    number = to_number(value)
    return math.log10(max(number, 1e-12)) if math.isfinite(number) else math.nan


def quantile_of(column: Mapping[str, Any], q: float) -> float:
    quantiles = column["quantiles"]
    ends = {0.01: "min", 0.25: "min", 0.5: "mean", 0.75: "max", 0.99: "max"}
    return to_number(quantiles.get(str(q), column[ends[q]]))


def resampled(values: Sequence[float], columns: int) -> list[float]:
    return [values[min(len(values) - 1, i * len(values) // columns)] for i in range(columns)]


def span_of(grid: Sequence[Sequence[float]]) -> tuple[float, float]:
    finite = [v for row in grid for v in row if math.isfinite(v)] or [0.0]
    return max(min(finite), max(finite) - 9), max(max(finite), min(finite) + 1)


def bars(ax: Axes, lengths: Sequence[float], notes: Sequence[str], color: str) -> None:
    """Horizontal bars from the top down, each with its number after it."""
    ax.barh(range(len(lengths)), lengths, color=color, height=0.7)
    for y, (length, note) in enumerate(zip(lengths, notes, strict=True)):
        ax.annotate(f" {note}", (length, y), va="center", fontsize=8, color=INK)
    ax.margins(x=0.12)


def far_apart(rows: Sequence[Sequence[float]]) -> bool:
    """Whether rows of values differ so much in size that only a logarithmic axis shows them all."""
    spans = [abs(row[-1] - row[0]) for row in rows if math.isfinite(row[-1] - row[0]) and row[-1] != row[0]]
    largest = max((abs(v) for row in rows for v in row if math.isfinite(v)), default=0.0)
    return bool(spans) and (largest > 100 or max(spans) > 30 * min(spans))


def symmetric_log(ax: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis on both sides of zero, with at most nine labels."""
    low = math.ceil(math.log10(_linear_part(values)))
    ax.set_xscale("symlog", linthresh=10.0**low)
    left, right = ax.get_xlim()
    high = max(low, math.floor(math.log10(max(-left, right, 10.0**low))))
    powers = range(low, high + 1, max(1, math.ceil((high - low + 1) / (4 if left < -(10.0**low) else 8))))
    ticks = [sign * 10.0**power for sign in (-1, 1) for power in powers]
    ax.set_xticks([0.0, *(t for t in ticks if left <= t <= right)])
    ax.xaxis.set_minor_locator(LogLocator(numticks=1))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))


def _linear_part(values: Sequence[float]) -> float:
    """Where a symmetric log axis turns linear: around the smallest magnitude that matters, so that nothing is squeezed."""
    sizes = sorted(abs(v) for v in values if math.isfinite(v) and v)
    return min(1.0, max(sizes[len(sizes) // 10], sizes[-1] * 1e-3)) if sizes else 1.0


def log_if_wide(ax: Axes, values: Sequence[float]) -> None:
    finite = [v for v in values if math.isfinite(v)]
    if finite and min(finite) > 0 and max(finite) > 50 * min(finite):
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))
        ax.yaxis.set_minor_formatter(NullFormatter())


def plain_number(value: float) -> str:
    """A power of ten for an axis: 0.01, 1,000, then 10⁶."""
    power = math.log10(abs(value)) if value else 0.0
    if -3 <= power <= 4:
        return f"{value:,.{max(0, -math.floor(power))}f}"
    return f"{'-' if value < 0 else ''}10{str(round(power)).translate(SUPERSCRIPT)}"


def legend_above(ax: Axes, columns: int = 6) -> None:
    """Above the axes, where it covers nothing."""
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, fontsize=8, frameon=False, borderaxespad=0.2, borderpad=0.2,
        columnspacing=1.4, handlelength=1.6, labelcolor=INK,
    )  # fmt: skip


def first_value(values: Sequence[float]) -> str:
    return f"{values[0]:.4g}"


def last_value(values: Sequence[float]) -> str:
    return f"{values[-1]:.4g}"


def distinct_names(names: Sequence[str], most: int = 28) -> list[str]:
    """Names that fit beside an axis and still differ: where cutting makes some alike, their common beginning goes first."""
    short = [shortened(name, most) for name in names]
    if len(set(short)) == len(set(names)):
        return short
    shared = len(os.path.commonprefix(list(names)))  # noqa: RUF071 - of characters, that is meant
    cut = [shortened("…" + name[shared:], most) for name in names]
    if len(set(cut)) == len(set(names)):
        return cut
    return [f"{label} ({number})" for number, label in enumerate(short, 1)]


def shortened(name: str, most: int = 28) -> str:
    """A name that fits beside an axis, without dollar signs (which would start mathematics)."""
    name = name.replace("$", r"\$")
    return name if len(name) <= most else name[: most - 9] + "…" + name[-8:]
