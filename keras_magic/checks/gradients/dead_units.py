"""KM551 dead units."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from keras_magic import fixes
from keras_magic.assessment import dead_units_of, has_learned, percent
from keras_magic.facts import OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM551", "dead-units", cause="dead-relu", severity="error", explains=("vanishing-gradient",))
def dead_units(training: TrainingFacts, outcome: OutcomeFacts | None = None, *, share: float = 0.8, rows: int = 8) -> Iterator[Hit]:
    """ReLU units that never fire.

    Looks for:
        Layers with a ReLU-like activation in which most units give zero for every row of the sampled batches.
    Why:
        A unit that is zero for every row passes no gradient back: its weights, and all that lies before it on that path, stop
        learning for good. Large steps and weights or biases that start negative kill units.
    Measured:
        Share of *units* (not values) that are zero for all rows of the sampled batch, per layer; a healthy ReLU layer gives
        many zeros, but few units are zero everywhere. The finding needs `share` of the units at the end of training.
    Bad:
        keras.layers.Dense(64, activation="relu", kernel_initializer=keras.initializers.RandomUniform(-0.6, 0.1))
    Good:
        keras.layers.Dense(64, activation="relu", kernel_initializer="he_uniform")
    Fix:
        He initialisation, a lower learning rate, scaled inputs; LeakyReLU or ELU where units keep dying.
    Ignore when:
        The network has learned and the layer is simply wider than it needs to be.
    Sources:
        Lu et al. 2019, Dying ReLU and Initialization (arXiv 1903.06733); He et al. 2015 (arXiv 1502.01852).
    """
    if has_learned(outcome) or (training.batch_size or rows) < rows:  # a handful of rows leaves many a healthy unit at zero
        return
    if outcome is not None and outcome.nonfinite > 0:
        return
    worst = [(layer, dead) for layer in training.layers if (dead := dead_units_of(layer, training.nonfinite)) and dead[-1] >= share]
    if not worst:
        return
    layer, dead = max(worst, key=lambda pair: pair[1][-1])
    born = dead[0] >= share
    since = "from the first batch on" if born else f"at the end ({percent(dead[0])} at the first batch)"
    if (
        born and training.initial_loss is not None and isfinite(training.initial_loss)
    ):  # no step was taken yet: it is how the layer starts
        yield Hit(
            message=f"{percent(dead[0])} of the units of {layer.name} are zero for every row before the first step: "
            f"its initial weights or biases switch them off.",
            evidence={"dead": {item.name: values[0] for item, values in worst}},
            where=layer.name,
            cause="weight-init",
            level=Evidence.STRONG,
            fix=fixes.replace_initializers(initializer="he_uniform"),
        )
    yield Hit(
        message=f"{percent(dead[-1])} of the units of {layer.name} are zero for every row, {since}"
        + (f"; the same in {counted(len(worst) - 1, 'more layer')}." if len(worst) > 1 else "."),
        evidence={"dead": {item.name: values[-1] for item, values in worst}, "at_start": born},
        where=layer.name,
        level=Evidence.STRONG if born else Evidence.PLAUSIBLE,
        fix=fixes.replace_initializers(initializer="he_uniform")
        if born
        else fixes.replace_hidden_activations(activation="leaky_relu"),
    )
