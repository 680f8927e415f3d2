"""KM124 images that are moved without their targets."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from keras_magic import fixes
from keras_magic.assessment import is_failing, percent, skill_of
from keras_magic.checks.inputs._common import class_targets
from keras_magic.facts import DataFacts, InputFacts, LayerFacts, ModelFacts, OutcomeFacts, TargetFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule

MOVERS = ("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear", "RandomPerspective")
TURNING = ("RandomFlip", "RandomRotation")  # these may turn one class into another
LANDMARKS = 136  # most numbers of a target that are read as coordinates


@rule(
    "KM124",
    "moved-images",
    cause="misaligned-labels",
    severity="warning",
    explains=("label-noise", "capacity-too-small"),
    headline="images are moved, but not their targets",
)
def moved_images(
    data: DataFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    good: float = 0.9,
) -> Iterator[Hit]:
    """Images that are flipped, turned or shifted at random while their targets stay where they are.

    Looks for:
        Targets that are places in the image (masks of its size, coordinates), and a loader that mirrors the images alone, or
        layers such as RandomFlip inside the model, which never see the targets. Layers that turn images whose classes differ in
        left and right, or up and down.
    Why:
        The spot moves, its mask or its coordinates do not: half of the rows say something wrong, and the best that can be learned
        is the middle of both.
    Measured:
        The first rows, read several times: images that come mirrored with the very same target; layers of the model. Where
        layers of the model move images with coordinates or classes, a paired trial without them decides.
    Bad:
        if rng.random() < 0.5: image = image[:, ::-1]                      # the mask stays
    Good:
        if rng.random() < 0.5: image, mask = image[:, ::-1], mask[:, ::-1]  # coordinates: x = width - 1 - x
    Fix:
        Move the targets along, in the loader or in `dataset.map`; or leave such layers out.
    Ignore when:
        The numbers are no places (an age, a count).
    Sources:
        Shorten and Khoshgoftaar 2019, A survey on Image Data Augmentation for Deep Learning.
    """
    images, skill = [fact for fact in data.inputs if fact.role == "image"], skill_of(outcome)
    if len(images) != 1 or (skill is not None and skill > good):
        return
    (image,) = images
    movers = [layer for layer in model.layers if layer.kind in MOVERS and not layer.depth]
    mask = any(_is_mask(target, image) for target in data.targets)
    if not mask and not any(map(_is_place, data.targets)):
        if any(True for _ in class_targets(data)):
            yield from _turned_classes(movers, outcome, training)
        return
    what = "masks" if mask else "coordinates, it seems,"
    severity = "error" if is_failing(outcome, training) else "warning"
    if data.mirrored:
        yield Hit(
            message=f"The loader gives {percent(data.mirrored)} of the images that were compared mirrored when it is read again, "
            f"with the very same targets. The targets are {what} and have to be mirrored along.",
            evidence={"mirrored": data.mirrored},
            where=image.name,
            severity=severity,
            level=Evidence.MEASURED if mask else Evidence.STRONG,
            fix=Fix(
                name="move-targets",
                title="Mirror the targets along with the images, in the loader",
                code="mask = mask[:, ::-1]   # where image[:, ::-1] is given; coordinates: x = width - 1 - x (or 1 - x)",
            ),
        )
    if movers:
        yield Hit(
            message=f"{movers[0].name} ({movers[0].kind}) moves the images inside the model, where no target moves along; these "
            f"are {what} and stay where they were.",
            evidence={"layers": [layer.name for layer in movers]},
            where=movers[0].name,
            severity=severity,
            level=Evidence.STRONG if mask else Evidence.HINT,
            fix=fixes.drop_layers([layer.name for layer in movers]),
        )


def _turned_classes(movers: list[LayerFacts], outcome: OutcomeFacts | None, training: TrainingFacts | None) -> Iterator[Hit]:
    """Classes that may differ only by what a layer turns round: arrows, letters, hands. A trial without it decides."""
    turning = [layer for layer in movers if layer.kind in TURNING]
    if not turning or not is_failing(outcome, training):
        return
    yield Hit(
        message=f"{turning[0].name} ({turning[0].kind}) turns images at random, and their class stays the same: "
        "where left and right or up and down tell classes apart, these labels become wrong.",
        evidence={"layers": [layer.name for layer in turning]},
        where=turning[0].name,
        severity="error",
        level=Evidence.HINT,
        fix=fixes.drop_layers([layer.name for layer in turning]),
        headline="augmentation turns one class into another",
    )


def _is_mask(target: TargetFacts, image: InputFacts) -> bool:
    """A number or class per pixel."""
    shape, size = tuple(target.shape), tuple(image.shape or ())[:2]
    return len(size) == 2 and shape[:2] == size and not target.equals_input


def _is_place(target: TargetFacts) -> bool:
    """Pairs of continuous numbers."""
    numbers = prod(n or 0 for n in target.shape) if target.shape else 1
    return target.form == "continuous" and numbers % 2 == 0 and 2 <= numbers <= LANDMARKS
