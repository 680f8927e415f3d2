"""Hand-made facts and reports for the views."""

from __future__ import annotations

import math

from keras_magic.diagnosis.result import Diagnosis
from keras_magic.facts import (
    ColumnFacts,
    DataFacts,
    EnvironmentFacts,
    Facts,
    HeadFacts,
    InputFacts,
    LayerFacts,
    LayerSeries,
    ModelFacts,
    NonfiniteEvent,
    OptimizerFacts,
    OutcomeFacts,
    TargetFacts,
    TrainingFacts,
    TrialFacts,
    TrialResult,
    ValidationFacts,
)
from keras_magic.findings import Finding, Fix, Severity
from keras_magic.report import Report


def column(name: str, scale: float, center: float = 0.0) -> ColumnFacts:
    quantiles = {
        q: center + scale * z
        for q, z in ((0.01, -2.3), (0.05, -1.6), (0.25, -0.7), (0.5, 0), (0.75, 0.7), (0.95, 1.6), (0.99, 2.3))
    }
    return ColumnFacts(
        name=name,
        count=500,
        min=center - 3 * scale,
        max=center + 3 * scale,
        mean=center,
        std=scale,
        quantiles=quantiles,
        distinct=480,
        nan=3,
    )


def data_facts(columns: int = 6, names: str = "sensor") -> DataFacts:
    features = tuple(column(f"{names}_{i}", 10.0 ** (i % 7 - 2), 3.0 * 10.0 ** (i % 5)) for i in range(columns))
    drift = {f"{names}_{i}": {"ks": 0.4, "psi": 0.5, "mean_shift": 1.5 - i, "std_ratio": 1.0} for i in range(min(4, columns))}
    return DataFacts(
        kind="arrays",
        rows=500,
        rows_seen=500,
        inputs=(
            InputFacts(
                name="x",
                shape=(columns,),
                dtype="float32",
                role="table",
                columns=features,
                columns_total=columns,
                min=-1,
                max=9,
                mean=3,
                std=2,
            ),
        ),
        targets=(
            TargetFacts(
                name="y",
                shape=(),
                dtype="int64",
                form="integer",
                classes={"0": 400, "1": 80, "2": 20},
                min=0,
                max=2,
                mean=0.2,
                std=0.5,
            ),
        ),
        validation=ValidationFacts(source="validation_split", rows=100, drift=drift),
        notes=("The distances between rows were taken from 500 rows.",),
    )


def model_facts(layers: int = 3) -> ModelFacts:
    stack = tuple(
        LayerFacts(
            name=f"dense_{i}",
            kind="Dense",
            activation="relu",
            effective_activation="relu",
            units=16,
            output_shape=(None, 16),
            parameters=272,
            trainable_parameters=272,
        )
        for i in range(layers)
    )
    head = HeadFacts(
        name="out",
        layer=f"dense_{layers - 1}",
        units=3,
        activation="softmax",
        loss="mean_squared_error",
        range=(0.0, 1.0),
        metrics=("accuracy",),
    )
    return ModelFacts(
        name="net", kind="sequential", compiled=True, built=True, layers=stack, heads=(head,), parameters=272 * layers,
        optimizer=OptimizerFacts(name="sgd", learning_rate=0.01),
    )  # fmt: skip


def training_facts(layers: int = 3, epochs: int = 8) -> TrainingFacts:
    steps = tuple(range(1, 81, 2))
    series = tuple(
        LayerSeries(
            name=f"dense_{i}", kind="Dense", activation="relu", steps=steps,
            gradient_norm=tuple(10 ** -(i + s / 40) for s in steps), weight_norm=tuple(3.0 for _ in steps),
            update_ratio=tuple(1e-3 for _ in steps), activation_steps=steps[::10], dead=(0.0, 0.1, 0.3, 0.5),
        )
        for i in range(layers)
    )  # fmt: skip
    history = {
        "loss": tuple(1.0 / (e + 1) for e in range(epochs)),
        "val_loss": tuple(0.6 + 0.05 * (e - 3) ** 2 for e in range(epochs)),
        "accuracy": tuple(0.5 + e / 20 for e in range(epochs)),
    }
    return TrainingFacts(
        epochs_asked=epochs, epochs_done=epochs, steps_per_epoch=10, steps_done=80, batch_size=32, history=history,
        loss_steps=steps, losses=tuple(1.1 / (1 + s / 10) for s in steps), layers=series, seconds=3.2, overhead=0.012,
        nonfinite=NonfiniteEvent(step=70, kind="loss"),
    )  # fmt: skip


def outcome_facts() -> OutcomeFacts:
    return OutcomeFacts(
        task="multiclass",
        train=0.1,
        validation=0.05,
        accuracy={"train": 0.5, "validation": 0.45},
        target_range=(0.0, 50.0),
        prediction_range=(0.0, 1.0),
    )


def trial_facts() -> TrialFacts:
    result = TrialResult(
        name="scale-inputs", cause="input-not-scaled", title="Scale the inputs", before=0.1, after=0.9, gain=0.8, steps=200
    )
    worse = TrialResult(
        name="widen", cause="capacity-too-small", title="Make the layers four times wider", before=0.1, after=0.05, gain=-0.05
    )
    return TrialFacts(results=(result, worse))


def finding(cause: str = "input-not-scaled", severity: str = "error", rule: str = "KM203", **changes: object) -> Finding:
    fix = Fix(
        name="scale-inputs",
        title="Scale the inputs to mean 0 and standard deviation 1",
        code="scaler = StandardScaler()\nX_train = scaler.fit_transform(X_train)\nX_test = scaler.transform(X_test)",
    )
    fields: dict = {
        "name": "unscaled-features",
        "message": "pressure spreads over 2,000,000 while acidity spreads over 0.02: steps that suit one do nothing for the other.",
        "evidence": {
            "ratio": 1e8,
            "widest": "pressure",
            "columns": ["pressure", "acidity"],
            "trial": {"before": 0.1, "after": math.nan},
        },
        "where": "x",
        "level": "measured",
        "fix": fix,
        "why": "The gradient of a weight is proportional to its input: one rate cannot suit all.\n\nUse `StandardScaler`.",
        "because": "It comes first because its evidence is the strongest.",
    }
    return Finding(rule=rule, cause=cause, severity=Severity(severity), **{**fields, **changes})  # type: ignore[arg-type]


def facts(columns: int = 6, layers: int = 3, names: str = "sensor") -> Facts:
    return Facts(
        data=data_facts(columns, names), model=model_facts(layers), training=training_facts(layers),
        outcome=outcome_facts(), trials=trial_facts(),
        environment=EnvironmentFacts(keras="3.15", backend="tensorflow"),
    )  # fmt: skip


def report(
    columns: int = 6, layers: int = 3, names: str = "sensor", findings: tuple[Finding, ...] | None = None, **diagnosis: object
) -> Report:
    symptom = finding("vanishing-gradient", "warning", "KM503", message="The gradient of dense_2 is 1e-9.", fix=None)
    given = findings
    if given is None:
        given = (
            finding(symptoms=(symptom,)),
            finding("class-imbalance", "warning", "KM111", message="Class 0 holds 80 % of the rows."),
            finding("epochs-too-many", "info", "KM705", message="The validation loss is lowest in epoch 4 of 8.", fix=None),
        )
    fields: dict = {
        "kind": "fit",
        "run": None,
        "facts": facts(columns, layers, names),
        "findings": given,
        "skipped": {"KM801": "needs x"},
    }
    return Report(Diagnosis(**{**fields, **diagnosis}))
