"""The true loss of a batch (Keras' logs are running means over the epoch) and the number of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras

from keras_magic.errors import EvidenceError
from keras_magic.watch import backends
from keras_magic.watch.step_recorder import StepRecord


def measure(seen: StepRecord, data: Any, logs: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield ("loss", "", loss) and ("rows", "", rows).

    The loss is what the model gives its loss tracker, else what `compute_loss` returned, else the entry "loss" of its logs.
    """
    first = next((leaf for leaf in keras.tree.flatten(data) if len(getattr(leaf, "shape", ())) > 0), None)
    if first is not None:
        yield "rows", "", keras.ops.shape(first)[0]
    loss = reported_loss(seen, logs)
    if loss is None:
        raise EvidenceError("train_step reports no loss: it neither calls compute_loss nor keeps a metric or a log called loss")
    yield "loss", "", loss
    if not seen.tracked and not seen.losses:
        raise EvidenceError("train_step reports its loss in its logs only; those may be running means")


def alarm(seen: StepRecord, logs: Mapping[str, Any]) -> Any:
    """Not finite once a loss was not: the sum that the loss tracker keeps of the epoch, else the entry of the logs.

    The loss itself would get another reader at every step, which may change how the step is compiled.
    """
    if seen.trackers and backends.belongs(total := backends.read(seen.trackers[-1].total), seen.graph):
        return total
    loss = logs.get("loss")
    return loss if backends.belongs(loss, seen.graph) and getattr(loss, "shape", None) == () else None


def reported_loss(seen: StepRecord, logs: Mapping[str, Any]) -> Any:
    """The step's loss as a scalar, None where it reports none."""
    values = (value for value in (*seen.tracked, *seen.losses, logs.get("loss")) if value is not None)
    loss = next((value for value in values if backends.belongs(value, seen.graph)), None)
    if loss is None:
        return None
    loss = backends.detached(seen.read(loss))
    return loss if getattr(loss, "shape", None) == () else keras.ops.mean(loss)
