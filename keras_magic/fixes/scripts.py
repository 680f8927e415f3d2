"""What the fixes of data look like as complete Python for the data of one run: its form, its names, its validation part.

Arrays, frames and structures of them are changed leaf by leaf, validation data with what was fitted on the training rows; a
`tf.data` pipeline gets a `map`, and a `PyDataset` a wrapper. What has to be changed where the batches are made raises
`UnsupportedError`, so that no code promises a change that it does not make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only when code is written for a run

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import graph
from keras_magic.fixes._words import Names, code, literal
from keras_magic.fixes.arrays import (
    SHUFFLE_BUFFER,
    Adjustment,
    class_weights,
    drop_outlying_rows,
    has_bulk,
    id_step,
    is_arrays,
    is_continuous,
    is_off_scale,
    pipeline_batch,
    positions,
    statistics_axes,
    validation_adjustments,
)
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows
from keras_magic.sources.trees import is_node, leaves, named_leaves, to_numpy

ROWS = 20_000  # rows that the form of the data is read from

Held = tuple[str, ...]  # expressions of the arrays that change along with the training array: validation rows, test rows
#: (expression of the training array, of those that change along, its values, the user's own object) -> code
Writer = Callable[[str, Held, np.ndarray, Any], str | None]


def validates(run: Run) -> bool:
    """The run has validation data in arrays, which change along with the training data."""
    data = run.fit_arguments.get("validation_data")
    return data is not None and is_arrays(data)


def both(train: str, held: Held, template: str) -> str:
    """`a = f(a)` for the training array and for those that change along with it; `{}` stands for the array."""
    lines = [f"{array} = {template.format(array)}" for array in (train, *held)]
    return "\n".join(lines)


def _along(run: Run, part: str) -> Held:
    """The user's validation array and test array of x or of y, as far as there are any."""
    names = Names(run.names)
    held = [getattr(names, f"{part}_val")] if validates(run) else []
    return (*held, *(run.names[key] for key in [f"{part}_test"] if key in run.names))


# ---------------------------------------------------------------- inputs


def on_inputs(run: Run, write: Writer, only: str | None = None, ids: bool = False, stream: str | None = None) -> str:
    """Code for every input that a fix changes.

    Args:
        write: writes the code for one array; only: name of the one input; ids: whether ids are changed as well.
        stream: the change of a batch `x` of a pipeline, as an expression.
    """
    names = Names(run.names)
    if not is_arrays(run.x):
        return _pipeline(run, f"({stream}, y, *w)" if stream else None)
    _need_array_validation(run)
    skip, aliases = set() if ids else graph.id_inputs(run.model), graph.input_names(run.model)
    sample = sample_rows(run, ROWS)
    wanted = []
    paths = [name for name, _ in named_leaves(sample.x, "x")]
    for index, name in zip(graph.input_indexes(run.model, paths), paths, strict=True):
        known = {name, name.split("/")[-1], *aliases[index : index + 1]}
        wanted.append(index not in skip and (only is None or len(aliases) == 1 or only in known))
    return _on_leaves(names.x, _along(run, "x"), run.x, sample.x, wanted, write)


def on_targets(run: Run, write: Writer, stream: str | None = None) -> str:
    """The same for every target."""
    names = Names(run.names)
    if not is_arrays(run.x):
        return _pipeline(run, f"(x, {stream}, *w)" if stream else None)
    _need_array_validation(run)
    sample = sample_rows(run, ROWS)
    count = len(leaves(sample.y))
    return _on_leaves(names.y, _along(run, "y"), run.y, sample.y, [True] * count, write)


def _need_array_validation(run: Run) -> None:
    """Validation data that comes as a stream would stay as it is while the training arrays change."""
    data = run.fit_arguments.get("validation_data")
    if data is not None and not is_arrays(data):
        raise UnsupportedError(f"change {Names(run.names).val_data} in the same way where it is made")


def _on_leaves(name: str, held: Held, given: Any, sample: Any, wanted: Sequence[bool], write: Writer) -> str:
    parts = [f"import numpy as np{_copies(name, held, given)}"]
    for (path, original), values, chosen in zip(_paths(given), leaves(sample), wanted, strict=True):
        text = write(name + path, tuple(part + path for part in held), values, original) if chosen else None
        parts += [text] if text else []
    return "\n".join(parts)


def _copies(name: str, held: Held, given: Any) -> str:
    """Containers are copied before their arrays are replaced."""
    if not is_node(given):
        return ""
    kind = "dict" if hasattr(given, "items") else "list"
    return "\n\n" + "\n".join(f"{array} = {kind}({array})" for array in (name, *held))


def _paths(tree: Any) -> Iterator[tuple[str, Any]]:
    """(subscripts that lead to it, leaf)."""
    if not is_node(tree):
        yield "", tree
        return
    for key, value in tree.items() if hasattr(tree, "items") else enumerate(tree):
        if value is not None:
            yield from ((f"[{key!r}]{inner}", leaf) for inner, leaf in _paths(value))


def _by_hand(name: str, what: str = "change them") -> UnsupportedError:
    return UnsupportedError(f"{what} where {name} makes its batches")


_CHANGED = code('''
    class Changed(keras.utils.PyDataset):
        """The batches of another dataset, changed."""

        def __init__(self, batches, change):
            super().__init__()
            self.batches, self.change = batches, change

        def __len__(self):
            return len(self.batches)

        def __getitem__(self, index):
            return self.change(*self.batches[index])

        def on_epoch_begin(self):
            self.batches.on_epoch_begin()

        def on_epoch_end(self):
            self.batches.on_epoch_end()
''')


def _pipeline(run: Run, element: str | None) -> str:
    """A change of every batch (x, y, weights) of a stream, and of its validation data.

    Raises:
        UnsupportedError: the batches can be changed only where they are made.
    """
    names, data = Names(run.names), run.fit_arguments.get("validation_data")
    if element is None:
        raise _by_hand(names.x)
    change = f"lambda x, y, *w: {element}"
    lines = [_changed_stream(names.x, run.x, change)]
    if data is not None:
        lines.append(_changed_stream(names.val_data, data, change))
    if any("Changed(" in line for line in lines):
        lines.insert(0, f"import keras\n\n\n{_CHANGED}\n\n")
    return "\n".join(lines)


def _changed_stream(name: str, stream: Any, change: str) -> str:
    if hasattr(stream, "element_spec"):
        return f"{name} = {name}.map({change})"
    if _is_dataset(stream):
        return f"{name} = Changed({name}, {change})"
    raise _by_hand(name)


def _is_dataset(stream: Any) -> bool:
    """A `PyDataset` of a known number of batches."""
    return hasattr(stream, "__getitem__") and getattr(stream, "num_batches", None) is not None


def _batches(run: Run) -> str:
    """An expression that goes once through the batches of a stream."""
    x, steps = Names(run.names).x, run.fit_arguments.get("steps_per_epoch")
    if hasattr(run.x, "element_spec"):
        return f"{x}.take({steps})" if steps else x
    if _is_dataset(run.x):
        return f"({x}[i] for i in range(len({x})))"
    raise _by_hand(x)


def scale_inputs(run: Run, method: str, only: str | None) -> str:
    """See `fixes.scale_inputs`; as a layer it belongs to the model and there is nothing to write."""
    if method == "layer" or not is_arrays(run.x):
        return ""
    return on_inputs(run, lambda *leaf: _scaler(run, method, *leaf), only)


def _scaler(run: Run, method: str, train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
    if values.dtype.kind not in "fiub":
        return None
    rows = _training_rows(run, train)
    if values.ndim == 2:
        kind = "StandardScaler" if method == "standard" else "MinMaxScaler"
        return (
            f"from sklearn.preprocessing import {kind}\n\nscaler = {kind}().fit({rows})   # training rows only\n"
            f"{both(train, held, 'scaler.transform({})')}"
        )
    axes = statistics_axes(values)
    axis = "" if len(axes) == values.ndim else f"axis={axes if len(axes) > 1 else axes[0]}"
    offset, size = ("mean", "std") if method == "standard" else ("min", "ptp")
    size_of = f"np.{size}(rows{', ' + axis if axis else ''})"
    step = "((np.asarray({}) - offset) / size).astype('float32')"
    return (
        f"rows = np.asarray({rows}, dtype='float64')   # training rows only\n"
        f"offset, size = rows.{offset}({axis}), {size_of}\n"
        f"size = np.where(size > 0, size, 1.0)\n{both(train, held, step)}"
    )


def _training_rows(run: Run, array: str) -> str:
    """The array without the last rows, which `validation_split` sets aside."""
    split = run.fit_arguments.get("validation_split")
    if not split or run.fit_arguments.get("validation_data") is not None:
        return array
    return f"{array}[: int(len({array}) * {1 - split:.10g})]"


def divide(run: Run, factor: float, only: str | None) -> str:
    """See `fixes.divide_inputs`."""
    step = f"(np.asarray({{}}) / {literal(float(factor))}).astype('float32')"
    return on_inputs(run, _numbers(lambda v: step), only, stream=_of_stream(run, f"{{}} / {literal(float(factor))}"))


def to_range(run: Run, low: float, high: float, current: tuple[float, float] | None, only: str | None) -> str:
    """See `fixes.undo_scaling`."""

    def step(values: np.ndarray) -> str:
        first, last = current or (float(np.nanmin(values)), float(np.nanmax(values)))
        factor = (high - low) / ((last - first) or 1.0)
        return f"((np.asarray({{}}) - {first!r}) * {factor!r} + {float(low)!r}).astype('float32')"

    stream = None
    if not is_arrays(run.x):
        text = step(leaves(sample_rows(run, ROWS).x)[0])
        stream = _of_stream(run, text.replace("np.asarray({})", "{}").removesuffix(".astype('float32')"))
    return on_inputs(run, _numbers(step), only, stream=stream)


def _of_stream(run: Run, expression: str) -> str | None:
    """The expression for a pipeline's single input of pixels or numbers."""
    spec = getattr(run.x, "element_spec", None)
    first = spec[0] if isinstance(spec, tuple) else spec
    return expression.format("keras.ops.cast(x, 'float32')") if hasattr(first, "dtype") else None


def _numbers(step: Callable[[np.ndarray], str]) -> Writer:
    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        return both(train, held, step(values)) if values.dtype.kind in "fiub" else None

    return write


def encode(run: Run, columns: Sequence[str | int], only: str | None) -> str:
    """See `fixes.encode_categoricals`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        chosen = positions(columns, original, values.shape[-1]) if values.ndim == 2 else [0]
        if values.ndim > 2 or not chosen:
            return None
        shaped = "{}" if values.ndim == 2 else "np.reshape({}, (-1, 1))"
        return (
            "from sklearn.compose import ColumnTransformer\nfrom sklearn.preprocessing import OneHotEncoder\n\n"
            'codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)\n'
            f'encoder = ColumnTransformer([("codes", codes, {chosen})], remainder="passthrough").fit({shaped.format(train)})\n'
            + both(train, held, f"encoder.transform({shaped}).astype('float32')")
        )

    return on_inputs(run, write, only, ids=True)


def drop(run: Run, columns: Sequence[str | int], only: str | None) -> str:
    """See `fixes.drop_columns`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        chosen = positions(columns, original, values.shape[-1]) if values.ndim > 1 else []
        return both(train, held, f"np.delete(np.asarray({{}}), {chosen}, axis=-1)") if chosen else None

    return on_inputs(run, write, only)


def restore_ids(run: Run, inputs: Sequence[str] | None) -> str:
    """See `fixes.restore_ids`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        step = id_step(values)
        return both(train, held, f"np.rint(np.asarray({{}}) / {step!r}).astype('float32')") if step else None

    return "\n\n".join(on_inputs(run, write, name, ids=True) for name in inputs or (None,))


def transpose(run: Run, order: tuple[int, ...], shape: tuple[int, ...] | None, only: str | None) -> str:
    """See `fixes.transpose_inputs`."""
    axes = (0, *(axis + 1 for axis in order))

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if values.ndim != len(axes) and not (shape and np.prod(shape) == np.prod(values.shape[1:])):
            return None
        first = f"np.reshape({{}}, {(-1, *shape)})" if shape else "np.asarray({})"
        return both(train, held, f"{first}.transpose{axes}")

    return on_inputs(run, write, only)


def replace_sentinels(run: Run, value: float, columns: Sequence[str | int], only: str | None) -> str:
    """See `fixes.replace_sentinels`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if values.dtype.kind not in "fiu" or values.ndim != 2:
            return None
        chosen = positions(columns, original, values.shape[-1]) if columns else list(range(values.shape[-1]))
        return _filled(run, train, held, f"filled[:, {chosen}] == {value!r}", f"filled[:, {chosen}]")

    return on_inputs(run, write, only)


def _filled(run: Run, train: str, held: Held, absent: str, part: str) -> str:
    """Code that fills what is absent with the median of the training rows."""
    rows = _training_rows(run, train)
    return (
        code(f"""
        def with_gaps(array):
            filled = np.array(array, dtype="float64")
            {part} = np.where({absent}, np.nan, {part})
            return filled


        medians = np.nan_to_num(np.nanmedian(with_gaps({rows}), axis=0))   # training rows only
    """)
        + "\n"
        + both(train, held, "np.where(np.isnan(with_gaps({0})), medians, with_gaps({0})).astype('float32')")
    )


def drop_nonfinite(run: Run) -> str:
    """See `fixes.drop_nonfinite`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if values.dtype.kind != "f" or np.isfinite(values).all():
            return None
        return _filled(run, train, held, "~np.isfinite(filled)", "filled[...]")

    if not is_arrays(run.x):
        return on_inputs(run, write)
    return "\n".join(part for part in (on_inputs(run, write, ids=True), _drop_rows_without_target(run)) if part)


def _drop_rows_without_target(run: Run) -> str:
    n, targets = Names(run.names), [to_numpy(leaf) for leaf in leaves(run.y)]
    if len(targets) != 1 or targets[0].dtype.kind != "f" or np.isfinite(targets[0]).all():
        return ""
    array = f"np.asarray({_first(n.y, run.y)}, dtype='float64')"
    return f"import numpy as np\n\nkeep = np.isfinite({array}).reshape(len({array}), -1).all(axis=1)\n{_rows(run, 'keep')}"


def power_transform(run: Run, columns: Sequence[str | int], only: str | None) -> str:
    """See `fixes.power_transform`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if values.ndim != 2 or not (chosen := positions(columns, original, values.shape[1])):
            return None
        setup = code(f"""
            from sklearn.preprocessing import PowerTransformer

            rows = np.asarray({_training_rows(run, train)}, dtype="float64")   # training rows only
            tails = PowerTransformer().fit(rows[:, {chosen}])


            def bent(array):
                changed = np.array(array, dtype="float64")
                changed[:, {chosen}] = tails.transform(changed[:, {chosen}])
                return changed.astype("float32")


        """)
        return f"{setup}\n{both(train, held, 'bent({})')}"

    return on_inputs(run, write, only)


def clip_outliers(run: Run) -> str:
    """See `fixes.clip_outliers`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if not is_continuous(values):
            return None
        return f"low, high = usual({_training_rows(run, train)})\n" + both(train, held, "np.clip({}, low, high)")

    return f"{_USUAL}\n\n{on_inputs(run, write)}\n{on_targets(run, write)}"


def drop_outliers(run: Run) -> str:
    """See `fixes.drop_outliers`: rows are dropped, then what was scaled with its outliers is scaled again."""
    n = Names(run.names)
    judged = [f"{n.x}{path}" for path, leaf in _paths(run.x) if has_bulk(to_numpy(leaf))]
    judged += [f"{n.y}{path}" for path, leaf in _paths(run.y) if has_bulk(to_numpy(leaf))]
    lines = [_USUAL, f"keep = np.ones(len({judged[0] if judged else n.y}), bool)", f"for part in ({', '.join(judged)},):"]
    lines += ["    part = np.asarray(part)", f"    low, high = usual({_training_rows(run, 'part')})"]
    lines += ["    keep &= ((part >= low) & (part <= high)).reshape(len(part), -1).all(axis=1)", _rows(run, "keep")]
    kept = drop_outlying_rows(run)
    lines += [scale_targets(kept)] if is_off_scale(kept.y) else []
    lines += [scale_inputs(kept, "standard", None)] if is_off_scale(kept.x) else []
    return "\n".join(lines)


_USUAL = code("""
    import numpy as np


    def usual(rows):
        \"\"\"Bounds at 5 robust standard deviations around the median.\"\"\"
        q1, middle, q3 = np.nanpercentile(np.asarray(rows, dtype="float64"), [25, 50, 75], axis=0)
        reach = np.where(q3 > q1, 5 * (q3 - q1) / 1.349, np.inf)
        return middle - reach, middle + reach


""")


# ---------------------------------------------------------------- targets


def scale_targets(run: Run) -> str:
    """See `fixes.scale_targets`."""
    n = Names(run.names)
    if not is_arrays(run.x):
        targets = f"targets = np.concatenate([np.asarray(batch[1]) for batch in {_batches(run)}])"
        step = "(keras.ops.cast(y, 'float32') - mean) / std"
        setup = f"import keras\nimport numpy as np\n\n{targets}\nmean, std = targets.mean(axis=0), targets.std(axis=0)\n"
        return setup + on_targets(run, lambda *leaf: None, stream=step)

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if not is_continuous(values):
            return None
        rows = (
            f"rows = np.asarray({_training_rows(run, train)}, dtype='float64')\nmean, std = rows.mean(axis=0), rows.std(axis=0)\n"
        )
        back = f"\n# back to the original unit: {n.model}.predict(...) * std + mean"
        return rows + both(train, held, "(np.asarray({}, dtype='float64') - mean) / std") + back

    return on_targets(run, write)


def align_targets(run: Run) -> str:
    """See `fixes.align_targets`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        return both(train, held, "np.reshape({}, (-1, 1))") if values.ndim == 1 else None

    return on_targets(run, write, stream="keras.ops.reshape(y, (-1, 1))")


def labels_to_integers(run: Run) -> str:
    """See `fixes.labels_to_integers`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if values.ndim > 1 and values.shape[-1] > 1:
            return both(train, held, "np.asarray({}).argmax(axis=-1)")
        return _encoder(train, held, values.ndim)

    if not is_arrays(run.x) and not _wide(run):
        return _coded_stream(run)
    return on_targets(run, write, stream="keras.ops.argmax(y, axis=-1)")


def labels_to_one_hot(run: Run, classes: int | None) -> str:
    """See `fixes.labels_to_one_hot`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        size = classes or int(np.nanmax(values)) + 1
        column = "[..., 0]" if values.ndim > 1 and values.shape[-1] == 1 else ""
        return both(train, held, f"np.eye({size}, dtype='float32')[np.asarray({{}}){column}.astype(int)]")

    stream = f"keras.ops.one_hot(keras.ops.cast(y, 'int32'), {classes})" if classes else None
    return on_targets(run, write, stream=stream)


def shift_labels(run: Run, by: int) -> str:
    """See `fixes.shift_labels`."""
    step = f"{{}} {'-' if by < 0 else '+'} {abs(by)}"
    return on_targets(run, _numbers(lambda v: step), stream=step.format("y"))


def swap_labels(run: Run) -> str:
    """See `fixes.swap_labels`."""
    values = leaves(sample_rows(run, ROWS).y)[0]
    both = (values.min() + values.max()).item()
    return on_targets(run, _numbers(lambda v: f"{both!r} - {{}}"), stream=f"{both!r} - y")


def map_labels(run: Run) -> str:
    """See `fixes.map_labels`."""
    if not is_arrays(run.x):
        return _coded_stream(run)
    return on_targets(run, lambda train, held, values, original: _encoder(train, held, values.ndim))


def _wide(run: Run) -> bool:
    """The target of a stream has several columns, as one-hot rows have."""
    values = leaves(sample_rows(run, 2).y)[0]
    return values.ndim > 1 and values.shape[-1] > 1


def _coded_stream(run: Run) -> str:
    """The labels of a pipeline as positions among their sorted values."""
    setup = f"known = np.unique(np.concatenate([np.ravel(batch[1]) for batch in {_batches(run)}]))"
    mapped = on_targets(run, lambda *leaf: None, stream="keras.ops.argmax(keras.ops.expand_dims(y, -1) == known, axis=-1)")
    return f"import keras\nimport numpy as np\n\n{setup}\n{mapped}"


def _encoder(train: str, held: Held, axes: int) -> str:
    shape = ".reshape(np.shape({0}))" if axes > 1 else ""  # masks stay images
    return (
        f"from sklearn.preprocessing import LabelEncoder\n\nencoder = LabelEncoder().fit(np.ravel({train}))\n"
        f"{both(train, held, 'encoder.transform(np.ravel({0}))' + shape)}\n# back to the names: encoder.inverse_transform(...)"
    )


def labels_to_binary(run: Run) -> str:
    """See `fixes.labels_to_binary`."""

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        if values.ndim > 1 and values.shape[-1] == 2:
            return both(train, held, "np.asarray({})[..., 1].astype('float32')")
        return both(train, held, f"(np.asarray({{}}) == {values.max().item()!r}).astype('float32')")

    if is_arrays(run.x):
        return on_targets(run, write)
    largest = leaves(sample_rows(run, ROWS).y)[0].max()
    return on_targets(run, write, stream="y[..., 1]" if _wide(run) else f"keras.ops.cast(y == {largest.item()!r}, 'float32')")


# ---------------------------------------------------------------- rows


def shuffle(run: Run) -> str:
    """See `fixes.shuffle_data`."""
    n = Names(run.names)
    if hasattr(run.x, "element_spec"):
        return f"{n.x} = {n.x}.unbatch().shuffle({SHUFFLE_BUFFER}, seed=0).batch({pipeline_batch(run.x) or 32}).prefetch(2)"
    if not is_arrays(run.x):
        raise _by_hand(n.x, "shuffle the rows")
    order = f"order = np.random.default_rng(0).permutation(len({_first(n.x, run.x)}))"
    return f"import numpy as np\n\n{order}\n{_rows(run, 'order')}"


def _first(name: str, tree: Any) -> str:
    """Expression of the first array of a structure."""
    return name + next(path for path, _ in _paths(tree))


def _rows(run: Run, where: str) -> str:
    """Code that takes rows of x, y and sample_weight."""
    n = Names(run.names)
    parts = [(n.x, run.x), (n.y, run.y), (n.sample_weight, run.fit_arguments.get("sample_weight"))]
    return "\n".join(f"{name} = {_taken(name, tree, where)}" for name, tree in parts if tree is not None)


def _taken(name: str, tree: Any, where: str) -> str:
    if hasattr(tree, "items") and is_node(tree):
        return f"{{key: np.asarray(part)[{where}] for key, part in {name}.items()}}"
    if is_node(tree):
        return f"[np.asarray(part)[{where}] for part in {name}]"
    return f"{name}.iloc[{where}]" if hasattr(tree, "iloc") else f"np.asarray({name})[{where}]"


def realign(run: Run, shift: int) -> str:
    """See `fixes.realign_labels`."""
    n, size = Names(run.names), abs(shift)
    early, late = f"{{}} = {{}}[:-{size}]", f"{{}} = {{}}[{size}:]"
    first, second = (early, late) if shift > 0 else (late, early)
    lines = [first.format(n.x, n.x), second.format(n.y, n.y)]
    if run.fit_arguments.get("sample_weight") is not None:
        lines.append(first.format(n.sample_weight, n.sample_weight))
    return "\n".join(lines) + "   # and find where x and y were filtered or sorted apart"


def stratify_split(run: Run) -> str:
    """See `fixes.stratify_split`: the last rows, which `validation_split` takes, hold the same share of every class."""
    n, data = Names(run.names), run.fit_arguments.get("validation_data")
    share = run.fit_arguments.get("validation_split") or 0.2
    lines = ["import numpy as np", "from sklearn.model_selection import train_test_split", ""]
    if data is not None:
        rows = len(leaves(run.x)[0])
        share = len(leaves(data[0])[0]) / (rows + len(leaves(data[0])[0]))
        lines += [f"{n.x}, {n.y} = np.concatenate([{n.x}, {n.x_val}]), np.concatenate([{n.y}, {n.y_val}])"]
    labels = leaves(run.y)[0]
    classes = f"{n.y}.argmax(axis=-1)" if np.ndim(labels) > 1 and np.shape(labels)[-1] > 1 else f"np.ravel({n.y})"
    lines += [
        f"first, last = train_test_split(np.arange(len({n.y})), test_size={share:.6g}, stratify={classes}, random_state=0)",
        "order = np.concatenate([first, last])   # validation_split takes the last rows",
        _rows(run, "order"),
    ]
    return "\n".join(lines)


def separate_validation(run: Run) -> str:
    """See `fixes.separate_validation`."""
    n = Names(run.names)
    if is_node(run.x):
        raise UnsupportedError(f"take the rows of {n.x} that are in the validation data out of the training data")
    if run.fit_arguments.get("validation_data") is not None:
        held, keep = n.x_val, f"keep = [row.tobytes() not in seen for row in np.asarray({n.x})]"
    else:
        rows = f"int(len({n.x}) * {1 - run.fit_arguments['validation_split']:.10g})"
        held = f"np.asarray({n.x})[{rows} :]"
        keep = f"keep = [i >= {rows} or row.tobytes() not in seen for i, row in enumerate(np.asarray({n.x}))]"
    lines = [
        "import numpy as np",
        "",
        f"seen = {{row.tobytes() for row in np.asarray({held})}}",
        keep,
        _rows(run, "np.array(keep)"),
    ]
    return "\n".join([*lines, "# better: split the original rows first, then oversample or augment the training part only"])


def hold_out(run: Run) -> str:
    """See `fixes.hold_out`."""
    n = Names(run.names)
    order = f"order = np.random.default_rng(0).permutation(len({_first(n.x, run.x)}))   # validation_split takes the last rows"
    return f"import numpy as np\n\n{order}\n{_rows(run, 'order')}"


def rescale_validation(run: Run) -> str:
    """See `fixes.rescale_validation`."""
    n = Names(run.names)
    data = run.fit_arguments.get("validation_data")
    if hasattr(data, "element_spec"):
        of_x, of_y = validation_adjustments(run)
        if len(of_x) > 1 or len(of_y) > 1:
            raise UnsupportedError(f"prepare {n.val_data} as {n.x}")
        x, y = _adjusted("x", of_x[0]), _adjusted("y", *of_y)
        return f"import keras\n\n{n.val_data} = {n.val_data}.map(lambda x, y, *w: ({x}, {y}, *w))"

    def write(train: str, held: Held, values: np.ndarray, original: Any) -> str | None:
        axes = statistics_axes(values)
        text = f"""
            axes = {axes}
            goal, now = np.asarray({train}, dtype="float64"), np.asarray({held[0]}, dtype="float64")
            {held[0]} = (now - now.mean(axes)) / np.maximum(now.std(axes), 1e-12) * goal.std(axes) + goal.mean(axes)
        """
        return code(text)

    changed = on_inputs(run, write, ids=True)
    if any(validation_adjustments(run)[1]):
        changed += "\n" + on_targets(run, write)
    return f"{changed}\n# better: prepare {n.x_val} with the very object that was fitted for {n.x}"


def _adjusted(name: str, pair: Adjustment = None) -> str:
    """An expression for a batch of a pipeline."""
    if pair is None:
        return name
    factor, offset = (np.squeeze(part).astype("float32").tolist() for part in pair)
    return f"keras.ops.cast({name}, 'float32') * {factor} + {offset}"


def set_batch_size(run: Run, size: int) -> str:
    """See `fixes.set_batch_size`; for arrays it is an argument of `fit`."""
    n = Names(run.names)
    if hasattr(run.x, "element_spec"):
        return f"{n.x} = {n.x}.unbatch().batch({size}).prefetch(2)"
    if is_arrays(run.x):
        return ""
    if hasattr(run.x, "batch_size"):
        return f"{n.x}.batch_size = {size}"
    raise UnsupportedError(f"let {n.x} make batches of {size} rows")


def balance_elements(run: Run) -> str:
    """See `fixes.balance_classes`, of targets that hold a class per pixel or per step."""
    n, given = Names(run.names), np.shape(leaves(run.y)[0])
    labels = f"np.asarray({n.y})[..., 0]" if given[-1] == 1 else f"np.asarray({n.y})"
    return (
        f"import numpy as np\n\nlabels = {labels}\nclasses, counts = np.unique(labels, return_counts=True)\n"
        f"{n.sample_weight} = (labels.size / (len(classes) * counts))[np.searchsorted(classes, labels)].astype('float32')"
    )


def balance_classes(run: Run, weights: Mapping[int, float] | None) -> str:
    """See `fixes.balance_classes`; without weights of rows, the weights of classes are an argument of `fit`."""
    n, given = Names(run.names), run.fit_arguments.get("sample_weight")
    if given is None:
        return ""
    shown = "{" + ", ".join(f"{k}: {v:.6g}" for k, v in (weights or class_weights(run)).items()) + "}"
    labels = leaves(run.y)[0]
    classes = f"{n.y}.argmax(axis=-1)" if np.ndim(labels) > 1 and np.shape(labels)[-1] > 1 else f"np.ravel({n.y})"
    factors = f"[class_weight.get(int(c), 1.0) for c in {classes}]"
    return f"import numpy as np\n\nclass_weight = {shown}\n{n.sample_weight} = np.asarray({n.sample_weight}) * {factors}"
