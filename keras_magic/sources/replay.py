"""One batch of rows, and one-shot iterators that can be read ahead and still be trained on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import GeneratorType
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.facts import DataFacts
from keras_magic.run import Run
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
    """A one-shot iterator with a buffer of what was peeked; `stream()` gives every item once, the buffered ones first.

    Attributes:
        taken: items that the stream gave; most: that may be read ahead in all, without limit by default.
    """

    def __init__(self, iterator: Iterator[Any]):
        self.iterator = iterator
        self.buffer: list[Any] = []
        self.taken, self.most = 0, math.inf

    def stream(self) -> Iterator[Any]:
        while self.taken < len(self.buffer):
            self.taken += 1
            yield self.buffer[self.taken - 1]
        for item in self.iterator:
            self.taken += 1  # the training has read past the buffer: peeking more would steal from it
            yield item

    def allow(self, steps: float) -> None:
        """A training of so many steps is to come: what it would leave in the iterator stays there."""
        self.most = self.taken + steps

    @property
    def waiting(self) -> int:
        """Items that were read ahead and not yet given."""
        return max(0, len(self.buffer) - self.taken)

    def peek(self) -> Iterator[Any]:
        index = 0
        while True:
            if index == len(self.buffer) and not self._fill():
                return
            yield self.buffer[index]
            index += 1

    def _fill(self) -> bool:
        if self.taken > len(self.buffer) or len(self.buffer) >= self.most:
            return False
        try:
            item = next(self.iterator)
        except StopIteration:
            return False
        # a generator may fill the same array again for the next batch
        self.buffer.append(copied(item))
        return True


REPLAYS: WeakKeyDictionary[Any, Replay] = WeakKeyDictionary()  # by the stream that stands in for the user's iterator
STREAMS: WeakValueDictionary[int, Any] = WeakValueDictionary()  # by the id of the user's iterator, as long as somebody has one


def stream_of(iterator: Any) -> Any:
    """The stream that stands in for an iterator: the same one each time, so that a later training goes on where one ended."""
    if isinstance(iterator, GeneratorType) and iterator in REPLAYS:
        return iterator
    known = STREAMS.get(id(iterator))
    if known is not None and REPLAYS[known].iterator is iterator:
        return known
    replay = Replay(iterator)
    stream = STREAMS[id(iterator)] = replay.stream()
    REPLAYS[stream] = replay
    return stream


def steps_of(arguments: Mapping[str, Any], steps: str) -> float:
    """How many batches a `fit` takes whose arguments these are; infinite where it takes all that come."""
    each, often = arguments.get(steps), arguments.get("validation_freq", 1) if steps == "validation_steps" else 1
    if not isinstance(each, int):
        return math.inf
    epochs = (arguments.get("epochs") or 1) - (arguments.get("initial_epoch") or 0)
    return each * (epochs // often if isinstance(often, int) else len(often))


def with_note(data: DataFacts, run: Run) -> DataFacts:
    """The facts, with a note on what was read ahead of a generator and is yet to be trained on."""
    given = (run.x, run.fit_arguments.get("validation_data"))
    waiting = sum(REPLAYS[x].waiting for x in given if isinstance(x, GeneratorType) and x in REPLAYS)
    if not waiting:
        return data
    kept = f"Batches that were read ahead of the generator ({waiting}) are kept with this report"
    note = f"{kept}: while it lives, km.diagnose and km.watch train on them; a plain fit misses them."
    return replace(data, notes=(*data.notes, note))


def unpacked(item: Any) -> Batch:
    """One element of a stream as Keras unpacks it: x, (x,), (x, y) or (x, y, sample_weight).

    A third part that cannot weigh the rows of y belongs to a model that takes its batches apart itself, as triplets: the parts are
    inputs then.
    """
    if isinstance(item, list):
        item = tuple(item)
    parts = item if isinstance(item, tuple) else (item,)
    if parts and parts[0] is None:
        raise UsageError("a batch has no x: it is None")
    if not 1 <= len(parts) <= 3:
        raise UsageError(f"a batch must be (x,), (x, y) or (x, y, sample_weight); got a tuple of {len(parts)}")
    batch = Batch(*(map_tree(to_numpy, part) for part in parts))
    if not _weighs(batch.sample_weight, batch.y):
        batch = Batch((batch.x, batch.y, batch.sample_weight))
    arrays = [a for part in (batch.x, batch.y, batch.sample_weight) for a in leaves(part)]
    if any(a.ndim == 0 for a in arrays):  # the pipeline was not batched: one row
        return Batch(*(map_tree(lambda a: np.asarray(a)[None], part) for part in (batch.x, batch.y, batch.sample_weight)))
    return batch


def _weighs(weight: Any, y: Any) -> bool:
    """Keras multiplies weights with one loss for each row, step or pixel of y: they have no axis of features."""
    if not (isinstance(weight, np.ndarray) and isinstance(y, np.ndarray)):
        return True
    return weight.ndim < max(2, y.ndim) or weight.shape[-1] == 1 or weight.shape != y.shape


def copied(item: Any) -> Any:
    return map_tree(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, item)
