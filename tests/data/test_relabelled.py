"""Loaders that shuffle inputs and targets apart give the same input with another target in the next epoch."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 4, 400)
X = (np.eye(4)[Y] @ RNG.normal(size=(4, 30)) + RNG.normal(size=(400, 30))).astype("float32")


class Loader(keras.utils.PyDataset):
    """Shuffles in each epoch, with a little noise on the inputs; `apart`: the labels keep their order."""

    def __init__(self, apart, noise=0.02):
        super().__init__()
        self.apart, self.noise, self.order, self.rng = apart, noise, np.arange(400), np.random.default_rng(0)
        self.on_epoch_end()

    def __len__(self):
        return 10

    def __getitem__(self, index):
        part = slice(40 * index, 40 * index + 40)
        x = X[self.order[part]] + self.rng.normal(0, self.noise, (40, 30)).astype("float32")
        return x, Y[part] if self.apart else Y[self.order[part]]

    def on_epoch_end(self):
        self.rng.shuffle(self.order)


def zipped(apart):
    xs, ys = (tf.data.Dataset.from_tensor_slices(part) for part in (X, Y))
    both = tf.data.Dataset.zip(xs.shuffle(400), ys.shuffle(400)) if apart else tf.data.Dataset.zip(xs, ys).shuffle(400)
    return both.batch(40)


def share_of(data):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((30,)), keras.layers.Dense(4, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    report = km.diagnose(model, data, epochs=2, verbose=0, seconds=0)
    found = report.diagnoses[0].facts.data.relabelled
    assert ("KM133" in [f.rule for f in report.findings]) == (found > 0.1)
    return found


@pytest.mark.parametrize("make", [Loader, zipped])
def test_what_is_shuffled_apart_comes_again_with_another_target(make):
    assert share_of(make(apart=True)) > 0.5
    assert share_of(make(apart=False)) == 0


def test_strong_noise_lets_no_row_come_again():
    assert share_of(Loader(apart=False, noise=3.0)) == 0


def sparse(rows=800, words=1500):
    """Few words of many, as of texts: most columns are 0 in most rows. Some rows are alike and have other labels."""
    rng = np.random.default_rng(1)
    x = (rng.random((rows, words)) < 18 / words).astype("float32")
    x[1::4] = x[::4]
    return tf.data.Dataset.from_tensor_slices((x, rng.integers(0, 4, rows))).shuffle(rows).batch(40)


def test_rows_that_are_alike_are_not_one_row():
    model = keras.Sequential([keras.Input((1500,)), keras.layers.Dense(4, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    report = km.diagnose(model, sparse(), epochs=2, verbose=0, seconds=0)
    assert report.diagnoses[0].facts.data.relabelled == 0
