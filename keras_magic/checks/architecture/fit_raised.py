"""KM320 what the exception of fit means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks import _raised, all_rules
from keras_magic.checks.architecture.changed_after_compile import changed_after_compile
from keras_magic.checks.architecture.ids_out_of_range import ids_out_of_range
from keras_magic.checks.architecture.input_shape_mismatch import input_shape_mismatch
from keras_magic.checks.architecture.missing_flatten import missing_flatten
from keras_magic.checks.head.crossentropy_on_numbers import crossentropy_on_numbers
from keras_magic.checks.head.distance_on_classes import distance_on_classes
from keras_magic.checks.head.labels_unfit_for_loss import labels_unfit_for_loss
from keras_magic.checks.head.wrong_output_units import wrong_output_units
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Fix, Hit
from keras_magic.rules import rule


@rule("KM320", "fit-raised", cause="input-shape", severity="error", headline="the training ended with an exception")
def fit_raised(
    training: TrainingFacts,
    model: ModelFacts | None = None,
    data: DataFacts | None = None,
    outcome: OutcomeFacts | None = None,
    names: dict | None = None,
) -> Iterator[Hit]:
    """Training ended with an exception.

    Looks for:
        An exception raised by fit whose message has a known meaning; an id without a row that only `predict` complains of, since
        compiled by XLA or on a GPU an Embedding gives anything for it.
    Why:
        Nothing is learned before it is resolved. The message speaks of tensors deep inside; the reason lies in shapes, labels or
        ids.
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
    if known is None or _raised.no_weight(text, data) or _explained(known[0], model, data, training):
        return
    meaning, found = known
    monitored = "monitor=" in meaning.pattern or "filepath: " in meaning.pattern
    name = found[1].strip("'\"") if monitored else ""
    other = _raised.meant(name, _raised.measured_names(model, training)) if monitored else None
    says = _raised.wording(error, meaning, found) + (f"; {other} is" if other else "")
    todo = meaning.todo or _rows(meaning, data)
    yield Hit(
        message=f"fit raised {error.get('type')}: {says}. {todo + ' ' if todo else ''}It says: {_raised.telling_line(text, found)}",
        evidence={"type": error.get("type"), "pattern": meaning.pattern},
        cause=meaning.cause,
        headline=meaning.title.format(*found.groups()) or says if meaning.title or monitored else "",
        confidence=0.97,
        fix=_fix(meaning, name, other, names),
    )


def _rows(meaning: _raised.Meaning, data: DataFacts | None) -> str:
    """How many rows x and y have, where that is what the exception is about."""
    if meaning.cause != "misaligned-labels" or data is None or not data.x_rows or not data.y_rows:
        return ""
    return f"x has {data.x_rows[0]:,} rows, y has {data.y_rows[0]:,}: row i of y must belong to row i of x."


def _fix(meaning: _raised.Meaning, name: str, other: str | None, names: dict | None) -> Fix | None:
    if meaning.cause == "not-compiled-after-change" and not meaning.title:
        return fixes.recompile(names=names)
    if meaning.cause == "batch-size":
        return fixes.set_batch_size(size=16, names=names)
    return fixes.set_monitor(name, other) if name and other else None


def _unseen_ids(outcome: OutcomeFacts) -> Iterator[Hit]:
    """`fit` went through, and the very same rows can't be predicted without XLA."""
    found = next((m for text in outcome.missing if (m := re.search(_raised.ID, text, re.DOTALL))), None)
    if found is not None:
        yield Hit(
            message=f"Id {found[1]} has no row in an Embedding of {found[2]} rows. Compiled by XLA, or on a GPU, fit says nothing "
            "and takes anything for it; predicted step by step it raises an error.",
            evidence={"id": int(found[1]), "rows": int(found[2])},
            cause="embedding-range",
            confidence=0.97,
        )


def _explained(meaning: _raised.Meaning, model: ModelFacts | None, data: DataFacts | None, training: TrainingFacts) -> bool:
    """A check that compares data and model says exactly what the message only hints at."""
    causes = set(meaning.causes)
    if model is None:
        return False
    if "not-compiled-after-change" in causes and any(changed_after_compile(model, training)):
        return True
    if data is None:
        return False
    exact = (missing_flatten, ids_out_of_range, wrong_output_units, labels_unfit_for_loss, crossentropy_on_numbers)
    hits = [(check, hit) for check in exact for hit in check(model, data)]
    hits += [(input_shape_mismatch, hit) for hit in input_shape_mismatch(model, data, training)]
    hits += [(distance_on_classes, hit) for hit in distance_on_classes(model, data)]
    usual = {rule.function: rule.cause for rule in all_rules()}
    return any(hit.confidence >= _raised.EXACT and (hit.cause or usual.get(check)) in causes for check, hit in hits)
