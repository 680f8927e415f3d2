"""Train under MirroredStrategy on two logical CPUs, plain and watched; run by test_identity.py in its own process."""

from __future__ import annotations

import keras
import tensorflow as tf

from keras_magic.watch.callback import Watch
from tests.watch import trainings as t


def build() -> keras.Model:
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        return t.small()


def main() -> None:
    device = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
    plain, _ = t.train(build, t.tables, None, epochs=1)
    watched, watch = t.train(build, t.tables, Watch, epochs=1)
    t.assert_identical(plain, watched)
    facts = watch.facts
    assert all(m.startswith(("gradient noise", "time spent waiting")) for m in facts.missing), facts.missing
    assert facts.batch_size == 16, facts.batch_size
    _, single = t.train(t.small, t.tables, Watch, epochs=1)
    for mirrored, alone in zip(facts.layers, single.facts.layers, strict=True):
        if mirrored.gradient_norm:
            assert 0.4 < mirrored.gradient_norm[0] / alone.gradient_norm[0] < 2.5, (mirrored, alone)
    print("identical", facts.initial_loss, single.facts.initial_loss)


if __name__ == "__main__":
    main()
