"""From a sample of rows to facts per column: quantiles, sentinels, outliers, and what a column says about the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from keras_magic.facts import ColumnFacts
from keras_magic.sources.statistics import Moments
from keras_magic.sources.trees import as_text

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MOST_CODES = 4000  # an integer column with more values than this is no category
CORRELATED_VALUES = 1_000_000  # of so many values the correlations between columns are taken
GROUP_VALUES = 1_000_000  # columns are read in groups of about so many values, which bounds the memory
ROBUST = 5.0  # robust standard deviations from the median that make an outlier (IQR / 1.349 estimates one)
TAIL_VALUES = 200  # from so many values at most the weight of a tail is read


def as_float(value: Any) -> float | None:
    """A finite Python float, or None."""
    number = float(value)
    return number if np.isfinite(number) else None


class SortedColumns:
    """The finite values of each column of a sample, sorted; everything else here reads from it."""

    def __init__(self, sample: np.ndarray):
        wide = sample.astype("float32" if sample.dtype.name in ("bool", "uint8", "int8", "float16") else sample.dtype, copy=False)
        turned = np.ascontiguousarray(wide.T)
        if turned.dtype.kind == "f":
            turned = np.where(np.isfinite(turned), turned, np.nan).astype(turned.dtype, copy=False)
        self.values = np.sort(turned, axis=1)
        self.size = np.isfinite(self.values).sum(1) if turned.dtype.kind == "f" else np.full(len(turned), turned.shape[1])

    def column(self, i: int) -> np.ndarray:
        return self.values[i, : self.size[i]]


def quantiles(ordered: np.ndarray) -> dict[float, float]:
    """`QUANTILES` of sorted values (nearest rank)."""
    if not len(ordered):
        return {}
    return {q: float(ordered[round(q * (len(ordered) - 1))]) for q in QUANTILES}


def outliers(ordered: np.ndarray, found: dict[float, float]) -> tuple[float, float, float]:
    """(share outside, lower bound, upper bound) for sorted values; nothing is outside where the middle half is one value."""
    spread = (found[0.75] - found[0.25]) / 1.349 if found else 0.0
    if spread <= 0:
        return 0.0, -np.inf, np.inf
    low, high = found[0.5] - ROBUST * spread, found[0.5] + ROBUST * spread
    outside = np.searchsorted(ordered, low, "left") + len(ordered) - np.searchsorted(ordered, high, "right")
    return float(outside / len(ordered)), low, high


def beyond_tail(ordered: np.ndarray, low: float, high: float, count: int) -> float | None:
    """How far the value farthest from the median lies beyond what the tail on its side leads to expect of `count` values.

    The outer tenth of that side (`TAIL_VALUES` at most) is taken for a Pareto tail (Hill 1975; its index by the median, which
    single outliers do not move). The logarithm of the largest of n such values, in units of the index, is ln n plus a Gumbel
    variable: what is returned exceeds t by chance with probability exp(-t). Lighter tails only make it smaller.

    Args:
        ordered: sorted finite values of a sample; low, high: the exact extremes of all `count` values.
    """
    if len(ordered) < 20 or count < len(ordered):
        return None
    middle = float(ordered[len(ordered) // 2])
    upper = high - middle >= middle - low
    distance = ordered - middle if upper else (middle - ordered)[::-1]
    distance = distance[np.searchsorted(distance, 0.0, "right") :].astype("float64")
    far = max(10, min(TAIL_VALUES, len(distance) // 10))
    if len(distance) <= far:
        return None
    start = distance[-far - 1]
    index = max(1e-9, float(np.log(np.median(distance[-far:]) / start)) / np.log(2))
    extreme = max(high - middle, middle - low)
    return float(np.log(extreme / start) / index - np.log(far * count / len(ordered)))


def expected_repeats(values: np.ndarray, counts: np.ndarray) -> float:
    """Pairs of equal values that as many independent draws of whole numbers from this range give at least (evenly spread draws
    give the fewest); 0 unless all values are whole and each came once."""
    if len(values) < 50 or counts.max() > 1 or not np.all(values == np.floor(values)):
        return 0.0
    return len(values) ** 2 / (2 * (float(values[-1]) - float(values[0]) + 1))


def order_r(column: np.ndarray, target: np.ndarray) -> float:
    """The largest correlation of a (standardised) target column between rows that follow each other when sorted by `column`."""
    by_value = target[np.argsort(column, kind="stable")]
    return float(np.abs((by_value[1:] * by_value[:-1]).mean(0)).max())


def runs(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values of sorted values, and how often each occurs."""
    edges = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else np.empty(0, int)
    return ordered[edges], np.diff(np.append(edges, len(ordered)))


def sentinel(values: np.ndarray, counts: np.ndarray) -> tuple[float, float] | None:
    """A repeated lowest or highest value that stands apart from all others, with its share; None without one.

    Apart means: the gap to the next value is larger than twice the range of the others (their 1 % to 99 % where there are many),
    which have at least five different values.
    """
    total = counts.sum()
    if len(values) < 6:
        return None
    for at, others, other_counts in ((0, values[1:], counts[1:]), (-1, values[:-1], counts[:-1])):
        if counts[at] < max(3, 0.002 * total) or counts[at] > 0.7 * total:
            continue
        share = np.cumsum(other_counts) / other_counts.sum()
        low, high = others[np.searchsorted(share, 0.01)], others[min(len(others) - 1, int(np.searchsorted(share, 0.99)))]
        gap = abs(float(others[0 if at == 0 else -1]) - float(values[at]))
        if gap > 2 * (float(high) - float(low)) > 0:
            return float(values[at]), float(counts[at] / total)
    return None


def target_matrix(target: np.ndarray | None, form: str) -> np.ndarray | None:
    """A target as centred columns to correlate with: numbers as they are, labels as class indicators plus their index."""
    if target is None or len(target) < 20:
        return None
    flat = target.reshape(len(target), -1)
    if form in ("binary", "signs", "integer", "strings", "single") and flat.shape[1] == 1:
        codes = np.unique(as_text(flat[:, 0]) if flat.dtype.kind not in "fiub" else flat[:, 0], return_inverse=True)[1]
        common = np.argsort(-np.bincount(codes))[:20]
        parts = [codes[:, None].astype(float)] if len(common) <= 2 else [codes[:, None] == common[None], codes[:, None]]
        matrix = np.concatenate(parts, axis=1).astype("float64")
    elif flat.dtype.kind in "fiub":
        matrix = flat[:, :20].astype("float64")
    else:
        return None
    matrix = np.where(np.isfinite(matrix), matrix, 0.0)
    matrix -= matrix.mean(0)
    matrix = matrix[:, matrix.std(0) > 1e-12]
    return matrix / matrix.std(0) if matrix.shape[1] else None


def linear_r2(sample: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Per column of the sample the largest squared correlation with a column of the (standardised) target matrix."""
    wide = sample.astype("float64")
    seen = np.isfinite(wide)
    gaps = None if seen.all() else ~seen
    if gaps is not None:
        wide[gaps] = 0.0
    count = np.maximum(seen.sum(0), 1)
    wide -= wide.sum(0) / count
    if gaps is not None:
        wide[gaps] = 0.0
    deviation = np.sqrt(np.einsum("ij,ij->j", wide, wide) / count)
    covariance = wide.T @ target / np.where(deviation > 0, deviation, 1.0)[:, None] / len(wide)
    return np.asarray((covariance**2).max(1)).clip(0.0, 1.0)


def categorical_score(codes: np.ndarray, target: np.ndarray) -> float:
    """How much more of the target integer codes explain as categories than as a smooth function of their value (0..1).

    The correlation ratio (adjusted for the number of codes) less the best of a cubic in the code, a prediction of each code's mean
    from the codes next to it, and a monotone function. Ages, counts and thresholds on them score about 0.
    It is 0 unless an F test of the lack of fit passes.
    """
    values, place = np.unique(codes, return_inverse=True)
    groups, rows = len(values), len(codes)
    if not 3 <= groups <= min(MOST_CODES, rows / 3):
        return 0.0
    counts = np.bincount(place, minlength=groups).astype("float64")
    weight = counts / rows
    means = np.stack([np.bincount(place, weights=t, minlength=groups) for t in target.T], axis=1) / counts[:, None]
    between = (weight[:, None] * means**2).sum(0)  # the target has variance 1: this is the correlation ratio
    within = np.maximum(1 - between, 1e-12)
    place_of = (values - values.mean()) / (values.std() or 1.0)
    degree = min(3, groups - 2)
    basis = np.vander(place_of, degree + 1) * np.sqrt(weight)[:, None]
    wanted = means * np.sqrt(weight)[:, None]
    smooth = ((basis @ np.linalg.lstsq(basis, wanted, rcond=None)[0]) ** 2).sum(0)
    local = between - (weight[:, None] * (means - _from_neighbours(values, means, counts)) ** 2).sum(0)
    free, noise = max(1, groups - degree - 1), within / max(1, rows - groups)

    def score(smooth: np.ndarray) -> np.ndarray:
        lack = np.maximum(between - smooth, 0.0)
        return np.where(lack / free > 3.0 * noise, np.clip(lack - free * noise, 0, 1), 0.0)

    smooth = np.maximum(smooth, local)
    for i in np.flatnonzero(score(smooth)):  # seldom any
        smooth[i] = max(smooth[i], _monotone(means[:, i], counts))
    return float(score(smooth).max())


def are_codes(values: np.ndarray) -> bool:
    """Whether sorted distinct values could be codes: few, and on a grid (whole numbers, or what a scaler made of them)."""
    if not 3 <= len(values) <= MOST_CODES:
        return False
    gaps = np.diff(values.astype("float64"))
    steps = gaps / gaps.min()
    return bool(steps.max() < 100 and np.abs(steps - np.round(steps)).max() < 0.02)


def _monotone(means: np.ndarray, counts: np.ndarray) -> float:
    """The (correlation ratio's) share that the best rising or falling function of the code explains."""
    from sklearn.isotonic import isotonic_regression

    weight = counts / counts.sum()
    fits = (isotonic_regression(means, sample_weight=weight, increasing=rising) for rising in (True, False))
    return max(float((weight * fit**2).sum()) for fit in fits)


def _from_neighbours(values: np.ndarray, means: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Each code's mean predicted by a weighted line through the two codes on either side of it; by their level at the ends."""
    places = np.arange(len(values))[:, None] + [-2, -1, 1, 2]
    near = places.clip(0, len(values) - 1)
    weight = np.where(places == near, counts[near], 0.0)
    weight /= weight.sum(1, keepdims=True)
    away = values[near] - values[:, None]
    centre = (weight * away).sum(1, keepdims=True)
    level = np.einsum("ij,ijk->ik", weight, means[near])
    rise = np.einsum("ij,ijk->ik", weight * (away - centre), means[near])
    slope = rise / np.maximum((weight * (away - centre) ** 2).sum(1, keepdims=True), 1e-300)
    slope[[0, -1]] = 0.0
    return level - slope * centre


def column_facts(
    names: Sequence[str],
    moments: Moments,
    sample: np.ndarray,
    target: np.ndarray | None = None,
    text: Mapping[int, str] = MappingProxyType({}),
) -> tuple[ColumnFacts, ...]:
    """Facts per column.

    Args:
        names: one per column.
        moments: exact statistics over all rows.
        sample: (rows, columns) numbers.
        target: standardised (rows, k) target matrix of the same rows, None where there is none.
        text: positions of columns that hold no numbers (they are NaN here), and what they hold.
    """
    related = target if target is not None and len(sample) == len(target) else None
    group = max(1, GROUP_VALUES // max(1, len(sample)))
    std = moments.std
    facts = []
    for i, name in enumerate(names):
        if i % group == 0:
            part = sample[:, i : i + group]
            ordered = SortedColumns(part)
            explained = None if related is None else linear_r2(part, related)
        if i in text:
            facts.append(ColumnFacts(name=name, count=int(moments.count[i] + moments.nan[i]), text=True, kind=text[i]))
            continue
        values, counts = runs(column := ordered.column(i % group))
        found = quantiles(column)
        apart = sentinel(values, counts)
        integer = bool(len(values)) and bool(np.all(values == np.floor(values)))
        top = int(counts.argmax()) if len(counts) else 0
        repeats = expected_repeats(values, counts)
        score = None
        if related is not None and moments.nan[i] == 0 and are_codes(values):
            score = categorical_score(sample[:, i], related)
        facts.append(
            ColumnFacts(
                name=name,
                count=int(moments.count[i] + moments.nan[i] + moments.inf[i]),
                nan=int(moments.nan[i]),
                inf=int(moments.inf[i]),
                min=as_float(moments.min[i]),
                max=as_float(moments.max[i]),
                mean=as_float(moments.mean[i]) if moments.count[i] else None,
                std=as_float(std[i]),
                quantiles=found,
                distinct=len(values),
                integer=integer,
                zeros=float(counts[values == 0].sum() / len(column)) if len(column) else 0.0,
                top_fraction=float(counts[top] / len(column)) if len(values) else 0.0,
                sentinel=apart[0] if apart else None,
                sentinel_fraction=apart[1] if apart else 0.0,
                outlier_fraction=outliers(column, found)[0],
                beyond_tail=beyond_tail(column, float(moments.min[i]), float(moments.max[i]), int(moments.count[i])),
                expected_repeats=repeats,
                order_r=order_r(sample[:, i], related) if repeats and related is not None else None,
                categorical_score=score,
                target_r2=None if explained is None else float(explained[i % group]),
            )
        )
    return tuple(facts)


def same_and_collinear(sample: np.ndarray, names: Sequence[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Pairs of columns with the same values, and pairs with |r| > 0.999 (at most 500 columns, constant ones left out)."""
    if not 2 <= sample.shape[1] <= 500 or len(sample) < 10:
        return [], []
    wide = sample[: min(4096, CORRELATED_VALUES // sample.shape[1])].astype("float64")
    wide = np.where(np.isfinite(wide), wide, 0.0)
    with np.errstate(all="ignore"):
        centred = wide - wide.mean(0)
        centred /= np.sqrt((centred**2).mean(0))
        live = np.isfinite(centred).all(0) & (wide.std(0) > 1e-12 * np.maximum(1.0, np.abs(wide).max(0)))
    places = np.flatnonzero(live)
    r = np.abs(np.triu(centred[:, places].T @ centred[:, places] / len(wide), 1))
    same: list[tuple[str, str]] = []
    near: list[tuple[str, str]] = []
    for i, j in zip(*np.nonzero(r > 0.999), strict=True):
        a, b = places[i], places[j]
        (same if np.array_equal(sample[:, a], sample[:, b]) else near).append((names[a], names[b]))
    return same[:50], near[:50]
