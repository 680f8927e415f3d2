"""Hand-made outputs and targets, for the cases of the rules on heads."""

from __future__ import annotations

from typing import Any

from keras_magic.facts import DataFacts, HeadFacts, LayerFacts, ModelFacts, TargetFacts
from tests.cases._facts import FAILED

LOGIT_LOSSES = ("crossentropy", "focal")
RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "relu": (0.0, None), "tanh": (-1.0, 1.0), "exponential": (0.0, None)}


def head(units: int, activation: str | None, loss: str | None, **changes: Any) -> ModelFacts:
    """A dense network that ends in `units` with `activation`, compiled with `loss`."""
    logits = False if loss and any(w in loss for w in LOGIT_LOSSES) else None
    facts: dict[str, Any] = {
        "name": "y",
        "layer": "y",
        "shape": (units,),
        "units": units,
        "activation": activation,
        "range": RANGES.get(activation or "", (None, None)),
        "loss": loss,
        "from_logits": logits,
    }
    layers = (
        LayerFacts(name="hidden", kind="Dense", activation="relu", units=16, parameters=100),
        LayerFacts(name="y", kind="Dense", activation=activation, units=units, inputs=("hidden",), parameters=17 * units),
    )
    return ModelFacts(
        name="model", kind="functional", compiled=True, built=True, layers=layers, heads=(HeadFacts(**{**facts, **changes}),)
    )


def target(form: str, **facts: Any) -> DataFacts:
    """800 rows with one target."""
    given = {"name": "y", "shape": (), "dtype": "float32", "form": form, "count": 800, **facts}
    return DataFacts(kind="arrays", rows=800, rows_seen=800, targets=(TargetFacts(**given),))


def labels(*values: int, **facts: Any) -> DataFacts:
    """Whole-number labels, equally frequent."""
    form = {(0, 1): "binary", (-1, 1): "signs"}.get(values, "integer")  # type: ignore[call-overload]
    classes = {str(v): 800 // len(values) for v in values}
    return target(form, classes=classes, min=float(min(values)), max=float(max(values)), integer=True, **facts)


def rows_of(form: str, columns: int) -> DataFacts:
    """One-hot, multi-hot or probability rows."""
    return target(form, shape=(columns,), min=0.0, max=1.0, integer=form != "probabilities")


def quantity(low: float, high: float, **facts: Any) -> DataFacts:
    """A continuous target, evenly spread between `low` and `high`."""
    shares = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
    quantiles = {q: low + q * (high - low) for q in shares}
    spread = (high - low) / 12**0.5
    return target("continuous", min=low, max=high, mean=(low + high) / 2, std=spread, quantiles=quantiles, **facts)


def case(model: ModelFacts, data: DataFacts, outcome: Any = FAILED, **more: Any) -> dict[str, Any]:
    return {"model": model, "data": data, "outcome": outcome, **more}
