"""Hand-made networks, for the cases of the rules on architecture and initial weights."""

from __future__ import annotations

from typing import Any

from keras_magic.facts import DataFacts, HeadFacts, InputFacts, LayerFacts, ModelFacts, OptimizerFacts, TargetFacts

GLOROT = {"class": "GlorotUniform", "config": {}}


def kernel(inputs: int, units: int, **changes: float) -> dict[str, float]:
    """Statistics of a kernel fresh from Glorot's uniform initialiser."""
    std = (2.0 / (inputs + units)) ** 0.5
    facts = {"mean": 0.0, "std": std, "absmean": 0.87 * std, "min": -1.73 * std, "max": 1.73 * std}
    return {**facts, "distinct": inputs * units, "size": inputs * units, "fan_in": inputs, "nonfinite": 0.0, **changes}


def dense(name: str, inputs: int, units: int, activation: str = "relu", **changes: Any) -> LayerFacts:
    """A Dense layer; `changes` may hold `kernel` statistics."""
    stats = {"kernel": kernel(inputs, units, **changes.pop("kernel", {})), "bias": {"absmean": 0.0, "mean": 0.0, "size": units}}
    facts: dict[str, Any] = {
        "kind": "Dense",
        "activation": activation,
        "effective_activation": activation,
        "units": units,
        "input_shape": (inputs,),
        "output_shape": (units,),
        "parameters": (inputs + 1) * units,
        "trainable_parameters": (inputs + 1) * units,
        "initializer": GLOROT,
        "weight_stats": stats,
        "options": {"use_bias": True},
    }
    return LayerFacts(name=name, **{**facts, **changes})


def layer(kind: str, name: str | None = None, **facts: Any) -> LayerFacts:
    """A layer without weights."""
    return LayerFacts(name=name or kind.lower(), kind=kind, **facts)


def net(
    *layers: LayerFacts, units: int = 1, activation: str = "linear", loss: str = "mean_squared_error", **changes: Any
) -> ModelFacts:
    """The layers in a chain; the last one with weights is the head."""
    chain = [layers[0]]
    for item in layers[1:]:
        chain.append(LayerFacts(**{**vars(item), "inputs": item.inputs or (chain[-1].name,)}))
    last = next((item for item in reversed(chain) if item.parameters), chain[-1])
    head: dict[str, Any] = {"name": chain[-1].name, "layer": last.name, "shape": (units,), "units": units, "activation": activation}
    total = sum(item.parameters for item in chain)
    facts: dict[str, Any] = {
        "name": "model",
        "kind": "sequential",
        "compiled": True,
        "built": True,
        "layers": tuple(chain),
        "heads": (HeadFacts(loss=loss, **{**head, **changes.pop("head", {})}),),
        "parameters": total,
        "trainable_parameters": sum(item.trainable_parameters for item in chain),
        "optimizer": OptimizerFacts(name="Adam", learning_rate=1e-3),
    }
    return ModelFacts(**{**facts, **changes})


def rows(shape: tuple[int, ...] = (8,), target: dict[str, Any] | None = None, **given: Any) -> DataFacts:
    """800 rows of `shape` and a continuous target."""
    entry: dict[str, Any] = {"name": "x", "shape": shape, "dtype": "float32", "role": "table", **given}
    wanted: dict[str, Any] = {"name": "y", "shape": (), "dtype": "float32", "form": "continuous", "mean": 0.0, "std": 1.0}
    return DataFacts(
        kind="arrays",
        rows=800,
        rows_seen=800,
        inputs=(InputFacts(**entry),),
        targets=(TargetFacts(**{**wanted, **(target or {})}),),
    )
