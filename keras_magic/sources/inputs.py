"""One input: its role (table, sequence, image, tokens, text, volume) and its statistics, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_magic.facts import ColumnFacts, InputFacts, ModelFacts
from keras_magic.sources.columns import as_float, column_facts, same_and_collinear
from keras_magic.sources.continuity import continuity
from keras_magic.sources.statistics import Moments

MOST_COLUMNS = 1000  # facts are kept for so many columns; the statistics of the whole tensor cover all
SAMPLE_VALUES = 4_000_000
MOST_CHANNELS = 16


def role_of(array: np.ndarray, name: str, model: ModelFacts | None = None) -> str:
    """What a tensor is, by its shape, dtype and values, and by the layer that it feeds where that is known."""
    if array.dtype.kind in "OUSMmc" and not _numeric_objects(array):
        return "table" if array.ndim == 2 and array.shape[1] > 1 else "text"
    shape = array.shape[1:]
    if feeds_embedding(name, model) or (array.dtype.kind in "iu" and model is not None and model.looks_up):
        return "tokens"
    if len(shape) <= 1:
        return "tokens" if _looks_like_ids(array) else "table"
    if len(shape) == 3:
        return "image" if _is_image(shape) else "volume"
    if len(shape) == 2:
        square = min(shape) >= 16 and max(shape) <= 2 * min(shape)
        return "image" if square and (array.dtype == np.uint8 or _grey(array)) else "sequence"
    return "volume"


def feeds_embedding(name: str, model: ModelFacts | None) -> bool:
    """Whether the model looks the values of this input up in an Embedding (or the like)."""
    if model is None:
        return False
    kinds = dict(model.scales_inputs)
    kind = kinds.get(name) or (next(iter(kinds.values())) if len(model.input_shapes) == 1 and len(kinds) == 1 else None)
    return kind in ("Embedding", "TokenAndPositionEmbedding")


def _is_image(shape: tuple[int, ...]) -> bool:
    last, first = shape[-1] in (1, 2, 3, 4), shape[0] in (1, 3, 4)
    return (last and min(shape[:2]) >= 4) or (first and min(shape[1:]) >= 4)


def _grey(array: np.ndarray) -> bool:
    values = array[:64]
    return bool(values.dtype.kind in "fiub" and values.size and np.nanmin(values) >= 0 and np.nanmax(values) <= 255)


def _looks_like_ids(array: np.ndarray) -> bool:
    """Whole numbers in an integer dtype, wide and alike in every position: word ids, not measurements."""
    if array.dtype.kind not in "iu" or array.dtype == np.uint8 or array.ndim != 2 or array.shape[1] < 8 or not len(array):
        return False
    head = array[:512]
    if head.min() < 0 or head.max() < 10:
        return False
    if _is_filled_up(head):
        return True
    if head.max() < 100:
        return False
    tops = head.max(0).astype(float)
    busy = tops[tops > 0]
    return bool(len(busy) and np.median(busy) > 0.3 * head.max()) and not _neighbours_follow(head)


def _neighbours_follow(rows: np.ndarray, least: float = 0.3) -> bool:
    """Columns resemble the next one, as pixels and samples of a signal do: quantities. Ids have no size that could."""
    values = rows - rows.mean(0)
    spread = values.std(0)
    pairs = (spread[:-1] > 0) & (spread[1:] > 0)
    if not pairs.any():
        return False
    products = (values[:, :-1] * values[:, 1:]).mean(0)[pairs] / (spread[:-1] * spread[1:])[pairs]
    return bool(products.mean() > least)


def _is_filled_up(rows: np.ndarray) -> bool:
    """Rows of different length, filled up with zeros at one end, and with no zero in between: padded sequences."""
    filled = (rows != 0).sum(1)
    if len(rows) < 8 or len(np.unique(filled)) < 4 or not filled.any():
        return False
    places = np.arange(rows.shape[1])
    post, pre = places < filled[:, None], places >= rows.shape[1] - filled[:, None]
    return any(np.array_equal(rows != 0, expected) for expected in (post, pre))


def _numeric_objects(array: np.ndarray) -> bool:
    return array.dtype.kind == "O" and all(
        v is None or isinstance(v, (int, float, np.number, np.bool_)) for v in array.ravel()[:50]
    )


def numbers(array: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """The array as numbers, and what the columns (last axis) hold that hold none ("words", "dates", ...); those become NaN."""
    if array.dtype.kind in "fiub":
        return array, {}
    columns = array.reshape(len(array), -1) if array.size else np.empty((len(array), 0), object)
    result = np.full(columns.shape, np.nan)
    kinds = {}
    for i in range(columns.shape[1]):
        kind = _kind_of(columns[:, i])
        if kind is None:
            result[:, i] = [np.nan if is_missing(v) else float(v) for v in columns[:, i]]
        else:
            kinds[i] = kind
    return result.reshape(array.shape), kinds


def is_missing(value: Any) -> bool:
    """None, or the mark of pandas for it (NA; NaT counts as a date)."""
    return value is None or type(value).__name__ == "NAType"


_KINDS = {"U": "words", "S": "words", "M": "dates", "m": "durations", "c": "complex numbers"}
_DATES = ("Timestamp", "NaTType", "Period", "datetime", "date", "time", "datetime64")
_DURATIONS = ("Timedelta", "timedelta", "timedelta64")


def _kind_of(column: np.ndarray) -> str | None:
    """What a column holds that is no number; None where all its values are numbers or missing."""
    if column.dtype.kind != "O":
        return _KINDS.get(column.dtype.kind)
    for value in column:
        if isinstance(value, (int, float, np.number)) and not isinstance(value, (complex, np.complexfloating, np.timedelta64)):
            continue
        if isinstance(value, (complex, np.complexfloating)):
            return "complex numbers"
        if type(value).__name__ in _DATES:
            return "dates"
        if type(value).__name__ in _DURATIONS:
            return "durations"
        if isinstance(value, (str, bytes)) or not (is_missing(value) or _is_number(value)):
            return "words"
    return None


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


class InputStats:
    """Statistics of one input, mergeable.

    Args:
        name: its name; first: a first batch, from which shape, dtype and role are read.
        columns: column names where the user gave some.
    """

    def __init__(self, name: str, first: np.ndarray, model: ModelFacts | None = None, columns: list[str] | None = None):
        self.name, self.dtype = name, str(first.dtype)
        self.shape: tuple[int | None, ...] = tuple(first.shape[1:])
        self.role = role_of(first, name, model)
        self.text: dict[int, str] = {}
        self._names = columns
        width = 1
        if self.role == "table":
            width = first.shape[1] if first.ndim > 1 else 1
        elif self.role == "sequence":
            width = first.shape[-1]
        self.moments = Moments(width)

    def update(self, array: np.ndarray) -> InputStats:
        """Add a batch of this input."""
        shape = tuple(array.shape[1:])
        if shape != self.shape:
            if len(shape) != len(self.shape):
                raise ValueError(f"input {self.name!r} has rows of shape {self.shape} and then of shape {shape}")
            self.shape = tuple(a if a == b else None for a, b in zip(self.shape, shape, strict=True))
        if self.role == "text" or not array.size:
            return self
        values, text = numbers(array)
        self.text |= text
        width = len(self.moments.count)
        if width == 1 or values.shape[-1] == width:
            self.moments.update(values.reshape(-1, width))
        return self

    def merge(self, other: InputStats) -> InputStats:
        """Add what `other` has seen."""
        self.shape = tuple(a if a == b else None for a, b in zip(self.shape, other.shape, strict=True))
        self.text |= other.text
        self.moments.merge(other.moments)
        return self

    def column_names(self) -> list[str]:
        """Names of the first columns: the user's, else positions."""
        width = len(self.moments.count)
        named = self._names if self._names and len(self._names) == width else None
        return named[:MOST_COLUMNS] if named else [str(i) for i in range(min(width, MOST_COLUMNS))]

    def facts(self, sample: np.ndarray, target: np.ndarray | None = None) -> InputFacts:
        """Facts from the statistics over all rows and a sample of rows (with the target matrix of the same rows)."""
        whole = self.moments.total(without=self.text)
        common: dict[str, Any] = {"name": self.name, "shape": self.shape, "dtype": self.dtype, "role": self.role}
        if self.role == "text" or not whole.count[0] + whole.nan[0] + whole.inf[0]:
            return InputFacts(**common, columns=self._text_columns(), columns_total=len(self.moments.count))
        values = numbers(sample)[0]
        flat = drawn(values.reshape(-1), 200_000)
        finite = flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat
        common |= {
            "count": int(whole.count[0] + whole.nan[0] + whole.inf[0]),
            "nan": int(whole.nan[0]),
            "inf": int(whole.inf[0]),
            "min": as_float(whole.min[0]),
            "max": as_float(whole.max[0]),
            "mean": as_float(whole.mean[0]) if whole.count[0] else None,
            "std": as_float(whole.std[0]),
            "integer": bool(len(finite)) and bool(np.all(finite == np.floor(finite))),
            "zeros": float((finite == 0).mean()) if len(finite) else 0.0,
        }
        if self.role == "image":
            return InputFacts(**common, image_blank=_blank(values), channels=_channels(values), continuity=continuity(values))
        if self.role in ("tokens", "volume"):
            share, side = _padding(values)
            top = _top_id(finite) if self.role == "tokens" else None
            return InputFacts(**common, padding=share, padding_side=side, top_id=top)
        names, width = self.column_names(), len(self.moments.count)
        table = _thin(values.reshape(-1, width), SAMPLE_VALUES)
        same, near = same_and_collinear(table, names)
        share, side = _padding(values) if self.role == "sequence" else (0.0, None)
        few = slice(0, len(names))
        filler, filled = _filler(values) if self.role == "sequence" else ((), 0.0)
        return InputFacts(
            **common,
            filler=filler,
            filler_share=filled,
            columns=column_facts(names, self.moments, table[:, few], target if self.role == "table" else None, self.text),
            columns_total=width,
            padding=share,
            padding_side=side,
            scaled_rows=self.role == "sequence" and _scaled_rows(values),
            continuity=continuity(values) if self.role == "sequence" else None,
            duplicate_columns=tuple(same),
            collinear=tuple(near),
        )

    def _text_columns(self) -> tuple[ColumnFacts, ...]:
        if not self.text:
            return ()
        names = self.column_names()
        return tuple(ColumnFacts(name=n, count=0, text=True, kind=self.text.get(i, "")) for i, n in enumerate(names))


def drawn(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows, drawn at random but always the same: every n-th would meet the same place of each image or sequence."""
    if len(rows) <= most:
        return rows
    return rows[np.sort(np.random.default_rng(0).choice(len(rows), most, replace=False, shuffle=False))]


def _thin(table: np.ndarray, values: int) -> np.ndarray:
    return drawn(table, max(1, values // max(1, table.shape[1])))


def _channels(images: np.ndarray) -> tuple[ColumnFacts, ...]:
    """Facts of the channels (last axis) where there are several, as colours or sensors; () for other images."""
    if images.ndim != 4 or not 2 <= images.shape[-1] <= MOST_CHANNELS:
        return ()
    pixels = _thin(images.reshape(-1, images.shape[-1]), SAMPLE_VALUES // 10).astype("float64")
    facts = []
    for index, values in enumerate(pixels.T):
        finite = values[np.isfinite(values)]
        if not len(finite):
            return ()
        facts.append(
            ColumnFacts(
                name=str(index),
                count=len(values),
                min=float(finite.min()),
                max=float(finite.max()),
                mean=float(finite.mean()),
                std=float(finite.std()),
            )
        )
    return tuple(facts)


def _top_id(ids: np.ndarray) -> tuple[int, float, float] | None:
    """The most frequent id but 0, its share, and the share of the next one; None where there are not two."""
    values, counts = np.unique(ids[ids != 0], return_counts=True)
    if len(values) < 2:
        return None
    last, best = np.argsort(counts)[-2:]
    return int(values[best]), float(counts[best] / counts.sum()), float(counts[last] / counts.sum())


def _blank(images: np.ndarray) -> float:
    """Share of images with hardly more than one value."""
    some = images[:512].reshape(min(len(images), 512), -1).astype("float32")
    overall = float(np.nanmax(some) - np.nanmin(some)) if some.size else 0.0
    return float((np.ptp(some, axis=1) <= 0.01 * overall).mean()) if overall > 0 else 1.0


def _padding(values: np.ndarray) -> tuple[float, str | None]:
    """Share of zeros at one end of the rows (time steps that are all zero), and the end: "pre", "post", or None for both alike."""
    if values.ndim < 2 or values.shape[1] < 4:
        return 0.0, None
    empty = (values[:2000] == 0).reshape(min(len(values), 2000), values.shape[1], -1).all(2)
    lead, tail = np.cumprod(empty, 1).mean(), np.cumprod(empty[:, ::-1], 1).mean()
    if max(lead, tail) < 0.02:
        return 0.0, None
    side = "pre" if lead > 2 * tail else "post" if tail > 2 * lead else None
    return float(max(lead, tail)), side


def _filler(values: np.ndarray, rows: float = 0.3, lengths: int = 4) -> tuple[tuple[float, ...], float]:
    """What fills rows (steps, channels) up to one length, where it is no zero: padding that was scaled like a value.

    One and the same step ends (or begins) at least this share of the rows, which it fills up from so many different lengths.
    """
    if values.ndim != 3 or values.dtype.kind != "f" or values.shape[2] > MOST_CHANNELS:
        return (), 0.0
    some = values[:2000]
    for ordered in (some[:, ::-1], some):
        steps, counts = np.unique(ordered[:, 0], axis=0, return_counts=True)
        step = steps[counts.argmax()] if len(steps) else np.zeros(0)
        runs = np.cumprod((ordered == step).all(2), 1).sum(1)
        filled = runs[runs > 0]
        if step.any() and len(filled) >= max(2, rows * len(some)) and len(np.unique(filled)) >= lengths:
            return tuple(float(v) for v in step), float(runs.mean() / some.shape[1])
    return (), 0.0


def _scaled_rows(values: np.ndarray, tolerance: float = 1e-3) -> bool:
    """Whether (nearly) each row was scaled by itself over time: mean 0 and deviation 1, or minimum 0 and maximum 1."""
    some = values[:512].astype("float64")
    with np.errstate(invalid="ignore"):
        pairs = (some.mean(1), some.std(1)), (some.min(1), some.max(1))
        exact = [(np.abs(low) < tolerance) & (np.abs(high - 1) < tolerance) for low, high in pairs]
    return bool(some.size) and max(float(part.mean()) for part in exact) > 0.9


def columns_of(tree: Any) -> list[str] | None:
    """Column names of a frame of pandas or polars, or of one that is like them."""
    framed = hasattr(tree, "columns") and (hasattr(tree, "iloc") or hasattr(tree, "get_columns"))
    return [str(c) for c in tree.columns] if framed else None
