"""Hand-made data facts, for the cases of the rules on data."""

from __future__ import annotations

from typing import Any

from keras_magic.facts import ColumnFacts, DataFacts, InputFacts, ModelFacts, RelationFacts, TargetFacts, ValidationFacts

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def column(name: str = "a", low: float = -2.0, high: float = 2.0, **facts: Any) -> ColumnFacts:
    """A column spread evenly between `low` and `high`."""
    given: dict[str, Any] = {
        "name": name,
        "count": 800,
        "min": low,
        "max": high,
        "mean": (low + high) / 2,
        "std": (high - low) / 12**0.5,
        "quantiles": {q: low + q * (high - low) for q in SHARES},
        "distinct": 700,
    }
    return ColumnFacts(**{**given, **facts})


def table(*columns: ColumnFacts, **facts: Any) -> InputFacts:
    """A table of such columns."""
    given: dict[str, Any] = {
        "name": "x",
        "shape": (len(columns),),
        "dtype": "float32",
        "role": "table",
        "count": 800 * len(columns),
        "min": min((c.min for c in columns if c.min is not None), default=None),
        "max": max((c.max for c in columns if c.max is not None), default=None),
        "columns": columns,
        "columns_total": len(columns),
    }
    return InputFacts(**{**given, **facts})


def image(low: float, high: float, shape: tuple[int, ...] = (32, 32, 3), **facts: Any) -> InputFacts:
    """Images of evenly spread values."""
    mean, std = (low + high) / 2, (high - low) / 12**0.5
    return InputFacts(name="x", shape=shape, dtype="float32", role="image", min=low, max=high, mean=mean, std=std, **facts)


def target(form: str = "binary", **facts: Any) -> TargetFacts:
    """A target of 800 rows; two equally frequent classes unless given otherwise."""
    given: dict[str, Any] = {"name": "y", "shape": (), "dtype": "int64", "form": form, "count": 800}
    if form == "binary":
        given |= {"classes": {"0": 400, "1": 400}, "min": 0.0, "max": 1.0}
    return TargetFacts(**{**given, **facts})


def data(*inputs: InputFacts, y: TargetFacts | None = None, **facts: Any) -> DataFacts:
    """800 rows of ordinary data unless given otherwise."""
    inputs = inputs or (table(column("a"), column("b"), column("c")),)
    given: dict[str, Any] = {"kind": "arrays", "rows": 800, "rows_seen": 800, "inputs": inputs, "targets": (y or target(),)}
    return DataFacts(**{**given, **facts})


def relation(**facts: Any) -> RelationFacts:
    """A clear relation unless given otherwise."""
    return RelationFacts(**{"rows": 800, "agreement": 0.9, "expected": 0.5, "z": 60.0, "p": 0.01, **facts})


def validation(source: str = "validation_data", **facts: Any) -> ValidationFacts:
    """200 validation rows like the training rows unless given otherwise."""
    return ValidationFacts(**{"source": source, "rows": 200, "targets": (target(count=200),), **facts})


def drift(ks: float, shift: float = 0.0, ratio: float = 1.0) -> dict[str, float]:
    """Distances of one column."""
    return {"ks": ks, "psi": ks, "mean_shift": shift, "std_ratio": ratio}


def model(**facts: Any) -> ModelFacts:
    """A small compiled model without anything of note."""
    return ModelFacts(
        **{"name": "model", "kind": "functional", "compiled": True, "built": True, "input_shapes": {"x": (3,)}, **facts}
    )
