"""KM320 what the exception of fit means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keras_magic import fixes
from keras_magic.checks import _raised
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Finding, Fix, Hit
from keras_magic.rules import rule


@rule("KM320", "fit-raised", cause="input-shape", severity="error", headline="the training ended with an exception")
def fit_raised(
    training: TrainingFacts,
    found: Sequence[Finding],
    model: ModelFacts | None = None,
    data: DataFacts | None = None,
    outcome: OutcomeFacts | None = None,
) -> Iterator[Hit]:
    """Training ended with an exception.

    Looks for:
        An exception raised by fit whose message has a known meaning; an id without a row that only `predict` complains of, since
        compiled by XLA or on a GPU an Embedding gives anything for it.
    Why:
        The training ends here. Keras raises an exception where it notices the fault, which may be far from the line to change.
    Measured:
        The text of the exception.
    Bad:
        model.fit(x, y[:-1])   # ValueError: Data cardinality is ambiguous
    Good:
        model.fit(x, y)
    Fix:
        What the message says; where a check that compares data and model says it exactly, that finding stands instead.
    Ignore when:
        The exception comes from code of your own and has been understood.
    Sources:
        keras/src/backend/tensorflow/nn.py; keras/src/layers/input_spec.py.
    """
    error = training.exception
    if not error and outcome is not None:
        yield from _unseen_ids(outcome)
    if not error or error.get("type") in ("KeyboardInterrupt", "SystemExit"):
        return
    text = error.get("message", "")
    known = _raised.meaning_of(text)
    if known is None or any(_raised.explains(finding, training) for finding in found):
        return
    meaning, match = known
    monitored = "monitor=" in meaning.pattern or "filepath: " in meaning.pattern
    name = match[1].strip("'\"") if monitored else ""
    other = _raised.meant(name, _raised.measured_names(model, training)) if monitored else None
    says = _raised.wording(error, meaning, match) + (f"; {other} is" if other else "")
    todo = meaning.todo or _rows(meaning, data)
    yield Hit(
        message=f"fit raised {error.get('type')}: {says}. {todo + ' ' if todo else ''}It says: {_raised.telling_line(text, match)}",
        evidence={"type": error.get("type"), "pattern": meaning.pattern},
        cause=meaning.cause,
        headline=meaning.title.format(*match.groups()) or says if meaning.title or monitored else "",
        level=Evidence.CONTRADICTION,
        fix=_fix(meaning, name, other) or _compiled(meaning, model, data),
        raises="",
    )


def _rows(meaning: _raised.Meaning, data: DataFacts | None) -> str:
    """How many rows x and y have, where that is what the exception is about."""
    if meaning.cause != "misaligned-labels" or data is None or not data.x_rows or not data.y_rows:
        return ""
    return f"x has {data.x_rows[0]:,} rows, y has {data.y_rows[0]:,}: row i of y must belong to row i of x."


def _fix(meaning: _raised.Meaning, name: str, other: str | None) -> Fix | None:
    if meaning.cause == "not-compiled-after-change" and not meaning.title:
        return fixes.recompile()
    if meaning.cause == "batch-size":
        return fixes.set_batch_size(size=16)
    return fixes.set_monitor(name, other) if name and other else None


def _compiled(meaning: _raised.Meaning, model: ModelFacts | None, data: DataFacts | None) -> Fix | None:
    """The call of `compile` that is missing, where the head and the labels leave one loss."""
    if meaning.title != _raised.UNCOMPILED or model is None or data is None or len(model.heads) != 1 or len(data.targets) != 1:
        return None
    head, form = model.heads[0], data.targets[0].form
    logits = head.activation == "linear"
    if form == "continuous":
        return fixes.compile_model("mean_squared_error") if logits else None
    several = {"integer": "sparse_categorical_crossentropy", "binary": "sparse_categorical_crossentropy"}
    several["one-hot"] = "categorical_crossentropy"
    alone = head.units == 1 and form == "binary"
    loss = "binary_crossentropy" if alone or form == "multi-hot" else several.get(form)
    right = "sigmoid" if loss == "binary_crossentropy" else "softmax"
    fits = head.certain and (alone or (head.units or 0) >= max(2, len(data.targets[0].classes)))
    return fixes.compile_model(loss, logits=logits) if loss and fits and head.activation in (right, "linear") else None


def _unseen_ids(outcome: OutcomeFacts) -> Iterator[Hit]:
    """`fit` went through, and the very same rows can't be predicted without XLA."""
    found = next((m for text in outcome.missing if (m := re.search(_raised.ID, text, re.DOTALL))), None)
    if found is not None:
        yield Hit(
            message=f"Id {found[1]} has no row in an Embedding of {found[2]} rows. Compiled by XLA, or on a GPU, fit says nothing "
            "and takes anything for it; predicted step by step it raises an error.",
            evidence={"id": int(found[1]), "rows": int(found[2])},
            cause="embedding-range",
            level=Evidence.CONTRADICTION,
        )
