"""KM115 images that show nothing."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import severity_of
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM115", "blank-images", cause="constant-feature", severity="warning", headline="images show nothing")
def blank_images(
    data: DataFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None, *, share: float = 0.05
) -> Iterator[Hit]:
    """Images that show nothing.

    Looks for:
        Images whose pixels (nearly) all have one value.
    Why:
        They carry a label and nothing to read it from: mostly files that failed to load, or a conversion that cut all values to 0.
    Measured:
        Range of values within each of up to 512 sampled images against the range of all.
    Bad:
        x = (images / 255).astype("uint8")     # everything is 0
    Good:
        x = images.astype("float32") / 255
    Fix:
        Look at the files, at the conversion of the dtype, and drop the blank ones.
    Ignore when:
        Blank is a class of its own.
    Sources:
        cleanvision: low information images.
    """
    for fact in data.inputs:
        if fact.role == "image" and fact.image_blank >= share:
            yield Hit(
                message=f"{percent(fact.image_blank)} of the images in {fact.name} show a single value.",
                evidence={"blank": fact.image_blank, "min": fact.min, "max": fact.max},
                where=fact.name,
                severity="error" if fact.image_blank > 0.9 else severity_of(outcome, training, "warning"),
                level=Evidence.CONTRADICTION if fact.image_blank > 0.9 else Evidence.PLAUSIBLE,
            )
