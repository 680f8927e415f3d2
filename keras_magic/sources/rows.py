"""Rows of arrays, frames, tensors and sparse matrices: how many, how wide, some of them."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.sources.trees import is_node, plain, to_numpy


def kind_of_source(x: Any) -> str:
    """Which adapter reads x; the tests are by name, so that nothing has to be imported to ask."""
    parents = [(c.__name__, c.__module__) for c in type(x).__mro__]
    if any(name == "DatasetV2" and module.startswith("tensorflow") for name, module in parents):
        return "tf.data"
    if any(name == "PyDataset" and "keras" in module for name, module in parents):
        return "pydataset"
    if any(name == "DataLoader" and "torch" in module for name, module in parents):
        return "dataloader"
    if isinstance(x, types.GeneratorType) or (isinstance(x, Iterator) and not hasattr(x, "__array__")):
        return "generator"
    return "arrays"


def check_array(name: str, array: Any) -> None:
    if type(array).__name__ == "KerasTensor":
        raise UsageError(f"{name} is a KerasTensor, the symbol of values in a model that is being built: pass the data itself")
    if getattr(getattr(array, "dtype", None), "names", None):
        raise UsageError(f"{name} is a structured array with columns of its own; pass its fields as a dict, or as a DataFrame")
    if is_node(array) or not (hasattr(array, "shape") or hasattr(array, "__array__") or isinstance(array, (list, tuple))):
        raise UsageError(
            f"{name} must be an array, a frame, a tensor or a structure of them (x also a tf.data.Dataset, a PyDataset or a"
            f" generator), but it is of type {type(array).__name__}"
        )


def check_width(name: str, array: Any) -> None:
    shape = getattr(array, "shape", None) or ()
    if any(isinstance(axis, int) and axis == 0 for axis in tuple(shape)[1:]):
        raise UsageError(f"{name} has no columns: its shape is {tuple(shape)}")


def length(array: Any) -> int:
    shape = getattr(array, "shape", None)
    if shape is None or (len(shape) and not hasattr(shape[0], "__index__")):
        return _counted(array)
    if len(shape) == 0:
        raise UsageError("x and y need at least one axis (the rows); got a single number")
    return int(shape[0])


def _counted(array: Any) -> int:
    if not hasattr(array, "dask"):
        return len(array)
    from keras_magic.sources.distributed import count_rows  # frames and masked arrays do not know their length yet

    return count_rows(array)


def row_bytes(array: Any) -> int:
    shape = getattr(array, "shape", None) or (1,)
    return int(np.prod([int(s or 1) for s in shape[1:]], dtype=np.int64)) * 4


def rows_at(array: Any, where: slice | np.ndarray) -> np.ndarray:
    if hasattr(array, "iloc"):
        return to_numpy(array.iloc[where])
    if hasattr(array, "dense_shape"):  # tf.SparseTensor cannot be indexed
        return to_numpy(array)[where]
    if hasattr(array, "toarray") and hasattr(array, "tocsr"):
        return to_numpy(array.tocsr()[where])
    if isinstance(array, np.ndarray):
        return plain(np.asarray(array[where]))
    if isinstance(array, (list, tuple)):
        return to_numpy(array)[where]
    if isinstance(where, slice):
        return to_numpy(array[where])
    if type(array).__module__.startswith("tensorflow"):
        import tensorflow as tf

        return to_numpy(tf.gather(array, where))
    return to_numpy(array[where])
