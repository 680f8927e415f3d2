"""Does a loader mirror or shift its images and leave their targets as they are? It is read several times and compared."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
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


PAIRS = 64  # images that are compared with themselves in another reading
ALIKE, CLEARLY = 0.5, 0.2  # correlation of an image with its moved self, and by how much it exceeds that without the move
SHIFTED = "shifted"
_FLIPS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {SHIFTED: lambda a: a, "mirrored left to right": np.fliplr, "mirrored upside down": np.flipud}
)

#: Moves of an image -> the axis of (height, width[, channels]) that is reversed.
AXES: Mapping[str, int] = MappingProxyType({"mirrored left to right": 1, "mirrored upside down": 0})


def mirrored_shares(source: Source) -> dict[str, float]:
    """How images are moved -> share of the images (rows, height, width[, channels]) that another reading gives so.

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
    """A shuffled pipeline gives its images in another order: they are found by their targets where each has its own (masks,
    coordinates), else by what they hold."""
    start, first = time.perf_counter(), _rows(source)
    if (own := _by_target(first)) and len(own) >= LEAST:
        return _shares_moved(source, own, start)
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


def _by_target(rows: list[tuple[np.ndarray, bytes]]) -> dict[bytes, np.ndarray]:
    """Target -> image, of the targets that occur once."""
    counts = Counter(target for _, target in rows)
    return {target: image for image, target in rows if counts[target] == 1}


def _shares_moved(source: PipelineSource, known: Mapping[bytes, np.ndarray], start: float) -> dict[str, float]:
    """Move -> share of the images that come again so with the very same target."""
    moves: dict[bytes, str] = {}
    while len(moves) < PAIRS and time.perf_counter() - start < SECONDS:
        again = {t: image for t, image in _by_target(_rows(source)).items() if t in known and moves.get(t, "") == ""}
        moves |= {t: move_between(known[t], image) for t, image in list(again.items())[:PAIRS]}
        if len(again) < LEAST:
            break
    counts = Counter(move for move in moves.values() if move)
    return {move: count / len(moves) for move, count in counts.items()} if len(moves) >= LEAST else {}


def move_between(one: np.ndarray, other: np.ndarray) -> str:
    """What takes one image (height, width[, channels]) to the other: a mirroring, a shift, or "" for neither.

    Both are compared over all shifts at once (phase of their Fourier transforms), as they are and mirrored.
    """
    a, b = (_grey(image) for image in (one, other))
    if a is None or b is None or a.shape != b.shape:
        return ""
    spectrum = np.conj(np.fft.rfft2(b))
    agree = {move: np.fft.irfft2(np.fft.rfft2(flip(a)) * spectrum, a.shape) / a.size for move, flip in _FLIPS.items()}
    still, best = float(agree[SHIFTED][0, 0]), max(agree, key=lambda move: float(agree[move].max()))
    found = float(agree[best].max())
    return best if found > ALIKE and found > still + CLEARLY else ""


def _grey(image: np.ndarray) -> np.ndarray | None:
    """Mean over the channels with mean 0 and deviation 1; None where all is one value."""
    values = np.nan_to_num(image.astype("float64"))
    values = values.mean(-1) if values.ndim == 3 else values
    return (values - values.mean()) / values.std() if values.std() > 0 else None


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
