"""Facts: the evidence, measured once, without judgement. Plain, frozen, JSON-able; no Keras in here.

`DataFacts` one pass over what `fit` was given · `ModelFacts` a walk over the layer graph and the compile settings ·
`TrainingFacts` what was seen while training · `OutcomeFacts` how well the network did against simple references ·
`TrialFacts` short paired trainings on copies · `EnvironmentFacts` versions and backend.

Numbers are Python floats and ints, or `None` where a number does not exist; series are tuples.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from keras_magic.facts.data import (
    BrokenOff,
    ColumnFacts,
    DataFacts,
    GroupFacts,
    InputFacts,
    OverlapFacts,
    RelationFacts,
    SelectionFacts,
    TargetFacts,
    TurnedClass,
    UnlikeFacts,
    ValidationFacts,
)
from keras_magic.facts.model import HeadFacts, LayerFacts, ModelFacts, OptimizerFacts
from keras_magic.facts.outcome import NOT_FINITE, OutcomeFacts, PartFacts, RateFacts, StoryFacts, TrialFacts, TrialResult
from keras_magic.facts.training import LayerSeries, NonfiniteEvent, TrainingFacts

if TYPE_CHECKING:
    from keras_magic.loop_facts import LoopFacts

__all__ = [
    "NOT_FINITE", "BrokenOff", "ColumnFacts", "DataFacts", "EnvironmentFacts", "Facts", "GroupFacts", "HeadFacts", "InputFacts",
    "LayerFacts", "LayerSeries", "ModelFacts", "NonfiniteEvent", "OptimizerFacts", "OutcomeFacts", "OverlapFacts", "PartFacts",
    "RateFacts", "RelationFacts", "SelectionFacts", "StoryFacts", "TargetFacts", "TrainingFacts", "TrialFacts", "TrialResult",
    "TurnedClass", "UnlikeFacts", "ValidationFacts", "to_plain",
]  # fmt: skip


def to_plain(value: Any) -> Any:
    """Turn facts into JSON-able values: dataclasses to dicts, tuples to lists, non-finite floats to strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "tolist"):
        return to_plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


@dataclass(frozen=True, kw_only=True)
class EnvironmentFacts:
    """Versions and devices."""

    python: str = ""
    keras: str = ""
    backend: str = ""
    backend_version: str = ""
    keras_magic: str = ""
    devices: tuple[str, ...] = ()
    precision: str = "float32"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The bundle that the engine hands to rules by parameter name; what was not measured is None."""

    data: DataFacts | None = None
    model: ModelFacts | None = None
    training: TrainingFacts | None = None
    outcome: OutcomeFacts | None = None
    rate: RateFacts | None = None
    trials: TrialFacts | None = None
    environment: EnvironmentFacts | None = None
    story: StoryFacts | None = None  # where the training took several fits, or is one of a set
    loop: LoopFacts | None = None  # of a training without fit
    behind: Facts | None = None  # of a copy without the exact contradictions, trained for a moment
    missing: tuple[str, ...] = ()  # what could not be measured at all, and why
    names: Mapping[str, str] = field(default_factory=dict)  # the user's variable names: {"model": "net", "x": "X_train", ...}
