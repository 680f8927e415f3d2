"""KM685 train_on_batch that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.checks.loops._words import times
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule

_GAN = """# Keras 3 looks at `trainable` when the step is made, not at compile. Let each network have its own update:
@tf.function
def train_step(real):
    noise = tf.random.normal((tf.shape(real)[0], latent_dim))
    with tf.GradientTape() as tape:
        fake = generator(noise, training=True)
        scores = discriminator(tf.concat([real, fake], 0), training=True)
        labels = tf.concat([tf.ones_like(real[:, :1]), tf.zeros_like(real[:, :1])], 0)  # 1 real, 0 generated
        d_loss = loss_fn(labels, scores)
    d_optimizer.apply(tape.gradient(d_loss, discriminator.trainable_variables), discriminator.trainable_variables)
    with tf.GradientTape() as tape:
        scores = discriminator(generator(noise, training=True), training=True)
        g_loss = loss_fn(tf.ones_like(scores), scores)
    g_optimizer.apply(tape.gradient(g_loss, generator.trainable_variables), generator.trainable_variables)
    return d_loss, g_loss"""


@rule("KM685", "batches-without-update", cause="frozen-weights", severity="error", headline="no weight changes in train_on_batch")
def batches_without_update(loop: LoopFacts) -> Iterator[Hit]:
    """A model whose `train_on_batch` leaves all weights as they were.

    Looks for:
        Calls of `train_on_batch` after which each weight is exactly what it was before the first.
    Why:
        In Keras 3 `trainable = False` counts when the training step is made, at the first `train_on_batch`, not at `compile`. The
        recipe for GANs of Keras 2 (compile the discriminator, then set `trainable = False`, then compile the combined model) so
        freezes the discriminator for its own training as well: it stays at random weights and the generator learns from noise.
    Measured:
        A checksum of each weight before the first and after the last call, and `trainable_variables`.
    Bad:
        discriminator.compile("adam", "binary_crossentropy")
        discriminator.trainable = False                       # Keras 3: its own train_on_batch now trains nothing
        gan = keras.Sequential([generator, discriminator])
    Good:
        Give each network its own optimizer and update in one training step; nothing needs to be frozen.
    Fix:
        A training step with one tape and one optimizer per network.
    Ignore when:
        The loop is only to measure the loss; `test_on_batch` does that.
    Sources:
        Keras 3 migration guide; Keras example: DCGAN with a custom train_step.
    """
    if loop.how != "train_on_batch" or not loop.unchanged or not loop.updates:
        return
    why = "it has no trainable variables (`trainable` is False)" if loop.nothing_trainable else "its gradients changed nothing"
    yield Hit(
        message=f"train_on_batch was called {times(loop.updates)} on {loop.name}, and each of its {loop.weights:,} "
        f"weights is exactly what it was "
        f"before: {why}.",
        evidence={"calls": loop.updates, "weights": loop.weights, "trainable": loop.trainable},
        where=loop.name,
        level=Evidence.CONTRADICTION,
        fix=Fix(name="own-update-per-network", title="Give each network an update of its own", code=_GAN)
        if loop.nothing_trainable and loop.others
        else Fix(
            name="unfreeze", title="Let the model train", code=f"{loop.name}.trainable = True  # before its first train_on_batch"
        )
        if loop.nothing_trainable
        else None,
    )
