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


def attends(causal):
    h = layers.MultiHeadAttention(2, 4)
    return lambda x: x + h(x, x, use_causal_mask=causal)


MIXERS = {
    "attention": attends,
    "convolution": lambda causal: layers.Conv1D(8, 3, padding="causal" if causal else "same", dilation_rate=4),
    "recurrence": lambda causal: (
        layers.LSTM(8, return_sequences=True) if causal else layers.Bidirectional(layers.LSTM(8, return_sequences=True))
    ),
}


def language_model(mixer):
    ids = keras.Input((LENGTH,), dtype="int32")
    h = layers.Embedding(WORDS, 8, embeddings_initializer="normal")(ids)
    model = keras.Model(ids, layers.Dense(WORDS)(mixer(h)))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@pytest.mark.parametrize("mixer", MIXERS)
@pytest.mark.parametrize(("causal", "share"), [(True, 0.0), (False, 1.0)])
def test_outputs_that_follow_the_values_to_be_predicted(mixer, causal, share):
    ids = np.random.default_rng(0).integers(0, WORDS, size=(300, LENGTH + 1))
    found = outcome_of(language_model(MIXERS[mixer](causal)), ids[:, :-1], ids[:, 1:]).ahead
    assert found == {"input": 0, "steps": LENGTH, "share": pytest.approx(share, abs=0.05)}


def test_targets_that_are_no_next_values_are_not_looked_at():
    ids = np.random.default_rng(0).integers(0, WORDS, size=(300, LENGTH))
    assert outcome_of(language_model(attends(False)), ids, ids).ahead is None
