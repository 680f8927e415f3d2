"""Models of subclassed models are copied although nobody recorded their constructor's arguments; the copy shares no weights."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from keras_magic import fixes
from keras_magic.errors import UnsupportedError
from keras_magic.fixes.models import fresh
from keras_magic.fixes.program import program
from tests.fixes.runs import blobs, everything, run_of


class Scale(layers.Layer):
    """A layer without a configuration, with a variable of its constructor and one of its build."""

    def __init__(self, factors):
        super().__init__()
        self.factors = keras.Variable(np.asarray(factors, "float32"), trainable=False, name="factors")

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="ones", name="shift")

    def call(self, x):
        return x * self.factors + self.shift


class Encoder(keras.Model):
    def __init__(self, widths, kind):
        super().__init__()
        self.widths = widths
        self.parts = [layers.Dense(n, activation=kind) for n in widths]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


class Free(keras.Model):
    """Lists and dicts of layers, a nested model, a shared layer, a random generator, a method as attribute, a metric."""

    def __init__(self, widths, *, classes, rate):
        super().__init__(name="free")
        self.scale = Scale(np.ones(6))
        self.encoder = Encoder(widths, "tanh")
        self.shared = layers.Dense(8, activation="relu")
        self.heads = {"main": layers.Dense(classes, activation="softmax"), "again": self.shared}
        self.noise = keras.random.SeedGenerator(7)
        self.drop = layers.Dropout(rate)
        self.finish = self._finish
        self.hits = keras.metrics.SparseCategoricalAccuracy(name="hits")
        self.words = ("a", None)

    def _finish(self, x):
        return self.heads["main"](x)

    def call(self, x, training=False):
        x = self.shared(self.encoder(self.scale(x)))
        if training:
            x = x + 0.01 * keras.random.normal(keras.ops.shape(x), seed=self.noise)
        return self.finish(self.drop(x, training=training))

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            p = self(x, training=True)
            loss = keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, p))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.hits.update_state(y, p)
        return {"loss": loss, "hits": self.hits.result()}


def free(rate=0.1):
    keras.utils.set_random_seed(3)
    x, y = blobs()
    model = Free([12, 10], classes=3, rate=rate)
    model.compile(keras.optimizers.Adam(0.01))
    model(x[:2])
    return run_of(model, x, y, epochs=3, batch_size=32)


def test_the_copy_is_the_same_network_and_shares_nothing():
    run = free()
    copy = fresh(run).model
    np.testing.assert_allclose(copy(run.x), run.model(run.x), rtol=1e-6)
    assert [w.path for w in copy.weights] == [w.path for w in run.model.weights]
    assert not {id(w) for w in copy.variables} & {id(w) for w in run.model.variables}
    assert copy.heads["again"] is copy.shared
    assert copy.finish.__self__ is copy


def test_training_the_copy_leaves_the_original_as_it_was():
    run = free()
    run.fit(epochs=1)
    before = everything(run)
    fixed = fixes.set_learning_rate(0.02).apply(run)
    assert everything(run) == before
    fixed.fit(epochs=8)
    after = everything(run)
    same = ("weights", "optimizer", "objects", "flags", "nodes", "data")
    assert {k: after[k] for k in same} == {k: before[k] for k in same}
    assert (np.argmax(fixed.model(run.x), 1) == run.y).mean() > 0.8


def test_a_frozen_part_stays_frozen():
    run = free()
    run.model.encoder.trainable = False
    run.model.compile("adam")
    copy = fresh(run).model
    assert [w.path for w in copy.trainable_weights] == [w.path for w in run.model.trainable_weights]


def test_layers_of_free_code_change_and_the_code_says_so():

    run = free(rate=0.9)
    fix = fixes.set_dropout(0.2)
    assert fix.apply(run).model.drop.rate == 0.2
    text = program(run, [fix])
    assert "in the code of Free:\n#     'dropout" in text
    assert "with rate=0.2" in text
    linear = fixes.replace_hidden_activations("elu", layers=[run.model.encoder.parts[0].name]).apply(run).model
    assert [part.activation.__name__ for part in linear.encoder.parts] == ["elu", "tanh"]
    with pytest.raises(UnsupportedError, match="called in your code"):
        fixes.add_dropout(0.2).apply(run)


class Captured(keras.Model):
    def __init__(self, units):
        super().__init__()
        head = layers.Dense(units)
        self.head = head
        self.function = lambda x: head(x)

    def call(self, x):
        return self.function(x)


def test_a_copy_that_would_share_weights_is_refused():
    model = Captured(3)
    model.compile("adam", "mse")
    model(np.zeros((2, 6), "float32"))
    with pytest.raises(UnsupportedError, match="cannot be copied"):
        fresh(run_of(model, np.zeros((8, 6), "float32"), np.zeros((8, 3), "float32")))


class Places(layers.Layer):
    """A layer as many write it: its configuration lacks `trainable` and `dtype`, which `__init__` does not take."""

    def __init__(self, width):
        super().__init__()
        self.words, self.places = layers.Embedding(20, width), layers.Embedding(5, width)

    def call(self, x):
        return self.words(x) + self.places(keras.ops.arange(5))


def test_a_layer_without_from_config_in_a_functional_model_is_copied():
    inputs = keras.Input((5,), dtype="int32")
    hidden = layers.GlobalAveragePooling1D()(Places(4)(inputs))
    model = keras.Model(inputs, layers.Dense(1)(layers.Dense(8, "tanh")(hidden)))
    model.compile("adam", "mse")
    x = np.random.default_rng(0).integers(0, 20, (40, 5))
    run = run_of(model, x, x[:, 0] / 20)
    copy_ = fresh(run).model
    assert np.array_equal(copy_.predict(x, verbose=0), model.predict(x, verbose=0))
    mine = {id(v) for v in model.variables}
    assert not any(id(v) in mine for v in copy_.variables)
    changed = fixes.replace_hidden_activations("relu").apply(run)
    assert changed.fit(epochs=1)
    assert changed.model.layers[-2].activation is keras.activations.relu


class Block(layers.Layer):
    def __init__(self, units, act, **kwargs):
        super().__init__(**kwargs)
        self.lin, self.norm, self.act = layers.Dense(units), layers.BatchNormalization(), layers.Activation(act)

    def call(self, x):
        return self.act(self.norm(self.lin(x)))


def blocks(act="sigmoid"):
    x, y = blobs()
    model = keras.Sequential([keras.Input((6,)), Block(8, act), Block(8, act), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return run_of(model, x, y)


@pytest.mark.parametrize("named", [False, True])
def test_layers_inside_layers_of_free_code_change_with_the_activation_after_them(named):
    """Keras records the arguments of such a layer, but they do not tell which of them is an activation."""
    run = blocks()
    names = [f"{layer.name}/{layer.lin.name}" for layer in run.model.layers[:2]] if named else None
    changed = fixes.replace_hidden_activations("relu", layers=names).apply(run)
    for old, new in zip(run.model.layers[:2], changed.model.layers[:2], strict=True):
        assert (new.lin.activation.__name__, new.act.activation.__name__) == ("linear", "relu")
        assert old.act.activation.__name__ == "sigmoid"
        assert not np.array_equal(old.lin.kernel, new.lin.kernel)  # an initialiser that suits relu
    assert changed.fit(epochs=1)
    text = program(run, [fixes.replace_hidden_activations("relu", layers=names)])
    assert text.count("in the code of Block") == 2  # once for both blocks
    assert "# in the code of Block: self.act with activation='relu'" in text


def test_a_change_that_finds_no_layer_is_refused():
    """Its trial would compare a network with itself."""
    with pytest.raises(UnsupportedError, match="no layer that this changes"):
        fixes.set_dropout(0.1).apply(blocks())
    with pytest.raises(UnsupportedError, match="no layer that this changes"):
        fixes.add_batchnorm().apply(blocks())
    assert fixes.remove_regularization().apply(blocks()).fit(epochs=1)  # may lie in the optimizer


class Sized(layers.Layer):
    """A block that builds its layers for the width that it was given: another width cannot be built."""

    def __init__(self, units):
        super().__init__()
        self.units, self.inner, self.outer = units, layers.Dense(units, activation="relu"), layers.Dense(units)

    def build(self, shape):
        self.inner.build(shape)
        self.outer.build((*shape[:-1], self.units))

    def call(self, x):
        return self.outer(self.inner(x))


@pytest.mark.parametrize("width", [2, 4])
def test_a_copy_that_keras_warns_of_tells_the_user_nothing(recwarn, width):
    x, y = blobs()
    inputs = keras.Input((6,))
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(Sized(8)(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy")
    recwarn.clear()
    with pytest.raises(UnsupportedError):
        fixes.widen(width).apply(run_of(model, x, y))
    assert not list(recwarn)


class Gate(layers.Layer):
    """A layer whose arguments do not hold a name: its configuration gives back one without."""

    def __init__(self, units):
        super().__init__()
        self.units = units
        self.map = layers.Dense(units, activation="sigmoid")

    def call(self, x):
        return x * self.map(x)


def test_a_layer_without_a_name_of_its_own_keeps_its_place_in_the_code():
    entry = keras.Input((6,))
    h = Gate(6)(Gate(6)(entry))
    model = keras.Model(entry, layers.Dense(3, activation="softmax")(h))
    model.compile("adam", "sparse_categorical_crossentropy")
    text = program(run_of(model, *blobs()), [fixes.set_learning_rate(0.01)])
    assert "clone_model" in text
    assert "called" not in text
