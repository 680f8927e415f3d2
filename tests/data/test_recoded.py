"""Categories that were coded in each part by itself."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder, OrdinalEncoder

import keras_magic as km
from keras_magic.facts import InputFacts
from keras_magic.sources.recoded import recoded

TABLE = InputFacts(name="x", shape=(2,), dtype="float32", role="table")
CODERS = {
    "cat.codes": lambda column: column.astype("category").cat.codes,
    "LabelEncoder": lambda column: LabelEncoder().fit_transform(column),
    "OrdinalEncoder": lambda column: OrdinalEncoder().fit_transform(column.to_frame())[:, 0],
}


def shops(rows, seed, names, task="binary"):
    """Each shop has a level of its own; `other` says nothing."""
    random = np.random.default_rng(seed)
    shop = pd.Series(random.choice(names, rows))
    level = shop.map({name: np.sin(3.0 * i) * 2 for i, name in enumerate("abcdefghij")}).to_numpy()
    if task == "binary":
        y = (random.random(rows) < 1 / (1 + np.exp(-level))).astype(int)
    elif task == "classes":
        y = np.digitize(level + random.normal(0, 0.5, rows), [-1, 1])
    else:
        y = level + random.normal(0, 0.5, rows)
    return shop, random.normal(size=rows), y


@pytest.mark.parametrize("coder", CODERS)
@pytest.mark.parametrize("task", ["binary", "classes", "numbers"])
@pytest.mark.parametrize(("lacks", "seen"), [("a", True), ("cf", True), ("j", False), ("", False)])
def test_codes_that_mean_other_categories_are_seen_in_their_targets(coder, task, lacks, seen):
    (shop, other, y), code = shops(1500, 0, list("abcdefghij"), task), CODERS[coder]
    v_shop, v_other, vy = shops(900, 1, [n for n in "abcdefghij" if n not in lacks], task)
    x, vx = np.c_[code(shop), other], np.c_[code(v_shop), v_other]
    found = recoded([TABLE], [x], y, [vx], vy)
    assert (found is not None) == seen
    if seen:
        assert (found["codes"], found["train_codes"]) == (10 - len(lacks), 10)
        assert found["true_code"] > found["code"]


def test_codes_of_one_coder_and_quantities_are_no_others():
    (shop, other, y), (v_shop, v_other, vy) = shops(1500, 0, list("abcdefghij")), shops(900, 1, list("abcdefghi"))
    coder = LabelEncoder().fit(shop)
    x, vx = np.c_[coder.transform(shop), other], np.c_[coder.transform(v_shop), v_other]
    assert recoded([TABLE], [x], y, [vx], vy) is None
    random = np.random.default_rng(2)
    rooms, v_rooms = random.integers(0, 9, 1500), random.integers(0, 7, 900)
    price, v_price = rooms * 30.0 + random.normal(0, 5, 1500), v_rooms * 30.0 + 30 + random.normal(0, 5, 900)
    assert recoded([TABLE], [np.c_[rooms, other]], price, [np.c_[v_rooms, v_other]], v_price) is None, "prices rose"


def test_a_network_that_looks_codes_up_is_told_of_the_other_codes():
    (shop, _, y), (v_shop, _, vy) = shops(1500, 0, list("abcdefghij")), shops(900, 1, list("bcdefghij"))
    model = keras.Sequential(
        [keras.Input((), dtype="int32"), keras.layers.Embedding(10, 4), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    x, vx = (CODERS["cat.codes"](part).to_numpy("int32") for part in (shop, v_shop))
    report = km.diagnose(model, x, y, validation_data=(vx, vy), epochs=2, verbose=0, seconds=0)
    found = next(f for f in report.findings if f.rule == "KM136")
    assert "9 codes" in found.message
    assert "10 in the training data" in found.message
