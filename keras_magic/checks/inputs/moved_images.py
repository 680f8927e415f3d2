"""KM124 images that are moved without their targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from keras_magic import fixes
from keras_magic.assessment import is_failing, percent, skill_of
from keras_magic.checks.inputs._common import class_targets
from keras_magic.facts import DataFacts, InputFacts, LayerFacts, ModelFacts, OutcomeFacts, TargetFacts, TrainingFacts, TurnedClass
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule

MOVERS = ("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear", "RandomPerspective")
TURNING = ("RandomFlip", "RandomRotation")  # these may turn one class into another
TURNED = 0.2  # share of a class's training images that come as images of another class: more than these classes are mixed up
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
        The first rows, read several times: images that come mirrored or shifted with the very same target; layers of the model.
        Classes: whether images that are moved so have their nearest image in another class, as near as the images of that class
        lie to each other; whether the training images of a class, as they come, have their nearest validation image in the other
        class, and moved back in their own. Where layers move images and this cannot be determined, a paired trial decides.
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
            yield from _turned_classes(data, movers, outcome, training)
        return
    what = "masks" if mask else "coordinates, it seems,"
    severity = "error" if is_failing(outcome, training) else "warning"
    if data.mirrored:
        yield Hit(
            message=f"Read again, the loader gives {percent(sum(data.mirrored.values()))} of the images that were compared "
            f"moved ({', '.join(data.mirrored)}), with the very same targets. The targets are {what} and have to be moved along.",
            evidence=dict(data.mirrored),
            where=image.name,
            severity=severity,
            level=Evidence.MEASURED if mask else Evidence.STRONG,
            fix=Fix(
                name="move-targets",
                title="Move the targets along with the images, in the loader",
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


def _turned_classes(
    data: DataFacts,
    movers: list[LayerFacts],
    outcome: OutcomeFacts | None,
    training: TrainingFacts | None,
) -> Iterator[Hit]:
    """Classes that differ by what a layer or the loader turns round: arrows, letters, hands."""
    turning = [layer for layer in movers if layer.kind in TURNING]
    where: dict[str, LayerFacts | None] = dict.fromkeys(data.mirrored)
    where |= {move: layer for layer in turning for move in _moves(layer)}
    held_out = data.validation.turned if data.validation else ()
    seen = [turned for turned in data.turned or held_out if turned.move in where]
    given = [turned for turned in held_out if turned.given >= TURNED]
    if seen:
        yield _seen_to_turn(max(seen, key=lambda turned: turned.share), where, turning, is_failing(outcome, training))
    elif given:
        yield _given_turned(max(given, key=lambda turned: turned.given), is_failing(outcome, training))
    elif turning and is_failing(outcome, training):
        yield _perhaps_turned(turning)


def _moves(layer: LayerFacts) -> Iterator[str]:
    """What a layer does to some images, of the moves in `sources.turned`."""
    mode, factor = str(layer.options.get("mode", "")), layer.options.get("factor")
    yield from ["mirrored left to right"] * ("horizontal" in mode)
    yield from ["mirrored upside down"] * ("vertical" in mode)
    yield from ["turned by 180°"] * (mode == "horizontal_and_vertical")
    most = max(map(abs, factor)) if layer.kind == "RandomRotation" and isinstance(factor, tuple) else 0.0  # of whole turns
    yield from ["turned by 90°"] * (most >= 0.25)
    yield from ["turned by 180°"] * (most >= 0.5)


_BY_HAND = Fix(
    name="leave-out-mirroring",
    title="Leave this move out where the images are read",
    code="# leave out RandomFlip, tf.image.random_flip_left_right and the like, or mirror only what keeps its class",
)


def _given_turned(turned: TurnedClass, failing: bool) -> Hit:
    """Measured on the images of the training and of the validation data, as they come."""
    return Hit(
        message=f"{percent(turned.given)} of the training images of class {turned.label} that were compared have their nearest "
        f"validation image in class {turned.other}; {turned.move}, in class {turned.label}: they come {turned.move} under their "
        "old label.",
        evidence={"move": turned.move, "class": turned.label, "other": turned.other, "share": turned.given},
        severity="error" if failing else "warning",
        level=Evidence.MEASURED,
        fix=_BY_HAND,
        headline="augmentation turns one class into another",
    )


def _seen_to_turn(turned: TurnedClass, where: Mapping[str, LayerFacts | None], turning: list[LayerFacts], failing: bool) -> Hit:
    """Measured on the images: no trial is needed."""
    layer = where[turned.move]
    who = f"{layer.name} ({layer.kind})" if layer else "The loader"
    return Hit(
        message=f"{who} gives training images {turned.move}, but keeps their class. So moved, {percent(turned.share)} of the images"
        f" of class {turned.label} have their nearest image in class {turned.other}, as near as images of class {turned.other} are"
        " to each other: their labels become wrong.",
        evidence={"move": turned.move, "class": turned.label, "other": turned.other, "share": turned.share},
        where=layer.name if layer else "",
        severity="error" if failing else "warning",
        level=Evidence.MEASURED,
        fix=fixes.drop_layers([one.name for one in turning]) if layer else _BY_HAND,
        headline="augmentation turns one class into another",
    )


def _perhaps_turned(turning: list[LayerFacts]) -> Hit:
    """A trial without the layers decides."""
    return Hit(
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
