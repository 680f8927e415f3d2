"""collect_model on every kind of model: what it reads, and that it changes nothing."""

from __future__ import annotations

import json
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from keras.src.backend.common import global_state

from keras_magic.errors import UsageError
from keras_magic.facts import to_plain
from keras_magic.sources.environment import collect_environment
from keras_magic.sources.model import collect_model
from tests.model.builders import KINDS, Own


def layer(facts, name):
    return next(item for item in facts.layers if item.name == name)


def everything(model):
    """All that reading must leave alone."""
    optimizer = getattr(model, "optimizer", None)
    return (
        model.built,
        [(v.path, np.asarray(v).tolist()) for v in model.variables],
        [(item.name, item.built, item.trainable, len(item._inbound_nodes)) for item in model._flatten_layers()],
        [np.asarray(v).tolist() for v in optimizer.variables] if optimizer is not None else None,
        optimizer.built if optimizer is not None else None,
        getattr(model, "train_function", None),
        random.getstate(),
        str(np.random.get_state()),  # noqa: NPY002
        tf.random.get_global_generator().state.numpy().tolist(),
        global_state.get_global_attribute("global_seed_generator"),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_reading_changes_nothing_and_is_plain(kind):
    model = KINDS[kind]()
    before = everything(model)
    facts = collect_model(model)
    assert everything(model) == before
    assert collect_model(model) == facts
    json.dumps(to_plain(facts))
    assert len({item.name for item in facts.layers}) == len(facts.layers)


def test_sequential_with_separate_activations():
    facts = collect_model(KINDS["sequential"]())
    (head,) = facts.heads
    assert (facts.kind, facts.graph_known, facts.input_shapes) == ("sequential", True, {"image": (8, 8, 1)})
    assert (head.layer, head.activation, head.units, head.range) == ("logits", "softmax", 3, (0.0, 1.0))
    assert (head.loss, head.from_logits, head.metrics) == ("sparse_categorical_crossentropy", False, ("accuracy",))
    assert layer(facts, "conv").activation == "linear"
    assert layer(facts, "conv").effective_activation == "relu"
    assert layer(facts, "logits").regularizer == {"l2": 0.01}
    assert (facts.scales_inputs, facts.expected_range) == ({"image": "Rescaling"}, {"image": (0.0, 255.0)})
    kernel = layer(facts, "conv").weight_stats["kernel"]
    assert kernel["size"] == 36
    assert kernel["fan_in"] == 9
    assert kernel["nonfinite"] == 0


def test_unbuilt_sequential_has_a_chain_without_shapes():
    facts = collect_model(KINDS["unbuilt"]())
    (head,) = facts.heads
    assert not facts.built
    assert (head.activation, head.units, head.shape, head.loss) == ("sigmoid", 1, (), "binary_crossentropy")
    assert facts.layers[1].inputs == (facts.layers[0].name,)


def test_nested_models_are_unfolded():
    facts = collect_model(KINDS["nested"]())
    (head,) = facts.heads
    assert [item.name for item in facts.layers][1:] == ["base/inner", facts.layers[2].name, "head/last", facts.layers[4].name]
    assert (head.layer, head.activation) == ("head/last", "softmax")
    assert layer(facts, "base/inner").effective_activation == "leaky_relu"
    assert layer(facts, "head/last").depth == 2


def test_shared_layer_stands_once_with_both_inputs():
    facts = collect_model(KINDS["shared"]())
    assert set(layer(facts, "tower").inputs) == {"left", "right"}
    assert [item.name for item in facts.layers].count("tower") == 1


@pytest.mark.parametrize(
    ("kind", "losses", "activations"),
    [
        ("two_outputs", ["sparse_categorical_crossentropy", "huber"], ["softmax", "linear"]),
        ("listed_outputs", ["mean_squared_error", "binary_crossentropy"], ["linear", "sigmoid"]),
    ],
)
def test_several_outputs(kind, losses, activations):
    heads = collect_model(KINDS[kind]()).heads
    assert [h.loss for h in heads] == losses
    assert [h.activation for h in heads] == activations


def test_operations_count_as_activations_and_scalers():
    facts = collect_model(KINDS["with_operations"]())
    assert facts.heads[0].activation == "softmax"
    assert layer(facts, "hidden").effective_activation == "relu"
    assert facts.scales_inputs == {"given": "Log1p"}


def test_embedding_and_wrapped_layers():
    facts = collect_model(KINDS["text"]())
    assert layer(facts, "words").options["input_dim"] == 50
    assert layer(facts, "both").units == 4
    assert layer(facts, "both").options["layer"] == "LSTM"
    assert facts.scales_inputs == {"ids": "Embedding"}


class Tied(layers.Embedding):
    """A class derived from Embedding, as a table that is also used for the outputs."""


def test_a_table_of_a_derived_class_takes_ids():
    ids = keras.Input((8,), name="ids", dtype="int32")
    model = keras.Model(ids, layers.Dense(2)(layers.Flatten()(Tied(50, 4)(ids))))
    assert collect_model(model).scales_inputs == {"ids": "Embedding"}
    head = collect_model(KINDS["steps"]()).heads[0]
    assert (head.shape, head.activation, head.layer) == ((9, 3), "softmax", "out")


def test_range_through_rescaling_and_unknown_through_lambda():
    bounded, guessed = (collect_model(KINDS[k]()).heads[0] for k in ("bounded", "guessed"))
    assert bounded.range == (-10.0, 10.0)
    assert bounded.activation is None
    assert (guessed.activation, guessed.range, guessed.layer) == (None, (None, None), "out")


def test_residual_depth_is_read_in_linear_time():
    facts = collect_model(KINDS["residual"]())
    assert facts.heads[0].activation == "linear"
    assert layer(facts, "d39").effective_activation == "relu"
    assert layer(facts, "out").depth == 41


def test_subclassed_models():
    facts = collect_model(KINDS["own"]())
    (head,) = facts.heads
    assert (facts.kind, facts.graph_known, facts.custom_train_step) == ("subclassed", False, False)
    assert (head.layer, head.activation, head.units, head.loss, head.certain) == ("out", "sigmoid", 1, "binary_crossentropy", True)
    assert layer(facts, "out").activation == "sigmoid"
    assert facts.missing
    assert collect_model(KINDS["own_step"]()).custom_train_step
    unreadable = collect_model(KINDS["unreadable"]()).heads[0]
    assert (unreadable.activation, unreadable.certain) == (None, False)


def test_layers_inside_an_own_layer_are_seen():
    facts = collect_model(KINDS["own_layer"]())
    assert layer(facts, "gate/inner").activation == "sigmoid"
    assert facts.scales_inputs == {}


@pytest.mark.parametrize(
    ("given", "name", "logits"),
    [
        ("mse", "mean_squared_error", None),
        ("MeanAbsoluteError", "mean_absolute_error", None),
        (keras.losses.binary_crossentropy, "binary_crossentropy", False),
        (keras.losses.CategoricalCrossentropy(from_logits=True), "categorical_crossentropy", True),
        ("kld", "kl_divergence", None),
        ("crossentropy", "crossentropy", False),
        (lambda a, b: a - b, "custom", None),
    ],
)
def test_losses_in_every_form(given, name, logits):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("adam", given)
    head = collect_model(model).heads[0]
    assert (head.loss, head.from_logits) == (name, logits)


def test_optimizers_and_schedules():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    schedule = keras.optimizers.schedules.CosineDecay(1e-4, 100, warmup_target=0.1, warmup_steps=10)
    model.compile(keras.optimizers.SGD(schedule, momentum=0.9, clipnorm=1.0), "mse")
    optimizer = collect_model(model).optimizer
    assert (optimizer.name, optimizer.schedule, optimizer.momentum, optimizer.clipping) == (
        "SGD",
        "CosineDecay",
        0.9,
        {"clipnorm": 1.0},
    )
    assert optimizer.learning_rate == pytest.approx(1e-4)
    assert optimizer.peak == pytest.approx(0.1, rel=1e-3)
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.AdamW(3e-4, weight_decay=0.01)), "mse")
    optimizer = collect_model(model).optimizer
    assert (optimizer.name, optimizer.weight_decay, optimizer.options["loss_scaling"]) == ("AdamW", 0.01, "LossScaleOptimizer")
    assert optimizer.learning_rate == pytest.approx(3e-4)


def test_normalization_counts_once_adapted():
    norm = layers.Normalization()
    model = keras.Sequential([keras.Input((2,), name="x"), norm, layers.Dense(1)])
    assert collect_model(model).scales_inputs == {}
    norm.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    facts = collect_model(model)
    assert facts.scales_inputs == {"x": "Normalization"}
    assert facts.layers[1].options["mean"] == (2.0, 20.0)


def test_a_fresh_network_of_keras_applications_expects_no_range():
    base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(32, 32, 3))
    given = keras.Input((32, 32, 3), name="photo")
    assert collect_model(keras.Model(given, layers.Flatten()(base(given)))).expected_range == {}
    rescaled = keras.Model(given, layers.Flatten()(base(layers.Rescaling(1 / 127.5, offset=-1)(given))))
    assert collect_model(rescaled).expected_range == {"photo": (0.0, 255.0)}


def images(channels):
    """Smooth random images within 0..1, as photographs are: bright and dark areas, a little colour."""
    random = np.random.default_rng(0)
    coarse = random.uniform(-0.1, 1.0, (64, 5, 5, 1)) + 0.1 * random.normal(size=(64, 5, 5, channels))
    grow = np.stack([np.interp(np.linspace(0, 4, 24), np.arange(5), unit) for unit in np.eye(5)], axis=1)
    return np.clip(np.einsum("ai,nijc,bj->nabc", grow, coarse, grow), 0, 1).astype("float32")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("low", "high"), [(0.0, 255.0), (0.0, 1.0), (-1.0, 1.0)])
def test_the_range_of_trained_first_layers_is_read_from_their_statistics(channels, low, high):
    hidden = [layers.Conv2D(24, 3, use_bias=False), layers.BatchNormalization(momentum=0.5), layers.ReLU()]
    model = keras.Sequential(
        [keras.Input((24, 24, channels)), *hidden, layers.GlobalAveragePooling2D(), layers.Dense(2)], name="any"
    )
    assert collect_model(model).expected_range == {}
    for _ in range(30):
        model(low + (high - low) * images(channels), training=True)
    facts = collect_model(model)
    (found,) = facts.expected_range.values()
    assert facts.learned_range == tuple(facts.expected_range)
    assert 0.25 < (found[1] - found[0]) / (high - low) < 4


def test_a_change_after_training_is_stale_and_one_before_is_not():
    hidden = layers.Dense(3, activation="tanh", name="hidden")  # units that cannot be dead at the start
    model = keras.Sequential([keras.Input((4,)), hidden, layers.Dense(1)])
    hidden.trainable = False
    model.compile("adam", "mse")
    hidden.trainable = True
    assert collect_model(model).stale == ()  # nothing was traced yet: the change takes effect
    x, y = np.ones((8, 4)), np.ones(8)
    model.fit(x, y, verbose=0)
    hidden.trainable = False
    assert collect_model(model).stale == ("hidden",)
    before = hidden.get_weights()[0]
    model.fit(x, y, verbose=0)
    assert np.abs(hidden.get_weights()[0] - before).max() > 0  # Keras goes on training it
    model.compile("adam", "mse")
    assert collect_model(model).stale == ()
    model.loss = "mae"
    assert collect_model(model).stale_parts == ("loss",)


def test_a_built_subclassed_model_gives_shapes():
    model = Own()
    model(np.zeros((2, 4)))
    facts = collect_model(model)
    assert facts.parameters == 25 + 3 + 18 + 8
    assert facts.input_shapes == {"input_shape": (4,)}


def test_what_is_no_model_is_refused():
    with pytest.raises(UsageError, match=r"expected a keras\.Model, got Dense"):
        collect_model(layers.Dense(1))


def test_environment():
    facts = collect_environment()
    assert (facts.keras, facts.backend) == (keras.__version__, "tensorflow")
    assert facts.backend_version == tf.__version__
    assert any(d.startswith("cpu") for d in facts.devices)


class Block(layers.Layer):
    def __init__(self, act=None):
        super().__init__()
        self.lin, self.norm = layers.Dense(4), layers.BatchNormalization()
        if act:
            self.act = layers.Activation(act)

    def call(self, x):
        x = self.norm(self.lin(x))
        return self.act(x) if hasattr(self, "act") else keras.ops.relu(x)


def test_inside_a_layer_of_free_code_the_activation_assigned_next_is_the_effective_one():
    model = keras.Sequential([keras.Input((3,)), Block("sigmoid"), Block(), layers.Dense(2)])
    found = [item.effective_activation for item in collect_model(model).layers if item.kind == "Dense"]
    assert found == ["sigmoid", "unknown", "linear"]


class Old(layers.Layer):
    """As with Keras 2: variables of TensorFlow, which Keras 3 does not know."""

    def build(self, shape):
        self.w = tf.Variable(tf.ones((shape[-1], 3)), trainable=True)
        self.known = self.add_weight(shape=(3,), name="known")
        self.fixed = tf.Variable(tf.ones((2,)), trainable=False)

    def call(self, x):
        return tf.matmul(x, self.w) + self.known


def test_variables_that_keras_does_not_know_are_counted():
    model = keras.Sequential([keras.Input((4,)), Old(), layers.Dense(2)])
    assert [item.untracked for item in collect_model(model).layers if item.kind in ("Old", "Dense")] == [12, 0]


class OwnStepLoss(keras.Model):
    def __init__(self, *losses):
        super().__init__()
        self.head = layers.Dense(3)
        for i, loss in enumerate(losses):
            setattr(self, f"loss_{i}", loss)

    def call(self, x):
        return self.head(x)

    def train_step(self, data):
        return {"loss": self.loss_0(data[1], self(data[0]))}


@pytest.mark.parametrize(
    ("losses", "found"),
    [
        ([keras.losses.CategoricalCrossentropy()], "categorical_crossentropy"),
        ([keras.losses.CategoricalCrossentropy(from_logits=True)], None),
        ([keras.losses.MeanSquaredError()], None),
        ([keras.losses.CategoricalCrossentropy(), keras.losses.MeanSquaredError()], None),
    ],
)
def test_the_one_loss_of_an_own_train_step_is_read(losses, found):
    model = OwnStepLoss(*losses)
    model.compile("adam")
    model(np.zeros((2, 4), "float32"))
    assert collect_model(model).heads[0].step_loss == found
