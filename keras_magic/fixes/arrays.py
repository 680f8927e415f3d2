"""What the fixes do to data: a function of (x, y, sample_weight) mapped over arrays, tf.data, `PyDataset` and generators.

Nothing is written to: arrays are copied where they change, streams are wrapped. Statistics come from training rows alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only when a fix is applied

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import edits, graph, models
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows, sample_validation, training_source
from keras_magic.sources.trees import is_node, leaves, map_tree, named_leaves, to_numpy

ROWS = 200_000  # training rows that statistics are taken from
ROBUST = 5.0  # robust standard deviations beyond which a value is an outlier
SHUFFLE_BUFFER = 20_000  # rows
MOST_CATEGORIES = 1000
LEFT = 0.5  # share of the training rows that has to be left when rows are taken out
APART = 5.0  # standard deviations, or times as wide, at which validation targets are on another scale

Parts = tuple[Any, Any, Any]
Leaf = Callable[[np.ndarray], np.ndarray]


# ---------------------------------------------------------------- mapping


def map_data(run: Run, function: Callable[[Any, Any, Any], Parts], *, training: bool = True, validation: bool = True) -> Run:
    """A run whose data went through `function`: whole arrays at once, streams batch by batch; with a model copy of its own."""
    run = models.fresh(run)
    arguments = dict(run.fit_arguments)
    x, y = run.x, run.y
    if training:
        if is_arrays(x):
            x, y, weight = function(x, y, arguments.get("sample_weight"))
            if weight is not None:
                arguments["sample_weight"] = weight
        else:
            x = _map_stream(x, function)
    data = arguments.get("validation_data")
    if validation and data is not None:
        if is_arrays(data):
            parts = function(*[*data, None, None][:3])
            arguments["validation_data"] = tuple(p for p in parts if p is not None)
        else:
            arguments["validation_data"] = _map_stream(data, function)
    return run.replace(x=x, y=y, fit_arguments=arguments)


def map_inputs(
    run: Run,
    fit: Callable[[np.ndarray, Any], Leaf | None],
    only: str | None = None,
    ids: bool = False,
    unscaled: Callable[[np.ndarray], bool] = lambda values: False,
) -> Run:
    """Fit a function on the training rows of each input, and apply it to that input everywhere.

    Args:
        fit: (values, original leaf or None) -> function of values, or None to leave this input alone.
        only: name of the one input to change.
        ids: whether inputs that feed embeddings or lookups are changed as well.
        unscaled: values -> whether this input, once changed, is not to be scaled inside the model.
    """
    sample = sample_rows(run, ROWS)
    named = list(named_leaves(sample.x, "x"))
    originals = leaves(run.x) if is_arrays(run.x) else [None] * len(named)
    token_inputs = set() if ids else graph.id_inputs(run.model)
    aliases = graph.input_names(run.model)
    functions: list[Leaf | None] = []
    indexes = graph.input_indexes(run.model, [name for name, _ in named])
    for index, (name, values), original in zip(indexes, named, originals, strict=True):
        known = {name, name.split("/")[-1], *([aliases[index]] if index < len(aliases) else [])}
        wanted = only is None or len(named) == 1 or only in known
        functions.append(fit(values, original) if wanted and index not in token_inputs else None)
    if not any(functions):
        raise UnsupportedError("this fix found no input with numbers to change; apply it by hand, see .code")

    def apply(x: Any, y: Any, weight: Any) -> Parts:
        remaining = iter(functions)
        return map_tree(lambda leaf: _apply(next(remaining), leaf), x), y, weight

    shapes = {i: (v.shape[1:], f(v[:2]).shape[1:]) for i, (_, v), f in zip(indexes, named, functions, strict=True) if f}
    changed = {i: now for i, (before, now) in shapes.items() if now != before}
    result = map_data(run, apply)
    raw = [i for i, (_, v) in zip(indexes, named, strict=True) if i in changed and unscaled(v)]
    return edits.with_input_shapes(result, changed, raw) if changed else result


def map_targets(run: Run, fit: Callable[[np.ndarray], Leaf | None]) -> Run:
    """Fit a function on the training rows of each target, and apply it to that target everywhere."""
    sample = sample_rows(run, ROWS)
    functions = [fit(values) for values in leaves(sample.y)]
    if not any(functions):
        raise UnsupportedError("this fix found no target that it fits; apply it by hand, see .code")

    def apply(x: Any, y: Any, weight: Any) -> Parts:
        remaining = iter(functions)
        return x, map_tree(lambda leaf: _apply(next(remaining), leaf), y), weight

    return map_data(run, apply)


def keep_rows(run: Run, keep: np.ndarray) -> Run:
    """The run with the rows of x, y and sample_weight at `keep` (a mask or indexes over all rows of array data)."""
    arguments = dict(run.fit_arguments)
    if arguments.get("sample_weight") is not None:
        arguments["sample_weight"] = take(arguments["sample_weight"], keep)
    return models.fresh(run).replace(x=take(run.x, keep), y=take(run.y, keep), fit_arguments=arguments)


def take(tree: Any, where: Any) -> Any:
    """Rows of every array; frames stay frames."""
    return map_tree(lambda a: a.iloc[where] if hasattr(a, "iloc") else to_numpy(a)[where], tree)


def is_arrays(x: Any) -> bool:
    return is_node(x) or hasattr(x, "iloc") or hasattr(x, "__array__") or isinstance(x, (list, tuple))


def _need_arrays(run: Run, what: str) -> int:
    """Number of rows of array data.

    Raises:
        UnsupportedError: the data is a stream.
    """
    if not is_arrays(run.x):
        raise UnsupportedError(f"to {what}, the data must be arrays; a {type(run.x).__name__} has to be changed where it is made")
    return len(to_numpy(leaves(run.x)[0]))


def _apply(function: Leaf | None, leaf: Any) -> Any:
    if function is None:
        return leaf
    values = function(to_numpy(leaf))
    if not hasattr(leaf, "iloc"):
        return values
    if values.shape == leaf.shape:
        labels = {"columns": leaf.columns} if values.ndim == 2 else {"name": leaf.name}
        return type(leaf)(values, index=leaf.index, **labels)
    return values


def _map_stream(stream: Any, function: Callable[[Any, Any, Any], Parts]) -> Any:
    def mapped(item: Any) -> tuple[Any, ...]:
        parts = tuple(item) if isinstance(item, (tuple, list)) else (item,)
        arrays = [map_tree(to_numpy, p) for p in (*parts, None, None)[:3]]
        result = function(*arrays)
        return tuple(p for p in result if p is not None)

    if hasattr(stream, "element_spec"):
        return _map_pipeline(stream, mapped)
    if hasattr(stream, "num_batches") and hasattr(stream, "__getitem__"):
        return _mapped_pydataset(stream, mapped)
    if isinstance(stream, Iterator):
        return (mapped(item) for item in stream)
    raise UnsupportedError(f"a {type(stream).__name__} has to be changed where it is made; see .code")


def _map_pipeline(dataset: Any, mapped: Callable[[Any], tuple[Any, ...]]) -> Any:
    """The shapes and types of the result are read off a batch of zeros, so that the pipeline is not touched."""
    import tensorflow as tf

    def zeros(spec: Any) -> Any:
        shape = [2 if size is None else size for size in spec.shape]
        return np.full(shape, b"") if spec.dtype == tf.string else np.zeros(shape, spec.dtype.as_numpy_dtype)

    result = mapped(tf.nest.map_structure(zeros, dataset.element_spec))
    flat = tf.nest.flatten(result)

    def in_graph(*element: Any) -> Any:
        tensors = tf.nest.flatten(element)

        def call(*arrays: Any) -> list[np.ndarray]:
            out = mapped(tf.nest.pack_sequence_as(element, list(arrays)))
            return [np.asarray(a, dtype=r.dtype) for a, r in zip(tf.nest.flatten(out), flat, strict=True)]

        outputs = tf.numpy_function(call, tensors, [tf.as_dtype(r.dtype) for r in flat])
        for tensor, example in zip(outputs, flat, strict=True):
            tensor.set_shape([None, *example.shape[1:]])
        return tf.nest.pack_sequence_as(result, outputs)

    options = tf.data.Options()
    options.deterministic = True
    return dataset.map(in_graph).with_options(options).prefetch(2)


def _mapped_pydataset(dataset: Any, mapped: Callable[[Any], tuple[Any, ...]]) -> Any:
    import keras

    inner = copy.copy(dataset)
    for name, value in vars(dataset).items():  # orders that on_epoch_end shuffles in place, and generators of random numbers
        if isinstance(value, (list, np.random.Generator, np.random.RandomState)) or _is_order(value):
            setattr(inner, name, copy.deepcopy(value))

    class Mapped(keras.utils.PyDataset):  # type: ignore[misc]
        """A user's dataset with a fix applied to every batch."""

        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=inner.max_queue_size)

        @property
        def num_batches(self) -> int | None:
            return inner.num_batches

        def __len__(self) -> int:
            return len(inner)

        def __getitem__(self, index: int) -> tuple[Any, ...]:
            return mapped(inner[index])

        def on_epoch_begin(self) -> None:
            inner.on_epoch_begin()

        def on_epoch_end(self) -> None:
            inner.on_epoch_end()

    return Mapped()


def _is_order(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind == "i"


# ---------------------------------------------------------------- inputs


def scale(run: Run, method: str, only: str | None) -> Run:
    """See `fixes.scale_inputs`."""
    if method == "layer" or not is_arrays(run.x):
        return edits.add_normalization(run, sample_rows(run, 20_000).x, only)
    return map_inputs(run, lambda values, _: _scaler(values, method), only)


def _scaler(values: np.ndarray, method: str) -> Leaf | None:
    if values.dtype.kind not in "fiub":
        return None
    finite = (
        np.where(np.isfinite(values), values, np.nan).astype("float64") if values.dtype.kind == "f" else values.astype("float64")
    )
    axes = statistics_axes(finite)
    if method == "minmax":
        low, high = np.nanmin(finite, axes, keepdims=True), np.nanmax(finite, axes, keepdims=True)
        offset, size = low, high - low
    else:
        offset, size = np.nanmean(finite, axes, keepdims=True), np.nanstd(finite, axes, keepdims=True)
    offset = np.nan_to_num(offset)
    size = np.where(np.isfinite(size) & (size > 1e-12), size, 1.0)
    return lambda a: ((a.astype("float64") - offset) / size).astype("float32")


def statistics_axes(values: np.ndarray) -> tuple[int, ...]:
    """Axes to take statistics over: rows for tables, rows and time for sequences, everything for pixels.

    A last axis is one of features unless it is a side of an image: then some of its columns (the border) hardly vary.
    """
    if values.ndim <= 2:
        return (0,)
    spread = np.nanstd(values, axis=tuple(range(values.ndim - 1)))
    if values.ndim == 3 and values.shape[-1] >= 8 and np.nanmin(spread) < 0.1 * np.nanmax(spread) and np.ptp(values) <= 255:
        return tuple(range(values.ndim))
    return tuple(range(values.ndim - 1))


def divide(run: Run, factor: float, only: str | None) -> Run:
    """See `fixes.divide_inputs`."""

    def fit(values: np.ndarray, _: Any) -> Leaf | None:
        return (lambda a: (a / factor).astype("float32")) if values.dtype.kind in "fiu" else None

    return map_inputs(run, fit, only)


def to_range(run: Run, low: float, high: float, current: tuple[float, float] | None, only: str | None) -> Run:
    """See `fixes.undo_scaling`."""

    def fit(values: np.ndarray, _: Any) -> Leaf | None:
        if values.dtype.kind not in "fiu":
            return None
        first, last = current or (float(np.nanmin(values)), float(np.nanmax(values)))
        factor = (high - low) / ((last - first) or 1.0)
        return lambda a: ((a.astype("float64") - first) * factor + low).astype("float32")

    return map_inputs(run, fit, only)


def encode(run: Run, columns: Sequence[str | int], only: str | None, method: str) -> Run:
    """See `fixes.encode_categoricals`. An embedding of codes is a dense layer on one-hot rows, so one-hot serves both methods."""

    def fit(values: np.ndarray, original: Any) -> Leaf | None:
        if values.ndim > 2:
            return None
        table = values.reshape(len(values), -1)
        chosen = positions(columns, original, table.shape[1])
        rest = [c for c in range(table.shape[1]) if c not in chosen]
        categories = {
            c: np.unique(table[:, c].astype(str) if table.dtype == object else table[:, c])[:MOST_CATEGORIES] for c in chosen
        }

        def apply(a: np.ndarray) -> np.ndarray:
            a = a.reshape(len(a), -1)
            blocks = [(_column(a, c)[:, None] == categories[c]).astype("float32") for c in chosen]
            return np.hstack([*blocks, a[:, rest].astype("float32")])

        return apply if chosen else None

    def only_codes(values: np.ndarray) -> bool:
        return values.ndim == 1 or len(columns) >= values.shape[-1]

    return map_inputs(run, fit, only, ids=True, unscaled=only_codes)


def _column(table: np.ndarray, index: int) -> np.ndarray:
    return table[:, index].astype(str) if table.dtype == object else table[:, index]


def positions(columns: Sequence[str | int], original: Any, width: int) -> list[int]:
    """Indexes of columns given by name, by index, or by an index in words."""
    labels = [str(c) for c in getattr(original, "columns", range(width))]
    found = [labels.index(str(c)) if str(c) in labels else int(c) if str(c).isdigit() else -1 for c in columns]
    return sorted({c for c in found if 0 <= c < width})


def drop(run: Run, columns: Sequence[str | int], only: str | None) -> Run:
    """See `fixes.drop_columns`."""

    def fit(values: np.ndarray, original: Any) -> Leaf | None:
        if values.ndim < 2:
            return None
        chosen = positions(columns, original, values.shape[-1])
        if not chosen or len(chosen) == values.shape[-1]:
            return None
        return lambda a: np.delete(a, chosen, axis=-1)

    return map_inputs(run, fit, only)


def restore_ids(run: Run, inputs: Sequence[str] | None) -> Run:
    """See `fixes.restore_ids`."""

    def fit(values: np.ndarray, _: Any) -> Leaf | None:
        step = id_step(values)
        return (lambda a: np.rint(a / step).astype("float32")) if step else None

    for name in inputs or (None,):
        run = map_inputs(run, fit, name, ids=True)
    return run


def id_step(values: np.ndarray) -> float | None:
    """The difference of neighbouring ids that were divided by a constant; None where the values are no multiples of one."""
    if values.dtype.kind != "f" or np.nanmin(values) < 0:
        return None
    known = np.unique(values.astype("float64"))
    gaps = np.diff(known)
    step = gaps[gaps > 1e-3 * gaps.max()].min() if len(gaps) else 0.0
    if not step:
        return None
    step = known[-1] / np.rint(known[-1] / step)  # from the largest, which is told most exactly
    multiples = known / step
    return float(step) if np.abs(multiples - np.rint(multiples)).max() < 0.05 else None


def transpose(run: Run, order: tuple[int, ...], shape: tuple[int, ...] | None, only: str | None) -> Run:
    """See `fixes.transpose_inputs`."""
    axes = (0, *(axis + 1 for axis in order))

    def fit(values: np.ndarray, _: Any) -> Leaf | None:
        fits = values.ndim == len(axes) or (shape and np.prod(shape) == np.prod(values.shape[1:]))
        return (lambda a: (a.reshape(len(a), *shape) if shape else a).transpose(axes)) if fits else None

    return map_inputs(run, fit, only)


# ---------------------------------------------------------------- cleaning


def repair_nonfinite(run: Run) -> Run:
    """See `fixes.drop_nonfinite`."""
    fills = [_medians(values) for values in leaves(sample_rows(run, ROWS).x)]

    def apply(x: Any, y: Any, weight: Any) -> Parts:
        keep = np.ones(len(to_numpy(leaves(x)[0])), bool)
        for leaf in leaves(y):
            values = to_numpy(leaf)
            if values.dtype.kind == "f":
                keep &= np.isfinite(values.reshape(len(values), -1)).all(axis=1)
        remaining = iter(fills)
        x = map_tree(lambda leaf: _apply(next(remaining), leaf), x)
        return (x, y, weight) if keep.all() else (take(x, keep), take(y, keep), take(weight, keep))

    return map_data(run, apply)


def _medians(values: np.ndarray, missing: float | None = None, columns: list[int] | None = None) -> Leaf | None:
    """Fill what is not finite (or equals `missing`) with the median of its column, 0 in columns without a value."""
    if values.dtype.kind not in "fiu" or (missing is None and values.dtype.kind != "f"):
        return None

    def absent(a: np.ndarray) -> np.ndarray:
        mask = ~np.isfinite(a) if missing is None else a == missing
        if columns is not None:
            inside = np.zeros(a.shape[-1], bool)
            inside[columns] = True
            mask = mask & inside
        return np.asarray(mask)

    flat = np.where(absent(values), np.nan, values.astype("float64"))
    usable = np.where(np.isfinite(flat), flat, np.nan)
    with np.errstate(all="ignore"):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # columns without any value
            fill = np.nan_to_num(np.nanmedian(usable, axis=tuple(range(values.ndim - 1)) if values.ndim > 1 else 0))
    return lambda a: np.where(absent(a), fill, a).astype("float32")


def replace_sentinels(run: Run, value: float, columns: Sequence[str | int], only: str | None) -> Run:
    """See `fixes.replace_sentinels`."""

    def fit(values: np.ndarray, original: Any) -> Leaf | None:
        chosen = positions(columns, original, values.shape[-1]) if columns else None
        return _medians(values, value, chosen)

    return map_inputs(run, fit, only)


def power_transform(run: Run, columns: Sequence[str | int], only: str | None) -> Run:
    """See `fixes.power_transform`."""
    from sklearn.preprocessing import PowerTransformer

    def fit(values: np.ndarray, original: Any) -> Leaf | None:
        if values.ndim != 2 or not (chosen := positions(columns, original, values.shape[1])):
            return None
        power = PowerTransformer().fit(_finite(values[:, chosen]))

        def apply(a: np.ndarray) -> np.ndarray:
            bent = a.astype("float64")
            bent[:, chosen] = power.transform(_finite(bent[:, chosen]))
            return bent.astype("float32")

        return apply

    return map_inputs(run, fit, only)


def _finite(values: np.ndarray) -> np.ndarray:
    """As float64, with NaN for what is not finite."""
    wide = values.astype("float64")
    return np.where(np.isfinite(wide), wide, np.nan)


def clip_outliers(run: Run) -> Run:
    """See `fixes.clip_outliers`."""
    result = run
    for mapper in (lambda r: map_inputs(r, lambda v, _: _clipper(v)), lambda r: map_targets(r, _clipper)):
        try:
            result = mapper(result)
        except UnsupportedError:  # nothing continuous on this side
            continue
    return models.fresh(result)


def _clipper(values: np.ndarray) -> Leaf | None:
    if not is_continuous(values):
        return None
    low, high = _bulk(values)
    return lambda a: np.clip(a, low, high).astype("float32")


def _bulk(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per column: the median ± `ROBUST` robust standard deviations; no bounds where half of the values are equal."""
    axes = tuple(range(values.ndim - 1)) if values.ndim > 1 else (0,)
    first, middle, third = np.nanpercentile(values.astype("float64"), [25, 50, 75], axis=axes)
    reach = ROBUST * (third - first) / 1.349
    reach = np.where(reach > 0, reach, np.inf)
    return middle - reach, middle + reach


def is_continuous(values: np.ndarray) -> bool:
    """Numbers with more than twenty distinct values, as opposed to labels and codes."""
    return values.dtype.kind in "fiu" and len(np.unique(values.reshape(-1)[:5000])) > 20


def drop_outliers(run: Run) -> Run:
    """See `fixes.drop_outliers`."""
    result = drop_outlying_rows(run)
    if is_off_scale(result.y):
        result = scale_targets(result)
    return scale(result, "standard", None) if is_off_scale(result.x) else result


def drop_outlying_rows(run: Run) -> Run:
    """Without the rows in which a feature or a target lies outside the bulk of the training rows."""
    rows = _need_arrays(run, "drop rows")
    keep = np.ones(rows, bool)
    last = training_source(run).rows or rows
    for values in map(to_numpy, (*leaves(run.x), *leaves(run.y))):
        if has_bulk(values):
            low, high = _bulk(values[:last])
            inside = (values >= low) & (values <= high)
            keep &= inside.reshape(rows, -1).all(axis=1)
    if keep.sum() < 0.5 * rows:
        raise UnsupportedError(
            f"{rows - keep.sum()} of {rows} rows hold an outlier: too many to drop; clip or transform the features"
        )
    return keep_rows(run, keep)


def has_bulk(values: np.ndarray) -> bool:
    """A table or a column of continuous numbers, in which a row can be an outlier."""
    return values.ndim <= 2 and is_continuous(values)


def is_off_scale(tree: Any) -> bool:
    """Some column no longer has a standard deviation near 1, although it may have been scaled with its outliers."""
    for values in map(to_numpy, leaves(tree)):
        if is_continuous(values):
            spread = np.nanstd(values.astype("float64"), axis=statistics_axes(values))
            if np.any((spread > 0) & ((spread < 0.3) | (spread > 3))):
                return True
    return False


# ---------------------------------------------------------------- targets


def scale_targets(run: Run) -> Run:
    """See `fixes.scale_targets`."""
    return map_targets(run, lambda values: _scaler(values, "standard") if is_continuous(values) else None)


def align_targets(run: Run) -> Run:
    """See `fixes.align_targets`."""

    def fit(values: np.ndarray) -> Leaf | None:
        return (lambda a: a.reshape(-1, 1)) if values.ndim == 1 else None

    return map_targets(run, fit)


def labels_to_integers(run: Run) -> Run:
    """See `fixes.labels_to_integers`."""

    def fit(values: np.ndarray) -> Leaf | None:
        if values.ndim > 1 and values.shape[-1] > 1:
            return lambda a: a.argmax(-1)
        return _codes(values)  # one column of fractions, gaps or words

    return map_targets(run, fit)


def labels_to_one_hot(run: Run, classes: int | None) -> Run:
    """See `fixes.labels_to_one_hot`."""

    def fit(values: np.ndarray) -> Leaf | None:
        if values.dtype.kind not in "fiub":
            return None
        size = classes or int(np.nanmax(values)) + 1
        one_column = values.ndim > 1 and values.shape[-1] == 1
        return lambda a: np.eye(size, dtype="float32")[np.clip((a[..., 0] if one_column else a).astype(int), 0, size - 1)]

    return map_targets(run, fit)


def shift_labels(run: Run, by: int) -> Run:
    """See `fixes.shift_labels`."""
    return map_targets(run, lambda v: (lambda a: a + by) if v.dtype.kind in "fiu" else None)


def swap_labels(run: Run) -> Run:
    """See `fixes.swap_labels`."""

    def fit(values: np.ndarray) -> Leaf | None:
        if values.dtype.kind not in "fiu" or len(np.unique(values)) != 2:
            return None
        both = values.min() + values.max()
        return lambda a: both - a

    return map_targets(run, fit)


def map_labels(run: Run) -> Run:
    """See `fixes.map_labels`."""
    return map_targets(run, lambda v: None if v.ndim > 1 and v.shape[-1] > 1 else _codes(v))


def _codes(values: np.ndarray) -> Leaf:
    """From labels to their positions among the sorted labels."""
    words = values.dtype.kind not in "fiub"
    known = np.unique(_as_words(values) if words else values)
    return lambda a: np.clip(np.searchsorted(known, _as_words(a) if words else a), 0, len(known) - 1).astype("int64")


def _as_words(values: np.ndarray) -> np.ndarray:
    return np.array([v.decode() if isinstance(v, bytes) else str(v) for v in values.reshape(-1)]).reshape(values.shape)


def labels_to_binary(run: Run) -> Run:
    """See `fixes.labels_to_binary`."""

    def fit(values: np.ndarray) -> Leaf | None:
        if values.ndim > 1 and values.shape[-1] == 2:
            return lambda a: a[..., 1].astype("float32")
        if values.dtype.kind not in "fiub" or len(np.unique(values)) != 2:
            return None
        positive = values.max()
        return lambda a: (a == positive).astype("float32")

    return map_targets(run, fit)


# ---------------------------------------------------------------- rows


def shuffle(run: Run) -> Run:
    """See `fixes.shuffle_data`."""
    if hasattr(run.x, "element_spec"):
        size = pipeline_batch(run.x) or 32
        return models.fresh(run).replace(x=run.x.unbatch().shuffle(SHUFFLE_BUFFER, seed=0).batch(size).prefetch(2))
    rows = _need_arrays(run, "shuffle the rows")
    result = keep_rows(run, np.random.default_rng(0).permutation(rows))
    return result.with_fit(shuffle=True)


def pipeline_batch(dataset: Any) -> int | None:
    import tensorflow as tf

    for part in tf.nest.flatten(tf.nest.map_structure(lambda s: s.shape[0] if s.shape.rank else None, dataset.element_spec)):
        if part:
            return int(part)
    first = next(iter(training_source_of(dataset)), None)
    return first.rows if first is not None else None


def training_source_of(dataset: Any) -> Iterator[Any]:
    """One batch of a pipeline, read without leaving a trace."""
    from keras_magic.sources.batches import open_source

    return open_source(dataset).batches(1)


def realign(run: Run, shift: int) -> Run:
    """See `fixes.realign_labels`."""
    _need_arrays(run, "realign x and y")
    size = abs(shift)
    early, late = slice(None, -size), slice(size, None)
    rows_x, rows_y = (early, late) if shift > 0 else (late, early)
    arguments = dict(run.fit_arguments)
    if arguments.get("sample_weight") is not None:
        arguments["sample_weight"] = take(arguments["sample_weight"], rows_x)
    return models.fresh(run).replace(x=take(run.x, rows_x), y=take(run.y, rows_y), fit_arguments=arguments)


def stratify_split(run: Run) -> Run:
    """See `fixes.stratify_split`: the rows are put in an order whose last ones are a stratified share of every class."""
    rows = _need_arrays(run, "split by class")
    share = run.fit_arguments.get("validation_split") or 0.0
    data = run.fit_arguments.get("validation_data")
    if data is not None:
        if not is_arrays(data) or any(hasattr(a, "iloc") for a in leaves(run.x)):
            raise UnsupportedError("the validation data is no plain array; split it where it is made, see .code")
        more = len(to_numpy(leaves(data[0])[0]))
        run = models.fresh(run).replace(x=_stack(run.x, data[0]), y=_stack(run.y, data[1]))
        run = run.with_fit(validation_data=None)
        rows, share = rows + more, more / (rows + more)
    share = share or 0.2
    labels = to_numpy(leaves(run.y)[0])
    labels = labels.argmax(-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.reshape(rows)
    order = np.random.default_rng(0).permutation(rows)
    order = order[np.argsort(labels[order], kind="stable")]  # by class, shuffled inside
    position = np.empty(rows)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels[order] == label)
        position[of_class] = (np.arange(len(of_class)) + 0.5) / len(of_class)
    tail = order[np.argsort(position, kind="stable")]
    split = round(rows * (1 - share))
    mixed = np.random.default_rng(1)
    final = np.concatenate([mixed.permutation(tail[:split]), mixed.permutation(tail[split:])])
    return keep_rows(run, final).with_fit(validation_split=share)


def _stack(first: Any, second: Any) -> Any:
    others = iter(leaves(second))
    return map_tree(lambda a: np.concatenate([to_numpy(a), to_numpy(next(others))]), first)


def separate_validation(run: Run) -> Run:
    """See `fixes.separate_validation`."""
    rows = _need_arrays(run, "compare rows")
    split = training_source(run).rows or rows
    data = run.fit_arguments.get("validation_data")
    mine = _row_keys(run.x)
    if data is not None:
        if not is_arrays(data):
            raise UnsupportedError(f"the validation data is a {type(data).__name__}; separate it where it is made, see .code")
        others = set(_row_keys(data[0]))
        keep = np.array([key not in others for key in mine])
        if keep.sum() < LEFT * rows:
            raise UnsupportedError(
                f"{rows - keep.sum()} of {rows} training rows stand in the validation data: too many to take out"
            )
        return keep_rows(run, keep)
    others = set(mine[split:])
    keep = np.array([i >= split or key not in others for i, key in enumerate(mine)])
    left = int(keep[:split].sum())
    if left < LEFT * split:
        raise UnsupportedError(
            f"{split - left} of {split} training rows stand in the validation part as well: too many to take out"
        )
    return keep_rows(run, keep).with_fit(validation_split=(rows - split) / (left + rows - split))


def hold_out(run: Run) -> Run:
    """See `fixes.hold_out`."""
    rows = _need_arrays(run, "hold rows back")
    return keep_rows(run, np.random.default_rng(0).permutation(rows)).with_fit(validation_data=None, validation_split=0.2)


def _row_keys(x: Any) -> list[bytes]:
    tables = [np.ascontiguousarray(to_numpy(a).reshape(len(to_numpy(a)), -1)) for a in leaves(x)]
    return [b"|".join(row) for row in zip(*([r.tobytes() for r in t] for t in tables), strict=True)]


def rescale_validation(run: Run) -> Run:
    """See `fixes.rescale_validation`: the validation columns get the mean and the standard deviation of the training columns."""
    of_x, of_y = validation_adjustments(run)

    def apply(x: Any, y: Any, weight: Any) -> Parts:
        remaining = iter([*of_x, *of_y])
        adjust = lambda leaf: _apply(_linear(next(remaining)), leaf)  # noqa: E731
        return map_tree(adjust, x), map_tree(adjust, y), weight

    return map_data(run, apply, training=False)


Adjustment = tuple[np.ndarray, np.ndarray] | None


def validation_adjustments(run: Run) -> tuple[list[Adjustment], list[Adjustment]]:
    """(factor, offset) for each input and for each target, with which the validation rows get the scale of the training rows.

    None for what needs none: labels, and targets of about the same scale.
    """
    held = sample_validation(run, ROWS) if run.fit_arguments.get("validation_data") is not None else None
    if held is None:
        raise UnsupportedError("there is no validation_data to rescale")
    ours = sample_rows(run, ROWS)
    of_x = [_adjustment(a, b) for a, b in zip(leaves(held.x), leaves(ours.x), strict=True)]
    pairs = list(zip(leaves(held.y), leaves(ours.y), strict=True))
    return of_x, [_adjustment(a, b) if is_continuous(b) and _apart(a, b) else None for a, b in pairs]


def _adjustment(theirs: np.ndarray, ours: np.ndarray) -> Adjustment:
    (mean, std), (goal, spread) = _moments(theirs), _moments(ours)
    return spread / std, goal - mean * spread / std


def _apart(theirs: np.ndarray, ours: np.ndarray) -> bool:
    """The two were scaled differently: the values of one lie far outside the range of the other."""
    (mean, std), (goal, spread) = _moments(theirs), _moments(ours)
    ratio = std / spread
    return bool(np.any((np.abs(mean - goal) > APART * spread) | (ratio > APART) | (ratio < 1 / APART)))


def _linear(adjustment: Adjustment) -> Leaf | None:
    return None if adjustment is None else (lambda a: (a * adjustment[0] + adjustment[1]).astype("float32"))


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = values.astype("float64")
    axes = statistics_axes(values)
    std = np.nanstd(values, axis=axes, keepdims=True)
    return np.nanmean(values, axis=axes, keepdims=True), np.where(std > 1e-12, std, 1.0)


# ---------------------------------------------------------------- arguments of fit


def set_batch_size(run: Run, size: int) -> Run:
    """See `fixes.set_batch_size`."""
    run = models.fresh(run)
    if is_arrays(run.x):
        return run.with_fit(batch_size=size)
    if hasattr(run.x, "element_spec"):
        steps = run.fit_arguments.get("steps_per_epoch")
        before = pipeline_batch(run.x) or size
        changed = run.replace(x=run.x.unbatch().batch(size).prefetch(2))
        return changed.with_fit(steps_per_epoch=max(1, round(steps * before / size))) if steps else changed
    if hasattr(run.x, "batch_size"):
        dataset = copy.copy(run.x)
        dataset.batch_size = size
        return run.replace(x=dataset)
    raise UnsupportedError(f"a {type(run.x).__name__} makes its own batches: set their size there")


def balance_classes(run: Run, weights: Mapping[int, float] | None) -> Run:
    """See `fixes.balance_classes`."""
    weights = weights or class_weights(run)
    run = models.fresh(run)
    if is_arrays(run.x) and to_numpy(leaves(run.y)[0]).dtype == bool:  # Keras looks class weights up by numbers
        run = map_targets(run, lambda values: lambda a: a.astype("int32"))
    given = run.fit_arguments.get("sample_weight")
    if given is None:
        return run.with_fit(class_weight=dict(weights))
    factors = np.array([weights.get(int(c), 1.0) for c in _class_indexes(to_numpy(leaves(run.y)[0]))])
    return run.with_fit(sample_weight=to_numpy(given) * factors, class_weight=None)


def balance_elements(run: Run) -> Run:
    """See `fixes.balance_classes`, of targets that hold a class per pixel or per step."""
    if not is_arrays(run.x) or run.fit_arguments.get("sample_weight") is not None or len(leaves(run.y)) != 1:
        raise UnsupportedError("weigh the elements in your pipeline: let it give (x, y, sample_weight), with a weight per element")
    labels = to_numpy(leaves(run.y)[0])
    labels = labels[..., 0] if labels.shape[-1] == 1 else labels
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if not 2 <= len(classes) <= MOST_CATEGORIES:
        raise UnsupportedError(f"there are {len(classes)} classes in the targets: nothing to balance")
    weights = (labels.size / (len(classes) * counts))[codes.reshape(labels.shape)]
    return models.fresh(run).with_fit(sample_weight=weights.astype("float32"))


def class_weights(run: Run) -> dict[int, float]:
    """Class index -> the inverse of its share among the training rows, 1 on average."""
    targets = leaves(sample_rows(run, ROWS).y)
    if len(targets) != 1:
        raise UnsupportedError("class_weight works for models with one output; give sample_weight per output instead")
    labels = _class_indexes(targets[0])
    values, counts = np.unique(labels, return_counts=True)
    if len(values) < 2 or len(values) > MOST_CATEGORIES:
        raise UnsupportedError(f"there are {len(values)} classes in the targets: nothing to balance")
    return {int(v): float(len(labels) / (len(values) * c)) for v, c in zip(values, counts, strict=True)}


def _class_indexes(labels: np.ndarray) -> np.ndarray:
    if labels.dtype.kind not in "fiub":
        raise UnsupportedError("the labels are no class indexes yet; map them first")
    if labels.ndim > 1 and labels.shape[-1] > 1:
        return np.asarray(labels.argmax(-1))
    return np.asarray(labels.reshape(len(labels), -1)[:, 0].astype(int))
