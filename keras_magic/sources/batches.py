"""Whatever `fit` takes, as batches of numpy arrays; nothing is consumed, changed or kept longer than needed.

Arrays, frames, sparse matrices and tensors are sliced; tf.data is read through a copy; a `PyDataset` is read by index on a
shallow copy; generators are peeked into a buffer that the training then replays.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_magic.clock import Clock
from keras_magic.errors import EvidenceError, UsageError
from keras_magic.keras_adapter.tf_data import copy_of
from keras_magic.run import Run
from keras_magic.sources.replay import REPLAYS, Batch, steps_of, stream_of, unpacked
from keras_magic.sources.rows import check_array, check_width, kind_of_source, length, row_bytes, rows_at
from keras_magic.sources.stored import Shielded, rewritten
from keras_magic.sources.trees import foreign, leaves, map_tree, named_leaves, same_width

LEAST_ROWS = 64
PATIENT = 5.0  # seconds in which a stream is read for a sample, where nothing else limits it
BLOCK_ROWS = 16384
BLOCK_BYTES = 16 * 2**20


Sample = Batch  # the same three trees, in memory


@dataclass(frozen=True)
class Limits:
    """What a sample may take: bytes in memory, and time to read it; one batch, or `LEAST_ROWS`, is read in any case."""

    most_bytes: float = math.inf
    clock: Clock = field(default_factory=Clock)

    def rows(self, rows: int, row_bytes: int) -> int:
        """At most so many rows of this size."""
        return int(min(rows, max(LEAST_ROWS, self.most_bytes / max(1, row_bytes))))

    def keep(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches that are within the limits."""
        read = 0
        for batch in batches:
            yield batch
            read += sum(a.nbytes for part in (batch.x, batch.y, batch.sample_weight) for a in leaves(part))
            if read >= self.most_bytes or self.clock.over:
                return


class Source:
    """Where batches come from.

    Attributes:
        kind: "arrays" | "dataframe" | "tf.data" | "pydataset" | "generator" | "dataloader" | "dask".
        rows: number of rows, None when unknown.
        batch_size: rows per batch where the source decides it, else None.
        x: what to hand to `fit` in place of the user's x.
    """

    kind = "arrays"
    rows: int | None = None
    batch_size: int | None = None
    one_shot = False

    def __init__(self, x: Any):
        self.x = x

    def batches(self, limit_rows: int | None = None) -> Iterator[Batch]:
        """Batches in order, until `limit_rows` rows have been given (the last one is not cut)."""
        seen = 0
        for batch in self._all():
            yield batch
            seen += batch.rows
            if limit_rows is not None and seen >= limit_rows:
                return

    def sample(self, rows: int, seed: int = 0, limits: Limits | None = None) -> Sample:
        """About `rows` rows, spread over the source where it can be indexed, else its first ones."""
        parts = list((limits or Limits()).keep(self.batches(rows)))
        if not parts:
            raise EvidenceError(f"the {self.kind} gave no batch")
        return _join(parts, rows)

    def _all(self) -> Iterator[Batch]:
        raise NotImplementedError


class ArraySource(Source):
    """Arrays, frames, tensors and structures of them; `first`..`last` restricts the rows."""

    def __init__(self, x: Any, y: Any = None, sample_weight: Any = None, *, first: int = 0, last: int | None = None):
        super().__init__(x)
        if not leaves(x):
            raise UsageError(f"x holds no array: it is an empty {type(x).__name__}")
        x, y, sample_weight = (map_tree(foreign, part) for part in (x, y, sample_weight))
        self.parts = (x, y, sample_weight)
        for name, part in zip(("x", "y", "sample_weight"), self.parts, strict=True):
            for leaf, array in named_leaves(part, name):
                check_array(leaf, array)
                check_width(leaf, array)
        arrays = [a for part in self.parts for a in leaves(part)]
        self.x_rows = tuple(length(a) for a in leaves(x))
        self.y_rows = tuple(length(a) for a in leaves(y))
        self.weight_rows = tuple(length(a) for a in leaves(sample_weight))
        total = min((length(a) for a in arrays), default=0)
        self._first, self._last = first, total if last is None else min(last, total)
        self.whole = self._first == 0 and self._last == total
        self.rows = max(0, self._last - self._first)
        if any(hasattr(a, "dask") for a in arrays):
            self.kind = "dask"
        elif any(hasattr(a, "iloc") or hasattr(a, "get_columns") for a in leaves(x)):
            self.kind = "dataframe"
        self.row_bytes = sum(row_bytes(a) for a in arrays)
        self._block = max(1, min(BLOCK_ROWS, BLOCK_BYTES // max(1, self.row_bytes)))

    @property
    def span(self) -> tuple[int, int]:
        """First row, and the one after the last."""
        return self._first, self._last

    def take(self, where: slice | np.ndarray) -> Batch:
        """The rows at `where` (a slice or sorted indexes, counted from `first`)."""
        if isinstance(where, slice):
            where = slice(where.start + self._first, min(where.stop + self._first, self._last))
        else:
            where = where + self._first
        return Batch(*(map_tree(lambda a: rows_at(a, where), part) for part in self.parts))

    def _all(self) -> Iterator[Batch]:
        for start in range(0, self.rows or 0, self._block):
            yield self.take(slice(start, start + self._block))

    def sample(self, rows: int, seed: int = 0, limits: Limits | None = None) -> Sample:
        total, rows = self.rows or 0, (limits or Limits()).rows(rows, self.row_bytes)
        if total == 0:
            raise EvidenceError("there are no rows")
        if total <= rows:
            return self.take(slice(0, total))
        return self.take(np.sort(np.random.default_rng(seed).choice(total, rows, replace=False)))


class PipelineSource(Source):
    """A tf.data.Dataset."""

    kind = "tf.data"

    def __init__(self, dataset: Any):
        super().__init__(dataset)
        sizes = {spec.shape[0] for spec in _specs(dataset.element_spec) if spec.shape.rank}
        self.batch_size = sizes.pop() if len(sizes) == 1 else None
        count = int(dataset.cardinality())
        self.steps = count if count >= 0 else None
        self.infinite = count == -1
        self.rows = self.steps * self.batch_size if self.steps is not None and self.batch_size else None

    def _all(self) -> Iterator[Batch]:
        for element in copy_of(self.x):
            yield unpacked(element)


class PyDatasetSource(Source):
    """A keras.utils.PyDataset, read by index."""

    kind = "pydataset"

    def __init__(self, dataset: Any):
        super().__init__(dataset)
        try:
            self.steps = dataset.num_batches
        except NotImplementedError:
            self.steps = None
        self.infinite = self.steps is None

    def _all(self, order: Iterable[int] | None = None) -> Iterator[Batch]:
        dataset = Shielded(self.x, untouched_random)
        for index in order if order is not None else range(self.steps if self.steps is not None else sys.maxsize):
            yield unpacked(dataset[index])

    def rewritten(self) -> dict[str, Any] | None:
        """See `stored.rewritten`; where its first batch cannot be read, the reading of all of them tells."""
        with contextlib.suppress(Exception):
            return rewritten(Shielded(self.x, untouched_random), lambda item: unpacked(item).x)
        return None

    def again(self, index: int) -> Iterator[Batch]:
        """One and the same batch, as often as wanted: what is drawn at random differs from one to the next."""
        return self._all(itertools.repeat(index))

    def sample(self, rows: int, seed: int = 0, limits: Limits | None = None) -> Sample:
        if self.steps is None:
            return super().sample(rows, seed, limits)
        order = np.random.default_rng(seed).permutation(self.steps).tolist()
        parts: list[Batch] = []
        for batch in (limits or Limits()).keep(self._all(order)):
            parts.append(batch)
            if sum(p.rows for p in parts) >= rows:
                break
        if not parts:
            raise EvidenceError("the PyDataset has no batches")
        return _join(parts, rows)


class LoaderSource(Source):
    """A torch DataLoader, or another iterable that starts again each time it is iterated."""

    kind = "dataloader"

    def __init__(self, loader: Any):
        super().__init__(loader)
        self.batch_size = getattr(loader, "batch_size", None)
        dataset: Any = getattr(loader, "dataset", None)
        self.rows = len(dataset) if hasattr(dataset, "__len__") else None

    def _all(self) -> Iterator[Batch]:
        with untouched_random():
            iterator = iter(self.x)
        while True:
            with untouched_random():
                item = next(iterator, None)
            if item is None:
                return
            yield unpacked(tuple(item) if isinstance(item, list) else item)


class GeneratorSource(Source):
    """A Python generator or iterator. What is peeked stays in memory until the training has taken it from `x`."""

    kind = "generator"
    one_shot = True

    def __init__(self, iterator: Any):
        super().__init__(stream_of(iterator))
        self._replay = REPLAYS[self.x]

    def _all(self) -> Iterator[Batch]:
        return (unpacked(item) for item in self._replay.peek())


def open_source(x: Any, y: Any = None, sample_weight: Any = None, *, batch_size: int | None = None) -> Source:
    """Open whatever `fit` takes as x (with y and sample_weight for arrays).

    Raises:
        UsageError: x is nothing that `fit` takes.
    """
    kind = kind_of_source(x)
    if kind != "arrays":
        given = "y" if y is not None else "sample_weight" if sample_weight is not None else None
        if given:
            raise UsageError(f"x is a {type(x).__name__}, which carries its own targets and weights; leave {given} out")
    classes = {"tf.data": PipelineSource, "pydataset": PyDatasetSource, "dataloader": LoaderSource, "generator": GeneratorSource}
    source = classes[kind](x) if kind in classes else ArraySource(x, y, sample_weight)
    source.batch_size = source.batch_size or batch_size
    return source


def training_source(run: Run) -> Source:
    """The rows that `fit` trains on: without the tail that `validation_split` takes."""
    arguments = run.fit_arguments
    weight = arguments.get("sample_weight")
    if kind_of_source(run.x) != "arrays":
        return open_source(run.x, run.y, weight, batch_size=arguments.get("batch_size"))
    source = ArraySource(run.x, run.y, weight, last=_split_at(run))
    source.batch_size = arguments.get("batch_size") or 32
    return source


def validation_source(run: Run) -> Source | None:
    """The rows that `fit` validates on, None without validation. `validation_data` wins over `validation_split`, as in Keras."""
    data = run.fit_arguments.get("validation_data")
    if data is not None:
        try:
            return _open_validation(data, run.x)
        except UsageError as error:
            raise UsageError(f"validation_data: {error}") from None
    split_at = _split_at(run)
    if split_at is None:
        return None
    return ArraySource(run.x, run.y, run.fit_arguments.get("sample_weight"), first=split_at)


def _open_validation(data: Any, x: Any) -> Source:
    """`validation_data` as `fit` unpacks it; the inputs of a dict in the order in which the training data has them."""
    if not isinstance(data, (tuple, list)):
        return open_source(data)
    if not 1 <= len(data) <= 3:
        raise UsageError(f"give (x, y) or (x, y, sample_weight); got a {type(data).__name__} of {len(data)}")
    held_out, *others = data
    if isinstance(x, dict) and isinstance(held_out, dict) and x.keys() == held_out.keys():
        held_out = {key: held_out[key] for key in x}
    return open_source(held_out, *others)


def sample_rows(run: Run, rows: int = 2048, seed: int = 0, limits: Limits | None = None) -> Sample:
    """About `rows` training rows in memory, in their order; the part that `validation_split` takes is left out.

    Raises:
        EvidenceError: there are no rows.
    """
    return training_source(run).sample(rows, seed, limits or Limits(clock=Clock(PATIENT)))


def sample_validation(run: Run, rows: int = 2048, limits: Limits | None = None) -> Sample | None:
    """About `rows` validation rows in memory, None without validation."""
    source = validation_source(run)
    return None if source is None else source.sample(rows, limits=limits or Limits(clock=Clock(PATIENT)))


def normalise_run(run: Run) -> Run:
    """The same run with one-shot generators (x, validation_data) replaced by ones that can be peeked without loss."""
    arguments = run.fit_arguments
    changes: dict[str, Any] = {}
    if kind_of_source(run.x) == "generator":
        changes["x"] = _stream(run.x, steps_of(arguments, "steps_per_epoch"))
    validation = arguments.get("validation_data")
    if validation is not None and kind_of_source(validation) == "generator":
        stream = _stream(validation, steps_of(arguments, "validation_steps"))
        changes["fit_arguments"] = {**arguments, "validation_data": stream}
    return run.replace(**changes) if changes else run


def _stream(iterator: Any, steps: float) -> Any:
    stream = open_source(iterator).x
    REPLAYS[stream].allow(steps)
    return stream


@contextlib.contextmanager
def untouched_random() -> Iterator[None]:
    """Run the user's code without moving the global random states of python, numpy and (where loaded) torch."""
    torch = sys.modules.get("torch")
    rng = torch.get_rng_state() if torch is not None and hasattr(torch, "get_rng_state") else None
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the user's code may use it
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        if torch is not None and rng is not None:
            torch.set_rng_state(rng)


def is_stream(x: Any) -> bool:
    """Whether x brings its batches itself: no arrays that could be sliced."""
    return kind_of_source(x) != "arrays"


def _join(parts: list[Batch], rows: int) -> Sample:
    def join(*trees: Any) -> Any:
        if trees[0] is None:
            return None
        if isinstance(trees[0], dict):
            return {key: join(*(t[key] for t in trees)) for key in trees[0]}
        if isinstance(trees[0], (list, tuple)):
            return type(trees[0])(join(*values) for values in zip(*trees, strict=True))
        return np.concatenate(same_width(list(trees)))[:rows]

    return Sample(*(join(*(getattr(p, name) for p in parts)) for name in ("x", "y", "sample_weight")))


def _specs(spec: Any) -> list[Any]:
    if hasattr(spec, "shape"):
        return [spec]
    values = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, (list, tuple)) else ()
    return [leaf for value in values for leaf in _specs(value)]


def _split_at(run: Run) -> int | None:
    """Number of training rows under `validation_split` (Keras rounds down and validates on the last rows), None without one.

    Raises:
        UsageError: x holds something else than arrays.
    """
    split = run.fit_arguments.get("validation_split") or 0.0
    if not 0 < split < 1 or run.fit_arguments.get("validation_data") is not None:
        return None
    if kind_of_source(run.x) != "arrays":
        return None
    x = map_tree(foreign, run.x)
    for name, array in named_leaves(x, "x"):
        check_array(name, array)
    return math.floor(next((length(array) for array in leaves(x)), 0) * (1.0 - split))
