"""Does turning or mirroring an image make it one of another class? The turned images are compared with those as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from keras_magic.facts import InputFacts, TargetFacts, TurnedClass
from keras_magic.sources.relation import LABEL_FORMS, coarse_images, nearest_of

ROWS = 600
LEAST = 8  # images of a class that say something
SEPARABLE = 0.75  # of the images have one of their own class as the nearest: else distances say nothing of the classes
MOST = 0.7  # of the turned images of a class are nearest to one and the same other class
AS_NEAR = 1.15  # times as far from it, at most, as its own images are from each other

Turn = Callable[[np.ndarray], np.ndarray]

#: Moves of images (rows, height, width, channels).
TURNS: Mapping[str, Turn] = MappingProxyType(
    {
        "mirrored left to right": lambda images: np.flip(images, 2),
        "mirrored upside down": lambda images: np.flip(images, 1),
        "turned by 180°": lambda images: np.rot90(images, 2, (1, 2)),
        "turned by 90°": lambda images: np.rot90(images, 1, (1, 2)),
    }
)


def turned_classes(
    inputs: Sequence[InputFacts], x: Sequence[np.ndarray], targets: Sequence[TargetFacts], y: Sequence[np.ndarray]
) -> tuple[TurnedClass, ...]:
    """Classes whose images look like those of another class once they are turned; for each move the clearest one.

    Args:
        inputs, x: facts and sampled rows of each input; targets, y: the same of the targets. Other than one input of images and one
            target of classes: nothing is found.

    A class counts where most of its turned images have their nearest image, in one and the same other class, as near as images
    of that class lie to each other. Where the nearest image is no guide to the class as it is, nothing is found.
    """
    if len(inputs) != 1 or inputs[0].role != "image" or len(targets) != 1 or targets[0].form not in LABEL_FORMS:
        return ()
    views, labels = _views(x[0], y[0], targets[0])
    names, classes = np.unique(labels, return_inverse=True)
    if len(names) < 2 or not np.isfinite(views).all():
        return ()
    near, away = nearest_of(views, views, own=True)
    kinds = [kind for kind in range(len(names)) if (classes == kind).sum() >= LEAST]
    if not kinds or np.mean([(classes[near] == classes)[classes == kind].mean() for kind in kinds]) < SEPARABLE:
        return ()
    usual = {kind: float(np.median(away[classes == kind])) for kind in kinds}
    found = {move: _clearest(turn(views), views, classes, usual) for move, turn in TURNS.items()}
    text = [_text(name) for name in names]
    return tuple(
        TurnedClass(move=move, label=text[best[0]], other=text[best[1]], share=best[2]) for move, best in found.items() if best
    )


def given_turned(
    turned: Sequence[TurnedClass],
    target: TargetFacts,
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
) -> tuple[TurnedClass, ...]:
    """The classes of the validation images with the share of their training images that come turned, under their own label.

    Args:
        turned: what `turned_classes` found in the validation images; target: facts of the training targets.
        train, validation: sampled images (rows, height, width, channels) and their labels, as they are given to the network.
    """
    if not turned or train[0].shape[1:] != validation[0].shape[1:]:
        return tuple(turned)
    (views, labels), (theirs, names) = (_views(images, y, target) for images, y in (train, validation))
    known = np.array([_text(name) for name in names])

    def share(one: TurnedClass) -> float:
        own = views[np.array([_text(label) == one.label for label in labels], bool)]
        back = TURNS[one.move](own) if one.move != "turned by 90°" else np.rot90(own, -1, (1, 2))
        if not len(own) or back.shape != own.shape or not np.isfinite(own).all():
            return 0.0
        as_given, moved_back = (known[nearest_of(images, theirs)[0]] for images in (own, back))
        return float(((as_given == one.other) & (moved_back == one.label)).mean())

    return tuple(dataclasses.replace(one, given=share(one)) for one in turned)


def _views(images: np.ndarray, y: np.ndarray, target: TargetFacts) -> tuple[np.ndarray, np.ndarray]:
    """At most about `ROWS` coarse images, and the label of each."""
    some = slice(0, None, max(1, len(images) // ROWS))
    labels = y[some].reshape(len(y[some]), -1)
    return coarse_images(images[some]).astype("float64"), labels.argmax(1) if target.form == "one-hot" else labels[:, 0]


def _text(label: object) -> str:
    return str(label.item() if isinstance(label, np.generic) else label)


def _clearest(
    turned: np.ndarray, views: np.ndarray, classes: np.ndarray, usual: Mapping[int, float]
) -> tuple[int, int, float] | None:
    """The class that a move turns into another one the most: it, the other, and the share of its images."""
    if turned.shape != views.shape:
        return None
    near, away = nearest_of(turned, views, own=True)
    best: tuple[int, int, float] | None = None
    for kind in usual:
        rows = classes == kind
        other = int(np.bincount(classes[near[rows]]).argmax())
        share = float((classes[near[rows]] == other).mean())
        as_near = other in usual and np.median(away[rows]) <= AS_NEAR * usual[other]
        if other != kind and as_near and share >= MOST and (best is None or share > best[2]):
            best = (kind, other, share)
    return best
