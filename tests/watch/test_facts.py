"""What the watcher measures is what it says: checked against the same numbers computed by hand."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_magic.facts import to_plain
from keras_magic.watch.budget import DENSE, Budget
from keras_magic.watch.callback import Watch
from keras_magic.watch.downsampling import Downsampled
from keras_magic.watch.probes.noise import WINDOW, NoiseScale
from keras_magic.watch.watcher import Watcher
from tests.watch import trainings as t


def watched(model: keras.Model, x: Any, y: Any, **fit: Any) -> Any:
    watch = Watch()
    model.fit(x, y, verbose=0, shuffle=False, callbacks=[watch], **fit)
    return watch.facts


def two_layers(kernel: np.ndarray, activation: str, head: Any = None) -> keras.Model:
    hidden = layers.Dense(kernel.shape[1], activation=activation, name="hidden")
    model = keras.Sequential([keras.Input((kernel.shape[0],)), hidden, head or layers.Dense(1, name="head")])
    hidden.set_weights([kernel, np.zeros(kernel.shape[1])])
    return model


def test_one_step_by_hand() -> None:
    """Plain gradient descent on a linear model: loss, gradient, update, weights and activations in closed form."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 3)).astype("float32"), rng.normal(size=(16, 1)).astype("float32")
    kernel = rng.normal(size=(3, 1)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, name="line")])
    model.layers[0].set_weights([kernel, np.zeros(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    facts = watched(model, x, y, batch_size=16)
    error = x @ kernel - y
    gradient = 2 * np.vstack([x.T @ error, [error.sum()]]) / 16
    after = kernel - 0.1 * gradient[:3]
    line = facts.layers[0]
    assert (line.name, line.kind, line.activation, line.steps) == ("line", "Dense", "linear", (1,))
    assert facts.initial_loss == pytest.approx(float((error**2).mean()), rel=1e-5)
    assert line.gradient_norm[0] == pytest.approx(np.linalg.norm(gradient), rel=1e-5)
    assert line.weight_norm[0] == pytest.approx(np.linalg.norm(np.vstack([after, -0.1 * gradient[3:]])), rel=1e-5)
    assert line.update_ratio[0] == pytest.approx(0.1 * np.linalg.norm(gradient[:3]) / np.linalg.norm(after), rel=1e-4)
    assert line.activation_mean[0] == pytest.approx(float((x @ kernel).mean()), abs=1e-5)
    assert line.activation_std[0] == pytest.approx(float((x @ kernel).std()), rel=1e-5)
    assert facts.batch_size == 16


def test_losses_are_those_of_the_batches_not_running_means() -> None:
    """Without learning, the loss of each batch is known exactly."""
    x = np.ones((12, 1), "float32")
    y = np.repeat([1.0, 2.0, 3.0], 4)[:, None]
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    facts = watched(model, x, y, batch_size=4, epochs=2)
    assert facts.losses == pytest.approx((1, 4, 9, 1, 4, 9))
    assert facts.loss_steps == (1, 2, 3, 4, 5, 6)
    assert facts.history["loss"] == pytest.approx((14 / 3, 14 / 3))


def test_dead_counts_units_not_values() -> None:
    """One unit of four never fires; another is zero for half of the rows, which is no death."""
    x = np.array([[1.0], [-1.0]] * 8, "float32")
    model = two_layers(np.array([[1.0, -1.0, 0.0, 2.0]], "float32"), "relu")
    model.layers[0].set_weights([np.array([[1.0, -1.0, 0.0, 2.0]]), np.array([0.0, 0.0, -1.0, 0.0])])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    hidden = watched(model, x, np.zeros((16, 1)), batch_size=16).layers[0]
    assert hidden.dead == (0.25,)
    assert hidden.saturated == ()


@pytest.mark.parametrize(("activation", "share"), [("sigmoid", 0.5), ("tanh", 0.5)])
def test_saturation(activation: str, share: float) -> None:
    x = np.ones((8, 1), "float32")
    model = two_layers(np.array([[20.0, 0.1]], "float32"), activation)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    hidden = watched(model, x, np.zeros((8, 1)), batch_size=8).layers[0]
    assert hidden.saturated == (share,)
    assert hidden.dead == ()


def test_softmax_saturates_by_rows() -> None:
    x = np.array([[0.0], [50.0]] * 4, "float32")
    model = two_layers(np.array([[1.0, 0.0, 0.0]], "float32"), "softmax")
    model.compile(keras.optimizers.SGD(0.0), "mse")
    assert watched(model, x, np.zeros((8, 1)), batch_size=8).layers[0].saturated == (0.5,)


def test_channels_are_the_units_of_a_convolution() -> None:
    stack = [
        keras.Input((12, 12, 1)),
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    ]
    model = keras.Sequential(stack)
    kernel, bias = model.layers[0].get_weights()
    model.layers[0].set_weights([np.abs(kernel), np.array([1.0, 1.0, -100.0, -100.0])])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    conv = watched(model, np.ones((8, 12, 12, 1)), np.zeros((8, 1))).layers[0]
    assert conv.dead == (0.5,)
    assert bias.shape == (4,)


def test_where_a_nan_starts() -> None:
    """A logarithm of negative values in the middle of a functional model, and the weights of a diverging one."""
    inputs = keras.Input((2,))
    hidden = layers.Dense(4, name="before")(inputs)
    outputs = layers.Dense(1, name="after")(ops.log(hidden))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    event = watched(model, np.random.default_rng(0).normal(size=(32, 2)), np.zeros((32, 1))).nonfinite
    assert (event.step, event.kind) == (1, "activation")
    assert event.layer.startswith("log")

    inputs = keras.Input((2,))
    rooted = ops.sqrt(layers.Dense(4, name="before")(inputs))
    model = keras.Model(inputs, layers.Dense(1, name="after")(rooted))
    model.compile("sgd", "mse")
    event = watched(model, np.zeros((8, 2)), np.ones((8, 1))).nonfinite
    assert (event.step, event.kind, event.layer) == (1, "gradient", "before")  # the slope of a root at 0


def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first four steps of a training are measured."""
    monkeypatch.setattr(Budget, "due", lambda self: self._count < 4)


def spoilt_batch(value: float, batches: int = 16) -> np.ndarray:
    """Positive rows in batches of 8, but for the eleventh batch."""
    x = np.random.default_rng(0).uniform(1, 2, (8 * batches, 2)).astype("float32")
    x[80:88] = value
    return x


def positive(name: str) -> layers.Layer:
    return layers.Dense(4, name=name, use_bias=False, kernel_initializer="ones")


@pytest.mark.parametrize(
    ("operation", "value", "kind", "layer"), [(ops.log, -1.0, "activation", "log"), (ops.sqrt, 0.0, "gradient", "before")]
)
def test_where_a_nan_starts_in_an_unmeasured_step(
    operation: Any, value: float, kind: str, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step whose loss is not finite is measured unasked; one that spoils the weights with a finite loss shows in the next."""
    unmeasured(monkeypatch)
    inputs = keras.Input((2,))
    outputs = layers.Dense(1, name="after")(operation(positive("before")(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(1e-4), "mse")
    facts = watched(model, spoilt_batch(value), np.zeros((128, 1)), batch_size=8)
    event = facts.nonfinite
    assert (event.step, event.kind) == (11, kind)
    assert event.layer.startswith(layer)
    assert facts.loss_steps == facts.layers[0].steps == (1, 2, 3, 4)


def test_a_nan_in_the_targets_of_an_unmeasured_step(monkeypatch: pytest.MonkeyPatch) -> None:
    unmeasured(monkeypatch)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    event = watched(model, np.ones((128, 2)), spoilt_batch(np.nan)[:, :1], batch_size=8).nonfinite
    assert (event.step, event.kind, event.layer) == (11, "loss", None)


def test_a_nan_in_the_targets_is_the_loss() -> None:
    y = np.zeros((32, 1))
    y[20] = np.nan
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    event = watched(model, np.ones((32, 2)), y, batch_size=8).nonfinite
    assert (event.step, event.kind, event.layer) == (3, "loss", None)


def test_mixed_precision_overflow_is_no_event() -> None:
    """Its loss scale starts too high on purpose; gradients are reported without the scale."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = t.sequential()
    finally:
        keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(3)
    facts = watched(half, *t.tables(), batch_size=16, epochs=2)
    assert facts.nonfinite is None
    finite = [norm for norm in facts.layers[-1].gradient_norm if np.isfinite(norm)]
    assert 1e-3 < np.median(finite) < 100


def test_names_of_nested_layers() -> None:
    class Block(layers.Layer):
        def __init__(self, name: str) -> None:
            super().__init__(name=name)
            self.inner = layers.Dense(4, name="inner")

        def call(self, x: Any) -> Any:
            return self.inner(x)

    base = keras.Sequential([keras.Input((6,)), layers.Dense(4, name="first")], name="base")
    model = t.compiled(
        keras.Sequential([keras.Input((6,)), base, Block("block"), layers.Dense(3, activation="softmax", name="head")])
    )
    facts = watched(model, *t.tables())
    assert [layer.name for layer in facts.layers] == ["base/first", "block", "block/inner", "head"]
    assert facts.layers[2].gradient_norm
    assert facts.layers[1].gradient_norm == ()  # its weights are those of what is inside


def test_series_are_of_one_length_and_plain() -> None:
    facts = watched(t.convolution(), *t.images(), epochs=2, validation_split=0.2)
    for layer in facts.layers:
        for name in ("gradient_norm", "weight_norm", "update_ratio"):
            assert len(getattr(layer, name)) in (0, len(layer.steps))
        for name in ("activation_mean", "activation_std", "dead", "saturated"):
            assert len(getattr(layer, name)) in (0, len(layer.activation_steps))
    json.dumps(to_plain(facts), allow_nan=False)
    assert facts.has_validation
    assert set(facts.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(facts.seconds_per_epoch) == len(facts.learning_rates) == 2


def test_arguments_of_fit_are_told() -> None:
    arguments = {
        "shuffle": False,
        "class_weight": {0: 2.0},
        "validation_split": 0.1,
        "callbacks": [keras.callbacks.TerminateOnNaN()],
    }
    facts = Watcher(arguments=arguments).facts()
    assert (facts.shuffle, facts.validation_split, facts.has_validation) == (False, 0.1, True)
    assert (facts.class_weight, facts.callbacks) == ({0: 2.0}, ("TerminateOnNaN",))


def test_the_second_fit_uses_the_same_trace() -> None:
    traced = []

    class Counting(t.Subclassed):
        def call(self, x: Any, training: bool = False) -> Any:
            traced.append(training)
            return super().call(x, training=training)

    def traces(*callbacks: Any, fits: int = 1) -> int:
        traced.clear()
        model = t.compiled(Counting())
        for _ in range(fits):
            model.fit(*t.tables(), batch_size=16, epochs=3, verbose=0, callbacks=[c() for c in callbacks])
        return len(traced)

    assert traces(Watch) == traces()
    assert traces(Watch, fits=3) == traces(Watch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Budget, "due", lambda self: self._count % 5 == 0)
        assert traces(Watch, fits=2) == traces()  # measured and unmeasured steps are one function


def test_memory_is_bounded() -> None:
    series: Downsampled[int] = Downsampled(100)
    for step in range(1, 100_001):
        series.add(step, step)
    assert 50 <= len(series.samples) <= 100
    assert series.steps == tuple(range(1, 100_001, series.stride))
    assert series.values == list(series.steps)


def test_noise_scale_of_known_noise() -> None:
    """Gradients of batches of 8 rows with variance 2 per row and coordinate around 1: the noise scale is 2."""
    rng = np.random.default_rng(0)
    noise = NoiseScale()
    for step in range(40 * WINDOW):
        noise.add(step + 1, 1 + rng.normal(size=50) * np.sqrt(2 / 8), np.ones(50))
    assert noise.rows(8) == pytest.approx(2, rel=0.1)
    assert NoiseScale().rows(8) is None
    assert "fewer than" in NoiseScale().why_not()


def test_noise_scale_of_a_training() -> None:
    """Pure noise in the targets at the optimum needs far more rows than a clear signal at the start."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1024, 4)).astype("float32")

    def scale(y: np.ndarray, rate: float) -> float | None:
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_initializer="zeros", use_bias=False)])
        model.compile(keras.optimizers.SGD(rate), "mse")
        return watched(model, x, y, batch_size=16).noise_scale

    clear = scale(x.sum(axis=1, keepdims=True), 1e-6)
    noisy = scale(x[:, :1] * 0.5 + rng.normal(size=(1024, 1)), 1e-6)
    assert clear is not None
    assert clear < 16
    assert noisy is not None
    assert noisy > 3 * clear


def test_budget_where_steps_are_python() -> None:
    budget = Budget(0.05)
    for _ in range(60):
        measured = budget.due()
        budget.note(0.0118 if measured else 0.010, measured=measured, remaining=100, own=0.0018 if measured else 0.0)
    assert budget.stride == 4
    assert budget.cost == pytest.approx(0.18)


@pytest.mark.parametrize("together", [1, 4])
def test_a_watched_step_asks_no_optional_for_its_logs(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras does, which takes a tenth of a millisecond; it has to where several steps run at once."""
    tf = pytest.importorskip("tensorflow")
    made: list[Any] = []
    from_value = tf.experimental.Optional.from_value
    monkeypatch.setattr(tf.experimental.Optional, "from_value", lambda value: made.append(value) or from_value(value))
    watched(t.small(steps_per_execution=together), *t.tables(), batch_size=16)
    assert bool(made) == (together > 1)


@pytest.mark.parametrize(("seconds", "remaining", "stride"), [(0.00118, 100.0, 4), (0.00101, 100.0, 1), (0.00118, 1.0, 1)])
def test_budget_of_compiled_steps(seconds: float, remaining: float, stride: int) -> None:
    """Compared only if the training is long enough to pay for the second trace."""
    budget = Budget(0.05)
    for step in range(200):
        measured = budget.due()
        budget.note(1.0 if step == 0 else seconds if measured else 0.001, measured=measured, remaining=remaining)
    assert budget.stride == stride
    assert (budget.cost is None) == (remaining == 1.0)


@pytest.mark.parametrize(("share", "guess", "stride"), [(0.05, 1.8e-4, 15), (0.05, 2e-6, 1), (1.0, 2e-4, 1), (0.001, 2e-4, 50)])
def test_budget_of_a_switch(share: float, guess: float, stride: int) -> None:
    """All of the first steps, then every n-th: from what measuring costs about, as a share of a step."""
    budget = Budget(share)
    budget.guess = guess
    due = []
    for step in range(400):
        due.append(budget.due())
        seconds = 1.0 if step == 0 else 1e-3 + guess * due[-1]
        budget.note_switched(seconds, due[-1], 1)
    assert all(due[:DENSE])
    assert budget.stride == stride
    assert sum(due[200:]) == pytest.approx(200 / stride, abs=1)


def test_budget_of_a_switch_learns_that_measuring_is_dear() -> None:
    budget = Budget(0.05)
    budget.guess = 2e-5
    for step in range(400):
        measured = budget.due()
        seconds = 1.0 if step == 0 else 1.49e-3 if measured else 1e-3
        budget.note_switched(seconds, measured, 1)
    assert budget.stride == 40


def test_the_first_steps_are_all_there_and_the_rest_is_evenly_spaced() -> None:
    x, y = t.tables()
    facts = watched(t.small(), x, y, batch_size=2, epochs=4)
    for steps in (facts.loss_steps, facts.layers[0].steps):
        assert steps[:DENSE] == tuple(range(1, DENSE + 1))
        assert steps[-1] > 150
    assert len(facts.loss_steps) < facts.steps_done == 192
    assert f"of the first {DENSE} every 1." in facts.sampling


def test_what_an_earlier_fit_has_left_stays_its_own() -> None:
    """Its user's callback raised, so that the watcher does not know that it is over; the next fit uses the same queue."""

    class Raising(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 3:
                raise RuntimeError("the user's own")

    model, first, second = t.small(), Watch(), Watch()
    with pytest.raises(RuntimeError, match="own"):
        model.fit(*t.tables(), batch_size=16, verbose=0, callbacks=[first, Raising()])
    late = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: first.facts)  # reads nothing of the second
    model.fit(*t.tables(), batch_size=16, verbose=0, callbacks=[second, late])
    assert first.facts.loss_steps == (1, 2, 3, 4)
    assert second.facts.loss_steps == (1, 2, 3, 4, 5, 6)
    assert first.facts.losses[0] != second.facts.losses[0]


def test_progress_is_throttled_and_complete() -> None:
    heard: list[Any] = []
    _, watch = t.train(t.sequential, t.tables, lambda: Watch(listener=heard.append), epochs=30)
    assert heard[-1].done
    assert len(heard) <= 3 + 2 * watch.facts.seconds
    assert heard[-1].epoch == heard[-1].epochs == 30
    assert len(heard[-1].losses) == len(heard[-1].loss_steps) <= 200
    assert {"gradient_norm", "update_ratio", "dead"} <= set(next(iter(heard[-1].layers.values())))


def test_eager_steps_are_measured() -> None:
    facts = watched(t.sequential(run_eagerly=True), *t.tables(), batch_size=16)
    assert facts.layers[0].gradient_norm[0] > 0
    assert facts.losses[0] == facts.initial_loss


@pytest.mark.parametrize("flag", [True, False])
def test_moving_averages_that_no_step_moved_are_told(flag: bool) -> None:
    class Own(t.Subclassed):
        def __init__(self) -> None:
            super().__init__()
            self.norm = keras.layers.BatchNormalization(name="norm")

        def call(self, x: Any, training: bool = False) -> Any:
            return super().call(self.norm(x, training=training and flag), training=training)

    _, watch = t.train(lambda: t.compiled(Own()), t.tables, Watch, epochs=1)
    assert watch.facts.idle_statistics == (() if flag else ("norm",))


@pytest.mark.parametrize("ends", ["warm-up", "decay"])
def test_momentum_at_a_rate_of_zero_is_no_gradient_that_is_not_a_number(ends: str) -> None:
    """Gradients are read off the slots, divided by the rate: where that is 0 they are unknown, neither NaN nor zero nor huge."""
    schedules = keras.optimizers.schedules
    warm_up = schedules.CosineDecay(0.0, 12, warmup_target=0.1, warmup_steps=4)
    rate = warm_up if ends == "warm-up" else schedules.CosineDecay(0.1, 6)
    facts = watched(t.small(optimizer=keras.optimizers.SGD(rate, momentum=0.9)), *t.tables(), batch_size=8, epochs=2)
    assert facts.nonfinite is None
    for layer in facts.layers:
        known = [norm for norm in layer.gradient_norm if np.isfinite(norm)]
        assert 0 < len(known) < len(layer.gradient_norm), "some are known, and some cannot be"
        assert max(known) < 100 * min(known)
