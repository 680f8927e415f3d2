"""KM129 validation rows that an earlier fit has trained the same weights on."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.facts import StoryFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM129",
    "trained-before",
    cause="data-leakage",
    severity="error",
    explains=("epochs-too-many", "capacity-too-large"),
    headline="validation rows were trained on in an earlier fit",
)
def trained_before(story: StoryFacts, *, share: float = 0.05) -> Iterator[Hit]:
    """Validation rows that an earlier fit has trained the same weights on.

    Looks for:
        Several fits of one model whose validation rows change: rows held out in this fit were training rows of an earlier one.
    Why:
        The weights go on from fit to fit. In a cross-validation with one model, each later fold is validated on rows that the
        network has already learned, so its score says nothing about new rows.
    Measured:
        Hashes of the rows of each fit; the largest share of validation rows that an earlier fit, but not this one, was trained on;
        where each fold is scaled by itself, the values of the column with the most different ones, but for its mean and scale.
        Without validation data: whether each of three or more fits shares the same part of its rows with the first, scaled again or
        not, as folds do (a window that moves on shares less and less).
    Bad:
        for train, val in KFold(5).split(x): model.fit(x[train], y[train], validation_data=(x[val], y[val]))
    Good:
        for train, val in KFold(5).split(x): model = build(); model.fit(x[train], y[train], validation_data=(x[val], y[val]))
    Fix:
        Build and compile a new model for each fold.
    Ignore when:
        The later scores are not used.
    Sources:
        scikit-learn, user guide, Cross-validation: a new estimator is fitted for each split; Kapoor and Narayanan 2023.
    """
    if story.trained_before < share:
        if story.rotating:
            yield _through_folds(story)
        return
    yield Hit(
        message=f"In fit {story.in_fit} of {story.fits}, {percent(story.trained_before)} of the validation rows had been training "
        "rows of an earlier fit of the same model: its weights go on from fit to fit, so the later validation scores are too good.",
        evidence={"share": story.trained_before, "fit": story.in_fit, "fits": story.fits},
        where="validation_data",
        level=Evidence.CONTRADICTION,
        fix=fixes.new_model_per_fold(),
    )


def _through_folds(story: StoryFacts) -> Hit:
    """Without validation data it is not known what the rows that a fit leaves out are used for."""
    return Hit(
        message=f"The {story.fits} fits of this model train on different parts of the same rows (any two share "
        f"{percent(story.rotating)}), as the folds of a cross-validation do, and its weights go on from fit to fit: what a later "
        "fit leaves out, an earlier one has trained on. Scores measured on it are too good.",
        evidence={"shared": story.rotating, "fits": story.fits},
        severity="warning",
        level=Evidence.STRONG,
        fix=fixes.new_model_per_fold(),
        headline="one model goes through all folds",
    )
