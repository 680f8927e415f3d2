"""Does a loader mirror its images and leave their targets as they are? The same batch is read several times and compared."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType

import numpy as np

from keras_magic.sources.batches import PipelineSource, PyDatasetSource, Source
from keras_magic.sources.replay import Batch
from keras_magic.sources.trees import leaves

READINGS = 6  # an image that is mirrored by the toss of a coin is seen both ways in all but 3 % of the cases
SECONDS = 0.5
ROWS = 512  # of a pipeline that are compared; shuffled wholly, some of them come again
LEAST = 16  # images that have to come again to say anything


#: Moves of an image -> the axis of (height, width[, channels]) that is reversed.
AXES: Mapping[str, int] = MappingProxyType({"mirrored left to right": 1, "mirrored upside down": 0})


def mirrored_shares(source: Source) -> dict[str, float]:
    """How images are mirrored -> share of the images (rows, height, width[, channels]) that another reading gives so.

    Their targets are the very same. Looked at are the first batch of a source that is read by index, and the images of a pipeline
    that come again; empty for other sources, and where no image is mirrored.
    """
    shares = {move: _share_mirrored(source, axis) for move, axis in AXES.items()} if isinstance(source, PyDatasetSource) else {}
    shares = _shares_come_again(source) if isinstance(source, PipelineSource) else shares
    return {move: share for move, share in shares.items() if share > 0}


def _share_mirrored(source: PyDatasetSource, axis: int) -> float:
    """Of the images of the first batch."""
    if not source.steps:
        return 0.0
    start, readings = time.perf_counter(), []
    for batch in islice(source.again(0), READINGS):
        readings.append(batch)
        if time.perf_counter() - start > SECONDS:
            break
    flipped = [rows for other in readings[1:] if (rows := _mirrored(readings[0], other, axis)) is not None]
    return float(np.any(np.stack(flipped), axis=0).mean()) if flipped else 0.0


def _mirrored(one: Batch, other: Batch, axis: int) -> np.ndarray | None:
    """Per row: the image is the other one's mirror image, the target is the same; None for what is no pair of images."""
    (a, *more), (b, *_) = leaves(one.x), leaves(other.x)
    targets = list(zip(leaves(one.y), leaves(other.y), strict=False)) if one.y is not None and other.y is not None else []
    if more or not targets or a.ndim not in (3, 4) or a.shape != b.shape or any(t.shape != u.shape for t, u in targets):
        return None
    same = np.all([_rows_equal(t, u) for t, u in targets], axis=0)
    return same & _rows_equal(np.flip(a, axis + 1), b) & ~_rows_equal(a, b)


def _rows_equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a == b).reshape(len(a), -1).all(axis=1)


def _shares_come_again(source: PipelineSource) -> dict[str, float]:
    """A shuffled pipeline gives its images in another order: they are found by what they hold."""
    start, first = time.perf_counter(), _rows(source)
    known, seen = {(p.tobytes(), t) for p, t in first}, set()
    turned: dict[str, set[tuple[bytes, bytes]]] = {move: set() for move in AXES}
    for _ in range(READINGS - 1):
        if not first or time.perf_counter() - start > SECONDS:
            break
        for image, target in _rows(source):
            seen |= {(image.tobytes(), target)} & known
            for move, axis in AXES.items():
                turned[move] |= ({(np.flip(image, axis).tobytes(), target)} - {(image.tobytes(), target)}) & known
    again = seen.union(*turned.values())
    return {move: len(rows) / len(again) for move, rows in turned.items()} if len(again) >= LEAST else {}


def _rows(source: PipelineSource) -> list[tuple[np.ndarray, bytes]]:
    """Images and targets of the first rows; none where there are several inputs, or no images."""
    rows: list[tuple[np.ndarray, bytes]] = []
    start = time.perf_counter()
    for batch in source.batches(ROWS):
        images, targets = leaves(batch.x), leaves(batch.y) if batch.y is not None else []
        if len(images) != 1 or not targets or images[0].ndim not in (3, 4):
            return []
        rows += [(p, b"|".join(np.asarray(t).tobytes() for t in ts)) for p, *ts in zip(images[0], *targets, strict=True)]
        if time.perf_counter() - start > SECONDS:
            break
    return rows
