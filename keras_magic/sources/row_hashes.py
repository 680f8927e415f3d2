"""Hashes of rows, to count equal ones within and between parts of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np

CACHE_VALUES = 65536  # values per inner block: stays in the processor's cache


class RowHashes:
    """Counts of different rows, known by 64-bit hashes of x and of x with y: for duplicates, conflicts and leakage.

    At most `limit` different rows are kept. Beyond, only those whose hash of x lies below a bound, which is halved as often as
    needed (adaptive sampling, Flajolet 1990): which rows stay depends on the rows alone, neither on their order nor on how they
    were cut, and the same ones stay in another set. Shares read from `kept` rows then have a standard error of at most
    0.5 / sqrt(different rows kept), else they are exact.

    Attributes:
        bits: how often the bound was halved; x hashes of `64 - bits` bits are kept.
    """

    def __init__(self, limit: int = 2**19):
        self.limit, self.bits, self.rows = limit, 0, 0
        self._parts: list[np.ndarray] = []  # (rows, 3): x, x with y, how many
        self._held = 0

    def update(self, x: Sequence[np.ndarray], y: Sequence[np.ndarray] = ()) -> RowHashes:
        """Add a batch; numbers are compared as float32 (bytes as they are), so the user's dtype does not matter."""
        rows = min(len(a) for a in (*x, *y))
        total = sum_words([a[:rows] for a in x])
        of_x = mixed(total)
        both = mixed(total + sum_words([a[:rows] for a in y], first=len(x))) if y else of_x
        self.rows += rows
        self._append(np.stack([of_x, both, np.ones(rows, "uint64")]))
        return self

    def merge(self, other: RowHashes) -> RowHashes:
        """Add what `other` has seen."""
        self.rows += other.rows
        self.bits = max(self.bits, other.bits)
        for part in other._parts:
            self._append(part)
        return self

    def _append(self, part: np.ndarray) -> None:
        if self.bits:
            part = part[:, part[0] >> np.uint64(64 - self.bits) == 0]
        self._parts.append(part)
        self._held += part.shape[1]
        if self._held > 1.25 * self.limit:
            self._shrink()

    def _shrink(self) -> None:
        """Equal rows become one with their count; while there are too many, the bound is halved."""
        found = np.concatenate(self._parts, axis=1)
        self._parts = []
        while True:
            if self.bits:
                found = found[:, found[0] >> np.uint64(64 - self.bits) == 0]
            if found.shape[1] > self.limit:
                found = _counted(found)
            if found.shape[1] <= self.limit:
                break
            self.bits += 1
        self._parts, self._held = [found], found.shape[1]

    def result(self) -> HashedRows:
        """What was seen."""
        if not self._parts:
            return HashedRows()
        self._shrink()
        found = self._parts[0]
        ordered = np.sort(found[0])
        if (ordered[1:] != ordered[:-1]).all() and (found[2] == 1).all():
            return HashedRows(ordered, np.ones(len(ordered), "int64"), bits=self.bits)
        found = self._parts[0] = _counted(found)
        self._held = found.shape[1]
        starts = np.flatnonzero(np.concatenate([[True], found[0][1:] != found[0][:-1]]))
        counts = np.add.reduceat(found[2].astype("int64"), starts)
        several = np.diff(np.append(starts, found.shape[1])) > 1
        rows = int(counts.sum())
        return HashedRows(
            found[0, starts], counts, 1 - found.shape[1] / rows, float(counts[several].sum() / rows) if rows else 0.0, self.bits
        )


@dataclass(frozen=True)
class HashedRows:
    """The different rows that `RowHashes` kept.

    Attributes:
        hashes: of x, ascending, each once; counts: rows with that x.
        duplicates: share of rows that repeat an earlier one (x and y); conflicts: share whose x stands with another y as well.
        bits: only hashes of `64 - bits` bits were kept.
    """

    hashes: np.ndarray = field(default_factory=lambda: np.empty(0, "uint64"))
    counts: np.ndarray = field(default_factory=lambda: np.empty(0, "int64"))
    duplicates: float = 0.0
    conflicts: float = 0.0
    bits: int = 0

    @property
    def repeated(self) -> float:
        """Share of the rows whose x stands here more than once."""
        return float(self.counts[self.counts > 1].sum() / self.counts.sum()) if len(self.counts) else 0.0

    def shared(self, other: HashedRows) -> float:
        """Share of the rows of `other` whose x stands here as well."""
        bits = max(self.bits, other.bits)
        mine, theirs = self._below(bits), other._below(bits)
        if not len(mine.hashes) or not len(theirs.hashes):
            return 0.0
        at = np.minimum(np.searchsorted(mine.hashes, theirs.hashes), len(mine.hashes) - 1)
        return float(theirs.counts[mine.hashes[at] == theirs.hashes].sum() / theirs.counts.sum())

    def _below(self, bits: int) -> HashedRows:
        if bits == self.bits:
            return self
        end = int(np.searchsorted(self.hashes, np.uint64(1) << np.uint64(64 - bits)))
        return replace(self, hashes=self.hashes[:end], counts=self.counts[:end], bits=bits)


def _counted(found: np.ndarray) -> np.ndarray:
    """Equal columns (x, x with y) of a (3, rows) table as one with the sum of their counts, sorted."""
    found = found[:, np.argsort(found[0])]
    if (found[0][1:] == found[0][:-1]).any():
        found = found[:, np.lexsort((found[1], found[0]))]
    new = np.ones(found.shape[1], bool)
    new[1:] = (found[:2, 1:] != found[:2, :-1]).any(0)
    starts = np.flatnonzero(new)
    if len(starts) == found.shape[1]:
        return found
    return np.stack([found[0, starts], found[1, starts], np.add.reduceat(found[2], starts)])


def sum_words(arrays: list[np.ndarray], first: int = 0) -> np.ndarray:
    """One number per row over all arrays: multilinear with fixed random odd factors, to be `mixed`."""
    total = np.zeros(min(len(a) for a in arrays), "uint64")
    for which, array in enumerate(arrays, start=first):
        if not array.size:
            continue
        flat = array[: len(total)].reshape(len(total), -1)
        random = np.random.default_rng(7919 + which)
        factors: np.ndarray | None = None
        step = max(1, CACHE_VALUES // flat.shape[1])
        for start in range(0, len(total), step):
            words = _words(_comparable(flat[start : start + step]))
            if factors is None:
                factors = np.asarray(random.integers(0, 2**63, words.shape[1], dtype="uint64") * np.uint64(2) + np.uint64(1))
            total[start : start + step] += words.astype("uint64", copy=False) @ factors
    return total


def mixed(total: np.ndarray) -> np.ndarray:
    """Sums as evenly spread hashes (splitmix64's finaliser)."""
    total = (total ^ (total >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    total = (total ^ (total >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(total ^ (total >> np.uint64(31)))


def _comparable(flat: np.ndarray) -> np.ndarray:
    if flat.dtype.kind not in "fiub":
        return _hash_objects(flat)
    return np.ascontiguousarray(flat if flat.dtype == np.uint8 else _narrowed(flat))


def _narrowed(flat: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return flat.astype("float32", copy=False)


def _hash_objects(flat: np.ndarray) -> np.ndarray:
    """One number per value, the same in every process (Python's `hash` of a string is not)."""
    digests = [blake2b(repr(v).encode(), digest_size=8).digest() for v in flat.ravel().tolist()]
    return np.frombuffer(b"".join(digests), "uint64").reshape(flat.shape)


def _words(flat: np.ndarray) -> np.ndarray:
    """The bytes of each row as the widest unsigned words that divide it."""
    width = flat.shape[1] * flat.itemsize
    size = next(s for s in (8, 4, 2, 1) if width % s == 0)
    return flat.view(f"uint{8 * size}") if flat.shape[1] else np.zeros((len(flat), 1), "uint64")
