"""Does x say anything about y? Neighbours and correlations against permuted targets, on at most `ROWS` rows.

Two questions are asked, each of one or two views of the rows (values, and summaries that do not depend on phase or place):
do a row's nearest neighbours share its target, and does any single feature (or its square) correlate with it. Permuting the
targets gives the scores that chance would reach, so the answer holds for any number of classes and any scale (the
permutation test of Golland and Fischl 2003).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from keras_magic.facts import InputFacts, RelationFacts, TargetFacts
from keras_magic.sources.columns import target_matrix
from keras_magic.sources.inputs import numbers
from keras_magic.sources.trees import as_text

ROWS = 1500
NEIGHBOURS = 10  # of these the agreement is taken
VOTERS = 30  # of these, in two halves, the label noise
PERMUTATIONS = 100
LAGS, LAG_ROWS = 20, 200  # shifts that are looked at either way, and the fewest rows for that
BLOCK = 128  # rows whose distances are taken at once
BLOCK_VALUES = 1_000_000  # values of images and sequences that are summarised at once
Head = tuple[list[np.ndarray], np.ndarray]  # inputs and the first target of rows that follow each other
LABEL_FORMS = ("binary", "signs", "integer", "strings", "one-hot")


def measure_relation(
    inputs: list[tuple[InputFacts, np.ndarray]],
    target: TargetFacts,
    values: np.ndarray,
    head: Callable[[float], Head | None],
) -> RelationFacts | None:
    """Relation of a sample of rows.

    Args:
        head: given the seconds that a row takes, gives the first rows of the data (contiguous) for the search of a lag, or None.

    None where there is nothing to relate (too few rows, no usable input, a target of one value or of more than one axis).
    """
    facts = [f for f, _ in inputs]
    y = labels_or_numbers(target, values)
    if y is None or len(y) < 40:
        return None
    step = max(1, len(y) // ROWS)
    some = slice(0, step * ROWS, step)
    started = time.perf_counter()
    views = _views(facts, [a[some] for _, a in inputs])
    seconds_per_row = (time.perf_counter() - started) / len(y[some])
    tabular = all(f.role == "table" for f in facts)  # raw neighbours are no good probe of images and sequences
    if not views:
        return None
    y = y[some]
    ranked = [nearest(v, VOTERS) for v in views]
    neighbours = [r[:, :NEIGHBOURS] for r in ranked]
    random = np.random.default_rng(0)
    shuffled = np.stack([random.permutation(len(y)) for _ in range(PERMUTATIONS)])
    scores = [_against(agreement(y, n), np.array([agreement(y[order], n) for order in shuffled])) for n in neighbours]
    scores += [_correlation_test(v, target_matrix(y, "integer" if y.dtype.kind in "iu" else "continuous"), shuffled) for v in views]
    z = max(s[2] for s in scores)
    p = min(1.0, min(s[3] for s in scores) * len(scores))
    return RelationFacts(
        rows=len(y),
        agreement=scores[0][0],
        expected=scores[0][1],
        z=z,
        p=p,
        noise=label_noise(y, ranked[0]) if y.dtype.kind in "iu" and z > 8 and tabular else None,
        lagged=_lag(facts, target, first) if z < 6 and (first := head(seconds_per_row)) is not None else {},
    )


def nearest_of(rows: np.ndarray, among: np.ndarray, own: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """For each row the place of the nearest one, and its distance.

    Args:
        rows, among: (n, ...) and (m, ...), flattened; own: the n-th row is itself the n-th of `among`, and left out.
    """
    a, b = rows.reshape(len(rows), -1), among.reshape(len(among), -1)
    squares = np.maximum(0.0, (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T)
    if own:
        np.fill_diagonal(squares, np.inf)
    return squares.argmin(1), np.sqrt(squares.min(1))


def nearest(view: np.ndarray, count: int) -> np.ndarray:
    """Indexes of the `count` nearest other rows, nearest first."""
    square, doubled = (view * view).sum(1), 2 * view.T
    count = min(count, max(1, len(view) // 8))
    found = np.empty((len(view), count), "int64")
    for start in range(0, len(view), BLOCK):  # a block of distances stays in the cache
        part = view[start : start + BLOCK]
        distance = square - part @ doubled  # less each row's own square, which changes no order within the row
        distance[np.arange(len(part)), np.arange(start, start + len(part))] = np.inf
        near = np.argpartition(distance, count, axis=1)[:, :count]
        order = np.take_along_axis(distance, near, 1).argsort(1)
        found[start : start + BLOCK] = np.take_along_axis(near, order, 1)
    return found


def agreement(y: np.ndarray, neighbours: np.ndarray) -> float:
    """Share of neighbours with the same label (mean over classes); for numbers 1 - error of the neighbours' mean / variance."""
    if y.dtype.kind in "iu":
        same = (y[neighbours.T] == y).sum(0) / neighbours.shape[1]
        counts = np.bincount(y)
        return float((np.bincount(y, weights=same) / np.maximum(counts, 1))[counts > 0].mean())
    error = ((y[neighbours.T].mean(0) - y) ** 2).mean()
    return float(1 - error / (y.var() or 1.0))


def label_noise(y: np.ndarray, neighbours: np.ndarray) -> float | None:
    """Share of wrong labels, read where the classes are purest; None unless neighbours name the class reliably.

    A row's neighbours are split in two halves: the first finds the majority label and picks the 30 % of rows where it is
    clearest. How many of these rows have another label themselves, which had no say in that choice, is the share of wrong labels.
    Overlap of the classes at their borders does not count, as those rows are not picked; neither do neighbours of other classes
    that a poor distance finds (shifted images): they make the majority weaker, and seldom another. The gate: on these rows both
    halves name the same class in 85 %.
    """
    classes = int(y.max()) + 1
    if neighbours.shape[1] < VOTERS or len(y) < 300 or classes > 50:
        return None
    votes = [_votes(y[neighbours[:, half::2]], classes) for half in (0, 1)]
    majority = votes[0].argmax(1)
    picked = np.argsort(-votes[0].max(1), kind="stable")[: int(0.3 * len(y))]
    if (votes[1].argmax(1)[picked] == majority[picked]).mean() < 0.85:
        return None
    return float((y[picked] != majority[picked]).mean())


def _votes(labels: np.ndarray, classes: int) -> np.ndarray:
    return np.stack([(labels == c).mean(1) for c in range(classes)], axis=1)


def labels_or_numbers(target: TargetFacts, values: np.ndarray) -> np.ndarray | None:
    """The target as class indexes, or as normal scores by rank (outliers then weigh no more than others); None if it is neither."""
    if target.form in ("single", "like-input", "sequence"):
        return None
    flat = values.reshape(len(values), -1)
    if target.form == "one-hot":
        return np.asarray(flat.argmax(1).astype("int64"))
    if target.form in LABEL_FORMS:
        keys = as_text(flat[:, 0]) if flat.dtype.kind not in "fiub" else np.nan_to_num(flat[:, 0])
        codes = np.unique(keys, return_inverse=True)[1]
        return np.asarray(codes.astype("int64")) if codes.max() < len(codes) / 2 else None  # hardly two rows share a label
    flat = numbers(flat)[0].astype("float64")
    flat = np.where(np.isfinite(flat), flat, 0.0)
    busiest = flat[:, flat.std(0).argmax()] if target.form != "multi-hot" else flat.sum(1)
    ranks = (
        busiest.argsort().argsort() if len(np.unique(busiest)) > len(busiest) / 2 else np.unique(busiest, return_inverse=True)[1]
    )
    return (ranks - ranks.mean()) / (ranks.std() or 1.0) if ranks.std() > 0 else None


def by_class(y: np.ndarray, vy: np.ndarray, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What `labels_or_numbers` gives of two parts, as columns: one for each of the `most` frequent classes, or the numbers."""
    if y.dtype.kind not in "iu":
        return y.reshape(len(y), -1), vy.reshape(len(vy), -1)
    kinds, counts = np.unique(np.concatenate([y, vy]), return_counts=True)
    kinds = kinds[counts.argsort()[::-1][:most]]
    return (y[:, None] == kinds).astype("float64"), (vy[:, None] == kinds).astype("float64")


def _views(facts: list[InputFacts], arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The rows as standardised features: their values, where there are sequences or images also summaries of them, and where
    two inputs are of one kind also how they differ (pairs are separated by that)."""
    plain, summary, flats = [], [], []
    for fact, array in zip(facts, arrays, strict=True):
        if fact.role == "text":
            continue
        values = numbers(array)[0]
        if fact.role == "tokens" and values.ndim <= 2:
            plain.append(standardise(_bag(values.reshape(len(values), -1))))
            continue
        flat = _in_blocks(_coarse, values, fact.role).reshape(len(values), -1)
        flats.append(flat[:, :: max(1, flat.shape[1] // 1024)])
        plain.append(standardise(flats[-1]))
        if fact.role in ("sequence", "image"):
            summary.append(standardise(_in_blocks(_summary, values, fact.role)))
    paired = len(facts) == len(flats) == 2 and flats[0].shape == flats[1].shape
    difference = [standardise(np.abs(flats[0] - flats[1]))] if paired else []
    parts = [[v for v in view if v.shape[1]] for view in (plain, summary, difference)]
    return [np.concatenate([v / np.sqrt(v.shape[1]) for v in view], axis=1) for view in parts if view]


def _in_blocks(view: Callable[[np.ndarray, str], np.ndarray], values: np.ndarray, role: str) -> np.ndarray:
    """`view` of some rows at a time, which bounds the memory."""
    if role not in ("image", "sequence"):
        return view(values, role)
    step = max(1, BLOCK_VALUES * len(values) // max(1, values.size))
    return np.concatenate([view(values[i : i + step], role) for i in range(0, len(values), step)])


def standardise(flat: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and deviation 1, cut at the 1 % and 99 % quantiles; constant columns are left out, NaN becomes 0."""
    with np.errstate(over="ignore"):
        wide = np.asarray(flat).astype("float32")
    wide = np.where(np.isfinite(wide), wide, np.float32(np.nan))
    wide = np.where(np.isnan(wide), np.float32(0), wide) if not np.isnan(wide).any() else _centred(wide)
    place = len(wide) // 100
    bounds = np.partition(wide, (place, len(wide) - 1 - place), axis=0)
    low, high = bounds[place], bounds[len(wide) - 1 - place]
    rare = low == high  # a column that is nearly always the same: cutting would lose what it says
    wide = np.clip(wide, np.where(rare, -np.inf, low), np.where(rare, np.inf, high))
    std = wide.std(0)
    live = std > 1e-7 * np.maximum(1e-30, np.abs(wide).max(0))
    return np.asarray((wide[:, live] - wide[:, live].mean(0)) / std[live])


def _centred(wide: np.ndarray) -> np.ndarray:
    """Columns less their median, with gaps at it; columns without any value become 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nan_to_num(wide - np.nanmedian(wide, axis=0)))


def _coarse(values: np.ndarray, role: str) -> np.ndarray:
    return coarse_images(values) if role == "image" else values


def coarse_images(values: np.ndarray) -> np.ndarray:
    """Images averaged down to at most 16 x 16, with an axis of channels at the end."""
    grid = values[..., None] if values.ndim == 3 else values
    if grid.shape[1] in (1, 3, 4) and grid.shape[-1] not in (1, 3, 4):
        grid = np.moveaxis(grid, 1, -1)
    for axis in (1, 2):
        pool = max(1, grid.shape[axis] // 16)
        size = grid.shape[axis] // pool
        grid = np.take(grid, range(size * pool), axis=axis)
        shape = (*grid.shape[:axis], size, pool, *grid.shape[axis + 1 :])
        grid = grid.reshape(shape).mean(axis + 1, dtype="float32")
    return np.asarray(grid)


def _summary(values: np.ndarray, role: str) -> np.ndarray:
    """What does not depend on phase or place: level, spread, step size and spectrum."""
    wide = np.nan_to_num(values.astype("float32"))
    if role == "image":
        grid = wide if wide.ndim == 3 else wide.mean(1 if wide.shape[1] in (1, 3, 4) and wide.shape[-1] not in (1, 3, 4) else -1)
        spectrum = np.abs(np.fft.rfft2(grid - grid.mean((1, 2), keepdims=True)))[:, :16, :16]
        steps = np.abs(np.diff(grid, axis=2)).mean((1, 2))[:, None]
        colours = wide.mean((1, 2)) if wide.ndim == 4 else wide.mean((1, 2))[:, None]
        return np.concatenate([colours, grid.std((1, 2))[:, None], steps, spectrum.reshape(len(wide), -1)], axis=1)
    spectrum = np.abs(np.fft.rfft(wide - wide.mean(1, keepdims=True), axis=1))[:, :64]
    steps = np.diff(wide, axis=1) if wide.shape[1] > 1 else np.zeros_like(wide)
    parts = [wide.mean(1), wide.std(1), np.abs(steps).mean(1), spectrum.reshape(len(wide), -1)]
    products = [(wide[:, :, i] * wide[:, :, j]).mean(1)[:, None] for i in range(min(6, wide.shape[2])) for j in range(i)]
    return np.concatenate([*parts, *products], axis=1)[:, :1024]


def _bag(ids: np.ndarray, buckets: int = 512) -> np.ndarray:
    """Rows of ids as square roots of their counts in hashed buckets; 0 is left out as padding."""
    ids = np.nan_to_num(ids).astype("int64")
    place = (ids * 2654435761 >> 7) % buckets if ids.max(initial=0) >= buckets else ids % buckets
    bag = np.zeros((len(ids), buckets), "float32")
    np.add.at(bag, (np.repeat(np.arange(len(ids)), ids.shape[1]), place.ravel()), (ids != 0).ravel())
    return np.sqrt(bag)


def _correlation_test(view: np.ndarray, target: np.ndarray | None, shuffled: np.ndarray) -> tuple[float, float, float, float]:
    """The largest squared correlation of a feature, or of its square, with the target."""
    if target is None:
        return 0.0, 0.0, 0.0, 1.0
    view = view[:, :: max(1, view.shape[1] // 256)]
    both = np.concatenate([view, view * view], axis=1)
    spread = both.std(0)
    both = ((both - both.mean(0))[:, spread > 0] / spread[spread > 0]).astype("float32")
    if not both.shape[1]:
        return 0.0, 0.0, 0.0, 1.0
    target = target[:, :10].astype("float32")
    found = float(np.abs(both.T @ target).max()) / len(both)
    turned = np.ascontiguousarray(both.T)
    chance = np.array([float(np.abs(turned @ target[order]).max()) / len(both) for order in shuffled])
    return _against(found, chance)


def _against(found: float, chance: np.ndarray) -> tuple[float, float, float, float]:
    """(score, its mean by chance, standard scores above, share of permutations as good)."""
    mean, std = float(chance.mean()), float(chance.std()) or 1e-12
    return found, mean, (found - mean) / std, float((1 + (chance >= found).sum()) / (1 + len(chance)))


def _lag(facts: list[InputFacts], target: TargetFacts, head: Head) -> dict[str, float]:
    """The shift k for which x[i] and y[i + k] belong together, when one clearly does."""
    arrays, values = head
    y = labels_or_numbers(target, values)
    if y is None or len(y) < LAG_ROWS:
        return {}
    views = _views(facts, arrays)
    random = np.random.default_rng(1)
    shuffled = [random.permutation(len(y)) for _ in range(50)]
    best: dict[str, float] = {}
    for view in views:
        neighbours = nearest(view, NEIGHBOURS)
        chance = np.array([agreement(y[order], neighbours) for order in shuffled])
        lags = [k for k in range(-LAGS, LAGS + 1) if k]
        scores = {k: agreement(np.roll(y, -k), neighbours) for k in lags}
        shift = max(scores, key=lambda k: scores[k])
        z = (scores[shift] - chance.mean()) / (chance.std() or 1e-12)
        if z > max(8.0, best.get("z", 0.0)):
            best = {"shift": float(shift), "agreement": scores[shift], "z": float(z)}
    return best


def discrete(arrays: list[np.ndarray], values: int = 10) -> bool:
    """Whether no column has more than a few different values: boards, codes, switches, of which equal rows are to be expected."""
    return all(len(np.unique(column)) <= values for array in arrays for column in _some_columns(array))


def _some_columns(array: np.ndarray, most: int = 64) -> Iterator[np.ndarray]:
    """At most about so many columns of the first rows; words as text. None of an array without rows."""
    if not len(array):
        return
    flat = array.reshape(len(array), -1)[:2000]
    for column in flat[:, :: max(1, flat.shape[1] // most)].T:
        yield column if column.dtype.kind in "fiub" else as_text(column)


def coarse(arrays: list[np.ndarray], rows: int) -> bool:
    """Whether equal rows are to be expected by chance: few columns with few values (collision entropy below that of the rows)."""
    bits = 0.0
    for array in arrays:
        for column in _some_columns(array):
            counts = np.unique(column, return_counts=True)[1]
            bits -= float(np.log2(((counts / counts.sum()) ** 2).sum()))
    return bits < np.log2(max(rows, 2)) + 10
