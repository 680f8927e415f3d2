"""KM118 padding at the end that a recurrent layer reads."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from keras_magic import fixes
from keras_magic.assessment import has_learned, is_failing, number, percent
from keras_magic.checks.architecture._layers import before
from keras_magic.checks.gradients._layers import recurrent
from keras_magic.checks.inputs._common import lookup
from keras_magic.facts import DataFacts, InputFacts, LayerFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.names import YOUR
from keras_magic.rules import rule


@rule("KM118", "unmasked-padding", cause="vanishing-gradient", severity="info", headline="padding is not masked")
def unmasked_padding(
    data: DataFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    share: float = 0.3,
    steps: int = 20,
) -> Iterator[Hit]:
    """Padding at the end of sequences that a recurrent layer reads.

    Looks for:
        Sequences filled up with zeros at the end, on average at least `share` of their length and `steps` steps, before a recurrent
        layer that returns its last state only and gets no mask. A Masking layer whose mask_value is not what fills the rows up.
    Why:
        The last state is what is left after all the zeros have been read: what came before is forgotten on the way, and so is
        its gradient.
    Measured:
        Share of zeros at the end of a sample of rows; `mask_zero` of embeddings and Masking layers on the way to the layer. Of
        sequences of numbers: the very same step at the end of rows of different length, and the mask_value of a Masking layer.
    Bad:
        x = pad_sequences(x, padding="post"); Embedding(5000, 32); LSTM(32)
    Good:
        x = pad_sequences(x, padding="post"); Embedding(5000, 32, mask_zero=True); LSTM(32)
    Fix:
        `mask_zero=True` on the Embedding, a Masking layer before the recurrent one, or `padding="pre"`.
    Ignore when:
        Zero is a value like any other, or what counts stands at the end.
    Sources:
        Keras guide: Understanding masking and padding; Dwarampudi and Reddy 2019, Effects of padding on LSTMs and CNNs.
    """
    if has_learned(outcome):
        return
    yield from _masked_in_vain(data, model, is_failing(outcome, training))
    if not model.graph_known:
        return
    padded = [f for f in data.inputs if f.padding_side == "post" and f.padding >= share and f.padding * _length(f) >= steps]
    inputs = {name: name for name in model.input_shapes}
    for layer, _ in recurrent(model):
        if layer.options.get("return_sequences") or layer.options.get("go_backwards"):
            continue
        way = list(before(model, layer))
        if any(other.kind == "Masking" or other.options.get("mask_zero") for other in way):
            continue
        reached = {other.name for other in way} | set(layer.inputs)
        for fact in padded:
            if len(data.inputs) > 1 and lookup(inputs, model, data, fact) not in reached:
                continue
            yield Hit(
                message=f"Padding is unmasked: {fact.padding * _length(fact):.0f} of {_length(fact)} steps of {fact.name} are "
                f"zeros on average, at the end; {layer.name} ({layer.kind}) reads them last and passes on what it remembers then.",
                evidence={"padding": fact.padding, "steps": _length(fact), "layer": layer.name},
                where=layer.name,
                severity="warning" if is_failing(outcome, training) else "info",
                level=Evidence.PLAUSIBLE if layer.kind == "SimpleRNN" or fact.padding > 0.6 else Evidence.HINT,
                fix=_fix(layer, way),
            )


def _masked_in_vain(data: DataFacts, model: ModelFacts, failing: bool) -> Iterator[Hit]:
    """Rows that were filled up and scaled afterwards: what fills them up is not the value that Masking looks for."""
    if len(data.inputs) != 1 or not data.inputs[0].filler:
        return
    (fact,) = data.inputs
    for place, layer in enumerate(model.layers):
        value = layer.options.get("mask_value")
        if layer.kind != "Masking" or value is None or any(other.kind != "InputLayer" for other in model.layers[:place]):
            continue
        if all(isclose(filled, value, rel_tol=1e-6) for filled in fact.filler):
            continue
        step = ", ".join(number(filled) for filled in fact.filler[:4]) + ", ..." * (len(fact.filler) > 4)
        yield Hit(
            message=f"{layer.name} masks steps of {number(value)}, but what fills up the rows of {fact.name} is ({step}): "
            f"{percent(fact.filler_share)} of the steps are padding that is read as if it were measured.",
            evidence={"filler": fact.filler, "share": fact.filler_share, "mask_value": value},
            where=layer.name,
            severity="error" if failing else "warning",
            level=Evidence.MEASURED,
            cause="masking",
            headline="Masking does not mask the padding",
            fix=Fix(
                name="pad-after-scaling",
                title="Scale before padding",
                code=f"# fit and apply the scaler to the rows as they are, then fill them up with {number(value)}:\n"
                f"# {YOUR.x} = keras.utils.pad_sequences(scaled_rows, padding='post', dtype='float32', value={value})",
            ),
        )


def _length(fact: InputFacts) -> int:
    return (fact.shape[0] if fact.shape else None) or 0


def _fix(layer: LayerFacts, way: list[LayerFacts]) -> Fix | None:
    """None where layers on the way turn zeros into other values."""
    if embeddings := [other.name for other in way if other.kind == "Embedding"]:
        return fixes.mask_padding(layers=embeddings)
    return fixes.mask_padding(before=layer.name) if all(other.kind == "InputLayer" for other in way) else None
