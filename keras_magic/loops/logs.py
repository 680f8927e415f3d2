"""What a recorder keeps while a loop runs: one log per model, unit, `tf.function` and metric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_magic.loop_facts import FirstNonfinite
from keras_magic.loops.accumulation import Accumulators
from keras_magic.watch.downsampling import Downsampled

KEPT = 600  # losses and samples kept per unit


@dataclass
class ModelLog:
    """A model that the loop called or trained.

    Args:
        start: checksums of its weights when it was first seen; own: names of variables at that time.
        inputs: leaves that it was called on in this step: `mark_of` -> tensor.
    """

    model: Any
    name: str
    calls: int = 0
    recorded: int = 0
    training: int = 0
    batches: int = 0
    start: tuple[int | None, ...] | None = None
    inputs: dict[int, Any] = field(default_factory=dict)
    last: tuple[list[Any], list[Any]] = ((), ())  # type: ignore[assignment]  # leaves of its last call in this step: inputs, outputs
    fed_by: Counter[str] = field(default_factory=Counter)
    given: set[str] = field(default_factory=set)  # names of the models whose numbers went into its inputs
    apart: Counter[int] = field(default_factory=Counter)  # id of another model -> steps with an input that that one was not given
    compared: Counter[int] = field(
        default_factory=Counter
    )  # id of another model -> steps that were given an argument for each of them
    equal: Counter[int] = field(default_factory=Counter)  # of these, steps in which the two held the same numbers
    beside: Counter[int] = field(default_factory=Counter)  # id of another model -> eager steps with as many rows for each of them
    equal_beside: Counter[int] = field(default_factory=Counter)  # of these, steps in which it was given no others


@dataclass
class VariableLog:
    """One variable of a unit: how often its gradient was there, missing or exactly zero, and samples of its course."""

    variable: Any
    given: int = 0
    missing: int = 0
    looked: int = 0
    zero: int = 0
    frozen: int = 0  # updates at which it was marked as not trainable
    samples: Downsampled[tuple[float, float, float]] = field(default_factory=lambda: Downsampled(KEPT))  # update, weights, gradient

    @property
    def learns(self) -> bool:
        """Moving statistics and frozen weights are expected to have no gradient."""
        return getattr(self.variable, "trainable", True) is not False


@dataclass
class UnitLog:
    """The variables that one kind of update changes, or for which one kind of gradient is computed."""

    key: frozenset[int]
    variables: dict[int, VariableLog]
    optimizer: Any = None
    how: str = "step"
    model: Any = None  # of a `train_on_batch`
    compiled: bool = False
    updates: int = 0
    gradients: int = 0
    pending: int = 0  # gradients since the last update
    micro: list[int] = field(default_factory=list)
    losses: Downsampled[float] = field(default_factory=lambda: Downsampled(KEPT))
    last_loss: float | None = None
    loss_is_returned: bool = False
    target_shape: tuple[int | None, ...] = ()
    loss_operation: str = ""
    nonfinite: FirstNonfinite | None = None
    parts: list[np.ndarray] = field(default_factory=list)  # samples of the gradients of one variable since the last update
    sums: list[bool] = field(default_factory=list)
    source: frozenset[int] = frozenset()  # key of the unit of other variables whose gradients it is given
    logs: bool = False  # the loss is a likelihood or an entropy
    carried: int = 0  # updates whose gradients were added to those of an update before
    followed: int = 0  # updates of which it was looked at whether they were
    given: np.ndarray | None = None  # a sample of what the last update was given
    accumulators: Accumulators | None = None
    whole: int = 0  # gradients that an update in a graph is the undivided sum of

    def note_loss(self, loss: float) -> None:
        """The scalar of one more gradient."""
        self.losses.add(self.gradients, loss)
        self.last_loss = loss


@dataclass
class Derivative:
    """A loss that was differentiated before it is known which update takes the gradients.

    Args:
        target: the loss; variables: those that it reached, by id, where that is known; sources: ids of the values that it was
            differentiated by.
        carried: ids of variables where the gradient of an update before was still in place, so that the new one was added to it.
    """

    target: Any
    variables: dict[int, Any] = field(default_factory=dict)
    sources: frozenset[int] = frozenset()
    carried: frozenset[int] = frozenset()


@dataclass
class FunctionLog:
    """A `tf.function`: its units (with how many updates one call makes), and where in its result each unit's loss stands."""

    function: Any
    name: str
    calls: int = 0
    traces_before: int = 0
    traces: int = 0
    updates: dict[frozenset[int], int] = field(default_factory=dict)
    gradients: dict[frozenset[int], int] = field(default_factory=dict)
    places: dict[frozenset[int], int] = field(default_factory=dict)
    models: set[int] = field(default_factory=set)
    rows: tuple[int, int, int, Any] | None = (
        None  # id of a model, where its inputs and its targets stand in the arguments, the loss
    )
    plain: dict[int, list[Any]] = field(default_factory=dict)  # values of arguments that are Python numbers or text
    code: Any = None
    fed: dict[int, set[int]] = field(default_factory=dict)  # id of a model -> places of the arguments that it is called on
    reads: set[int] = field(default_factory=set)  # ids of the variables that a trace with updates read or wrote


@dataclass
class MetricLog:
    metric: Any
    name: str
    results: int = 0
    resets: int = 0
    passes: set[int] = field(default_factory=set)  # in which of the passes over a data set it was read


@dataclass
class LossLog:
    """A Keras loss with what it was called on."""

    name: str
    from_logits: bool | None
    outputs: str
    model: str
    true_shape: tuple[int | None, ...]
    predicted_shape: tuple[int | None, ...]
    rescued: bool = False
    low: float | None = None
    high: float | None = None
    calls: int = 0


@dataclass
class Trace:
    """What happened while a `tf.function` was traced. One that makes variables is traced twice; only the last trace runs."""

    graph: Any = None
    updates: Counter[frozenset[int]] = field(default_factory=Counter)
    gradients: list[tuple[frozenset[int], Any]] = field(default_factory=list)  # and the tensor that was differentiated
    models: set[int] = field(default_factory=set)
    rows: tuple[int, Any, Any, Any] | None = None  # id of a model, its inputs and targets, the loss


def shape_of(tensor: Any) -> tuple[int | None, ...]:
    """The shape of a tensor or array, () where it has none."""
    shape: Sequence[int | None] = getattr(tensor, "shape", None) or ()
    try:
        return tuple(None if n is None else int(n) for n in shape)
    except (TypeError, ValueError):
        return ()
