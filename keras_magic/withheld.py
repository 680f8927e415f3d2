"""Reports on confidential data: what is shown without any value of the user's data.

Only what is listed here passes: sizes, shapes, types, names, the model, the course of the loss and the scores. Messages, evidence,
code and texts of errors can hold values, whatever the check; the title of the check stands in for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from keras_magic.causes import CAUSES
from keras_magic.checks import all_rules
from keras_magic.facts import Facts
from keras_magic.findings import Finding

INSTEAD = "What was measured is not shown: the report was made without values of the data."
_T = TypeVar("_T")

_INPUT = ("name", "shape", "dtype", "role", "count", "columns_total")
_TARGET = ("name", "shape", "dtype", "form", "count")
_DATA = ("kind", "rows", "rows_seen", "sampled", "batch_size", "shuffle", "seconds")
_VALIDATION = ("source", "rows", "sampled")
_LAYER: tuple[str, ...] = (
    "name", "kind", "activation", "effective_activation", "units", "rate", "input_shape", "output_shape", "inputs", "within",
)  # fmt: skip
_LAYER += ("parameters", "trainable_parameters", "untracked", "trainable", "depth")
_HEAD = ("name", "layer", "shape", "units", "activation", "loss", "from_logits", "metrics", "step_loss", "certain")
_MODEL: tuple[str, ...] = (
    "name", "kind", "compiled", "built", "graph_known", "input_shapes", "parameters", "trainable_parameters", "optimizer",
)  # fmt: skip
_TRAINING: tuple[str, ...] = (
    "epochs_asked", "epochs_done", "steps_per_epoch", "steps_done", "batch_size", "shuffle", "validation_split",
)  # fmt: skip
_TRAINING += ("has_validation", "has_sample_weight", "callbacks", "history", "loss_steps", "losses", "initial_loss", "layers")
_TRAINING += ("nonfinite", "noise_scale", "learning_rates", "seconds", "seconds_per_step", "interrupted", "overhead")
_OUTCOME: tuple[str, ...] = ("task", "train", "validation", "accuracy", "reference", "attainable", "constant", "nonfinite")
_TRIAL = ("name", "cause", "before", "after", "gain", "spread", "before_loss", "after_loss", "steps", "seconds", "kept")
_STORY = ("kind", "fits", "parts", "left_out", "diagnosed", "metric", "mean", "std", "low", "high", "trained_before", "in_fit")


def facts(given: Facts) -> Facts:
    """The facts without values of the data."""
    data, model, training, trials = given.data, given.model, given.training, given.trials
    names = {key: name for key, name in given.names.items() if key != "setup"}  # code, which may hold anything
    return Facts(
        data=data
        and _only(
            data,
            *_DATA,
            inputs=tuple(_only(i, *_INPUT) for i in data.inputs),
            targets=tuple(_only(t, *_TARGET) for t in data.targets),
            validation=data.validation and _only(data.validation, *_VALIDATION),
        ),
        model=model
        and _only(
            model,
            *_MODEL,
            layers=tuple(_only(layer, *_LAYER) for layer in model.layers),
            heads=tuple(_only(head, *_HEAD) for head in model.heads),
        ),
        training=training and _only(training, *_TRAINING, exception=_type_alone(training.exception)),
        outcome=given.outcome and _only(given.outcome, *_OUTCOME),
        rate=given.rate,
        trials=trials
        and _only(trials, "seconds", results=tuple(_only(r, *_TRIAL, failed=r.failed and "it failed") for r in trials.results)),
        environment=given.environment,
        story=given.story and _only(given.story, *_STORY),
        names=names,
    )


def findings(given: Iterable[Finding], known: Facts) -> tuple[Finding, ...]:
    """The findings with the title of their check in place of what holds values; `known` are the whole facts."""
    columns = {c.name for i in known.data.inputs for c in i.columns} if known.data else set()
    return tuple(
        replace(
            finding,
            message=f"{_titles().get(finding.rule, CAUSES[finding.cause].title)}. {INSTEAD}",
            evidence={},
            where=None if finding.where in columns else finding.where,
            fix=None,
            symptoms=findings(finding.symptoms, known),
            because="",
            headline="",
            claims=(),
        )
        for finding in given
    )


def error(given: BaseException | None) -> BaseException | None:
    """An exception of the same type that says nothing: its text may quote the data."""
    if given is None or isinstance(given, KeyboardInterrupt):
        return given
    return type(type(given).__name__, (Exception,), {})()


@cache
def _titles() -> dict[str, str]:
    return {rule.code: rule.title for rule in all_rules()}


def _only(given: _T, *names: str, **changed: Any) -> _T:
    """The same facts with nothing but these fields."""
    return type(given)(**{name: getattr(given, name) for name in names}, **changed)


def _type_alone(exception: Any) -> Any:
    return {"type": exception["type"], "message": ""} if exception else None
