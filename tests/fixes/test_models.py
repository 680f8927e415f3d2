"""Fixes of models: rebuilt from their configuration, at the initial weights, compiled alike; the user's stay as they are."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from keras_magic import fixes
from keras_magic.errors import UnsupportedError
from keras_magic.fixes.models import edited, fresh
from tests.fixes.runs import Doubling, branched, classified, classifier, everything, initial_weights, run_of, subclassed


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def test_copy_trains_bit_for_bit_like_the_users():
    run = classified()
    copy = fresh(run).model
    keras.utils.set_random_seed(5)
    first = copy.fit(run.x, run.y, epochs=2, verbose=0).history
    keras.utils.set_random_seed(5)
    second = run.model.fit(run.x, run.y, epochs=2, verbose=0).history
    assert first == second


def test_copy_starts_from_the_weights_before_training():
    run = classified()
    before = run.initial_weights
    run.fit(epochs=1)
    copy = fresh(run).model
    for value, weight in zip(before, copy.weights, strict=True):
        np.testing.assert_array_equal(value, weight.numpy())
    assert copy.optimizer.iterations.numpy() == 0


def test_copy_keeps_branches_shared_layers_and_compile_settings():
    run = branched()
    copy = edited(run)
    assert [w.shape for w in copy.model.weights] == [w.shape for w in run.model.weights]
    assert [layer.name for layer in copy.model.layers if layer.weights] == [x.name for x in run.model.layers if x.weights]
    assert copy.model.loss["level"] is run.model.loss["level"]
    assert isinstance(copy.model.optimizer._learning_rate, keras.optimizers.schedules.CosineDecay)
    predictions = run.model.predict(run.x, verbose=0), copy.model.predict(run.x, verbose=0)
    for key in ("kind", "level"):
        np.testing.assert_array_equal(predictions[0][key], predictions[1][key])
    history = copy.fit()
    assert "val_kind_hit" in history.history


def test_copy_keeps_custom_layers_and_lambdas():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), Doubling(3.0), layers.Lambda(lambda t: t + 1), layers.Dense(1)])
    model.compile("sgd", "mse")
    run = run_of(model, np.ones((8, 3), "float32"), np.ones(8, "float32"))
    copy = fresh(run).model
    np.testing.assert_allclose(copy.predict(run.x, verbose=0), model.predict(run.x, verbose=0))


@pytest.mark.parametrize("make", [classified, branched, subclassed])
def test_fix_leaves_everything_of_the_user_untouched(make):
    run = make()
    run.fit(epochs=1)
    before = everything(run)
    fixed = fixes.set_learning_rate(0.5).apply(run)
    assert everything(run) == before
    fixed.fit(epochs=1)
    after = everything(run)
    assert {k: after[k] for k in ("weights", "optimizer", "flags", "data", "nodes")} == {
        k: before[k] for k in ("weights", "optimizer", "flags", "data", "nodes")
    }
    assert float(fixed.model.optimizer.learning_rate.numpy()) == pytest.approx(0.5)


def test_a_learning_rate_is_not_overruled_by_a_scheduler():
    steps, stop = keras.callbacks.LearningRateScheduler(lambda epoch: 7.0), keras.callbacks.EarlyStopping("loss")
    fixed = fixes.set_learning_rate(0.02).apply(classified(callbacks=[steps, stop]))
    fixed.fit(epochs=1)
    assert float(fixed.model.optimizer.learning_rate.numpy()) == pytest.approx(0.02)
    assert [type(c) for c in fixed.fit_arguments["callbacks"]] == [keras.callbacks.EarlyStopping]


def test_adapted_and_frozen_weights_survive_without_a_record():
    norm = layers.Normalization()
    norm.adapt(np.random.default_rng(0).normal(5, 3, (100, 4)))
    base = keras.Sequential([keras.Input((4,)), layers.Dense(5, name="pretrained")], name="base")
    base.trainable = False
    model = keras.Sequential([norm, base, layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.random.default_rng(1).normal(5, 3, (32, 4)).astype("float32")
    run = run_of(model, x, x[:, 0], epochs=1)
    model.fit(x, x[:, 0], verbose=0)
    copy = fresh(run.replace(initial_weights=None)).model
    np.testing.assert_array_equal(copy.get_layer("base").get_weights()[0], base.get_weights()[0])
    np.testing.assert_array_equal(copy.layers[0].mean.numpy(), norm.mean.numpy())


def test_nonfinite_start_weights_are_made_anew():
    run = classified()
    broken = tuple(np.full_like(w, np.nan) for w in run.initial_weights)
    copy = fresh(run.replace(initial_weights=broken)).model
    assert all(np.isfinite(w.numpy()).all() for w in copy.weights)


def test_rate_before_training_is_taken_where_known():
    run = classified(rate=0.02)
    run.model.optimizer.learning_rate = 1e-6  # as ReduceLROnPlateau leaves it
    assert float(fresh(run.replace(initial_rate=0.02)).model.optimizer.learning_rate.numpy()) == pytest.approx(0.02)


def test_head_and_loss_are_replaced_together():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8), layers.Dense(1, name="head"), layers.Activation("sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.BinaryAccuracy(name="hit")])
    run = run_of(model, *classified_data())
    fixed = fixes.replace_head(units=3, activation="softmax", loss="sparse_categorical_crossentropy").apply(run)
    assert fixed.model.output_shape == (None, 3)
    assert kinds(fixed.model) == ["Dense", "Dense"]
    history = fixed.fit(epochs=3)
    assert "hit" in history.history
    assert history.history["hit"][-1] > 0.3
    np.testing.assert_array_equal(fixed.initial_weights[0], initial_weights(model)[0])  # the hidden layer kept its start


def classified_data():
    run = classified()
    return run.x, run.y


def test_head_of_one_output_of_several():
    run = branched()
    fixed = fixes.replace_head(activation="relu", output="level").apply(run)
    assert fixed.model.get_layer("level").activation is keras.activations.relu
    assert fixed.model.get_layer("kind").activation is keras.activations.softmax
    fixed = fixes.replace_loss("mae", output="level").apply(run)
    assert fixed.model.loss["level"] == "mae"
    with pytest.raises(UnsupportedError, match="from_logits"):
        fixes.set_from_logits(True, output="level").apply(run)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", keras.losses.sparse_categorical_crossentropy])
def test_from_logits(loss):
    run = classified()
    run.model.compile("adam", loss)
    fixed = fixes.set_from_logits(True).apply(run)
    assert fixed.model.loss.get_config()["from_logits"] is True


def test_hidden_activations_leave_the_head_alone():
    fixed = fixes.replace_hidden_activations("relu").apply(classified(hidden="sigmoid"))
    names = [layer.activation.__name__ for layer in fixed.model.layers]
    assert names == ["relu", "relu", "softmax"]
    inner = fixes.replace_hidden_activations("relu").apply(branched()).model.get_layer("base").layers[0]
    assert inner.activation.__name__ == "relu"


def test_activation_layers_are_replaced_once():
    model = keras.Sequential([keras.Input((6,))])
    for _ in range(2):
        model.add(layers.Dense(8))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("sigmoid"))
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    fixed = fixes.replace_hidden_activations("relu").apply(run_of(model, *classified_data()))
    shown = [getattr(layer, "activation", None) and layer.activation.__name__ for layer in fixed.model.layers]
    assert shown == ["linear", None, "relu", "linear", None, "relu", "softmax"]
    named = fixes.replace_hidden_activations("relu", layers=[model.layers[0].name]).apply(run_of(model, *classified_data()))
    assert [named.model.layers[i].activation.__name__ for i in (0, 2, 3, 5)] == ["linear", "relu", "linear", "sigmoid"]


def test_initialisers_start_anew_and_named_layers_only():
    run = classified()
    fixed = fixes.replace_initializers("auto", layers=["second"]).apply(run)
    np.testing.assert_array_equal(fixed.initial_weights[0], run.initial_weights[0])
    assert np.abs(fixed.initial_weights[2] - run.initial_weights[2]).max() > 0
    assert type(fixed.model.get_layer("second").kernel_initializer).__name__ == "HeUniform"


def test_added_layers_get_names_of_their_own_however_often():
    run = classified()
    for _ in range(2):
        run = fixes.add_dropout(0.2).apply(run)
        run = fixes.add_batchnorm().apply(run)
    assert kinds(run.model).count("Dropout") == 4
    assert kinds(run.model).count("BatchNormalization") == 4
    run.fit(epochs=1)


def test_sizes_and_depth():
    run = classified()
    assert [layer.units for layer in fixes.widen(4).apply(run).model.layers] == [64, 64, 3]
    assert [layer.units for layer in fixes.narrow(0.25).apply(run).model.layers] == [4, 4, 3]
    deeper = fixes.add_hidden_layer().apply(run).model
    assert [layer.units for layer in deeper.layers] == [16, 16, 32, 3]
    assert next(w.shape for w in fixes.widen(2).apply(branched()).model.get_layer("base").weights) == (32, 24)


def test_flatten_goes_before_the_dense_layers_of_the_head():
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    run = run_of(model, rng.normal(size=(16, 8, 8, 1)).astype("float32"), rng.integers(0, 3, 16))
    fixed = fixes.flatten_before_head().apply(run)
    assert kinds(fixed.model) == ["Conv2D", "Flatten", "Dense", "Dense"]
    fixed.fit(epochs=1)


def test_dropout_regularisation_and_batchnorm():
    model = keras.Sequential(
        [
            keras.Input((5, 4)),
            layers.Bidirectional(layers.GRU(6, dropout=0.8, kernel_regularizer=keras.regularizers.L2(1.0))),
            layers.BatchNormalization(momentum=0.9999),
            layers.Dropout(0.9),
            layers.Dense(2),
            layers.BatchNormalization(),
        ]
    )
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.5), "mse")
    rng = np.random.default_rng(0)
    run = run_of(model, rng.normal(size=(8, 5, 4)).astype("float32"), rng.normal(size=(8, 2)))
    quiet = fixes.set_dropout(0.1).apply(run).model
    assert quiet.layers[0].forward_layer.cell.dropout == pytest.approx(0.1)
    assert quiet.layers[2].rate == pytest.approx(0.1)
    free = fixes.remove_regularization().apply(run).model
    assert not free.losses
    assert not free.optimizer.weight_decay
    weak = fixes.remove_regularization(0.01).apply(run).model
    assert float(weak.layers[0].forward_layer.cell.kernel_regularizer.l2) == pytest.approx(0.01)
    normal = fixes.fix_batchnorm().apply(run).model
    assert kinds(normal) == ["Bidirectional", "BatchNormalization", "Dropout", "Dense"]
    assert normal.layers[1].momentum == pytest.approx(0.9)


def test_frozen_layers_learn_and_change_after_compile_counts():
    run = branched()
    run.model.get_layer("base").trainable = False
    run.model.compile("adam", {"kind": "sparse_categorical_crossentropy", "level": "mse"})
    frozen = edited(run)
    assert len(frozen.model.trainable_weights) == len(run.model.trainable_weights)
    for fix in (fixes.unfreeze(), fixes.unfreeze(layers=["base/inner"])):
        free = fix.apply(run)
        assert len(free.model.trainable_weights) == len(run.model.weights)
        before = free.model.get_layer("base").get_weights()[0].copy()
        free.fit(epochs=1)
        assert np.abs(free.model.get_layer("base").get_weights()[0] - before).max() > 0


def test_a_forgotten_compile_is_copied_as_it_trains_and_repaired():
    run = classified()
    run.model.get_layer("first").trainable = False
    run.model.compile("adam", "sparse_categorical_crossentropy")
    run.fit(epochs=1)
    run.model.get_layer("first").trainable = True
    assert len(edited(run).model.trainable_weights) == 4
    assert len(fixes.recompile().apply(run).model.trainable_weights) == 6


def test_optimizer_fixes():
    run = classified()
    sgd = fixes.replace_optimizer("sgd", rate=0.2).apply(run).model.optimizer
    assert type(sgd).__name__ == "SGD"
    assert float(sgd.learning_rate.numpy()) == pytest.approx(0.2)
    assert fixes.clip_gradients(0.5).apply(run).model.optimizer.global_clipnorm == pytest.approx(0.5)
    rate = fixes.set_learning_rate(0.3).apply(branched()).model.optimizer.learning_rate
    assert float(rate.numpy()) == pytest.approx(0.3)


def test_callbacks_are_copies_and_watch_the_new_metric():
    stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=3)
    run = classified(callbacks=[stop])
    fixed = fixes.replace_metric("mae").apply(run)
    copied = fixed.fit_arguments["callbacks"][0]
    assert copied is not stop
    assert copied.monitor == "val_mae"
    assert stop.monitor == "val_accuracy"
    fixed = fixes.add_early_stopping(7).apply(run)
    assert [c.patience for c in fixed.fit_arguments["callbacks"]] == [7]


def test_subclassed_models_take_fixes_that_leave_their_code_as_it_is():
    run = subclassed()
    np.testing.assert_array_equal(fresh(run).model.predict(run.x, verbose=0), run.model.predict(run.x, verbose=0))
    scaled = fixes.scale_inputs().apply(run)
    assert scaled.fit().history["loss"][-1] > 0
    model = fixes.replace_hidden_activations("elu").apply(run).model
    assert [layer.activation.__name__ for layer in model.layers] == ["elu", "softmax"]
    with pytest.raises(UnsupportedError, match="subclassed"):
        fixes.add_hidden_layer().apply(run)


def test_a_model_that_cannot_be_copied_says_so():
    class Closed(keras.Model):
        def __init__(self, part):
            super().__init__()
            self.part = part
            self.helper = lambda t: t

        def get_config(self):
            raise NotImplementedError

        def call(self, x):
            return self.part(x)

    model = Closed(layers.Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    run = run_of(model, *classified_data())
    with pytest.raises(UnsupportedError, match="get_config"):
        fixes.set_epochs(3).apply(run)


def test_a_change_that_breaks_the_graph_is_refused_in_words():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    model.compile("adam", "sparse_categorical_crossentropy")
    run = run_of(model, *classified_data())
    with pytest.raises(UnsupportedError, match="no hidden layer"):
        fixes.widen().apply(run)


def test_unbuilt_models_stay_unbuilt_until_fit():
    model = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = classified_data()
    fixed = fixes.widen(2).apply(run_of(model, x, y, epochs=1))
    assert not model.built
    fixed.fit()
    assert fixed.model.layers[0].units == 8


def test_classifier_is_what_the_tests_think():
    assert classifier().count_params() == 6 * 16 + 16 + 16 * 16 + 16 + 16 * 3 + 3


def test_adapted_vocabularies_and_bins_survive():
    words = np.array([["red green"], ["green blue"], ["blue blue"]])
    text = layers.TextVectorization(output_sequence_length=3)
    text.adapt(words)
    model = keras.Sequential([keras.Input((1,), dtype="string"), text, layers.Embedding(8, 4), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    copy = fresh(run_of(model, words, np.zeros(3))).model
    np.testing.assert_array_equal(copy.layers[0](words), text(words))
    bins = layers.Discretization(num_bins=4)
    bins.adapt(np.arange(20.0)[:, None])
    model = keras.Sequential([keras.Input((1,)), bins, layers.Embedding(8, 4), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    copy = fresh(run_of(model, np.arange(20.0)[:, None], np.zeros(20))).model
    np.testing.assert_array_equal(copy.layers[0](np.arange(20.0)[:, None]), bins(np.arange(20.0)[:, None]))


@pytest.mark.parametrize("nested", [False, True, "functional"])
def test_layers_are_left_out(nested):
    flips = [layers.RandomFlip("horizontal", name="flip"), layers.RandomRotation(0.1, name="turn")]
    front = [keras.Sequential(flips, name="augment")] if nested else flips
    if nested == "functional":
        images = keras.Input((6, 6, 1))
        front = [keras.Model(images, flips[1](flips[0](images)), name="augment")]
    model = keras.Sequential([keras.Input((6, 6, 1)), *front, layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(40, 6, 6, 1)).astype("float32")
    names = ["augment/flip", "augment/turn"] if nested else ["flip", "turn"]
    fixed = fixes.drop_layers(names).apply(run_of(model, x, x[:, 0, 0, 0]))
    assert not [layer for layer in fixed.model._flatten_layers() if "Random" in type(layer).__name__]
    assert fixed.fit(epochs=1)
