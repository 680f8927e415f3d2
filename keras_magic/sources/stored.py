"""Reading a PyDataset without changing it, and whether reading it changes the arrays that it holds.

`self.x[first:last]` is a view: `batch *= gain` writes into the array itself (NumPy guide: Copies and views). So a reading gets
read-only views of the arrays, where such a line raises, and then copies of them.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keras_magic.errors import UnsupportedError
from keras_magic.sources.trees import leaves

MOST_BYTES = 2**30  # of arrays that are copied


class Shielded:
    """A PyDataset of the user's, to be read by index: its arrays and random generators stay as they are.

    Args:
        dataset: the user's; quiet: a context in which its code runs.
    """

    def __init__(self, dataset: Any, quiet: Callable[[], Any]):
        self._dataset, self._quiet, self.writes = dataset, quiet, False
        self.double = _double(dataset, _read_only)

    def __getitem__(self, index: int) -> Any:
        """A batch.

        Raises:
            UnsupportedError: it writes into arrays too large to be copied.
        """
        try:
            return self._read(index)
        except ValueError as error:
            if self.writes or "read-only" not in str(error):
                raise
        size = sum(array.nbytes for array in self.arrays.values())
        if size > MOST_BYTES:
            raise UnsupportedError(f"reading a batch writes into arrays of {size / 2**30:.1f} GiB, so it was not read")
        self.writes, self.double = True, _double(self._dataset, np.copy)
        return self._read(index)

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """The arrays that it holds, by attribute."""
        return {name: value for name, value in vars(self.double).items() if isinstance(value, np.ndarray)}

    def _read(self, index: int) -> Any:
        with self._quiet():
            return self.double[index]


def rewritten(dataset: Shielded, x: Callable[[Any], Any]) -> dict[str, Any] | None:
    """What reading the first batch once more changes in the arrays that the dataset holds.

    Args:
        x: the inputs of a batch.

    Returns:
        {"array", "rows", "change"}: attribute, rows that changed, and by how much (root mean square, in standard deviations of the
        array). None where reading writes nothing, or only the first time, as into a cache; where what changes are no rows of
        inputs, as counters.
    """
    batch = dataset[0]
    if not dataset.writes:
        return None
    shapes = {leaf.shape[1:] for leaf in leaves(x(batch))}
    before = {n: a.copy() for n, a in dataset.arrays.items() if a.ndim > 1 and a.shape[1:] in shapes and a.dtype.kind in "fiu"}
    dataset[0]
    for name, old in before.items():
        new = dataset.arrays[name]
        if new.shape != old.shape:
            continue
        changed = (~np.isclose(new, old, rtol=0, atol=0, equal_nan=True)).reshape(len(old), -1).any(1)
        if changed.any():
            moved = np.sqrt(np.nanmean((new[changed].astype("float64") - old[changed]) ** 2))
            return {"array": name, "rows": int(changed.sum()), "change": float(moved / (np.nanstd(old) or 1.0))}
    return None


def _double(dataset: Any, of_array: Callable[[np.ndarray], np.ndarray]) -> Any:
    """A shallow copy with arrays and random generators of its own."""
    double = copy.copy(dataset)
    for name, value in vars(dataset).items():
        if isinstance(value, (np.random.Generator, np.random.RandomState, random.Random)):
            setattr(double, name, copy.deepcopy(value))
        elif isinstance(value, np.ndarray):
            setattr(double, name, of_array(value))
    return double


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
