"""KM312 a layer that lets too little through."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.architecture._layers import hidden
from keras_magic.facts import DataFacts, LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule(
    "KM312",
    "narrow-bottleneck",
    cause="capacity-too-small",
    severity="warning",
    headline="a hidden layer is too narrow for what must go through it",
)
def narrow_bottleneck(
    model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None, *, least: int = 2, kept: float = 0.05
) -> Iterator[Hit]:
    """A hidden layer that is narrower than what must go through it.

    Looks for:
        A hidden layer with one or two units between wider ones, or with far fewer units than there are outputs.
    Why:
        All that the later layers can know must fit through the narrowest one: two numbers can hardly keep ten classes apart, and
        with ReLU one dead unit is half of it.
    Measured:
        Units of the hidden layers that every way from the inputs to the outputs goes through (not those of a branch that is added,
        multiplied or concatenated later, nor inside custom layers), against units before them and outputs after them. A paired
        trial with a wider network decides.
    Bad:
        Dense(64) -> Dense(2) -> Dense(10, activation="softmax")
    Good:
        Dense(64) -> Dense(32) -> Dense(10, activation="softmax")
    Fix:
        More units in that layer.
    Ignore when:
        The narrow layer is the purpose (the code of an autoencoder: the check takes those into account).
    Sources:
        Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning Systems (ICSE), "wrong network architecture".
    """
    if has_learned(outcome):
        return
    coding = any(t.equals_input for t in data.targets)
    outputs = max((head.units or 1 for head in model.heads), default=1)
    sized = [layer for layer in hidden(model) if layer.units and _all_goes_through(model, layer)]
    narrowest = min(sized, key=lambda layer: layer.units or 0, default=None)
    if narrowest is None or narrowest.units is None:
        return
    units, widest = narrowest.units, max((layer.units or 0) for layer in sized)
    tight = units <= least or (outputs >= 8 and units <= outputs * (kept if coding else 0.4))
    if not tight or (coding and units > least and units > kept * outputs):
        return
    pinched = widest > 4 * units or outputs > units + 1
    yield Hit(
        message=f"Everything goes through the {counted(units, 'unit')} of {narrowest.name}"
        + (f", with {outputs} outputs after it." if outputs > 1 else "."),
        evidence={"units": units, "outputs": outputs, "hidden": [layer.units for layer in sized]},
        where=narrowest.name,
        level=Evidence.PLAUSIBLE if pinched and units <= least else Evidence.HINT,
        fix=fixes.widen(factor=8),
    )


def _all_goes_through(model: ModelFacts, layer: LayerFacts) -> bool:
    """No way from an input to an output goes around the layer, and it has no positions that carry more than its units."""
    if not model.graph_known or layer.within or len(layer.output_shape or ()) > 1:
        return False
    fed = {name for other in model.layers for name in other.inputs}
    ends = {other.name for other in model.layers if other.name not in fed and not other.within} - {layer.name}
    reached = [other.name for other in model.layers if not other.inputs and not other.within and other.name != layer.name]
    seen = set(reached)
    while reached:
        name = reached.pop()
        new = {o.name for o in model.layers if name in o.inputs and o.name not in seen and o.name != layer.name}
        seen |= new
        reached += new
    return not ends & seen
