"""Outputs that follow the padding alone are told from outputs that follow the values."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.data.test_outcome import outcome_of

WORDS, LENGTH = 50, 16


@pytest.fixture
def padded():
    rng = np.random.default_rng(0)
    ids = rng.integers(1, WORDS, size=(300, LENGTH))
    ids[np.arange(LENGTH) >= rng.integers(4, LENGTH - 2, 300)[:, None]] = 0
    return ids, (ids == 7).any(1).astype("int32")


def attention(mask):
    ids = keras.Input((LENGTH,), dtype="int32")
    h = layers.Embedding(WORDS, 8)(ids)
    place = layers.Embedding(LENGTH, 8)(ops.zeros_like(ids) + ops.arange(LENGTH))
    h = h + place
    h = layers.MultiHeadAttention(2, 4)(place, h, attention_mask=ops.expand_dims(mask(ids), 1))
    return keras.Model(ids, layers.Dense(1, activation="sigmoid")(h[:, 0]))


def pooled(mask):
    ids = keras.Input((LENGTH,), dtype="int32")
    h = layers.Embedding(WORDS, 8)(ids)
    h = h + layers.Embedding(LENGTH, 8)(ops.zeros_like(ids) + ops.arange(LENGTH))
    h = layers.GlobalAveragePooling1D()(h, mask=mask(ids))
    return keras.Model(ids, layers.Dense(1, activation="sigmoid")(h))


def hidden(ids):
    return ops.equal(ids, 0)


def shown(ids):
    return ops.not_equal(ids, 0)


@pytest.mark.parametrize(("mask", "share"), [(hidden, 1.0), (shown, 0.0)])
@pytest.mark.parametrize("build", [attention, pooled])
def test_a_mask_the_wrong_way_round_hides_the_words(padded, build, mask, share):
    model = build(mask)
    model.compile("adam", "binary_crossentropy")
    assert outcome_of(model, *padded).unread == pytest.approx(share, abs=0.2)


def test_rows_without_padding_are_not_measured():
    rng = np.random.default_rng(0)
    ids = rng.integers(1, WORDS, size=(300, LENGTH))
    model = attention(shown)
    model.compile("adam", "binary_crossentropy")
    assert outcome_of(model, ids, (ids == 7).any(1).astype("int32")).unread is None
