"""Does the same input come with another target when the data is read again? Then inputs and targets are shuffled apart."""

from __future__ import annotations

import numpy as np
from sklearn.random_projection import SparseRandomProjection

from keras_magic.clock import Clock
from keras_magic.keras_adapter.tf_data import copy_of
from keras_magic.run import Run
from keras_magic.sources.batches import Limits, PipelineSource, PyDatasetSource, Sample, training_source
from keras_magic.sources.relation import nearest_of
from keras_magic.sources.trees import leaves

ROWS, COLUMNS = 1024, 256  # that are compared
MOST_BYTES, SECONDS = 32 * 2**20, 0.5  # for one reading
SAME = 0.25  # of the usual distance to the nearest other row: the same row, but for a little augmentation
LEAST = 32  # rows that have to come again to say anything


def reading(run: Run, later: bool = False) -> Sample | None:
    """Rows of a source that draws its batches again in each epoch; None for all others.

    Args:
        later: of the second epoch of a pipeline (a PyDataset is where the training has left it).
    """
    source = training_source(run)
    if not isinstance(source, (PipelineSource, PyDatasetSource)) or source.infinite or not source.steps:
        return None
    if later and isinstance(source, PipelineSource):
        source = PipelineSource(copy_of(source.x).repeat(2).skip(source.steps))
    return source.sample(2 * ROWS, limits=Limits(most_bytes=MOST_BYTES, clock=Clock(SECONDS)))


def relabelled_share(before: Sample, after: Sample) -> float:
    """Share of the rows of one reading that the other one gives again with another target; 0 where too few come again."""
    if len(leaves(before.y)) != 1 or len(leaves(after.y)) != 1:
        return 0.0
    a, b = _table(before), _table(after)
    if a is None or b is None or a.shape[1] != b.shape[1] or min(len(a), len(b)) < LEAST:
        return 0.0
    a = a[:ROWS]
    y, again = (np.asarray(leaves(s.y)[0]).reshape(s.rows, -1) for s in (before, after))
    (_, usual), (_, others) = (nearest_of(table, table, own=True) for table in (a, b))
    place, away = nearest_of(a, b)
    near = SAME * np.median(usual)
    same = (away < near) & (usual >= near) & (others[place] >= near)  # which of several like rows it was cannot be determined
    if same.sum() < LEAST or y.shape[1:] != again.shape[1:]:
        return 0.0
    return float((y[: len(a)] != again[place]).any(axis=1)[same].mean())


def _table(sample: Sample) -> np.ndarray | None:
    """The inputs side by side, a row each; many columns as few whose distances are about the same (Li, Hastie and Church 2006)."""
    parts = [np.asarray(leaf).reshape(sample.rows, -1) for leaf in leaves(sample.x)]
    if not parts or any(part.dtype.kind not in "fiub" for part in parts):
        return None
    table = np.nan_to_num(np.concatenate(parts, axis=1).astype("float64"))
    if table.shape[1] <= COLUMNS:
        return table
    return np.asarray(SparseRandomProjection(COLUMNS, random_state=0).fit_transform(table))
