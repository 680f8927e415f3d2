"""KM322 variables that Keras does not know."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned
from keras_magic.facts import ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule
from keras_magic.words import either, listed


@rule(
    "KM322",
    "untracked-variables",
    cause="frozen-weights",
    severity="error",
    explains=("learning-rate-too-low", "capacity-too-small", "epochs-too-few"),
    headline="Keras 3 does not train variables of TensorFlow",
)
def untracked_variables(model: ModelFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Variables of TensorFlow in a layer of one's own, which Keras 3 does not train.

    Looks for:
        A layer of the user's own that holds `tf.Variable`s, as was usual with Keras 2.
    Why:
        Keras 3 trains the weights that `add_weight` or `keras.Variable` made. A `tf.Variable` is a plain attribute to it: it gets
        no gradient, is not saved, and stays as it started.
    Measured:
        Attributes of the layers; those variables do not occur among `model.weights`.
    Bad:
        def build(self, shape): self.w = tf.Variable(tf.random.normal((shape[-1], self.units)))
    Good:
        def build(self, shape): self.w = self.add_weight(shape=(shape[-1], self.units), name="w")
    Fix:
        `self.add_weight(...)`.
    Ignore when:
        The layer's values are fixed on purpose.
    Sources:
        Keras guide: Making new layers and models via subclassing; Keras 3 migration guide (tf.Variable in layers).
    """
    found = [layer for layer in model.layers if layer.untracked]
    if not found or has_learned(outcome):
        return
    count = sum(layer.untracked for layer in found)
    yield Hit(
        message=f"{listed([layer.name for layer in found])} {either(len(found), 'holds', 'hold')} {count:,} values in "
        f"tf.Variables; Keras 3 neither trains nor saves them. It trains the other {model.trainable_parameters:,} weights only.",
        evidence={"layers": [layer.name for layer in found], "untracked": count, "trainable": model.trainable_parameters},
        where=found[0].name,
        level=Evidence.CONTRADICTION,
        fix=Fix(
            name="track-variables",
            title="Make the weights with add_weight",
            code='self.w = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform", name="w")   # in build()',
        ),
    )
