"""`lr_find` end to end: the answer, what it leaves untouched, and what it accepts."""

from __future__ import annotations

import json
import random
import signal
import threading

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import layers

from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.lr.find import lr_find, quick_suggestion
from keras_magic.lr.optimizer import peak
from keras_magic.lr.pool import open_pool
from keras_magic.lr.steps import borrowed
from keras_magic.run import Run

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(320, 6)).astype("float32")
Y = (X @ RANDOM.normal(size=6) + 0.3 * X[:, 0] * X[:, 1] > 0).astype("float32")
QUICK = {"fast": True, "steps": 20}
FAST = {"fast": True, "steps": 80}  # the least that leaves steps for very short trainings


def classifier(optimizer="adam", *extra, seed=1, **compile_arguments):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([layers.Input((6,)), layers.Dense(16, "relu"), *extra, layers.Dense(1, "sigmoid")])
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], **compile_arguments)
    return model


def state(model):
    variables = [*model.variables, *(v for m in model.metrics for v in m.variables), *model.optimizer.variables]
    return (
        [(v.path, np.asarray(v).tobytes()) for v in variables],
        (model.stop_training, id(model.train_function), id(model.optimizer), id(model.optimizer._learning_rate)),
        (model.optimizer.built, random.getstate(), str(np.random.get_state())),  # noqa: NPY002
    )


def noisy(**options):
    return metrics_built(classifier(options.pop("optimizer", "adam"), layers.BatchNormalization(), layers.Dropout(0.3), **options))


def metrics_built(model, x=X, y=Y):
    """Keras makes the variables of metrics on first use; made now, `state` can be compared."""
    model.evaluate(x, y, verbose=0)
    return model


# ---------------------------------------------------------------- the answer


def test_the_answer_and_its_parts():
    model = classifier(keras.optimizers.Adam(1e-5))
    result = lr_find(model, X, Y, names={"model": "net"})
    assert 1e-3 < result.suggestion < 0.3
    assert result.band[0] <= result.suggestion <= result.band[1]
    assert result.learns
    assert result.current_lr == 1e-5
    assert "below the band" in result.verdict
    assert result.loss_at(1e-5) > min(result.trial_losses.values())
    assert result.steps_used <= 620
    assert set(result.suggestions) == {"keras_magic", "minimum/10", "steepest", "valley", "slide", "edge/10"}
    assert len(result.lrs) == len(result.losses) == len(result.smoothed) == len(result.penalties)
    assert result.code == f"net.optimizer.learning_rate = {result.suggestion:.3g}"
    assert json.loads(json.dumps(result.to_dict()))["suggestion"] == result.suggestion
    assert "Take" in str(result)
    assert result.apply() == result.suggestion
    assert float(model.optimizer.learning_rate) == pytest.approx(result.suggestion)
    assert result.apply(0.02) == 0.02
    with pytest.raises(UsageError, match="positive number"):
        result.apply(-1.0)


def test_fast_mode_trains_for_a_moment_around_what_its_sweep_proposes():
    result = lr_find(classifier(), X, Y, fast=True)
    assert 1e-3 < result.suggestion < 0.3
    assert 60 < result.steps_used <= 100
    assert len(result.losses) <= 60
    assert len(result.trials) == 4
    assert max(len(losses) for losses in result.trials.values()) >= 8
    assert result.learns is None
    assert not result.confident
    assert "a sweep and 4 very short trainings" in result.message
    assert "a factor of 3 around it" in [text.get_text() for text in result.plot().get_legend().get_texts()]


def test_fast_mode_has_steps_for_trainings_or_none():
    result = lr_find(classifier(), X, Y, **QUICK)
    assert result.steps_used == len(result.losses) == 20
    assert not result.trials
    assert "a single sweep" in result.message


def test_fast_mode_looks_closer_where_training_breaks_when_nothing_falls():
    noise = np.random.default_rng(1).integers(0, 2, len(X)).astype("float32")
    model = classifier("sgd")
    result = lr_find(model, X, noise, fast=True)
    assert not result.trials
    assert 60 < result.steps_used <= 100
    assert "this is a guess" in result.message


@pytest.mark.parametrize("steps", [100, 137])
def test_fast_mode_keeps_to_its_steps_with_gradient_accumulation(steps):
    result = lr_find(classifier(keras.optimizers.Adam(gradient_accumulation_steps=2)), X, Y, fast=True, steps=steps)
    assert result.steps_used <= 2 * steps
    assert result.trials


def test_rates_are_told_with_two_digits_everywhere():
    for options in (QUICK, {"steps": 40, "trial_steps": 20}):
        result = lr_find(classifier(), X, Y, **options)
        number = f"{result.suggestion:.2g}"
        assert all(float(f"{rate:.2g}") == rate for rate in result.suggestions.values())
        assert result.message.startswith(f"Take {number}")
        assert float(result.code.split(" = ")[1]) == float(number)
        assert '<pre class="km-code"' in result._repr_html_()
        assert f"learning_rate = {number}<" in result._repr_html_()


def test_plot_uses_no_pyplot_state():
    import sys

    result = lr_find(classifier(), X, Y, **QUICK)
    before = sys.modules.get("matplotlib.pyplot")
    axes = result.plot()
    assert axes.get_xscale() == "log"
    assert len(axes.lines) >= 3
    assert result.plot(axes) is axes
    assert sys.modules.get("matplotlib.pyplot") is before


def test_true_batch_losses():
    """The first loss of a sweep is the loss of that batch at the initial weights, regularisation told apart."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([layers.Input((6,)), layers.Dense(8, kernel_regularizer="l2"), layers.Dense(1)])
    model.compile("sgd", "mse")
    pool = open_pool(X, Y)
    with borrowed(model, pool) as stepper:
        trace = stepper.run(np.zeros(3), seed=5)
    rows = pool.order(3, 5)
    for i in range(3):
        x, y, _ = pool.take(rows[i])
        assert trace.losses[i] == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-4)
        assert trace.penalties[i] == pytest.approx(float(model.losses[0]), rel=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", keras.optimizers.SGD(0.01, momentum=0.9, clipnorm=1.0), "rmsprop"])
def test_steps_are_those_of_fit(optimizer):
    """At a constant rate the compiled loop, the plain loop and `fit` give the same weights."""
    x, y = X[:128], Y[:128]

    def weights(way):
        model = classifier(optimizer if isinstance(optimizer, str) else type(optimizer).from_config(optimizer.get_config()))
        pool = open_pool(x, y, batch_size=32)
        rows = pool.order(4, 0).ravel()
        rate = float(model.optimizer.learning_rate)
        if way == "fit":
            model.fit(x[rows], y[rows], batch_size=32, shuffle=False, verbose=0)
            return model.get_weights()
        with borrowed(model, pool) as stepper:
            stepper.compiled = way == "compiled"
            stepper.run(np.full(4, rate))
            return model.get_weights()

    for way in ("compiled", "plain"):
        for a, b in zip(weights(way), weights("fit"), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-7)


def test_a_sweep_goes_round_the_same_batches():
    with borrowed(classifier(), open_pool(X, Y)) as stepper:
        losses = stepper.run(np.zeros(9), seed=5, cycle=3).losses
    assert np.allclose(losses[:3], losses[3:6])
    assert np.allclose(losses[:3], losses[6:])
    assert len(set(losses[:3])) == 3


@pytest.mark.parametrize("way", ["compiled", "plain"])
@pytest.mark.parametrize("kind", ["SGD", "RMSprop", "Ftrl"])
def test_slots_follow_the_rate(kind, way):
    """Where the rate changes, a step is what it would be had the slots always been kept without the rate."""
    optimizer = {"SGD": keras.optimizers.SGD(momentum=0.9), "RMSprop": keras.optimizers.RMSprop(momentum=0.9)}.get(
        kind, keras.optimizers.Ftrl()
    )
    rates, x, y = np.geomspace(1e-3, 1e-1, 6), X[:32], Y[:32]

    def model():
        keras.utils.set_random_seed(3)
        net = keras.Sequential([layers.Input((6,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
        net.compile(optimizer, "mse")
        return net

    net = model()
    with borrowed(net, open_pool(x, y)) as stepper:
        stepper.compiled = way == "compiled"
        stepper.run(rates)
        found = np.asarray(net.weights[0]).ravel()
    w, m, v = np.zeros(6), np.zeros(6), np.full(6, 0.1 if kind == "Ftrl" else 0.0)
    for rate in rates:
        g = 2 * x.T @ (x @ w - y) / 32
        if kind == "SGD":
            m = 0.9 * m + g
        elif kind == "RMSprop":
            v = 0.9 * v + 0.1 * g**2
            m = 0.9 * m + g / np.sqrt(v + 1e-7)
        else:  # without the rate in its sums, Ftrl from zero is Adagrad
            v = v + g**2
            m = g / np.sqrt(v)
        w = w - rate * m
    np.testing.assert_allclose(found, w, rtol=2e-4)


@pytest.mark.parametrize("kind", ["Ftrl", "Adadelta", "Adagrad", "Adamax", "Nadam", "Lion", "Adafactor", "Lamb", "Muon"])
def test_every_optimizer_is_served(kind):
    if not hasattr(keras.optimizers, kind) or (kind == "Muon" and keras.__version__.startswith("3.10.")):
        pytest.skip("this Keras cannot train with it")
    model = metrics_built(classifier(getattr(keras.optimizers, kind)()))
    before = state(model)
    result = lr_find(model, X, Y)
    assert state(model) == before
    assert result.learns
    reached = min(abs(np.log(rate / result.suggestion)) for rate in result.trial_losses)
    assert reached < 1.2, "a rate near the suggestion was tried"
    assert min(result.trial_losses.values()) < 0.8 * result.start_loss


def test_a_network_that_cannot_learn_is_told():
    x = np.zeros_like(X)  # nothing to learn from
    result = lr_find(classifier(), x, np.tile([0.0, 1.0], 160).astype("float32"))
    assert result.learns is False
    assert not result.confident
    assert "None of the learning rates tried helps" in result.message
    assert "%%diagnose" in result.message
    assert result.code == result.verdict == ""
    html = result._repr_html_()
    assert "To paste" not in html
    assert "<script" not in html
    assert "no learning rate helps" in html
    with pytest.raises(UsageError, match="no learning rate helps"):
        result.apply()
    assert result.apply(0.02) == 0.02


def test_the_end_of_the_range_is_told():
    low = lr_find(classifier(), X, Y, max_lr=3e-3)
    assert not low.confident
    assert low.suggestion == 0.003
    assert "The best rate may lie above 0.003, where the range ends: pass max_lr=0.3 (%lr_find: --max 0.3)." in low.message
    high = lr_find(classifier(), X, Y, min_lr=0.3)
    assert "The best rate may lie below 0.3, where the range begins: pass min_lr=0.003 (%lr_find: --min 0.003)." in high.message
    assert high.verdict == "", "the user's own rate lies where nothing was tried"
    assert "--max 0.3" in lr_find(classifier(), X, Y, max_lr=3e-3, fast=True).message
    assert "--min 0.003" in lr_find(classifier(), X, Y, min_lr=0.3, fast=True).message
    assert "may lie" not in lr_find(classifier(), X, Y).message


def test_a_range_too_low_to_learn_in_is_not_blamed_on_the_network():
    result = lr_find(classifier("sgd"), X, Y, max_lr=1e-5)
    assert not result.confident  # the compiled 0.01 lies outside of the range, and learned
    assert "pass max_lr=0.001 (%lr_find: --max 0.001)" in result.message


def test_a_rate_far_too_high_is_told():
    result = lr_find(classifier(keras.optimizers.SGD(300.0)), X, Y)
    assert "above the band" in result.verdict


def test_seeds_agree():
    rates = [lr_find(classifier(seed=s), X, Y, seed=s).suggestion for s in range(3)]
    assert np.log10(max(rates) / min(rates)) < 0.6


def test_huge_targets_start_further_down():
    keras.utils.set_random_seed(2)
    model = keras.Sequential([layers.Input((6,)), layers.Dense(16, "relu"), layers.Dense(1)])
    model.compile("sgd", "mse")
    result = lr_find(model, 1e4 * X, 1e6 * Y, fast=True)
    assert result.lrs[0] < 1e-8
    assert any("ran away" in note for note in result.notes)


# ---------------------------------------------------------------- nothing is changed


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("options", [QUICK, FAST, {"steps": 20, "trial_steps": 10}])
def test_state_is_bit_identical(trained, options):
    model = noisy()
    if trained:
        model.fit(X, Y, verbose=0)
    before = state(model)
    lr_find(model, X, Y, **options)
    assert state(model) == before


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in a shell, whatever tests before (event loops, browsers) have left of it: pressed for the main thread two seconds
    after the first event is set, until the second is; again every twenty, as Python may lose a signal that strikes in a destructor.
    """
    begun, done, main = threading.Event(), threading.Event(), threading.main_thread().ident
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def press() -> None:
        pause = 2.0
        begun.wait()
        while not done.wait(pause):
            signal.pthread_kill(main, signal.SIGINT)
            pause = 20.0

    presser = threading.Thread(target=press)
    presser.start()
    yield begun, done
    done.set()
    begun.set()
    presser.join()
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    signal.signal(signal.SIGINT, handler)


def test_state_is_bit_identical_after_ctrl_c(ctrl_c):
    """A real SIGINT, wherever it strikes."""
    model = noisy()
    model.fit(X, Y, verbose=0)
    before = state(model)
    begun, done = ctrl_c
    try:
        begun.set()  # only now: on a busy machine the fit above takes longer than the pause
        result = lr_find(model, X, Y, steps=100_000)
        assert result.interrupted
        assert "Interrupted" in str(result)
    except KeyboardInterrupt:  # before there was anything to tell
        pass
    finally:
        done.set()
    assert state(model) == before


def test_an_interrupt_while_values_are_compared_keeps_what_there_is():
    model, seen = noisy(optimizer="sgd"), [-1.0]

    def listener(progress):
        if progress.done <= seen[-1]:
            raise KeyboardInterrupt  # the second search has begun: too early for anything of its own
        seen.append(progress.done)

    before = state(model)
    result = lr_find(model, X, Y, momentums=[0.5, 0.9], progress=listener, **QUICK)
    assert state(model) == before
    assert result.interrupted
    assert len(result.variations) < 2
    assert result.suggestion > 0


@pytest.mark.parametrize("options", [FAST, {"steps": 20, "trial_steps": 10}])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_state_is_bit_identical_after_an_error(error, options):
    model = noisy()
    model.fit(X, Y, verbose=0)
    before = state(model)

    def listener(progress):
        if progress.phase == "training":
            raise error

    if error is KeyboardInterrupt:
        result = lr_find(model, X, Y, progress=listener, **options)
        assert result.interrupted
        assert len(result.losses) > 10
    else:
        with pytest.raises(error):
            lr_find(model, X, Y, progress=listener, **options)
    assert state(model) == before


def test_an_interrupted_sweep_gives_what_there_is():
    model = noisy()
    before = state(model)

    def listener(progress):
        if len(progress.losses) >= 20:
            raise KeyboardInterrupt

    result = lr_find(model, X, Y, steps=200, progress=listener)
    assert result.interrupted
    assert 20 <= len(result.losses) < 200
    assert result.suggestion > 0
    assert state(model) == before


def test_fit_afterwards_is_as_without():
    def train(detour):
        model = noisy(optimizer=keras.optimizers.SGD(0.05, momentum=0.9))
        model.fit(X, Y, verbose=0)
        if detour:
            lr_find(model, X, Y, **QUICK)
        history = model.fit(X, Y, epochs=2, verbose=0).history
        return history, [v.tobytes() for v in model.get_weights()]

    assert train(True) == train(False)


def test_unbuilt_model_trains_as_without():
    def train(detour):
        keras.utils.set_random_seed(4)
        model = keras.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(1)])
        model.compile("adam", "mse")
        if detour:
            lr_find(model, X, Y, **QUICK)
            assert not model.optimizer.built
        return model.fit(X, Y, epochs=2, verbose=0).history

    assert train(True) == train(False)


# ---------------------------------------------------------------- what it accepts


def test_schedules_are_replaced_scaled_and_kept():
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=1e-4, warmup_steps=10)
    model = classifier(keras.optimizers.Adam(schedule))
    result = lr_find(model, X, Y, **QUICK)
    assert result.current_lr == pytest.approx(1e-4, rel=0.05)
    assert "Let your schedule peak there." in result.message
    assert "peak of your schedule" in result.verdict
    assert model.optimizer._learning_rate is schedule
    scope = {"keras": keras, "model": model}
    exec(result.code, scope)
    assert peak(scope["schedule"]) == pytest.approx(result.suggestion, rel=0.02)
    result.apply(0.03)
    assert peak(model.optimizer._learning_rate) == pytest.approx(0.03, rel=0.02)
    model.fit(X, Y, verbose=0)


def test_a_rate_computed_by_a_function_is_told():
    model = classifier(keras.optimizers.Adam(lambda: 0.01))
    result = lr_find(model, X, Y, **QUICK)
    assert result.current_lr == pytest.approx(0.01)
    with pytest.raises(UnsupportedError, match="your own function"):
        result.apply()


def test_multiple_inputs_and_outputs_with_weights():
    keras.utils.set_random_seed(1)
    a, b = keras.Input((6,), name="a"), keras.Input((3,), name="b")
    hidden = layers.Dense(8, "relu")(layers.Concatenate()([a, b]))
    outputs = {"p": layers.Dense(1, "sigmoid", name="p")(hidden), "q": layers.Dense(2, name="q")(hidden)}
    model = keras.Model({"a": a, "b": b}, outputs)
    model.compile("adam", {"p": "binary_crossentropy", "q": "mse"}, loss_weights={"p": 1.0, "q": 0.1})
    x, y = {"a": X, "b": X[:, :3]}, {"p": Y, "q": X[:, :2]}
    before = state(metrics_built(model, x, y))
    result = lr_find(model, x, y, sample_weight={"p": np.ones(320), "q": np.ones(320)}, steps=40, trial_steps=20)
    assert result.learns
    assert state(model) == before


def own_step_model():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.head = layers.Dense(8, "relu"), layers.Dense(1)
            self.tracker = keras.metrics.Mean(name="loss")

        def call(self, x):
            return self.head(self.hidden(x))

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = keras.ops.mean((keras.ops.squeeze(self(x, training=True), -1) - y) ** 2)
            self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights, strict=True))
            self.tracker.update_state(loss)
            return {"loss": self.tracker.result()}

    model = Own()
    model.compile("adam")
    return model


def test_own_train_step_and_subclass():
    keras.utils.set_random_seed(1)
    model = own_step_model()
    pool = open_pool(X, Y)
    with borrowed(model, pool) as stepper:
        trace = stepper.run(np.zeros(2), seed=5)
        assert stepper.compiled
    x, y, _ = pool.take(pool.order(2, 5)[1])
    assert trace.losses[1] == pytest.approx(float(np.mean((np.asarray(model(x))[:, 0] - y) ** 2)), rel=1e-4)
    before = state(model)
    assert lr_find(model, X, Y, steps=40, trial_steps=20).learns
    assert state(model) == before


def test_eager_models_run_step_by_step():
    model = metrics_built(classifier(run_eagerly=True))
    before = state(model)
    assert lr_find(model, X, Y, **QUICK).suggestion > 0
    assert state(model) == before


def test_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = classifier()
        model.fit(X, Y, verbose=0)
        before = state(model)
        result = lr_find(model, X, Y, steps=40, trial_steps=20)
        assert result.current_lr == pytest.approx(1e-3)
        assert result.apply(0.02) == 0.02
        model.optimizer.learning_rate = 1e-3
        assert [v for v in state(model)[0] if "learning_rate" not in v[0]] == [v for v in before[0] if "learning_rate" not in v[0]]
    finally:
        keras.config.set_dtype_policy("float32")


def test_gradient_accumulation_holds_the_rate_for_an_update():
    model = classifier(keras.optimizers.Adam(gradient_accumulation_steps=4))
    with borrowed(model, open_pool(X, Y)) as stepper:
        trace = stepper.run(np.full(5, 0.01))
    assert len(trace.losses) == 5
    assert stepper.steps_run == 20


def test_class_weight_counts():
    model = classifier()
    plain = lr_find(model, X, Y, **QUICK).losses[0]
    weighted = lr_find(model, X, Y, class_weight={0: 10.0, 1: 10.0}, **QUICK).losses[0]
    assert weighted == pytest.approx(10 * plain, rel=1e-4)


class Sequence(keras.utils.PyDataset):
    def __len__(self):
        return 10

    def __getitem__(self, i):
        return X[32 * i : 32 * i + 32], Y[32 * i : 32 * i + 32]


def dataset():
    return tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(320, seed=1).batch(32)


def batches():
    for i in range(10):
        yield X[32 * i : 32 * i + 32], Y[32 * i : 32 * i + 32]


SOURCES = {
    "tf.data": lambda: (dataset(), None),
    "infinite tf.data": lambda: (dataset().repeat(), None),
    "PyDataset": lambda: (Sequence(), None),
    "generator": lambda: (batches(), None),
    "frame": lambda: (pd.DataFrame(X, columns=list("abcdef")), pd.Series(Y)),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_sources(kind):
    x, y = SOURCES[kind]()
    result = lr_find(classifier(), x, y, **QUICK)
    assert result.suggestion > 0
    assert any("repeats them" in note for note in result.notes) == (kind != "infinite tf.data")
    classifier().fit(result.x, y, steps_per_epoch=5, verbose=0)  # what is handed back can be trained on, generators included


def test_batch_sizes_and_momentum_are_one_option():
    model = metrics_built(classifier(keras.optimizers.SGD(0.01, momentum=0.5)))
    before = state(model)
    result = lr_find(model, X, Y, batch_sizes=[16, 64], momentums=[0.0], vary={"clipnorm": [1.0]}, **QUICK)
    assert [(s, v) for s, v, _ in result.variations] == [
        ("batch_size", 16),
        ("batch_size", 64),
        ("momentum", 0.0),
        ("clipnorm", 1.0),
    ]
    assert [r.batch_size for _, _, r in result.variations[:2]] == [16, 64]
    assert "With batch_size = 16: take" in str(result)
    assert state(model) == before
    with pytest.raises(UsageError, match=r"no setting 'momentun'; it has: .*momentum"):
        lr_find(model, X, Y, vary={"momentun": [0.9]}, **QUICK)


def test_quick_suggestion_reads_a_run_from_its_start():
    model = classifier(keras.optimizers.Adam(3.0))
    start = tuple(w.copy() for w in model.get_weights())
    model.fit(X, Y, epochs=3, verbose=0)
    run = Run(model=model, x=X, y=Y, fit_arguments={"batch_size": 32, "validation_split": 0.2}, initial_weights=start)
    before = state(model)
    result = quick_suggestion(run)
    assert state(model) == before
    assert result.steps_used <= 300
    assert "above the band" in result.verdict
    assert min(result.trial_losses.values()) < result.loss_at(3.0)
    assert result.losses[0] == pytest.approx(result.start_loss, rel=0.3)


class OwnSchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.01 / (1 + 0.1 * keras.ops.cast(step, "float32"))


@pytest.mark.parametrize("optimizer", [keras.optimizers.Ftrl(), keras.optimizers.SGD(OwnSchedule())], ids=["Ftrl", "own schedule"])
def test_optimizers_out_of_the_ordinary(optimizer):
    model = metrics_built(classifier(optimizer))
    before = state(model)
    result = lr_find(model, X, Y, steps=20, trial_steps=10)
    assert result.start_loss == pytest.approx(0.7, abs=0.3)
    assert result.current_lr in (0.001, 0.01)
    assert state(model) == before


def test_the_generator_that_was_read_is_told():
    assert any("result.x" in note for note in lr_find(classifier(), batches(), **QUICK).notes)


def test_the_result_says_what_was_applied_and_offers_nothing_where_no_rate_helps():
    result = lr_find(classifier(), X, Y, **QUICK)
    assert "To set it" in str(result)
    result.apply(0.02)
    assert "Applied: the model's learning rate is 0.02 now." in str(result)
    assert "To set it" not in str(result)
    blind = lr_find(classifier(), np.zeros_like(X), np.tile([0.0, 1.0], 160).astype("float32"))
    assert "To set it" not in str(blind)


# ---------------------------------------------------------------- bad input: one line each

BAD = {
    "bounds": ({"min_lr": 1.0, "max_lr": 0.1}, "min_lr must be below max_lr"),
    "negative": ({"min_lr": -1.0}, "min_lr must be a positive number"),
    "text": ({"max_lr": "10"}, "max_lr must be a positive number"),
    "steps": ({"steps": 5}, "steps must be a whole number of at least 10"),
    "batch": ({"batch_size": 0}, "batch_size must be a whole number of at least 1; got 0"),
    "equal bounds": ({"min_lr": 0.1, "max_lr": 0.1}, "min_lr must be below max_lr"),
    "infinite bound": ({"max_lr": float("inf")}, "max_lr must be a positive number"),
    "few steps in all": ({"max_steps": 100}, r"at least 340 \(the sweep and three short trainings\); got 100"),
    "sizes": ({"batch_sizes": [16, 0]}, "each of batch_sizes must be a whole number of at least 1; got 0"),
    "no list": ({"momentums": 0.9}, "the values of momentum to compare must be a list; got 0.9"),
    "no mapping": ({"vary": ["clipnorm"]}, "vary must map a setting to its values"),
    "setting": ({"vary": {"clipnorms": [1.0]}}, "no setting 'clipnorms'"),
    "value": ({"vary": {"gradient_accumulation_steps": [1]}}, "Adam does not take gradient_accumulation_steps=1"),
    "one row at a time": ({"x": tf.data.Dataset.from_tensor_slices((X, Y)), "y": None}, r"batch it, as in data.batch\(32\)"),
    "targets with a dataset": ({"x": tf.data.Dataset.from_tensor_slices((X, Y)).batch(32)}, "leave y out"),
    "empty dataset": ({"x": tf.data.Dataset.from_tensor_slices((X, Y)).batch(32).take(0), "y": None}, "gave no batch"),
    "no targets": ({"y": None}, "no targets were given, so pass y"),
    "structure": ({"x": {"a": X}}, "structure of `inputs` doesn't match|cannot be built on this data"),
    "weights": ({"class_weight": {0: 1.0}, "x": X, "y": {"a": Y, "b": Y}}, "exactly one output"),
    "weights as a list": ({"class_weight": [1]}, "class_weight must be a dict from class to weight"),
    "no data": ({"x": None}, "x is missing"),
    "empty": ({"x": X[:0], "y": Y[:0]}, "no rows"),
    "lengths": ({"y": Y[:100]}, "x has 320 rows and y has 100"),
    "empty stream": ({"x": iter(()), "y": None}, "gave no batch"),
    "shape": ({"x": X[:, :4]}, "incompatible with the layer: expected axis -1|cannot be built on this data"),
    "kind": ({"x": object()}, "must be an array"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name):
    changes, message = BAD[name]
    arguments = {"x": X, "y": Y, **changes}
    with pytest.raises(UsageError, match=message) as caught:
        lr_find(classifier(), **arguments)
    assert "\n" not in str(caught.value)


def test_nan_is_found_in_its_column():
    frame = pd.DataFrame(X.copy(), columns=["age", "height", "c", "d", "e", "f"])
    frame.loc[7, "height"] = np.nan  # one row is enough
    with pytest.raises(UsageError, match=r"NaN .*column height"):
        lr_find(classifier(), frame, Y)


def test_labels_out_of_range_are_told_in_the_words_of_tensorflow():
    model = keras.Sequential([layers.Input((6,)), layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(UsageError, match=r"label value of \d+ which is outside the valid range"):
        lr_find(model, X, np.arange(320) % 7)


def test_a_loss_that_is_nan_on_finite_data_is_told():
    model = keras.Sequential([layers.Input((6,)), layers.Dense(1)])
    model.compile("adam", lambda y, p: keras.ops.log(-keras.ops.abs(p) - 1.0))
    with pytest.raises(UsageError, match=r"NaN or infinite at the first step.*the data are finite"):
        lr_find(model, X, Y)


def test_weights_that_a_training_spoiled_are_named():
    model = classifier()
    model.layers[0].bias.assign(np.full(16, np.nan))
    with pytest.raises(UsageError, match=r"NaN or infinite before the search \(\S*dense\S*/bias\): build the model again"):
        lr_find(model, X, Y)


def test_models_that_cannot_be_searched():
    with pytest.raises(UsageError, match=r"must be a keras\.Model"):
        lr_find("model", X, Y)
    with pytest.raises(UsageError, match="not compiled"):
        lr_find(keras.Sequential([layers.Dense(1)]), X, Y)
    frozen = classifier()
    frozen.trainable = False
    frozen.compile("adam", "mse")
    with pytest.raises(UnsupportedError, match="no trainable weights"):
        lr_find(frozen, X, Y)


def test_a_low_rate_that_learns_is_found_below_a_higher_one_that_only_reaches_the_mean():
    """Squares up to 125: at 0.1 the units die and the loss is that of the mean; at 0.001 the network learns."""
    rng = np.random.default_rng(7)
    x = np.arange(0.0, 5.0, 0.1, dtype="float32").reshape(-1, 1)
    y = (5 * x**2 + rng.normal(size=x.shape) ** 3).astype("float32")
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(units, activation="relu") for units in (50, 30)]
    network = keras.Sequential([keras.Input((1,)), *hidden, keras.layers.Dense(1)])
    network.compile(keras.optimizers.SGD(0.1), "mean_squared_error")
    found = quick_suggestion(network, x, y, seconds=20.0)
    assert found.learns
    assert found.suggestion < 0.01
    assert found.band[1] < 0.1
