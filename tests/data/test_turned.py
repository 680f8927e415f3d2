"""Classes that turn into others when their images are mirrored or turned."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

import keras_magic as km
from keras_magic.facts import InputFacts, TargetFacts
from keras_magic.sources.turned import given_turned, turned_classes

IMAGE = InputFacts(name="x", shape=(20, 20, 1), dtype="float32", role="image")
CLASSES = TargetFacts(name="y", shape=(), dtype="int64", form="integer")


def drawn(draw, kinds, rows=400):
    rng = np.random.default_rng(0)
    y = rng.integers(0, kinds, rows)
    images = np.stack([np.roll(draw(int(k)), rng.integers(-2, 3, 2), (0, 1)) + rng.normal(0, 0.1, (20, 20)) for k in y])
    return images[..., None].astype("float32"), y


def arrow(kind):
    """Right and left, up and down."""
    image = np.zeros((20, 20))
    for i in range(5):
        image[9 - 5 + i : 10 + 6 - i, 9 + i] = 1
    return np.rot90(image, [0, 2, 1, 3][kind])


def hook(kind):
    """An L and the letter that mirrors it."""
    image = np.zeros((20, 20))
    image[4:16, 6:8] = image[14:16, 6:14] = 1
    return np.fliplr(image) if kind else image


def bars(kind):
    """Upright and lying bars: mirrored they stay what they are, turned by 90° they do not."""
    image = np.zeros((20, 20))
    image[3:17, 8:12] = 1
    return image.T if kind else image


def disc(kind):
    """A disc and a ring: no move makes one of the other."""
    y, x = np.mgrid[:20, :20] - 9.5
    far = np.hypot(x, y)
    return ((far < 7) & (far > 4 * kind)).astype(float)


def moves(draw, kinds):
    x, y = drawn(draw, kinds)
    return {turned.move for turned in turned_classes([IMAGE], [x], [CLASSES], [y])}


@pytest.mark.parametrize(
    ("draw", "kinds", "found"),
    [
        (arrow, 4, {"mirrored left to right", "mirrored upside down", "turned by 180°", "turned by 90°"}),
        (hook, 2, {"mirrored left to right"}),
        (bars, 2, {"turned by 90°"}),
        (disc, 2, set()),
    ],
)
def test_what_a_move_makes_of_a_class_is_seen(draw, kinds, found):
    assert moves(draw, kinds) >= found if found else not moves(draw, kinds)
    assert ("mirrored left to right" in moves(draw, kinds)) == ("mirrored left to right" in found)


def test_a_pipeline_that_mirrors_arrows_is_told_by_its_validation_images():
    """`dataset.map` mirrors training images and keeps their class; what that does shows in images that are not mirrored."""
    x, y = drawn(arrow, 2, rows=300)
    dataset = tf.data.Dataset.from_tensor_slices((x[:200], y[:200])).shuffle(200)
    dataset = dataset.map(lambda image, label: (tf.image.random_flip_left_right(image), label)).batch(32)
    model = keras.Sequential([keras.Input((20, 20, 1)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    report = km.diagnose(model, dataset, validation_data=(x[200:], y[200:]), epochs=2, verbose=0, seconds=0)
    found = next(f for f in report.findings if f.rule == "KM124")
    assert "The loader gives training images mirrored left to right" in found.message


@pytest.mark.parametrize(("mirrors", "low", "high"), [(True, 0.3, 0.7), (False, 0.0, 0.05)])
def test_training_images_that_come_mirrored_and_shifted_are_told_by_those_of_the_validation(mirrors, low, high):
    """No image comes again as it was, so that only the other class tells: half of the right arrows look like left ones."""
    (x, y), (vx, vy) = drawn(arrow, 2, rows=300), drawn(arrow, 2, rows=200)
    rng = np.random.default_rng(1)
    flip = (rng.random(300) < 0.5) & mirrors
    x = np.where(flip[:, None, None, None], x[:, :, ::-1], x) * rng.uniform(0.8, 1.2, (300, 1, 1, 1))
    x = np.stack([np.roll(image, rng.integers(-1, 2, 2), (0, 1)) for image in x])
    found = given_turned(turned_classes([IMAGE], [vx], [CLASSES], [vy]), CLASSES, (x, y), (vx, vy))
    (turned,) = (one for one in found if one.move == "mirrored left to right")
    assert low <= turned.given <= high


def test_digits_that_only_look_odd_when_mirrored_are_no_other_class():
    digits = load_digits()
    assert not turned_classes([IMAGE], [digits.images[..., None]], [CLASSES], [digits.target])


def test_images_without_a_pattern_say_nothing():
    rng = np.random.default_rng(0)
    assert not turned_classes([IMAGE], [rng.random((200, 20, 20, 1))], [CLASSES], [rng.integers(0, 2, 200)])
