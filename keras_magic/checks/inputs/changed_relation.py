"""KM137 inputs that go with the targets in another way in validation."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule

#: What kind of features -> what often makes them differ.
MAKERS = {
    "ids": "Does one vectorizer or vocabulary, adapted to the training part, make both?",
    "columns": "Do the columns stand in the same order, and did one transformer, fitted to the training part, make both?",
    "channels": "Do the channels stand in the same order in both?",
}


@rule(
    "KM137",
    "changed-relation",
    cause="distribution-shift",
    severity="error",
    explains=("label-noise", "epochs-too-many", "capacity-too-large", "too-little-data", "dropout", "regularization"),
    headline="the inputs mean something else in validation than in training",
)
def changed_relation(data: DataFacts) -> Iterator[Hit]:
    """Inputs that go with the targets in another way in the validation data.

    Looks for:
        Columns, ids of words or channels whose correlations with the targets are firm in each part, but not the same in both.
    Why:
        A vectorizer, encoder or PCA fitted to each part by itself, or columns in another order, give the same number another
        meaning. Training goes well; validation is no better than guessing, however long the network trains.
    Measured:
        Correlation of each feature with each target, in two halves of each part. The halves of a part agree beyond chance (six
        standard deviations of what exchanged targets give), the two parts do not.
    Bad:
        x_train, x_val = (vectorizers[i](part) for i, part in enumerate((train_texts, val_texts)))
    Good:
        vectorizer = TextVectorization(); vectorizer.adapt(train_texts); x_val = vectorizer(val_texts)
    Fix:
        Prepare both parts with what was fitted to the training part.
    Ignore when:
        The relation itself has changed, as between two places or times: then the network has to see rows of both.
    Sources:
        Breck et al. 2019, Data Validation for Machine Learning (training-serving skew); Spearman 1904 (correlations corrected for
        the noise of their measurement).
    """
    validation = data.validation
    found = validation.unlike if validation is not None and validation.recoded is None else None
    if found is None:
        return
    yield Hit(
        message=f"The correlations of {found.features} {found.kind} with the targets agree within the training rows "
        f"({found.train:.2f} between two halves; 1 is the same) and within the validation rows ({found.validation:.2f}), but not "
        f"between the two ({found.across:.2f}): the {found.kind} or the targets mean something else there. {MAKERS[found.kind]}",
        evidence={"kind": found.kind, "train": found.train, "validation": found.validation, "across": found.across},
        where="validation_data",
        level=Evidence.MEASURED,
        fix=Fix(
            name="prepare-alike",
            title="Prepare both parts with what was fitted to the training part",
            code="vectorizer.adapt(train_texts)   # or scaler.fit, encoder.fit, pca.fit: once, on the training part\n"
            "x_train, x_val = vectorizer(train_texts), vectorizer(val_texts)   # columns: val_frame[train_frame.columns]",
        ),
    )
