"""One contract test for each private part of Keras and TensorFlow that keras_adapter reads; and for what stands in without it."""

from __future__ import annotations

import sys
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_magic.errors import UnsupportedError
from keras_magic.frames import stack
from keras_magic.keras_adapter import compiled, graph, layers, optimizer, private, random_state, tf_data, tf_graph, versions
from keras_magic.keras_adapter.threads import frame_of

X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


class Block(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(2)
        self.parts = [keras.layers.Dense(2), keras.Sequential([keras.layers.Dense(1, name="inner")])]
        self.scale = self.add_weight(shape=(), name="scale")

    def call(self, x):
        x = self.first(x)
        for part in self.parts:
            x = part(x)
        return x * self.scale


def two_inputs() -> keras.Model:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    joined = keras.layers.Concatenate(name="joined")([a, b])
    return keras.Model({"a": a, "b": b}, {"y": keras.layers.Dense(1, name="y")(joined)})


def trained(given: object = "sgd", **settings: object) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(given, "mse", **settings)
    model.fit(X, Y, verbose=0)
    return model


def without(monkeypatch: pytest.MonkeyPatch, owner: object, *names: str) -> None:
    for name in names:
        monkeypatch.delattr(owner, name)


# ---------------------------------------------------------------- what is missing is named


def test_what_is_missing_is_named():
    with pytest.raises(UnsupportedError, match=r"Keras .* with TensorFlow .* has no Dense\._nothing; it is read"):
        private(keras.layers.Dense(1), "_nothing", "it is read")
    assert keras.__version__ in versions()


# ---------------------------------------------------------------- layers


def test_layers_inside():
    block = Block()
    names = [layer.name for layer in layers.flattened(block)]
    assert names[0] == block.first.name
    assert "inner" in names
    assert "inner" not in [layer.name for layer in layers.flattened(block, recursive=False)]
    assert layers.sublayers(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]))[0].__class__.__name__ == "InputLayer"


def test_layers_inside_without_keras_list(monkeypatch):
    block = Block()
    expected = {id(layer) for layer in layers.flattened(block)}
    without(monkeypatch, keras.layers.Layer, "_flatten_layers")
    assert {id(layer) for layer in layers.flattened(block)} == expected


def test_own_flag():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    layers.set_own_flag(model, False)
    assert not layers.own_flag(model)
    assert not model.trainable
    assert layers.own_flag(model.layers[0])


def test_own_variables():
    block = Block()
    block(X)
    assert [v.name for v in layers.own_variables(block)] == ["scale"]
    norm = keras.layers.BatchNormalization()
    norm(X)
    assert len(layers.own_variables(norm)) == 4
    assert len(layers.own_variables(norm, trainable_only=True)) == 2


def test_training_argument():
    assert layers.takes_training(keras.Sequential([keras.layers.Dense(1)]))
    assert not layers.takes_training(Block())


def test_shapes_of_build():
    block = Block()
    block.build((None, 3))
    assert (None, 3) in layers.build_shapes(block).values()


def test_output_shape_of_lambda():
    assert layers.lambda_output_shape(keras.layers.Lambda(lambda x: x, output_shape=(3,))) == (3,)


def test_variable_of_the_backend():
    variable = keras.Variable(1.0)
    assert layers.backend_value(variable) is not None
    assert float(layers.backend_value(variable)) == 1.0


# ---------------------------------------------------------------- graph


def test_functional_models():
    model = two_inputs()
    assert graph.functional_of(model) is model
    assert graph.is_functional(model)
    assert not graph.is_functional(Block())
    assert graph.functional_of(Block()) is None
    assert graph.functional_of(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])) is not None
    assert graph.functional_class().__name__ == "Functional"


def test_nodes_in_order():
    names = [node.operation.name for node in graph.nodes(two_inputs())]
    assert set(names[:2]) == {"a", "b"}
    assert names[2:] == ["joined", "y"]


def test_origin_and_consumers():
    model = two_inputs()
    operation, node = graph.origin(model.outputs[0])
    assert operation.name == "y"
    assert graph.first_node(operation) is node
    before, _ = graph.origin(node.input_tensors[0])
    assert before.name == "joined"
    assert [op.name for op in graph.fed_by(before)] == ["y"]


def test_structures():
    model = two_inputs()
    assert set(graph.input_structure(model)) == {"a", "b"}
    assert set(graph.output_structure(model)) == {"y"}


def test_running_through_a_graph():
    called = []

    def call(operation, *inputs, **keywords):
        called.append(operation.name)
        return operation(*inputs, **keywords)

    model = two_inputs()
    outputs = graph.run_through(model, [keras.Input((3,)), keras.Input((3,))], call)
    assert called == ["joined", "y"]
    assert outputs["y"].shape == (None, 1)


# ---------------------------------------------------------------- compile


def test_arguments_of_compile():
    model = trained(metrics=["mae"], weighted_metrics=["mse"])
    assert compiled.arguments(model)["loss"] == "mse"
    assert compiled.loss_in_use(model) == "mse"
    assert compiled.metrics_in_use(model) == (["mae"], ["mse"])


def test_metrics_dropped():
    model = trained(metrics=["mae"])
    assert compiled.has_metrics(model)
    compiled.drop_metrics(model)
    assert not compiled.has_metrics(model)
    model.fit(X, Y, verbose=0)


def test_attributes_of_compile_are_those_of_this_keras():
    """What `compile` and `fit` set on a model is either in the list or a variable, a tracker or a lock."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    before = set(vars(model))
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, Y, validation_data=(X, Y), verbose=0)
    assert {name for name in set(vars(model)) - before if not name.startswith("_self_")} <= set(compiled.ATTRIBUTES)


def test_jit_setting():
    assert compiled.jit_setting(trained(jit_compile=False)) is False


def test_arguments_of_losses_and_metrics():
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    assert compiled.loss_arguments(loss)["from_logits"] is True
    assert compiled.wrapped_function(loss) is not None
    assert compiled.wrapped_function(keras.metrics.MeanAbsoluteError()) is not None
    assert compiled.on_logits(keras.metrics.AUC(from_logits=True)) is True


def test_total_loss():
    model = trained()
    value = compiled.total_loss(model)(x=X, y=Y, y_pred=model(X), sample_weight=None, training=True)
    assert float(value) == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)


def test_symbolic_build():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    compiled.build_symbolically(model, (X, Y))
    assert model.built
    assert model.optimizer.built


def test_strategy():
    assert compiled.strategy(trained()) is None
    strategy = tf.distribute.OneDeviceStrategy("cpu:0")
    with strategy.scope():
        assert compiled.strategy(keras.Sequential([keras.layers.Dense(1)])) is strategy


def test_logits_of_probabilities():
    seen = []

    def loss(y_true, y_pred):
        seen.append(compiled.came_from_logits(y_pred))
        return keras.losses.binary_crossentropy(y_true, y_pred)

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", loss)
    model.fit(X, Y, verbose=0)
    assert seen == [True]


def test_stateless_scope():
    assert not compiled.in_stateless_scope()
    with keras.StatelessScope():
        assert compiled.in_stateless_scope()


def test_crossentropies_go_through_the_backend(monkeypatch):
    called = []
    original = compiled.crossentropy_module().binary_crossentropy
    monkeypatch.setattr(
        compiled.crossentropy_module(), "binary_crossentropy", lambda *a, **k: called.append(1) or original(*a, **k)
    )
    keras.losses.binary_crossentropy(Y, Y * 0.5)
    assert called == [1]


def test_arguments_of_a_constructor():
    assert compiled.constructor_is_unknown(Block())
    assert not compiled.constructor_is_unknown(keras.layers.Dense(1))


def test_model_of_a_callback():
    model, callback = trained(), keras.callbacks.Callback()
    callback.set_model(model)
    assert compiled.model_of(callback) is model


# ---------------------------------------------------------------- optimizer


def test_learning_rate_as_given():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    assert optimizer.given_rate(keras.optimizers.SGD(schedule)) is schedule
    variable = keras.optimizers.SGD(0.1)
    assert float(optimizer.given_rate(variable)) == pytest.approx(0.1)
    wrapped = keras.optimizers.LossScaleOptimizer(variable)
    assert optimizer.innermost(wrapped) is variable
    assert optimizer.given_rate(wrapped) is optimizer.given_rate(variable)
    assert float(optimizer.present_rate(keras.optimizers.SGD(schedule))) == pytest.approx(0.1)


def test_shell_with_a_plain_rate():
    given = keras.optimizers.Adam(lambda: 0.1, beta_1=0.5)
    config = optimizer.with_plain_rate(given, 0.25).get_config()
    assert config["learning_rate"] == pytest.approx(0.25)
    assert config["beta_1"] == 0.5


def test_updated_variables():
    assert optimizer.updated_variables(keras.optimizers.SGD()) == []
    model = trained()
    assert [id(v) for v in optimizer.updated_variables(model.optimizer)] == [id(v) for v in model.trainable_variables]


def test_momentum_slots():
    model = trained(keras.optimizers.SGD(0.1, momentum=0.9))
    slots = optimizer.momentum_slots(model.optimizer, model.trainable_variables)
    assert [slot.shape for slot in slots] == [v.shape for v in model.trainable_variables]


@pytest.mark.parametrize(
    ("given", "power"),
    [
        (keras.optimizers.SGD(0.1, momentum=0.9), 1),
        (keras.optimizers.RMSprop(0.1, momentum=0.9), 1),
        (keras.optimizers.Ftrl(0.1), -1),
    ],
)
def test_slots_in_units_of_the_rate(given, power):
    model = trained(given)
    assert [p for _, p in optimizer.slots_in_rate(model.optimizer)] == [power] * len(model.trainable_variables)
    assert optimizer.slots_in_rate(keras.optimizers.Adam()) == []


def test_exclusions_from_weight_decay():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    source, target = keras.optimizers.AdamW(weight_decay=0.5), keras.optimizers.AdamW(weight_decay=0.5, learning_rate=0.1)
    source.exclude_from_weight_decay(var_names=["kernel", "bias"])
    optimizer.copy_exclusions(source, target)
    target.build(model.trainable_variables)
    before = model.get_weights()
    target.apply([v * 0 for v in model.trainable_variables])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_tracked_ids():
    ids = optimizer.tracked_ids(keras.optimizers.SGD())
    assert ids
    assert all(isinstance(part, set) for part in ids)


# ---------------------------------------------------------------- random state


def test_name_counters():
    undo = random_state.name_counters()
    first = keras.layers.Dense(1).name
    undo()
    assert keras.layers.Dense(1).name == first


def test_random_states():
    keras.utils.set_random_seed(1)
    keras.random.normal((2,))  # makes the global seed generator
    tf.random.get_global_generator()
    for remember, draw in (
        (random_state.keras_generator, lambda: keras.random.normal((2,))),
        (random_state.tensorflow_generators, lambda: tf.random.normal((2,))),
        (random_state.tensorflow_generators, lambda: tf.random.get_global_generator().normal((2,))),
    ):
        undo = remember()
        first = np.array(draw())
        undo()
        assert np.array_equal(np.array(draw()), first)


def test_contents_of_tracked_containers():
    module = tf.Module()
    module.parts = [1, 2]
    contents = random_state.tracked_contents(module.parts)
    assert sum(isinstance(c, list) and list(c) == [1, 2] for c in contents) >= 2


# ---------------------------------------------------------------- tf.data and graphs


@pytest.mark.parametrize("limit", [tf_data.COPY_LIMIT, 0], ids=["copied with its tensors", "created again on its tensors"])
def test_copy_of_a_pipeline_moves_nothing(monkeypatch, limit):
    monkeypatch.setattr(tf_data, "COPY_LIMIT", limit)

    def pipeline():
        data = tf.data.Dataset.from_tensor_slices(np.arange(20)).cache().shuffle(20, seed=1).map(lambda v: v + 1)
        return data.batch(4).repeat(2).take(3).skip(1).prefetch(1)

    plain, read = pipeline(), pipeline()
    copied = [np.array(v) for v in tf_data.copy_of(read)]
    assert [v.tolist() for v in copied] == [np.array(v).tolist() for v in plain]
    plain = pipeline()
    assert [np.array(v).tolist() for v in read] == [np.array(v).tolist() for v in plain]


def test_branches_stay_functions():
    @tf.function
    def chosen(flag):
        output = tf.cond(flag, lambda: tf.constant(1.0) * 2.0, lambda: tf.constant(0.0))
        tf_graph.keep_branch(output)
        return output

    operations = chosen.get_concrete_function(tf.TensorSpec([], tf.bool)).graph.get_operations()
    branch = next(op for op in operations if op.type in ("If", "StatelessIf"))
    assert branch.get_attr("_lower_using_switch_merge") is False
    assert float(chosen(tf.constant(True))) == 2.0


def test_attributes_of_functions():
    inner = tf.function(lambda v: v + 1, experimental_attributes=tf_graph.NOT_INLINED)
    assert inner.get_concrete_function(tf.TensorSpec([], tf.float32)).function_def.attr["_noinline"].b


def test_registry_of_gradient_functions():
    before = set(tf_graph.gradient_functions())

    @tf.custom_gradient
    def square(v):
        return v * v, lambda upstream: upstream * 2 * v

    tf.function(lambda v: square(v)).get_concrete_function(tf.TensorSpec([], tf.float32))
    assert set(tf_graph.gradient_functions()) - before


def test_callbacks_of_operations():
    heard = []
    end = tf_graph.listen_to_operations(lambda kind, *_: heard.append(kind))
    tf.constant([1.0]) + tf.constant([2.0])
    end()
    assert heard
    count = len(heard)
    tf.constant([1.0]) + tf.constant([2.0])
    assert len(heard) == count


def test_variables_that_a_function_only_adds_to():
    total, other, replaced = (tf.Variable([0.0, 0.0]) for _ in range(3))

    @tf.function
    def gather(x):
        total.assign_add(x)
        replaced.assign(x)
        replaced.assign_add(x)
        return x + other

    graph = gather.get_concrete_function(tf.constant([1.0, 2.0])).graph
    ((found, added),) = tf_graph.added_to(graph)
    assert found is total
    assert added.shape == (2,)
    assert {id(v) for v in tf_graph.variables_of(graph)} == {id(total), id(other), id(replaced)}


def test_summands_of_a_tensor():
    kept, zeros = tf.Variable([1.0, 2.0]), tf.zeros(2)
    seen = {}

    @tf.function
    def step(x):
        given, branch = tf.square(x), lambda: seen.update(inner=tf_graph.summands(kept / 4, ())) or zeros
        known = {tf_graph.mark_of_tensor(given)}
        seen["sum"] = tf_graph.summands(zeros + given + tf.identity(given) / 2, known)
        seen["variable"] = tf_graph.summands(kept, known)
        seen["root"] = tf_graph.summands(tf.sqrt(kept) + given, known)
        return tf.cond(x[0] > 0, branch, lambda: zeros)

    step(tf.constant([1.0, 2.0]))
    assert [(t.handle, t.scaled) for t in seen["sum"]] == [(None, False), (None, True)]
    for terms, scaled in ((seen["variable"], False), (seen["inner"], True)):
        ((handle, divided),) = [(t.handle, t.scaled) for t in terms]
        assert handle is kept.handle
        assert divided is scaled
    assert seen["root"] is None
    assert tf_graph.summands(tf.constant([1.0]), ()) is None


def test_the_frame_of_another_thread(monkeypatch):
    begun, over = threading.Event(), threading.Event()

    def waiting() -> None:
        begun.set()
        over.wait(10)

    thread = threading.Thread(target=waiting)
    thread.start()
    begun.wait(10)
    names = [frame.f_code.co_name for frame in stack(frame_of(thread.ident))]
    over.set()
    thread.join()
    assert "waiting" in names
    assert frame_of(thread.ident) is None
    monkeypatch.delattr(sys, "_current_frames")
    assert frame_of(threading.get_ident()) is None
