"""Nested structures of arrays, as Keras takes them: dicts, lists and tuples of leaves; `None` is an empty structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.words import counted

PAD = "pad them to one length (keras.utils.pad_sequences)"


def is_node(tree: Any) -> bool:
    """Whether `tree` is a container of further leaves; a list of numbers, or of rows of numbers, is one array."""
    if isinstance(tree, Mapping):
        return True
    if not isinstance(tree, (list, tuple)):
        return False
    first = tree[0] if tree else None
    while isinstance(tree, list) and isinstance(first, (list, tuple)) and first:
        first = first[0]
    return not isinstance(first, (bool, int, float, complex, str, bytes, np.generic))


def map_tree(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure with `function` applied to every leaf."""
    if tree is None:
        return None
    if isinstance(tree, Mapping):
        return {key: map_tree(function, value) for key, value in tree.items()}
    if is_node(tree):
        return (
            type(tree)(map_tree(function, v) for v in tree)
            if type(tree) in (list, tuple)
            else [map_tree(function, v) for v in tree]
        )
    return function(tree)


def named_leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """(name, leaf) pairs: `name` itself for a single array, else dict keys and positions joined by "/"."""
    if tree is None:
        return
    if not is_node(tree):
        yield name, tree
        return
    items = tree.items() if isinstance(tree, Mapping) else ((f"{name}[{i}]", v) for i, v in enumerate(tree))
    for key, value in items:
        if is_node(value):
            yield from ((f"{key}/{inner}", leaf) for inner, leaf in named_leaves(value, str(key)))
        elif value is not None:
            yield str(key), value


def leaves(tree: Any) -> list[Any]:
    """The arrays of a structure, in order."""
    return [leaf for _, leaf in named_leaves(tree, "")]


def to_numpy(leaf: Any) -> np.ndarray:
    """One leaf as a numpy array; sparse and ragged ones become dense, frames keep numbers as numbers.

    Raises:
        UsageError: it is not an array of anything that a network could read.
    """
    return plain(_array_of(leaf))


def plain(array: np.ndarray) -> np.ndarray:
    """An array of what numpy knows itself: bytes as text, half-known floats (bfloat16, float8) as float32, `pd.NA` as None."""
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "V" and array.dtype.names is None and "float" in array.dtype.name:
        return array.astype("float32")
    if array.dtype.kind == "O" and any(isinstance(v, bytes) or type(v).__name__ == "NAType" for v in array.flat):
        return np.asarray(_known(array))
    return array


def _known_element(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if type(value).__name__ == "NAType" else value


_known = np.frompyfunc(_known_element, 1, 1)


def as_text(values: np.ndarray) -> np.ndarray:
    """Values of any kind as text, to be compared and counted; one that cannot be written down is its type's name."""
    if values.dtype.kind != "O":
        return values.astype(str)
    return np.array([_written(v) for v in values.flat], dtype=str).reshape(values.shape)


def _written(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return type(value).__name__


def foreign(leaf: Any) -> Any:
    """A leaf of a library whose rows cannot be sliced as arrays are (pyarrow, objects with nothing but `__array__`), as one of
    pandas or numpy; any other as it is."""
    if type(leaf).__module__.split(".")[0] == "pyarrow" and hasattr(leaf, "to_pandas"):
        return leaf.to_pandas()
    if hasattr(leaf, "__array__") and not (hasattr(leaf, "__getitem__") and (hasattr(leaf, "shape") or hasattr(leaf, "__len__"))):
        return np.asarray(leaf)
    return leaf


def _array_of(leaf: Any) -> np.ndarray:
    if isinstance(leaf, np.ndarray):
        return leaf
    if hasattr(leaf, "iloc"):
        return _frame_values(leaf)
    if hasattr(leaf, "get_columns"):  # polars.DataFrame
        return _polars_values(leaf)
    if hasattr(leaf, "toarray"):  # scipy.sparse
        return np.asarray(leaf.toarray())
    if hasattr(leaf, "to_tensor"):  # tf.RaggedTensor
        return np.asarray(leaf.to_tensor().numpy())
    if hasattr(leaf, "dense_shape"):  # tf.SparseTensor
        import tensorflow as tf

        return np.asarray(tf.sparse.to_dense(tf.sparse.reorder(leaf)).numpy())
    if hasattr(leaf, "detach"):  # torch.Tensor
        return np.asarray(leaf.detach().cpu().numpy())
    try:
        return np.asarray(leaf)
    except ValueError:
        raise UsageError(
            f"the {type(leaf).__name__} of length {len(leaf)} is ragged: {uneven(leaf)}; {PAD} or pass a tf.RaggedTensor"
        ) from None


def uneven(rows: Sequence[Any] | np.ndarray, path: str = "") -> str | None:
    """The first two rows that differ in length, in words: "row 0 has 3 values, row 4 has 2"; None where all are alike."""
    lengths = [len(row) if isinstance(row, (list, tuple)) or getattr(row, "shape", None) else None for row in rows]
    other = next((i for i, n in enumerate(lengths) if n != lengths[0]), None)
    if other is not None:
        first, second = (_said(lengths[i]) for i in (0, other))
        return f"row {path}0 {first}, row {path}{other} {second}"
    inner = (uneven(row, f"{path}{i}, ") for i, row in enumerate(rows) if lengths[i])
    return next((found for found in inner if found), None)


def _said(length: int | None) -> str:
    return "is a single value" if length is None else f"has {counted(length, 'value')}"


def about_objects(array: np.ndarray) -> str:
    """What makes an array of Python objects no array of numbers: rows of unequal length, or a value and its place."""
    if array.ndim == 1 and (found := uneven(array)):
        return f"{found}; {PAD}"
    for place, value in np.ndenumerate(array):
        if not (value is None or isinstance(value, (bool, int, float, np.number, np.bool_))):
            where = f"row {place[0]}" + (f", column {', '.join(map(str, place[1:]))}" if place[1:] else "")
            return f"{where} holds {_shown(value)} of type {type(value).__name__}; give every value as a number"
    return "all of them numbers or None; np.asarray(..., dtype='float64') makes numbers of them, with NaN for None"


def _shown(value: Any) -> str:
    try:
        return repr(value)[:50]
    except Exception:
        return "a value"


def _frame_values(frame: Any) -> np.ndarray:
    """Values of a pandas (or alike) frame or series: one numeric dtype where every column is a number, else objects."""
    dtypes = list(frame.dtypes) if frame.ndim == 2 else [frame.dtype]
    if not all(getattr(d, "kind", "O") in "biuf" for d in dtypes):
        return np.asarray(frame.to_numpy(dtype=object))
    plain = [d for d in dtypes if isinstance(d, np.dtype)]
    if len(plain) != len(dtypes):  # pandas' nullable numbers
        return np.asarray(frame.to_numpy(dtype="float64", na_value=np.nan))
    return np.asarray(frame.to_numpy(dtype=np.result_type(*plain) if plain else "float64"))


def _polars_values(frame: Any) -> np.ndarray:
    """Values of a polars frame: numbers where every column is one (gaps are NaN), else objects."""
    if all(dtype.is_numeric() or str(dtype) == "Boolean" for dtype in frame.dtypes):
        return np.asarray(frame.to_numpy())
    values = np.empty(frame.shape, object)
    for i, column in enumerate(frame.get_columns()):
        values[:, i] = column.to_list()
    return values


def same_width(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Batches padded to different lengths (bucketed sequences): pad with zeros to the longest."""
    shapes = {a.shape[1:] for a in arrays}
    if len(shapes) == 1 or len({len(s) for s in shapes}) > 1:
        return arrays
    widest = [max(s[i] for s in shapes) for i in range(len(next(iter(shapes))))]
    return [np.pad(a, [(0, 0), *((0, w - n) for w, n in zip(widest, a.shape[1:], strict=True))]) for a in arrays]
