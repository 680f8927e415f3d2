"""KM320 what the exception of fit means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.architecture.changed_after_compile import changed_after_compile
from keras_magic.checks.architecture.ids_out_of_range import ids_out_of_range
from keras_magic.checks.architecture.input_shape_mismatch import input_shape_mismatch
from keras_magic.checks.architecture.missing_flatten import missing_flatten
from keras_magic.checks.head.crossentropy_on_numbers import crossentropy_on_numbers
from keras_magic.checks.head.distance_on_classes import distance_on_classes
from keras_magic.checks.head.labels_unfit_for_loss import labels_unfit_for_loss
from keras_magic.checks.head.wrong_output_units import wrong_output_units
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule

_ID = r"indices.*?= ?(-?\d+) is not in \[0, ?(\d+)\)"

#: (pattern in the message, cause, what it means); the first that is found counts.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (r"Received a label value of (\S+) which is outside the valid range", "label-encoding", "a label has no output unit"),
    (_ID, "embedding-range", "an id has no row in an Embedding"),
    (r"Unknown variable", "not-compiled-after-change", "the optimizer was built for other weights: compile again"),
    (r"No gradients provided for any variable|does not have any trainable", "frozen-weights", "nothing can be trained"),
    (r"`?target`? and `?output`? must have the same (?:shape|rank)", "output-units", "output and target differ in shape"),
    (r"logits and labels must (?:have the same first dimension|be broadcastable)", "output-units", "output and labels differ"),
    (r"`?output`? must have rank \(ndim\) `?target", "label-encoding", "the labels have an axis too many for this loss"),
    (r"must have the same shape up until the last dimension", "input-shape", "the output has more axes than the labels"),
    (r"Incompatible shapes|Dimensions must be equal|shapes.* incompatible", "input-shape", "two tensors differ in shape"),
    (r"expected (?:axis|shape|min_ndim|max_ndim|ndim)", "input-shape", "the data does not have the shape that a layer takes"),
    (r"Matrix size-incompatible", "input-shape", "rows and weights differ in length"),
    (r"Invalid input shape|incompatible with the layer|Input shape|input_shape", "input-shape", "a layer can't take this shape"),
    (r"[Nn]egative dimension size|size would be|would result in a non-positive", "input-shape", "a layer outgrows its input"),
    (r"Data cardinality is ambiguous", "misaligned-labels", "x and y have different numbers of rows"),
    (r"could not convert string|Invalid dtype: (?:str|object)|NumPy array to a Tensor", "label-encoding", "something is no number"),
)  # fmt: skip


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
        model.fit(x, y)   # ValueError: ... must have the same shape ...
    Good:
        model.fit(x, y)   # trains
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
    if not error or error.get("type") in ("KeyboardInterrupt", "SystemExit") or _explained(model, data, training):
        return
    text = error.get("message", "")
    for pattern, cause, meaning in _MEANINGS:
        found = re.search(pattern, text, re.DOTALL)
        if found is None:
            continue
        line = " ".join(text[text.rfind("\n", 0, found.start()) + 1 :].split())
        yield Hit(
            message=f"fit raised {error.get('type')}: {meaning}. It says: {line[:300]}{' ...' if len(line) > 300 else ''}",
            evidence={"type": error.get("type"), "pattern": pattern},
            cause=cause,
            confidence=0.7,
            fix=fixes.recompile(names=names) if cause == "not-compiled-after-change" else None,
        )
        return


def _unseen_ids(outcome: OutcomeFacts) -> Iterator[Hit]:
    """`fit` went through, and the very same rows can't be predicted without XLA."""
    found = next((m for text in outcome.missing if (m := re.search(_ID, text, re.DOTALL))), None)
    if found is not None:
        yield Hit(
            message=f"Id {found[1]} has no row in an Embedding of {found[2]} rows. Compiled by XLA, or on a GPU, fit says nothing "
            "and takes anything for it; predicted step by step it raises an error.",
            evidence={"id": int(found[1]), "rows": int(found[2])},
            cause="embedding-range",
            confidence=0.97,
        )


def _explained(model: ModelFacts | None, data: DataFacts | None, training: TrainingFacts) -> bool:
    """A check that compares data and model says exactly what the exception only hints at."""
    if model is None:
        return False
    if any(changed_after_compile(model, training)):
        return True
    if data is None:
        return False
    exact = (missing_flatten, ids_out_of_range, wrong_output_units, labels_unfit_for_loss, crossentropy_on_numbers)
    if any(next(iter(check(model, data)), None) for check in exact):
        return True
    hits = [*input_shape_mismatch(model, data, training), *distance_on_classes(model, data)]
    return any(hit.confidence >= 0.95 for hit in hits)
