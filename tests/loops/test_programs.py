"""Ten loops: the fault of each is named by its check, and their repaired forms draw no error and no warning."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km
from tests.loops import programs

layers = keras.layers


def diagnosed(name: str, fault: bool) -> km.Report:
    keras.utils.set_random_seed(0)
    with km.watch(strict=True, seconds=0) as report:
        getattr(programs, name)(fault)
    ours = [note for d in report.diagnoses for note in d.facts.missing if not note.startswith("the data:")]
    assert ours == []
    return report


@pytest.mark.parametrize("name", programs.CODES)
def test_the_fault_is_named(name):
    report = diagnosed(name, fault=True)
    named = {f.rule for found in report.findings for f in (found, *found.symptoms)}
    assert programs.CODES[name] in named, report.findings
    assert all(view for view in (str(report), report.to_html(), report.to_json(), report.to_markdown()))


@pytest.mark.parametrize("name", programs.CODES)
def test_the_healthy_loop_draws_nothing(name):
    report = diagnosed(name, fault=False)
    assert report.diagnoses
    assert [f for f in report.findings if f.severity in ("error", "warning")] == []
    assert all(d.facts.loop.updates for d in report.diagnoses)


def test_a_teacher_that_sees_what_the_student_sees_is_no_target_network():
    teacher, student = programs.mlp(16, 3, inputs=4), programs.mlp(16, 3, inputs=4)
    optimizer, rows = keras.optimizers.Adam(1e-2), np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    with km.watch(strict=True, seconds=0) as report:
        for step in range(210):
            start = 32 * (step % 2)
            with tf.GradientTape() as tape:
                wanted = teacher(rows[start : start + 32], training=False)
                loss = tf.reduce_mean(tf.square(wanted - student(rows[start : start + 32], training=True)))
            optimizer.apply(tape.gradient(loss, student.trainable_variables), student.trainable_variables)
    assert [f.rule for f in report.findings if f.severity != "info"] == []


def test_nan_in_late_rows_is_traced_to_the_inputs():
    net, optimizer = programs.mlp(8, 1, inputs=3), keras.optimizers.Adam(1e-3)
    rows = np.ones((80, 4, 3), "float32")
    rows[70, 1, 2] = np.nan
    with km.watch(strict=True, seconds=0) as report:
        for batch in rows:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(net(batch, training=True)))
            optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
    (finding, *_) = report.findings
    assert finding.cause == "nonfinite-input"
    assert "step 71" in finding.message


@pytest.mark.parametrize("forgotten", [True, False])
def test_an_encoder_that_no_optimizer_is_given_is_named(forgotten):
    encoder, head = programs.mlp(16, 4, inputs=6), programs.mlp(8, 1, inputs=4)
    optimizer, random = keras.optimizers.Adam(1e-2), np.random.default_rng(0)
    variables = head.trainable_variables + ([] if forgotten else encoder.trainable_variables)
    with km.watch(strict=True, seconds=0) as report:
        for _ in range(60):
            rows = random.normal(size=(32, 6)).astype("float32")
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(rows[:, :1] - head(encoder(rows, training=True), training=True)))
            optimizer.apply(tape.gradient(loss, variables), variables)
    assert [f.rule for f in report.findings if f.severity != "info"] == (["KM683"] if forgotten else [])
    assert ("encoder was called with training=True" in str(report)) is forgotten


@pytest.mark.parametrize("summed", [False, True])
def test_a_decoder_whose_code_the_divergence_has_emptied_is_named(summed):
    """The divergence is a sum over the code; the reconstruction is a mean over 40 values, or a sum as well."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    data = tf.constant(rng.normal(size=(512, 2)) @ rng.normal(size=(2, 40)) + 2 * rng.normal(size=40), "float32")
    encoder, decoder = programs.mlp(32, 4, inputs=40), programs.mlp(32, 40, inputs=2)
    optimizer, variables = keras.optimizers.Adam(1e-2), encoder.trainable_variables + decoder.trainable_variables

    @tf.function
    def train_step(x):
        with tf.GradientTape() as tape:
            mean, log_var = tf.split(encoder(x), 2, axis=1)
            wrong = tf.square(x - decoder(mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))))
            kl = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
            reconstruction = tf.reduce_sum(wrong, axis=1) if summed else 0.1 * tf.reduce_mean(wrong, axis=1)
            loss = tf.reduce_mean(reconstruction + kl)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    with km.watch(strict=True, seconds=0) as report:
        for step in range(800):
            train_step(data[step % 8 * 64 :][:64])
    assert ("KM483" in [f.rule for f in report.findings]) != summed


def test_a_decoder_with_a_wider_input_than_the_encoder_is_the_one_that_is_asked():
    """An encoder that gives every row of a plane the same code of six numbers is no decoder that ignores its code."""
    rng, (encoder, decoder) = np.random.default_rng(0), (programs.mlp(16, 12, inputs=2), programs.mlp(16, 2, inputs=6))
    optimizer, variables = keras.optimizers.Adam(1e-3), encoder.trainable_variables + decoder.trainable_variables
    encoder.layers[-1].set_weights([np.zeros((16, 12)), np.zeros(12)])
    with km.watch(strict=True, seconds=0) as report:
        for _ in range(3):
            x = tf.constant(rng.normal(size=(32, 2)), "float32")
            with tf.GradientTape() as tape:
                mean, log_var = tf.split(encoder(x, training=True), 2, axis=1)
                made = decoder(mean + tf.exp(log_var) * tf.random.normal(tf.shape(mean)), training=True)
                loss = tf.reduce_mean(tf.square(x - made))
            optimizer.apply(tape.gradient(loss, variables), variables)
    (diagnosis,) = report.diagnoses
    assert diagnosis.facts.loop.decoder == "decoder"
    assert diagnosis.facts.loop.code_effect > 0.05


def test_an_encoder_whose_sampled_code_alone_reaches_the_decoder_is_left_out():
    encoder, decoder, random = programs.mlp(16, 4, inputs=6), programs.mlp(16, 6, inputs=2), np.random.default_rng(0)
    optimizer, variables = keras.optimizers.Adam(1e-2), decoder.trainable_variables
    with km.watch(strict=True, seconds=0) as report:
        for _ in range(30):
            x = tf.constant(random.normal(size=(32, 6)), "float32")
            with tf.GradientTape() as tape:
                mean, log_var = tf.split(encoder(x, training=True), 2, axis=1)
                code = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
                loss = tf.reduce_mean(tf.square(x - decoder(code, training=True)))
            optimizer.apply(tape.gradient(loss, variables), variables)
    assert [f.rule for f in report.findings if f.severity != "info"] == ["KM683"]


def trained(net: keras.Model, variables: list, outside: bool = False, steps: int = 12) -> None:
    """A few updates of these variables; with the forward pass `outside` of the tape no gradient reaches them."""
    optimizer, rows = keras.optimizers.Adam(1e-3), np.random.default_rng(0).normal(size=(32, 6)).astype("float32")
    for _ in range(steps):
        made = net(rows, training=True)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(rows[:, :1] - (made if outside else net(rows, training=True))))
        optimizer.apply(tape.gradient(loss, variables), variables)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_moving_statistics_have_no_gradient_by_nature():
    net = keras.Sequential([keras.Input((6,)), layers.BatchNormalization(), layers.Dense(1)])
    net.layers[0].trainable = False
    with km.watch(strict=True, seconds=0) as report:
        trained(net, net.variables)
    assert [f.rule for f in report.findings if f.severity != "info"] == ["KM684"]


def test_what_raised_before_any_update_left_nothing_to_an_optimizer():
    net = programs.mlp(8, 1, inputs=6)
    with km.watch(strict=True, seconds=0) as report, pytest.raises(ValueError, match="No gradients provided"):
        trained(net, net.trainable_variables, outside=True)
    (finding, *_) = report.findings
    assert finding.rule == "KM680"
    assert "leaves them" not in finding.message


def test_the_data_of_a_loop_is_called_by_its_variables():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(160, 3)) * [1, 10, 1e5]
    everything, prices = np.concatenate([features, features + 0.5]), features[:, :1] * 2.0
    net, loss_of, optimizer = programs.mlp(8, 1, inputs=3), keras.losses.MeanSquaredError(), keras.optimizers.Adam(1e-3)
    with km.watch(strict=True, seconds=0) as report:
        for start in [*range(0, 160, 32)] * 2:
            batch, wanted = (tf.constant(part[start : start + 32], "float32") for part in (features, prices))
            with tf.GradientTape() as tape:
                loss = loss_of(wanted, net(batch, training=True))
            optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
    assert everything.shape == (320, 3), "holds the rows as well, and others"
    names = report.diagnoses[0].facts.names
    assert (names["x"], names["y"]) == ("features", "prices")
    assert any("features" in f.message for f in report.findings), report.findings


@pytest.mark.parametrize("logits", [True, False])
def test_a_loss_on_similarities_is_told_what_they_are(logits):
    encoder, optimizer, random = programs.mlp(16, 8, inputs=6), keras.optimizers.Adam(1e-3), np.random.default_rng(0)
    with km.watch(strict=True, seconds=0) as report:
        for _ in range(12):
            x = random.normal(size=(32, 6)).astype("float32")
            with tf.GradientTape() as tape:
                one, two = (tf.math.l2_normalize(encoder(x + k * 0.1, training=True), axis=1) for k in (0, 1))
                likeness = 5 * tf.matmul(one, two, transpose_b=True)
                loss = keras.losses.sparse_categorical_crossentropy(tf.range(32), likeness, from_logits=logits)
            optimizer.apply(tape.gradient(loss, encoder.trainable_variables), encoder.trainable_variables)
    assert [f.rule for f in report.findings if f.severity == "error"] == ([] if logits else ["KM481"])


@pytest.mark.parametrize("replaced", [True, False])
def test_a_state_that_is_stored_as_its_next_state_is_named(replaced):
    net, target, optimizer = programs.mlp(16, 2, inputs=8), programs.mlp(16, 2, inputs=8), keras.optimizers.Adam(1e-3)
    rng, places = np.random.default_rng(0), np.eye(8, dtype="float32")

    @tf.function
    def learn(states, rewards, next_states):
        wanted = rewards + 0.9 * tf.reduce_max(target(next_states), axis=1)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(wanted - net(states)[:, 0]))
        optimizer.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
        return loss

    with km.watch(strict=True, seconds=0) as report:
        for step in range(40):
            before = rng.integers(0, 8, 32)
            after = np.minimum(before + 1, 7)
            learn(places[after if replaced else before], (after == 7).astype("float32"), places[after])
            if step % 10 == 9:
                target.set_weights(net.get_weights())
    assert ("KM134" in [f.rule for f in report.findings]) is replaced
