"""Hand-made facts of ordinary trainings, for the cases of the rules."""

from __future__ import annotations

from typing import Any

from keras_magic.facts import (
    DataFacts,
    HeadFacts,
    LayerFacts,
    LayerSeries,
    ModelFacts,
    OptimizerFacts,
    OutcomeFacts,
    RateFacts,
    TrainingFacts,
)

FAILED = OutcomeFacts(task="multiclass", train=0.1, validation=0.08, attainable=0.9)
LEARNED = OutcomeFacts(task="multiclass", train=0.97, validation=0.94, attainable=0.93)
NAMES = {"model": "model", "x": "x_train", "y": "y_train"}


def training(**changes: Any) -> TrainingFacts:
    """Twenty epochs of 50 steps whose loss falls from 2.3 to 0.3 and is flat at the end."""
    curve = tuple(0.3 + 2.0 * 0.7**k for k in range(20))
    facts: dict[str, Any] = {
        "epochs_asked": 20,
        "epochs_done": 20,
        "steps_per_epoch": 50,
        "steps_done": 1000,
        "batch_size": 32,
        "has_validation": True,
        "history": {"loss": curve, "val_loss": tuple(v + 0.05 for v in curve)},
        "loss_steps": tuple(range(1, 201)),
        "losses": tuple(0.3 + 2.0 * 0.98**k for k in range(200)),
        "initial_loss": 2.3,
        "layers": (series("dense"), series("dense_1"), series("dense_2")),
    }
    return TrainingFacts(**{**facts, **changes})


def series(name: str, **changes: Any) -> LayerSeries:
    """A layer that trains as it should."""
    facts: dict[str, Any] = {
        "kind": "Dense",
        "activation": "relu",
        "steps": (1, 100, 500, 1000),
        "gradient_norm": (1.0, 0.6, 0.3, 0.2),
        "weight_norm": (5.0, 5.2, 5.5, 5.8),
        "update_ratio": (1e-3, 1e-3, 8e-4, 6e-4),
        "activation_steps": (1, 500, 1000),
        "dead": (0.02, 0.05, 0.06),
        "saturated": (0.0, 0.0, 0.0),
    }
    return LayerSeries(name=name, **{**facts, **changes})


def model(
    rate: float = 1e-3, optimizer: str = "adam", units: tuple[int, ...] = (64, 32), weights: int = 5000, **changes: Any
) -> ModelFacts:
    """A small dense network for ten classes."""
    layers = tuple(LayerFacts(name=f"dense_{i}", kind="Dense", units=u, parameters=100) for i, u in enumerate((*units, 10)))
    facts: dict[str, Any] = {
        "name": "model",
        "kind": "sequential",
        "compiled": True,
        "built": True,
        "layers": layers,
        "heads": (HeadFacts(name="y", layer=layers[-1].name, units=10, activation="softmax"),),
        "parameters": weights,
        "trainable_parameters": weights,
        "optimizer": OptimizerFacts(name=optimizer, learning_rate=rate),
    }
    return ModelFacts(**{**facts, **changes})


def data(rows: int = 1600) -> DataFacts:
    return DataFacts(kind="arrays", rows=rows, rows_seen=rows)


def rate(current: float, low: float = 5e-4, high: float = 5e-3, gain: float = 0.6, learns: bool = True) -> RateFacts:
    return RateFacts(current=current, suggestion=(low * high) ** 0.5, low=low, high=high, gain=gain, learns=learns)
