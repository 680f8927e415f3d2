"""KM132 features that were chosen with the validation rows."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM132",
    "selected-on-all-rows",
    cause="data-leakage",
    severity="warning",
    explains=("too-little-data",),
    headline="the features were chosen with the validation rows",
)
def selected_on_all(data: DataFacts) -> Iterator[Hit]:
    """Features that a selector chose on training and validation rows together.

    Looks for:
        A fitted selector of scikit-learn (SelectKBest, SelectPercentile, ...) among your variables, which kept the features that
        the network is trained on, and had seen the validation rows when it chose them.
    Why:
        Among many features some go with the labels of these very rows by chance. Chosen with the validation rows, they go with
        their labels as well: the validation score is good even where no feature says anything, and new rows are a disappointment.
    Measured:
        The scores that the selector keeps, against those computed again: they are those of training and validation rows together,
        and not those of the training rows.
    Bad:
        x = SelectKBest(k=40).fit_transform(x, y); x_train, x_val, y_train, y_val = train_test_split(x, y)
    Good:
        x_train, x_val, y_train, y_val = train_test_split(x, y); selector = SelectKBest(k=40).fit(x_train, y_train)
    Fix:
        Fit the selector on the training rows only; in a cross-validation, once in each fold.
    Ignore when:
        The score is not used to judge the network.
    Sources:
        Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 7.10.2 (the wrong and the right way to do
        cross-validation); Ambroise and McLachlan 2002, Selection bias in gene extraction (PNAS 99).
    """
    found = data.validation.selection if data.validation is not None else None
    if found is None:
        return
    yield Hit(
        message=f"{found.selector} ({found.kind}) chose {found.kept:,} of {found.among:,} features with the validation rows: its "
        "scores are those of training and validation rows together. The validation score promises too much.",
        evidence={"selector": found.selector, "kept": found.kept, "among": found.among},
        where=found.selector,
        level=Evidence.MEASURED,
        fix=Fix(
            name="select-on-training-rows",
            title="Fit the selector on the training rows only",
            code=f"# split first; then {found.selector}.fit(...) on the training rows, and transform both parts\n"
            "# in a cross-validation: fit it in each fold",
        ),
    )
