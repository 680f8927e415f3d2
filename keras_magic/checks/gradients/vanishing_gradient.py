"""KM552 vanishing gradient."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from keras_magic import fixes
from keras_magic.assessment import about, dead_share, early, has_learned
from keras_magic.facts import LayerSeries, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

RECTIFIERS = {"relu", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "mish", "prelu"}
SATURATING = {"sigmoid", "tanh", "softmax", "hard_sigmoid", "softsign"}
NOTHING = 1e-12  # of the last layer's gradient: beyond what float32 adds to a weight of ordinary size


@rule("KM552", "vanishing-gradient", cause="vanishing-gradient", severity="error")
def vanishing_gradient(
    training: TrainingFacts,
    outcome: OutcomeFacts | None = None,
    model: ModelFacts | None = None,
    *,
    ratio: float = 1e-3,
    layers: int = 3,
) -> Iterator[Hit]:
    """Gradients that vanish on their way to the first layers.

    Looks for:
        A first layer whose gradient, relative to its weights, is a thousand times smaller than the last layer's; layers most of
        whose weights are frozen, as with low-rank updates (LoRA), are left out.
    Why:
        The first layers get almost no signal, so they stay at their random start and the last layer has nothing to work with.
        Saturating activations (sigmoid, tanh, softmax) in depth shrink the gradient at every layer.
    Measured:
        Gradient norm / weight norm per layer, median over the first quarter of the samples; first against last layer.
    Bad:
        [keras.layers.Dense(64, activation="sigmoid") for _ in range(8)]
    Good:
        [keras.layers.Dense(64, activation="relu", kernel_initializer="he_uniform") for _ in range(8)]
    Fix:
        ReLU-like hidden activations with He initialisation, BatchNormalization, or skip connections.
    Ignore when:
        The first layers are pretrained or frozen, the network has learned, or its numbers left the range of floats.
    Sources:
        Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks (AISTATS 9).
    """
    if has_learned(outcome) or training.nonfinite is not None or dead_share(training, 0) > 0.8:
        return  # gradients that explode, and dead units, have rules of their own
    frozen = {layer.name for layer in model.layers if 2 * layer.trainable_parameters < layer.parameters} if model else set()
    compared = [layer for layer in training.layers if layer.name not in frozen]  # low-rank updates are small beside what is frozen
    signal = [(layer.name, s) for layer in compared if (s := relative_gradient(layer)) is not None]
    if len(signal) < layers:
        return
    (first, low), (last, high) = signal[0], signal[-1]
    if high <= 0 or low / high >= ratio:
        return
    yield Hit(
        message=f"No gradient reaches {first}: it does not learn."
        if low / high < NOTHING
        else f"The gradient that reaches {first} is {about(low / high)} times that of {last} (relative to their weights): "
        f"the first layers hardly learn.",
        evidence={"relative_gradient": dict(signal), "ratio": low / high},
        where=first,
        level=Evidence.PLAUSIBLE,
        fix=fixes.add_batchnorm() if _rectified(model) else fixes.replace_hidden_activations(activation="relu"),
    )


def _rectified(model: ModelFacts | None) -> bool:
    """No hidden layer saturates: another activation is not what the network lacks."""
    kinds = {layer.effective_activation for layer in model.layers[:-1]} if model else set()
    return bool(kinds & RECTIFIERS) and not kinds & SATURATING


def relative_gradient(layer: LayerSeries) -> float | None:
    """Early median gradient norm / median weight norm of a layer, None when not measured."""
    gradients, weights = early(layer.gradient_norm, layer.steps), [w for w in early(layer.weight_norm, layer.steps) if w > 0]
    return median(gradients) / median(weights) if gradients and weights else None
