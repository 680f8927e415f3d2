"""KM504 units that start alike."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number, skill_of
from keras_magic.checks.gradients._layers import activation_of, feedforward
from keras_magic.checks.head._pairs import severity_of
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule
from keras_magic.words import listed

_CUT = ("relu", "relu6")  # no gradient at zero
_CONSTANT = ("Zeros", "Ones", "Constant")


@rule(
    "KM504",
    "identical-initial-weights",
    cause="weight-init",
    severity="error",
    explains=("dead-relu", "vanishing-gradient"),
    headline="hidden units all start alike",
)
def identical_initial_weights(
    model: ModelFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None
) -> Iterator[Hit]:
    """Hidden units that all start with the same weights.

    Looks for:
        Hidden kernels in which all values are equal at the start: zeros, ones or another constant. In a layer of your own: two or
        more matrices of zeros that the training left at zero.
    Why:
        Units with equal weights compute the same. Where the next layer starts with equal weights too, they get the same gradient
        and stay equal for ever: the layer is worth one unit. Zeros under ReLU pass no gradient at all.
    Measured:
        Distinct values of each hidden kernel before training; its initialiser where the model was not built yet. Of a layer of your
        own also whether its matrices are exactly the same after the training.
    Bad:
        keras.layers.Dense(64, activation="relu", kernel_initializer="zeros")
    Good:
        keras.layers.Dense(64, activation="relu", kernel_initializer="he_uniform")
    Fix:
        A random initialiser: Keras' default, or He for ReLU.
    Ignore when:
        Only the last layer, or a single linear one (the log-variance of a variational autoencoder), starts at zero: what lies
        after it separates its units in the first step (reported only where the network failed).
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 8.4.
    """
    yield from _still_zero(model, training, outcome)
    found = [(layer, value) for layer in feedforward(model) if (value := _constant(layer)) is not None]
    dead = [layer for layer, _ in found if layer.trainable and (layer.units or 2) > 1]
    if not dead:
        return
    value = next(v for layer, v in found if layer is dead[0])
    exact = len(dead) > 1 or (value == 0 and activation_of(dead[0]) in _CUT)
    if not exact and skill_of(outcome) is None:
        return
    yield Hit(
        message=f"All weights of {dead[0].name}{' and others' if len(dead) > 1 else ''} start at {number(value)}: its "
        f"{dead[0].units} units compute the same{' and stay the same' if exact else ''}.",
        evidence={"layers": [layer.name for layer in dead], "value": value},
        where=dead[0].name,
        severity=severity_of(outcome),
        level=Evidence.CONTRADICTION if exact else Evidence.STRONG,
        fix=fixes.replace_initializers(initializer="auto", layers=[layer.name for layer in dead]),
    )


def _still_zero(model: ModelFacts, training: TrainingFacts | None, outcome: OutcomeFacts | None) -> Iterator[Hit]:
    """Matrices of a custom layer that multiply each other: each is the factor of the other's gradient, so that none moves."""
    unmoved = set(training.unmoved) if training is not None else set()
    stuck: dict[str, list[str]] = {}
    for layer in model.layers:
        zero = [role for role, s in layer.weight_stats.items() if s.get("distinct") == 1 and s.get("mean") == 0 and s["size"] > 1]
        mine = [role for role in zero if f"{layer.name}/{role}" in unmoved]
        if len(mine) > 1 and "class" not in layer.initializer:
            stuck[layer.name] = mine
    if stuck:
        first, weights = next(iter(stuck.items()))
        yield Hit(
            message=f"{listed(weights)} of {first}{' and others' if len(stuck) > 1 else ''} start at 0, and after the training all "
            "of them are still exactly 0: each is a factor of the other's gradient, so this part of the network never learns.",
            evidence={"layers": list(stuck), "weights": weights},
            where=first,
            severity=severity_of(outcome),
            level=Evidence.CONTRADICTION,
            fix=Fix(
                name="random-weights",
                title="Start all but the last of these weights at random",
                code=f'# in build() of your layer: self.{weights[0]} = self.add_weight(..., initializer="glorot_uniform")',
            ),
        )


def _constant(layer: LayerFacts) -> float | None:
    """The one value of a kernel whose values are all equal."""
    kernel = layer.weight_stats.get("kernel")
    if kernel is not None:
        return kernel["mean"] if kernel.get("distinct") == 1 and kernel["size"] > 1 else None
    name = layer.initializer.get("class")
    if name not in _CONSTANT:
        return None
    return {"Zeros": 0.0, "Ones": 1.0}.get(name, layer.initializer.get("config", {}).get("value", 0.0))
