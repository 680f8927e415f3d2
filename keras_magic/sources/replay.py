"""One batch of rows, and one-shot iterators that can be read ahead and still be trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.sources.trees import leaves, map_tree, to_numpy


@dataclass(frozen=True)
class Batch:
    """Some rows: numpy trees in the structure of the user's x, y and sample_weight (None where not given)."""

    x: Any
    y: Any = None
    sample_weight: Any = None

    @property
    def rows(self) -> int:
        """Rows of the first array."""
        return next((len(a) for part in (self.x, self.y) for a in leaves(part)), 0)

    def head(self, rows: int) -> Batch:
        """The first `rows` rows."""
        if rows >= self.rows:
            return self
        return Batch(*(map_tree(lambda a: a[:rows], part) for part in (self.x, self.y, self.sample_weight)))


class Replay:
    """A one-shot iterator with a buffer of what was peeked; `stream()` gives every item once, the buffered ones first."""

    def __init__(self, iterator: Iterator[Any]):
        self.iterator = iterator
        self.buffer: list[Any] = []
        self.flowing = False  # the training has read past the buffer: peeking more would steal from it

    def stream(self) -> Iterator[Any]:
        index = 0
        while index < len(self.buffer):
            yield self.buffer[index]
            index += 1
        self.flowing = True
        yield from self.iterator

    def peek(self) -> Iterator[Any]:
        index = 0
        while True:
            if index == len(self.buffer) and not self._fill():
                return
            yield self.buffer[index]
            index += 1

    def _fill(self) -> bool:
        if self.flowing:
            return False
        try:
            item = next(self.iterator)
        except StopIteration:
            return False
        # a generator may fill the same array again for the next batch
        self.buffer.append(copied(item))
        return True


REPLAYS: WeakKeyDictionary[Any, Replay] = WeakKeyDictionary()  # by the stream that stands in for the user's iterator
ORIGINALS: WeakValueDictionary[int, Replay] = WeakValueDictionary()  # by the id of the user's iterator, as long as a stream lives


def unpacked(item: Any) -> Batch:
    """One element of a stream as Keras unpacks it: x, (x,), (x, y) or (x, y, sample_weight)."""
    if isinstance(item, list):
        item = tuple(item)
    parts = item if isinstance(item, tuple) else (item,)
    if parts and parts[0] is None:
        raise UsageError("a batch has no x: it is None")
    if not 1 <= len(parts) <= 3:
        raise UsageError(f"a batch must be (x,), (x, y) or (x, y, sample_weight); got a tuple of {len(parts)}")
    batch = Batch(*(map_tree(to_numpy, part) for part in parts))
    arrays = [a for part in (batch.x, batch.y, batch.sample_weight) for a in leaves(part)]
    if any(a.ndim == 0 for a in arrays):  # the pipeline was not batched: one row
        return Batch(*(map_tree(lambda a: np.asarray(a)[None], part) for part in (batch.x, batch.y, batch.sample_weight)))
    return batch


def copied(item: Any) -> Any:
    return map_tree(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, item)
