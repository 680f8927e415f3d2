from dataclasses import replace

from keras_magic.facts import InputFacts, LayerFacts, OutcomeFacts, TargetFacts
from tests.cases._facts import data, model

IMAGES = InputFacts(name="x", shape=(18, 18, 1), dtype="float32", role="image")
EYES = TargetFacts(name="y", shape=(2,), dtype="float32", form="continuous", mean=0.5, std=0.2)
MASKS = TargetFacts(name="y", shape=(18, 18, 1), dtype="float32", form="sequence", integer=True, classes={"0": 9000, "1": 4000})
HALF = OutcomeFacts(task="regression", train=0.42, validation=0.46, attainable=0.4)
HALF_OF_THEM = {"mirrored left to right": 0.5}
FLIP = LayerFacts(name="flip", kind="RandomFlip")


def images(target=EYES, mirrored=None, movers=()):
    seen = replace(data(), inputs=(IMAGES,), targets=(target,), mirrored=mirrored or {})
    plain = model()
    return {"data": seen, "model": replace(plain, layers=(*movers, *plain.layers)), "outcome": HALF}


def bad():
    """The loader mirrors half of the eyes and leaves their places where they were."""
    return images(mirrored=HALF_OF_THEM)


def good():
    return images()


def near():
    """An age is no place: a mirrored face is as old."""
    return images(target=replace(EYES, shape=()), mirrored=HALF_OF_THEM, movers=(FLIP,))
