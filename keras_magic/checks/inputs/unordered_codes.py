"""KM121 class codes without order as numbers to predict."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import score
from keras_magic.facts import DataFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule


@rule(
    "KM121",
    "unordered-codes",
    cause="label-encoding",
    severity="error",
    explains=("label-noise", "capacity-too-small"),
    headline="class codes without order are predicted as numbers",
)
def unordered_codes(data: DataFacts, outcome: OutcomeFacts, *, known: float = 0.3, ahead: float = 0.2) -> Iterator[Hit]:
    """Class codes without order as numbers to predict.

    Looks for:
        A regression onto a few whole numbers that simple models tell apart as classes, but cannot predict as numbers.
    Why:
        A regression takes code 2 for a thing between 1 and 3. LabelEncoder and `cat.codes` number classes by the alphabet: "high"
        comes before "low", and the mean of the two is "medium" for nobody.
    Measured:
        Skill of trees on held-out rows with the target as classes (balanced accuracy above chance) and as numbers (R²).
    Bad:
        y = df["danger"].astype("category").cat.codes      # high, low, moderate
    Good:
        y = df["danger"].map({"low": 0, "moderate": 1, "high": 2})
    Fix:
        Number ordered classes in their order; for classes without one, softmax and a cross-entropy.
    Ignore when:
        The codes are in their order, and noise is all that keeps simple models from predicting them.
    Sources:
        scikit-learn, LabelEncoder ("should be used to encode target values, i.e. y"; its classes are sorted).
    """
    classes, attainable = outcome.as_classes, max(outcome.reference.values(), default=None)
    if classes is None or attainable is None or classes < max(known, attainable + ahead, outcome.validation or 0.0):
        return
    target = data.targets[0]
    yield Hit(
        message=f"As {len(target.classes)} classes, simple models predict the target (score {score(classes)} of 1); as "
        f"numbers they can't predict it (R² {score(attainable)}): the codes are not in the order of what they stand for.",
        evidence={"as_classes": classes, "as_numbers": attainable, "codes": list(target.classes)},
        where=target.name,
        level=Evidence.STRONG,
        fix=_in_order(),
    )


def _in_order() -> Fix:
    return Fix(
        name="order-codes",
        title="Number the classes in their order, or take them as classes",
        code=code(f"""
            order = ["...", "...", "..."]      # the classes as words, from lowest to highest
            {YOUR.y} = labels.map(order.index)    # the labels as words; for classes without an order: softmax and
                                               # loss="sparse_categorical_crossentropy" instead of a regression
        """),
    )
