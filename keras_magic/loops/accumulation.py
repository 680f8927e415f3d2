"""Gradients that a loop gathers itself over several steps: are those of an update before still in what the next one is given?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_magic.keras_adapter.tf_graph import added_to
from keras_magic.loops import weights


@dataclass
class Accumulators:
    """Variables to which a compiled step adds the gradients of a unit, one for each of its variables.

    Args:
        taken: an update used what they hold, and nothing was added to them since.
    """

    variables: list[Any]
    taken: bool = False

    def holds(self, gradient: Any, place: int) -> bool:
        """Whether this gradient of the unit's variable at `place` is what is gathered for it, or a multiple of it."""
        own = weights.sample(self.variables[place], 512) if place < len(self.variables) else None
        given = weights.sample(gradient, 512)
        if given is None or own is None or given.shape != own.shape or not own.any():
            return False
        return bool(np.allclose(given * weights.norm(own), own * weights.norm(given), rtol=1e-4, atol=1e-12))

    def any_left(self) -> bool:
        """They are not zero."""
        return any((array := weights.sample(v)) is not None and bool(array.any()) for v in self.variables)


def accumulators_in(graph: Any, variables: Sequence[Any]) -> Accumulators | None:
    """What the traced function adds to, where it has the shapes of the unit's variables; None where it gathers nothing."""
    own = {id(v) for v in variables}
    found = [v for v in added_to(graph) if id(v) not in own and len(v.shape)]
    shapes = [tuple(v.shape) for v in variables if len(v.shape)]
    return Accumulators(found) if found and [tuple(v.shape) for v in found] == shapes else None


def goes_on(applied: np.ndarray, before: np.ndarray, parts: Sequence[np.ndarray]) -> bool:
    """The applied gradient is that of the update before with the sum, or the mean, of the gradients since then."""
    new = np.sum(parts, axis=0)
    if not before.any() or not new.any():
        return False
    return any(np.allclose(applied, before + new * share, rtol=1e-4, atol=1e-7) for share in {1.0, 1 / len(parts)})
