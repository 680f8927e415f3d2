"""Does a target stand in its own input? Windows of a series whose target was not shifted hold the answer, at one fixed place."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_magic.facts import InputFacts, TargetFacts
from keras_magic.sources.filtered import follows_from_filter

ROWS = 1000
PLACES = 20_000  # values of a row that are compared
DISTINCT = 20  # fewer values are classes: one of them may well stand in a row by its nature


def answers_in_input(
    inputs: tuple[InputFacts, ...], x: list[np.ndarray], targets: tuple[TargetFacts, ...], y: list[np.ndarray]
) -> dict[str, Any]:
    """See `DataFacts.target_in_input` and `DataFacts.filtered`."""
    if not targets or not len(y[0]):
        return {}
    place = target_in_input(inputs, x, targets[0], y[0])
    return {"target_in_input": place, "filtered": None if place else follows_from_filter(inputs, x, targets[0], y[0])}


def target_in_input(
    inputs: tuple[InputFacts, ...], x: list[np.ndarray], target: TargetFacts, y: np.ndarray, share: float = 0.98
) -> dict[str, Any] | None:
    """The place of a sequence that equals the target.

    Returns:
        {"input", "step", "channel", "steps", "column", "share"}: the place, the length of the sequence, the column of a target of
        several, and the share of rows where both are equal (up to float32 rounding). None where there is none.
    """
    flat = y.reshape(len(y), -1)[:ROWS]
    if target.form not in ("continuous", "integer", "sequence") or flat.dtype.kind not in "fiu" or len(flat) < 20:
        return None
    for column in dict.fromkeys((0, flat.shape[1] - 1)):
        wanted = flat[:, column].astype("float64")
        if len(np.unique(wanted)) < DISTINCT:
            continue
        for fact, values in zip(inputs, x, strict=True):
            if fact.role != "sequence" or values.ndim != 3 or values[0].size > PLACES or flat.shape[1] >= values[0].size:
                continue
            rows = values[: len(wanted)].astype("float64")
            equal = np.isclose(rows, wanted[:, None, None], rtol=1e-5, atol=1e-7 * (np.abs(wanted).max() or 1.0)).mean(0)
            step, channel = np.unravel_index(int(equal.argmax()), equal.shape)
            if equal[step, channel] >= share:
                place = {"input": fact.name, "step": int(step), "channel": int(channel), "steps": int(rows.shape[1])}
                return place | {"column": column, "share": float(equal[step, channel])}
    return None
