"""KM136 categories that have other codes in validation."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM136",
    "recoded-categories",
    cause="distribution-shift",
    severity="error",
    explains=("label-noise", "epochs-too-many", "capacity-too-large", "too-little-data"),
    headline="codes mean other categories in validation than in training",
)
def recoded_categories(data: DataFacts) -> Iterator[Hit]:
    """Codes that mean other categories in the validation data than in the training data.

    Looks for:
        A column of codes 0, 1, 2, ... with fewer codes in the validation data, where the targets of a code are not those of the
        same code in the training data but, in the same order, those of later ones.
    Why:
        `cat.codes`, LabelEncoder and OrdinalEncoder number the sorted categories that they meet. Applied to each part by itself,
        they give another number to every category after one that is lacking: the network looks up the wrong one.
    Measured:
        The mean target of each code in both parts; how far they differ code by code, and after the best alignment that keeps their
        order, in units of what chance leaves. Codes along which the target rises are left out.
    Bad:
        x_train, x_val = (part["city"].astype("category").cat.codes for part in (train, val))
    Good:
        cities = pd.CategoricalDtype(sorted(train["city"].unique())); x_val = val["city"].astype(cities).cat.codes
    Fix:
        Code both parts with the categories of the training rows.
    Ignore when:
        You know that both parts were coded by one and the same table.
    Sources:
        pandas user guide, Categorical data (codes are positions in the sorted categories); scikit-learn documentation of
        OrdinalEncoder (fit once, transform both); Needleman and Wunsch 1970 (alignment).
    """
    found = data.validation.recoded if data.validation is not None else None
    if found is None:
        return
    column, code, true_code = found["column"], found["code"], found["true_code"]
    yield Hit(
        message=f"{column} has {found['codes']} codes in the validation data and {found['train_codes']} in the training data. The "
        f"targets of {found['moved']} of them are those of later codes in training, in the same order (code {code} there: code "
        f"{true_code}): each part was coded by itself.",
        evidence=dict(found),
        where=column,
        level=Evidence.MEASURED,
        fix=Fix(
            name="code-alike",
            title="Code both parts with the categories of the training part",
            code=f"categories = pd.CategoricalDtype(sorted(train_frame[{column!r}].unique()))\n"
            f"codes, val_codes = (frame[{column!r}].astype(categories).cat.codes for frame in (train_frame, val_frame))",
        ),
    )
