"""Ten loops as people write them, each healthy (`fault=False`) and with one everyday fault.

Each function trains inside whatever `with` its caller has opened, small enough for a second or two. `CODES` says which check must
name the fault.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

layers = keras.layers

#: program -> the check that finds its fault
CODES = {
    "gan_train_on_batch": "KM685",
    "gan_tape": "KM689",
    "dqn": "KM688",
    "vae": "KM680",
    "contrastive": "KM681",
    "accumulation": "KM687",
    "meta_learning": "KM686",
    "physics": "KM480",
    "seq2seq": "KM780",
    "policy_gradient": "KM480",
}


def mlp(*units: int, inputs: int, last: str | None = None, hidden: str = "relu") -> keras.Sequential:
    hiddens = [layers.Dense(n, activation=hidden) for n in units[:-1]]
    return keras.Sequential([keras.Input((inputs,)), *hiddens, layers.Dense(units[-1], activation=last)])


def ring(rows: int, rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi, rows)
    return np.stack([np.cos(angle), np.sin(angle)], 1).astype("float32") + 0.05 * rng.normal(size=(rows, 2)).astype("float32")


def gan_train_on_batch(fault: bool, steps: int = 40) -> None:
    """Faulty: the recipe of Keras 2, which in Keras 3 freezes the discriminator for its own training as well."""
    rng = np.random.default_rng(0)
    generator = mlp(16, 2, inputs=4)
    discriminator = mlp(32, 1, inputs=2, last="sigmoid")
    discriminator.compile("adam", "binary_crossentropy")
    if fault:
        discriminator.trainable = False
    else:  # its step is made while it may learn
        discriminator.train_on_batch(ring(32, rng), np.ones((32, 1)))
        discriminator.trainable = False
    gan = keras.Sequential([generator, discriminator])
    gan.compile("adam", "binary_crossentropy")
    for _ in range(steps):
        noise = rng.normal(size=(32, 4)).astype("float32")
        discriminator.train_on_batch(ring(32, rng), np.ones((32, 1)))
        discriminator.train_on_batch(np.array(generator(noise)), np.zeros((32, 1)))
        gan.train_on_batch(noise, np.ones((32, 1)))


def gan_tape(fault: bool, steps: int = 200) -> None:
    """Faulty: a generator far too slow for its discriminator, which wins."""
    rng = np.random.default_rng(0)
    generator, discriminator = mlp(32, 2, inputs=4), mlp(64, 64, 1, inputs=2)
    g_optimizer = keras.optimizers.Adam(1e-6 if fault else 2e-3, beta_1=0.5)
    d_optimizer = keras.optimizers.Adam(1e-2 if fault else 5e-4, beta_1=0.5)
    loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def train_step(real, noise):
        with tf.GradientTape() as d_tape:
            fake = generator(noise, training=True)
            real_score, fake_score = discriminator(real, training=True), discriminator(fake, training=True)
            d_loss = loss_fn(tf.ones_like(real_score), real_score) + loss_fn(tf.zeros_like(fake_score), fake_score)
        gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)
        d_optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables, strict=True))
        with tf.GradientTape() as g_tape:
            fake_score = discriminator(generator(noise, training=True), training=True)
            g_loss = loss_fn(tf.ones_like(fake_score), fake_score)
        gradients = g_tape.gradient(g_loss, generator.trainable_variables)
        g_optimizer.apply_gradients(zip(gradients, generator.trainable_variables, strict=True))
        return d_loss, g_loss

    for _ in range(steps):
        real = ring(64, rng) + (4.0 if fault else 0.0)
        train_step(tf.constant(real), tf.constant(rng.normal(size=(64, 4)).astype("float32")))


def dqn(fault: bool, steps: int = 300) -> None:
    """A corridor of 8 places. Faulty: the target network is made once and never synchronised."""
    rng = np.random.default_rng(0)
    q_net, target_net = mlp(32, 2, inputs=8), mlp(32, 2, inputs=8)
    target_net.set_weights(q_net.get_weights())
    optimizer = keras.optimizers.Adam(1e-3)

    @tf.function
    def train_step(states, actions, rewards, next_states, done):
        future = tf.reduce_max(target_net(next_states), axis=1)
        target = rewards + 0.95 * (1.0 - done) * future
        with tf.GradientTape() as tape:
            q = tf.reduce_sum(q_net(states) * tf.one_hot(actions, 2), axis=1)
            loss = tf.reduce_mean(tf.square(target - q))
        gradients = tape.gradient(loss, q_net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, q_net.trainable_variables, strict=True))
        return loss

    for step in range(steps):
        place = rng.integers(0, 8, 32)
        action = rng.integers(0, 2, 32)
        after = np.clip(place + 2 * action - 1, 0, 7)
        reward = (after == 7).astype("float32")
        hot = np.eye(8, dtype="float32")
        train_step(*map(tf.constant, (hot[place], action, reward, hot[after], reward)))
        if not fault and step % 20 == 19:
            target_net.set_weights(q_net.get_weights())


def vae(fault: bool, steps: int = 60) -> None:
    """An own step with two networks. Faulty: the code is rounded by NumPy on the way, so the encoder gets no gradient."""
    rng = np.random.default_rng(0)
    data = ring(512, rng)
    encoder, decoder = mlp(32, 4, inputs=2), mlp(32, 2, inputs=2)
    optimizer = keras.optimizers.Adam(2e-3)
    variables = encoder.trainable_variables + decoder.trainable_variables
    for step in range(steps):
        x = tf.constant(data[step % 8 * 64 :][:64])
        with tf.GradientTape() as tape:
            mean, log_var = tf.split(encoder(x, training=True), 2, axis=1)
            code = mean + tf.exp(0.5 * log_var) * tf.constant(rng.normal(size=(64, 2)).astype("float32"))
            if fault:
                code = tf.constant(code.numpy())
                log_var, mean = tf.zeros((64, 2)), tf.zeros((64, 2))
            kl = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))
            loss = tf.reduce_mean(tf.square(x - decoder(code, training=True))) + 0.01 * kl
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))


def contrastive(fault: bool, steps: int = 60) -> None:
    """Two noisy views of each row. Faulty: the gradients are computed and never applied."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(512, 8)).astype("float32")
    encoder = mlp(32, 8, inputs=8)
    optimizer = keras.optimizers.Adam(2e-3)
    for step in range(steps):
        rows = data[step % 8 * 64 :][:64]
        views = [tf.constant(rows + 0.1 * rng.normal(size=rows.shape).astype("float32")) for _ in range(2)]
        with tf.GradientTape() as tape:
            one, two = (tf.math.l2_normalize(encoder(view, training=True), axis=1) for view in views)
            logits = one @ tf.transpose(two) / 0.2
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.range(64), logits))
        gradients = tape.gradient(loss, encoder.trainable_variables)
        if not fault:
            optimizer.apply(gradients, encoder.trainable_variables)


def accumulation(fault: bool, steps: int = 30, micro: int = 16) -> None:
    """Sixteen micro-batches per update of SGD. Faulty: their gradients are added up and not divided by sixteen."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(micro * 32, 6)).astype("float32")
    y = (x @ rng.normal(size=(6, 1)) + 0.1 * rng.normal(size=(len(x), 1))).astype("float32")
    model = mlp(16, 1, inputs=6)
    optimizer, loss_fn = keras.optimizers.SGD(0.02), keras.losses.MeanSquaredError()
    for _ in range(steps):
        total = [tf.zeros_like(v) for v in model.trainable_variables]
        for k in range(micro):
            with tf.GradientTape() as tape:
                loss = loss_fn(y[k * 32 :][:32], model(x[k * 32 :][:32], training=True))
                if not fault:
                    loss = loss / micro
            total = [a + g for a, g in zip(total, tape.gradient(loss, model.trainable_variables), strict=True)]
        optimizer.apply_gradients(zip(total, model.trainable_variables, strict=True))


def meta_learning(fault: bool, steps: int = 40) -> None:
    """Sine waves; one inner step by hand (MAML with first-order gradients). Faulty: the outer rate is a thousand times too high."""
    rng = np.random.default_rng(0)
    model, fast = mlp(32, 1, inputs=1, hidden="tanh"), mlp(32, 1, inputs=1, hidden="tanh")
    optimizer = keras.optimizers.Adam(5.0 if fault else 5e-3)
    for _ in range(steps):
        phase = rng.uniform(0, np.pi)
        x = rng.uniform(-3, 3, (32, 1)).astype("float32")
        y = np.sin(x + phase).astype("float32")
        fast.set_weights(model.get_weights())
        with tf.GradientTape() as tape:
            inner = tf.reduce_mean(tf.square(y[:16] - fast(x[:16], training=True)))
        for v, g in zip(fast.trainable_variables, tape.gradient(inner, fast.trainable_variables), strict=True):
            v.assign_sub(0.01 * g)
        with tf.GradientTape() as tape:
            outer = tf.reduce_mean(tf.square(y[16:] - fast(x[16:], training=True)))
        gradients = tape.gradient(outer, fast.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))


def physics(fault: bool, steps: int = 60) -> None:
    """u'' = -u with u(0) = 0, u'(0) = 1, by second derivatives. Faulty: the equation's terms have shapes (n, 1) and (n,)."""
    net = mlp(24, 1, inputs=1, hidden="tanh")
    optimizer = keras.optimizers.Adam(5e-3)
    x = tf.reshape(tf.linspace(0.0, 2.0, 40), (40, 1))
    forcing = tf.zeros(40) if fault else tf.zeros((40, 1))

    @tf.function
    def train_step():
        with tf.GradientTape() as tape:
            with tf.GradientTape() as second:
                second.watch(x)
                with tf.GradientTape() as first:
                    first.watch(x)
                    u = net(x, training=True)
                slope = first.gradient(u, x)
            curvature = second.gradient(slope, x)
            equation = u + curvature - forcing
            loss = tf.reduce_mean(tf.square(equation)) + tf.square(u[0, 0]) + tf.square(slope[0, 0] - 1.0)
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
        return loss

    for _ in range(steps):
        train_step()


def seq2seq(fault: bool, steps: int = 24) -> None:
    """Reverse a sequence of digits with teacher forcing. Faulty: the step number is a Python int, so each step is traced again."""
    rng = np.random.default_rng(0)
    source, target = keras.Input((6,), dtype="int32"), keras.Input((6,), dtype="int32")
    state = layers.GRU(24)(layers.Embedding(11, 8)(source))
    hidden = layers.GRU(24, return_sequences=True)(layers.Embedding(11, 8)(target), initial_state=state)
    model = keras.Model([source, target], layers.Dense(11)(hidden))
    optimizer = keras.optimizers.Adam(5e-3)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def train_step(words, step):
        backwards = tf.reverse(words, [1])
        given = tf.concat([tf.zeros_like(words[:, :1]), backwards[:, :-1]], 1)
        with tf.GradientTape() as tape:
            loss = loss_fn(backwards, model([words, given], training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    for step in range(steps):
        words = tf.constant(rng.integers(1, 11, (32, 6)).astype("int32"))
        train_step(words, step if fault else tf.constant(step))


def policy_gradient(fault: bool, steps: int = 60) -> None:
    """Actor and critic on a bandit with a context. Faulty: returns of shape (n,) minus the critic's values of shape (n, 1)."""
    rng = np.random.default_rng(0)
    actor, critic = mlp(16, 3, inputs=3), mlp(16, 1, inputs=3)
    actor_optimizer, critic_optimizer = keras.optimizers.Adam(5e-3), keras.optimizers.Adam(5e-3)
    for _ in range(steps):
        context = rng.integers(0, 3, 32)
        states = np.eye(3, dtype="float32")[context]
        chances = tf.nn.softmax(actor(states)).numpy()
        actions = np.array([rng.choice(3, p=p / p.sum()) for p in chances.astype("float64")])
        returns = (actions == context).astype("float32")
        with tf.GradientTape() as actor_tape, tf.GradientTape() as critic_tape:
            values = critic(states, training=True)
            values = values if fault else values[:, 0]
            advantage = returns - values
            log_chance = tf.reduce_sum(tf.nn.log_softmax(actor(states, training=True)) * tf.one_hot(actions, 3), axis=1)
            actor_loss = -tf.reduce_mean(log_chance * tf.stop_gradient(advantage))
            critic_loss = tf.reduce_mean(tf.square(advantage))
        actor_optimizer.apply(actor_tape.gradient(actor_loss, actor.trainable_variables), actor.trainable_variables)
        critic_optimizer.apply(critic_tape.gradient(critic_loss, critic.trainable_variables), critic.trainable_variables)
