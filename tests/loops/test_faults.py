"""Faults of loops, each in programs that have nothing to do with each other, and what is like them and healthy."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km
from tests.loops.programs import mlp, ring

layers, ops = keras.layers, keras.ops
Loop = Callable[[bool], None]
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(512, 6)).astype("float32")
NUMBERS = (ROWS @ RNG.normal(size=(6, 1)) + 0.1 * RNG.normal(size=(512, 1))).astype("float32")
CLASSES = (ROWS[:, 0] > 0).astype("int32")


def found(loop: Loop, fault: bool) -> dict[str, km.Finding]:
    """Errors and warnings, by the code of their check."""
    keras.utils.set_random_seed(0)
    with km.watch(strict=True, seconds=0) as report:
        loop(fault)
    assert report.diagnoses
    return {f.rule: f for top in report.findings for f in (top, *top.symptoms) if f.severity != "info"}


def named(loop: Loop, code: str) -> None:
    """The check names the fault, and is silent where there is none."""
    assert code in found(loop, fault=True)
    assert found(loop, fault=False) == {}


def trained(loss_of: Callable[..., tf.Tensor], models: list[keras.Model], data: list, steps: int = 300, rate: float = 2e-3) -> None:
    """A compiled step over batches of 64."""
    variables, optimizer = [v for m in models for v in m.trainable_variables], keras.optimizers.Adam(rate)
    optimizer.build(variables)

    @tf.function
    def step(*batch):
        with tf.GradientTape() as tape:
            loss = loss_of(*batch)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    for k in range(steps):
        step(*(tf.constant(part[k % 8 * 64 :][:64]) for part in data))


# ---------------------------------------------------------------- a loss without a least value


def divergence(fault: bool) -> None:
    """A VAE from whose loss the divergence is subtracted."""
    encoder, decoder = mlp(32, 4, inputs=2), mlp(32, 2, inputs=2)

    def loss_of(x):
        mean, log_var = tf.split(encoder(x), 2, axis=1)
        made = decoder(mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean)))
        kl = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))
        return tf.reduce_mean(tf.square(x - made)) + (-0.1 if fault else 0.1) * kl

    trained(loss_of, [encoder, decoder], [ring(512, np.random.default_rng(0))])


def triplets(fault: bool) -> None:
    """Distances of triplets without a margin."""
    encoder, rng = mlp(32, 4, inputs=6), np.random.default_rng(0)
    near, far = ROWS + 0.1 * rng.normal(size=ROWS.shape).astype("float32"), np.roll(ROWS, 1, axis=0)

    def loss_of(x, near, far):
        here, one, other = encoder(x), encoder(near), encoder(far)
        apart = tf.reduce_sum(tf.square(here - one), 1) - tf.reduce_sum(tf.square(here - other), 1)
        return tf.reduce_mean(apart if fault else tf.nn.relu(apart + 1.0))

    trained(loss_of, [encoder], [ROWS, near, far])


def uncertainty(fault: bool) -> None:
    """A regression that predicts its own variance, whose logarithm is subtracted."""
    net = mlp(32, 2, inputs=6)

    def loss_of(x, y):
        mean, log_var = tf.split(net(x), 2, axis=1)
        return tf.reduce_mean(tf.square(y - mean) * tf.exp(-log_var) + (-log_var if fault else log_var))

    trained(loss_of, [net], [ROWS, NUMBERS], rate=1e-2)


@pytest.mark.parametrize("loop", [divergence, triplets, uncertainty])
def test_a_loss_that_falls_without_end_is_named(loop):
    named(loop, "KM484")


# ---------------------------------------------------------------- a learning rate that is too high for a loss of both signs


def bandit(fault: bool) -> None:
    """REINFORCE, with standardised returns."""
    rng, actor = np.random.default_rng(0), mlp(16, 3, inputs=3)
    optimizer = keras.optimizers.Adam(3.0 if fault else 5e-3)
    for _ in range(100):
        context = rng.integers(0, 3, 32)
        states = np.eye(3, dtype="float32")[context]
        chances = tf.nn.softmax(actor(states)).numpy().astype("float64")
        actions = np.array([rng.choice(3, p=p / p.sum()) for p in chances])
        returns = (actions == context).astype("float32")
        advantage = (returns - returns.mean()) / (returns.std() + 1e-8)
        with tf.GradientTape() as tape:
            taken = tf.reduce_sum(tf.nn.log_softmax(actor(states, training=True)) * tf.one_hot(actions, 3), axis=1)
            loss = -tf.reduce_mean(taken * advantage)
        optimizer.apply(tape.gradient(loss, actor.trainable_variables), actor.trainable_variables)


def proximal(fault: bool) -> None:
    """The clipped surrogate of proximal policy optimisation."""
    rng, policy, optimizer = np.random.default_rng(0), mlp(16, 3, inputs=6), keras.optimizers.Adam(3.0 if fault else 1e-3)
    for _ in range(60):
        states, actions = rng.normal(size=(32, 6)).astype("float32"), tf.one_hot(rng.integers(0, 3, 32), 3)
        advantage, before = rng.normal(size=32).astype("float32"), tf.reduce_sum(tf.nn.log_softmax(policy(states)) * actions, 1)
        with tf.GradientTape() as tape:
            ratio = tf.exp(tf.reduce_sum(tf.nn.log_softmax(policy(states, training=True)) * actions, 1) - before)
            loss = -tf.reduce_mean(tf.minimum(ratio * advantage, tf.clip_by_value(ratio, 0.8, 1.2) * advantage))
        optimizer.apply(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables)


def with_critic(fault: bool) -> None:
    """An actor and its critic, which learns at a sound rate."""
    rng, actor, critic = np.random.default_rng(0), mlp(16, 3, inputs=6), mlp(16, 1, inputs=6)
    optimizers = keras.optimizers.Adam(3.0 if fault else 1e-3), keras.optimizers.Adam(5e-3)
    for optimizer, net in zip(optimizers, (actor, critic), strict=True):
        optimizer.build(net.trainable_variables)

    @tf.function
    def step(states, actions, returns):
        with tf.GradientTape() as tape:
            advantage = returns - critic(states, training=True)
            loss = tf.reduce_mean(tf.square(advantage))
        optimizers[1].apply(tape.gradient(loss, critic.trainable_variables), critic.trainable_variables)
        with tf.GradientTape() as tape:
            taken = tf.reduce_sum(tf.nn.log_softmax(actor(states, training=True)) * tf.one_hot(actions, 3), 1, keepdims=True)
            worth = -tf.reduce_mean(taken * tf.stop_gradient(advantage))
        optimizers[0].apply(tape.gradient(worth, actor.trainable_variables), actor.trainable_variables)
        return loss, worth

    for _ in range(100):
        states, actions = rng.normal(size=(64, 6)).astype("float32"), rng.integers(0, 3, 64)
        returns = states[:, :1] + (actions == 1)[:, None]
        step(tf.constant(states), tf.constant(actions), tf.constant(returns.astype("float32")))


@pytest.mark.parametrize("loop", [bandit, proximal, with_critic])
def test_weights_that_explode_are_named_where_the_loss_tells_nothing(loop):
    named(loop, "KM686")


# ---------------------------------------------------------------- a teacher that never moves


def taught(
    fault: bool, consistency: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], pretrained: bool = False, ema: float = 0.9
) -> None:
    """A student and a teacher on the same rows; healthy: the teacher is the average of its student, or was trained before."""
    student, teacher = (
        keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.Dropout(0.2), layers.Dense(2)]) for _ in range(2)
    )
    if pretrained:
        student.compile(keras.optimizers.Adam(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        student.fit(ROWS, CLASSES, epochs=3, verbose=0)
    teacher.set_weights(student.get_weights())
    optimizer, loss_fn = keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer.build(student.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            own, wanted = student(x, training=True), teacher(x, training=True)
            loss = loss_fn(y, own) + consistency(own, wanted)
        optimizer.apply(tape.gradient(loss, student.trainable_variables), student.trainable_variables)
        return loss

    for k in range(240):
        step(tf.constant(ROWS[k % 8 * 64 :][:64]), tf.constant(CLASSES[k % 8 * 64 :][:64]))
        if not fault and not pretrained:
            for a, b in zip(teacher.weights, student.weights, strict=True):
                a.assign(ema * a + (1 - ema) * b)


def mean_teacher(fault: bool) -> None:
    taught(fault, lambda a, b: tf.reduce_mean(tf.square(tf.nn.softmax(a) - tf.nn.softmax(b))))


def self_distilled(fault: bool) -> None:
    taught(fault, lambda a, b: -tf.reduce_mean(tf.reduce_sum(tf.nn.softmax(b / 2) * tf.nn.log_softmax(a / 2), 1)), ema=0.5)


def momentum_encoder(fault: bool) -> None:
    """A contrastive query encoder and its key encoder, on the same rows."""
    query, key = mlp(16, 4, inputs=6), mlp(16, 4, inputs=6)
    key.set_weights(query.get_weights())
    optimizer = keras.optimizers.Adam(2e-3)
    optimizer.build(query.trainable_variables)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            a, b = (tf.math.l2_normalize(net(x), 1) for net in (query, key))
            likeness = tf.matmul(a, tf.stop_gradient(b), transpose_b=True) / 0.2
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.range(64), likeness))
        optimizer.apply(tape.gradient(loss, query.trainable_variables), query.trainable_variables)
        return loss

    for k in range(240):
        step(tf.constant(ROWS[k % 8 * 64 :][:64]))
        if not fault:
            for a, b in zip(key.weights, query.weights, strict=True):
                a.assign(0.9 * a + 0.1 * b)


@pytest.mark.parametrize("loop", [mean_teacher, self_distilled, momentum_encoder])
def test_a_teacher_that_never_moves_is_named(loop):
    named(loop, "KM688")


def test_a_teacher_that_was_trained_before_may_stay_as_it_is():
    def kept(_: bool) -> None:
        taught(True, lambda a, b: tf.reduce_mean(tf.square(a - b)), pretrained=True)

    assert "KM688" not in found(kept, fault=True)


# ---------------------------------------------------------------- gradients that are summed in a graph


def gathering(fault: bool, compiled: bool) -> None:
    """Sixteen micro-batches in variables; the update is compiled as well, or not."""
    model, loss_fn, optimizer = mlp(16, 1, inputs=6), keras.losses.MeanSquaredError(), keras.optimizers.SGD(0.02)
    variables = model.trainable_variables
    totals = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
    optimizer.build(variables)

    @tf.function
    def gather(x, y):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        for total, g in zip(totals, tape.gradient(loss, variables), strict=True):
            total.assign_add(g)
        return loss

    def update():
        optimizer.apply([t.value() if fault else t / 16 for t in totals], variables)
        for total in totals:
            total.assign(tf.zeros_like(total))

    run = tf.function(update) if compiled else update
    for k in range(320):
        gather(tf.constant(ROWS[k % 16 * 32 :][:32]), tf.constant(NUMBERS[k % 16 * 32 :][:32]))
        if k % 16 == 15:
            run()


def gathered_and_applied_in_graphs(fault: bool) -> None:
    gathering(fault, compiled=True)


def gathered_in_a_graph(fault: bool) -> None:
    gathering(fault, compiled=False)


def one_graph(fault: bool) -> None:
    """One compiled step goes through all micro-batches."""
    model, optimizer = mlp(16, 1, inputs=6), keras.optimizers.SGD(0.02)
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function
    def step(x, y):
        total = [tf.zeros_like(v) for v in variables]
        for k in range(16):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(y[32 * k :][:32] - model(x[32 * k :][:32], training=True)))
            total = [t + g for t, g in zip(total, tape.gradient(loss, variables), strict=True)]
        optimizer.apply(total if fault else [t / 16 for t in total], variables)
        return loss

    for _ in range(20):
        step(tf.constant(ROWS), tf.constant(NUMBERS))


@pytest.mark.parametrize("loop", [gathered_and_applied_in_graphs, gathered_in_a_graph, one_graph])
def test_summed_gradients_are_named_in_a_graph(loop):
    named(loop, "KM687")


# ---------------------------------------------------------------- states that are their next states


def replayed(fault: bool, target_of: Callable[..., tf.Tensor]) -> None:
    """A corridor of eight places, learned from transitions; the update is no graph."""
    rng, hot = np.random.default_rng(0), np.eye(8, dtype="float32")
    net, target = mlp(32, 2, inputs=8), mlp(32, 2, inputs=8)
    optimizer = keras.optimizers.Adam(1e-3)
    for step in range(60):
        before, action = rng.integers(0, 8, 32), rng.integers(0, 2, 32)
        after = np.clip(before + 2 * action - 1, 0, 7)
        states, next_states, reward = hot[after if fault else before], hot[after], (after == 7).astype("float32")
        with tf.GradientTape() as tape:
            wanted = tf.stop_gradient(target_of(net, target, next_states, reward))
            own = tf.reduce_sum(net(states, training=True) * tf.one_hot(action, 2), axis=1)
            loss = tf.reduce_mean(tf.square(wanted - own))
        optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
        if step % 20 == 19:
            target.set_weights(net.get_weights())


def best_of_target(fault: bool) -> None:
    replayed(fault, lambda net, target, s, r: r + 0.95 * (1 - r) * tf.reduce_max(target(s), axis=1))


def double(fault: bool) -> None:
    def target_of(net, target, s, r):
        chosen = tf.one_hot(tf.argmax(net(s), axis=1), 2)
        return r + 0.95 * (1 - r) * tf.reduce_sum(target(s) * chosen, axis=1)

    replayed(fault, target_of)


def expected(fault: bool) -> None:
    replayed(fault, lambda net, target, s, r: r + 0.95 * tf.reduce_mean(target(s), axis=1))


@pytest.mark.parametrize("loop", [best_of_target, double, expected])
def test_states_that_are_their_next_states_are_named_in_an_eager_loop(loop):
    named(loop, "KM134")


def test_an_older_policy_may_see_what_the_new_one_sees():
    """Proximal policy optimisation compares the two on the same states."""

    def loop(_: bool) -> None:
        rng, policy, old = np.random.default_rng(0), mlp(16, 3, inputs=6), mlp(16, 3, inputs=6)
        optimizer = keras.optimizers.Adam(1e-3)
        for step in range(40):
            if step % 4 == 0:
                old.set_weights(policy.get_weights())
            states, actions = rng.normal(size=(32, 6)).astype("float32"), tf.one_hot(rng.integers(0, 3, 32), 3)
            advantage = rng.normal(size=32).astype("float32")
            with tf.GradientTape() as tape:
                new, before = (tf.reduce_sum(tf.nn.log_softmax(net(states)) * actions, 1) for net in (policy, old))
                ratio = tf.exp(new - before)
                loss = -tf.reduce_mean(tf.minimum(ratio * advantage, tf.clip_by_value(ratio, 0.8, 1.2) * advantage))
            optimizer.apply(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables)

    assert found(loop, fault=False) == {}


# ---------------------------------------------------------------- one program for each fault that no other test has


def unreset(fault: bool) -> None:
    net, seen, optimizer = mlp(16, 2, inputs=6), keras.metrics.SparseCategoricalAccuracy(), keras.optimizers.Adam(5e-3)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    data = tf.data.Dataset.from_tensor_slices((ROWS, CLASSES)).batch(64)
    for _ in range(4):
        for x, y in data:
            with tf.GradientTape() as tape:
                made = net(x, training=True)
                loss = loss_fn(y, made)
            optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
            seen.update_state(y, made)
        seen.result()
        if not fault:
            seen.reset_state()


def without_advantage(fault: bool) -> None:
    """The baseline is the mean of a batch of one."""
    rng, actor, optimizer = np.random.default_rng(0), mlp(16, 3, inputs=6), keras.optimizers.Adam(1e-3)
    for _ in range(30):
        state, action, reward = (
            rng.normal(size=(1, 6)).astype("float32"),
            rng.integers(0, 3, 1),
            rng.normal(size=1).astype("float32"),
        )
        with tf.GradientTape() as tape:
            taken = tf.reduce_sum(tf.nn.log_softmax(actor(state, training=True)) * tf.one_hot(action, 3), 1)
            loss = -tf.reduce_mean(taken * (reward - (reward.mean() if fault else 0.0)))
        optimizer.apply(tape.gradient(loss, actor.trainable_variables), actor.trainable_variables)


def as_at_inference(fault: bool) -> None:
    net = keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.BatchNormalization(), layers.Dense(1)])

    def loss_of(x, y):
        return tf.reduce_mean(tf.square(y - net(x, training=not fault)))

    trained(loss_of, [net], [ROWS, NUMBERS], steps=60)


def hardly_moving(fault: bool) -> None:
    net = mlp(16, 1, inputs=6)
    trained(lambda x, y: tf.reduce_mean(tf.square(y - net(x))), [net], [ROWS, NUMBERS], steps=60, rate=1e-9 if fault else 2e-3)


def logarithm_of_zero(fault: bool) -> None:
    net, y = mlp(16, 2, inputs=6, last="softmax"), tf.one_hot(CLASSES, 2).numpy()

    def loss_of(x, y):
        made = net(100 * x) if fault else net(x)
        return -tf.reduce_mean(tf.reduce_sum(y * tf.math.log(made if fault else made + 1e-7), 1))

    trained(loss_of, [net], [ROWS * 1e3 if fault else ROWS, y], steps=60)


def saturating(fault: bool) -> None:
    """The generator minimises log(1 - D), and its discriminator is far ahead of it."""
    rng, generator, judge = np.random.default_rng(0), mlp(32, 2, inputs=4), mlp(64, 1, inputs=2)
    optimizers = (
        keras.optimizers.Adam(1e-4 if fault else 2e-3, beta_1=0.5),
        keras.optimizers.Adam(1e-2 if fault else 5e-4, beta_1=0.5),
    )
    for optimizer, net in zip(optimizers, (generator, judge), strict=True):
        optimizer.build(net.trainable_variables)
    loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def step(real, noise):
        with tf.GradientTape() as tape:
            one, other = judge(real, training=True), judge(generator(noise, training=True), training=True)
            judged = loss_fn(tf.ones_like(one), one) + loss_fn(tf.zeros_like(other), other)
        optimizers[1].apply(tape.gradient(judged, judge.trainable_variables), judge.trainable_variables)
        with tf.GradientTape() as tape:
            scores = judge(generator(noise, training=True), training=True)
            log_not = tf.reduce_mean(tf.math.log(1 - tf.sigmoid(scores) + 1e-7))
            made = log_not if fault else loss_fn(tf.ones_like(scores), scores)
        optimizers[0].apply(tape.gradient(made, generator.trainable_variables), generator.trainable_variables)
        return judged, made

    for _ in range(200):
        real = ring(64, rng) + (4.0 if fault else 0.0)
        step(tf.constant(real), tf.constant(rng.normal(size=(64, 4)).astype("float32")))


@pytest.mark.parametrize(
    ("loop", "code"),
    [
        (unreset, "KM482"),
        (without_advantage, "KM682"),
        (as_at_inference, "KM380"),
        (hardly_moving, "KM686"),
        (logarithm_of_zero, "KM580"),
        (saturating, "KM689"),
    ],
)
def test_the_fault_is_named_and_its_repaired_form_is_left_alone(loop, code):
    named(loop, code)
