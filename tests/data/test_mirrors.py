"""Loaders that mirror images: seen by reading one batch several times, which leaves the user's loader as it was."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_magic.sources import mirrors
from keras_magic.sources.batches import open_source
from keras_magic.sources.mirrors import mirrored_shares


class Images(keras.utils.PyDataset):
    def __init__(self, images, targets, axis=2, along=False):
        super().__init__()
        self.images, self.targets, self.axis, self.along = images, targets, axis, along
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return 2

    def __getitem__(self, index):
        part = slice(32 * index, 32 * index + 32)
        x, y = self.images[part].copy(), self.targets[part].copy()
        turned = self.rng.random(32) < 0.5
        x[turned] = np.flip(x[turned], self.axis)
        if self.along:
            y[turned] = np.flip(y[turned], self.axis)
        return x, y


RNG = np.random.default_rng(1)
IMAGES = RNG.normal(size=(64, 8, 8, 1)).astype("float32")
MASKS = (IMAGES > 0).astype("float32")


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch):
    """A busy machine reads as often as an idle one."""
    monkeypatch.setattr(mirrors, "SECONDS", 60.0)


@pytest.mark.parametrize(("axis", "move"), [(1, "mirrored upside down"), (2, "mirrored left to right")])
def test_mirrored_pictures_with_the_same_targets_are_counted(axis, move):
    loader = Images(IMAGES, MASKS, axis)
    shares = mirrored_shares(open_source(loader))
    assert list(shares) == [move]
    assert shares[move] > 0.8
    assert loader.rng.random() == np.random.default_rng(0).random()


def test_masks_that_move_along_and_pictures_that_stay_are_none():
    assert not mirrored_shares(open_source(Images(IMAGES, MASKS, along=True)))
    assert not mirrored_shares(open_source(Images(IMAGES + np.flip(IMAGES, 2), MASKS)))  # each its own mirror image
    assert not mirrored_shares(open_source(IMAGES, MASKS))


@pytest.mark.parametrize(("along", "share"), [(False, True), (True, False), (None, False)])
def test_a_pipeline_that_mirrors_its_images_alone_is_seen_through_its_shuffling(along, share):
    """`dataset.map` with tf.image.random_flip_left_right: once of the image only, once of image and mask together."""
    images = np.random.default_rng(0).random((120, 8, 8, 1)).astype("float32")
    masks = (images > 0.5).astype("float32")

    def alone(image, mask):
        return tf.image.random_flip_left_right(image), mask

    def together(image, mask):
        both = tf.image.random_flip_left_right(tf.concat([image, mask], axis=-1))
        return both[..., :1], both[..., 1:]

    dataset = tf.data.Dataset.from_tensor_slices((images, masks)).shuffle(120)
    dataset = dataset.map(together if along else alone) if along is not None else dataset
    assert (mirrored_shares(open_source(dataset.batch(16))).get("mirrored left to right", 0) > 0.3) == share


@pytest.mark.parametrize(("layer", "moves"), [("RandomFlip", 0.4), ("RandomTranslation", 0.3), ("GaussianNoise", 0.0)])
def test_layers_in_a_pipeline_that_move_the_image_alone_are_seen(layer, moves):
    """The augmented images are never the same numbers again; each is found by its mask."""
    rng = np.random.default_rng(0)
    masks = np.zeros((80, 24, 24, 1), "float32")
    for mask, row, column in zip(masks, rng.integers(2, 14, 80), rng.integers(2, 14, 80), strict=True):
        mask[row : row + 7, column : column + 4] = 1
    images = (masks + rng.normal(0, 0.2, masks.shape)).astype("float32")
    augment = {"GaussianNoise": [0.1], "RandomFlip": ["horizontal"], "RandomTranslation": [0.2, 0.2]}
    change = getattr(keras.layers, layer)(*augment[layer])
    dataset = tf.data.Dataset.from_tensor_slices((images, masks)).shuffle(80, seed=1).batch(16)
    shares = mirrored_shares(open_source(dataset.map(lambda x, y: (change(x, training=True), y))))
    assert sum(shares.values()) > moves if moves else not shares
