"""Values that a lookup layer does not know, and two Rescaling layers, read from real models."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.sources.model import collect_model
from keras_magic.testing import run_rule
from tests.cases._facts import FAILED

CITIES = np.array(["Rome", "Oslo", "Lima"])[np.random.default_rng(0).integers(0, 3, (200, 1))]


@pytest.mark.parametrize(("words", "hits"), [(["rome", "oslo", "lima"], 1), (["Rome", "Oslo", "Lima"], 0)])
def test_another_spelling_is_unknown(words, hits):
    city, age = keras.Input((1,), dtype="string", name="city"), keras.Input((1,), name="age")
    coded = layers.StringLookup(vocabulary=words, output_mode="one_hot")(city)
    model = keras.Model({"city": city, "age": age}, layers.Dense(1)(layers.Concatenate()([coded, age])))
    facts = collect_model(model)
    x = {"city": CITIES, "age": np.arange(200.0)[:, None]}
    data = collect_data(Run(model=model, x=x, y=np.arange(200) % 2), facts)
    assert len(run_rule("KM219", data=data, outcome=FAILED)) == hits
    assert not run_rule("KM217", model=facts, outcome=FAILED)


def test_a_rescaling_before_a_network_that_rescales_is_seen():
    entry = keras.Input((32, 32, 3))
    base = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), layers.Conv2D(4, 3)], name="base")
    x = np.random.default_rng(0).uniform(0, 255, (40, 32, 32, 3))
    for before, hits in ((layers.Rescaling(1 / 255), 1), (layers.RandomFlip(), 0)):
        model = keras.Model(entry, layers.Dense(2)(layers.Flatten()(base(before(entry)))))
        facts = collect_model(model)
        data = collect_data(Run(model=model, x=x, y=np.arange(40) % 2), facts)
        assert len(run_rule("KM218", model=facts, data=data, outcome=FAILED)) == hits
