"""Gradients that a loop gathers itself over several steps: are those of an update before still in what the next one is given?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_magic.keras_adapter.tf_graph import added_to, mark_of_tensor, summands
from keras_magic.loops import weights


@dataclass
class Accumulators:
    """Variables to which a compiled step adds the gradients of a unit, one for each of its variables.

    Args:
        taken: an update used what they hold, and nothing was added to them since.
        whole: gradients are added to them as the tape gave them; given: the optimizer was given them as they are.
    """

    variables: list[Any]
    taken: bool = False
    whole: bool = False
    given: bool = False

    def holds(self, gradient: Any, place: int) -> bool:
        """Whether this gradient of the unit's variable at `place` is what is gathered for it, or a multiple of it."""
        own = weights.sample(self.variables[place], 512) if place < len(self.variables) else None
        given = weights.sample(gradient, 512)
        if given is None or own is None or given.shape != own.shape or not own.any():
            return False
        self.given = self.given or bool(np.allclose(given, own, rtol=1e-4, atol=1e-12))
        return bool(np.allclose(given * weights.norm(own), own * weights.norm(given), rtol=1e-4, atol=1e-12))

    def any_left(self) -> bool:
        """They are not zero."""
        return any((array := weights.sample(v)) is not None and bool(array.any()) for v in self.variables)


def accumulators_in(graph: Any, variables: Sequence[Any], gradients: Collection[Any]) -> Accumulators | None:
    """What the traced function adds to, where it has the shapes of the unit's variables; None where it gathers nothing.

    Args:
        gradients: marks of the tensors that a tape gave.
    """
    own = {id(v) for v in variables}
    found = [(v, added) for v, added in added_to(graph) if id(v) not in own and len(v.shape)]
    shapes = [tuple(v.shape) for v in variables if len(v.shape)]
    if not found or [tuple(v.shape) for v, _ in found] != shapes:
        return None
    terms = [summands(added, gradients) or [] for _, added in found]
    return Accumulators(
        [v for v, _ in found], whole=all(len(t) == 1 and t[0].tensor is not None and not t[0].scaled for t in terms)
    )


def whole_gradients(applied: Any, gradients: Mapping[Any, int], accumulators: Accumulators | None) -> int:
    """How many gradients of one variable the applied one of a graph is the undivided sum of; -1 where it is what is gathered in a
    variable, 0 where it is neither.

    Args:
        gradients: mark of a tensor that a tape gave -> key of its variable.
    """
    terms = summands(applied, gradients)
    if not terms or any(t.scaled for t in terms):
        return 0
    if len(terms) == 1 and terms[0].handle is not None:
        held = [] if accumulators is None else [id(v.handle) for v in accumulators.variables]
        return -1 if id(terms[0].handle) in held else 0
    keys = {gradients[mark_of_tensor(t.tensor)] for t in terms if t.tensor is not None}
    return len(terms) if len(keys) == 1 and all(t.tensor is not None for t in terms) else 0


def goes_on(applied: np.ndarray, before: np.ndarray, parts: Sequence[np.ndarray]) -> bool:
    """The applied gradient is that of the update before with the sum, or the mean, of the gradients since then."""
    new, size = np.sum(parts, axis=0), np.abs(before).max()
    if not size or not new.any():
        return False
    return any(bool((np.abs(applied - new * share - before) <= 1e-3 * size).all()) for share in {1.0, 1 / len(parts)})
