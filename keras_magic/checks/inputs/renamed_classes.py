"""KM125 validation labels that are coded otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent
from keras_magic.facts import DataFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM125",
    "renamed-classes",
    cause="label-encoding",
    severity="error",
    explains=("distribution-shift", "misaligned-labels", "epochs-too-many", "capacity-too-large"),
    headline="labels mean other classes in validation than in training",
)
def renamed_classes(data: DataFacts, outcome: OutcomeFacts, *, right: float = 0.7, gain: float = 0.35) -> Iterator[Hit]:
    """Labels that mean other classes in validation than in training.

    Looks for:
        A network that memorises its training rows and separates the validation rows just as well, but under other names.
    Why:
        Coding the labels of the two parts separately (two `fit_transform`, two `factorize`, folders listed in another order) gives
        the same class two numbers. Training goes well, validation is worse than guessing.
    Measured:
        Accuracy on validation rows as it is, and if each predicted class were named by the best other one.
    Bad:
        y_train = LabelEncoder().fit_transform(train.label); y_val = LabelEncoder().fit_transform(val.label)
    Good:
        encoder = LabelEncoder().fit(train.label); y_val = encoder.transform(val.label)
    Fix:
        Code both with the classes of the training rows.
    Ignore when:
        Never, where it is seen.
    Sources:
        scikit-learn documentation of LabelEncoder; pandas documentation of factorize (codes by order of appearance).
    """
    accuracy, renamed = outcome.accuracy.get("validation"), outcome.accuracy_after_relabelling
    if accuracy is None or renamed is None or outcome.accuracy.get("train", 0.0) < right:
        return
    if renamed < right or renamed - accuracy < gain:
        return
    yield Hit(
        message=f"{percent(accuracy)} of the validation rows are predicted right, but {percent(renamed)} would be if each class "
        "had another number: the labels of training and validation data are coded differently.",
        evidence={"accuracy": accuracy, "renamed": renamed},
        where="validation_data",
        level=Evidence.CONTRADICTION,
        fix=Fix(
            name="code-alike",
            title="Code the labels of both parts with the classes of the training part",
            code="encoder = sklearn.preprocessing.LabelEncoder().fit(train_labels)\n"
            "y_train, y_val = encoder.transform(train_labels), encoder.transform(val_labels)",
        ),
    )
