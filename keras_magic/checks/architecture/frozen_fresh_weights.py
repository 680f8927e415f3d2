"""KM310 frozen weights that were never trained."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod, sqrt

from keras_magic import fixes
from keras_magic.assessment import has_learned, percent
from keras_magic.checks.architecture._layers import is_map
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts, PartFacts, StoryFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule
from keras_magic.words import counted, listed

#: What follows where most of a network is random and fixed: it learns too little for its rate, its size, its epochs.
COMPANIONS = (
    "vanishing-gradient", "dead-relu", "batchnorm", "learning-rate-too-low", "capacity-too-small", "epochs-too-few", "optimizer",
)  # fmt: skip


@rule("KM310", "frozen-fresh-weights", cause="frozen-weights", severity="error", explains=COMPANIONS)
def frozen_fresh_weights(model: ModelFacts, outcome: OutcomeFacts | None = None, story: StoryFacts | None = None) -> Iterator[Hit]:
    """Weights that should learn but are frozen.

    Looks for:
        A model without any trainable weight; frozen layers whose weights are still as an initialiser leaves them, or all the same.
    Why:
        Frozen layers stay as they are. That is right for a pretrained base, but random weights pass on random mixtures, and a
        table of zeros (no word was found in the file of vectors) passes on nothing.
    Measured:
        Numbers of trainable and frozen weights; whether frozen kernels look fresh: biases all zero, values within the bounds and
        with the spread of their initialiser. Where layers were unfrozen between two fits, also as they were in the fits before.
    Bad:
        base = build_encoder(); base.trainable = False
    Good:
        base = keras.applications.MobileNetV2(weights="imagenet", include_top=False); base.trainable = False
    Fix:
        trainable = True and compile again, or load trained weights.
    Ignore when:
        Random features are wanted, as in reservoir computing.
    Sources:
        Keras guide "Transfer learning and fine-tuning".
    """
    frozen, fresh = _frozen(model)
    if story is not None and story.before is not None and not frozen and not has_learned(outcome):
        yield from _in_stage(story.before, story.parts[0])
    if model.parameters and not model.trainable_parameters:
        some = [layer.name for layer in fresh] if len(fresh) < len(frozen) else None
        yield Hit(
            message=f"None of the {model.parameters:,} weights is trainable: fit changes nothing.",
            evidence={"parameters": model.parameters, "trainable": 0},
            severity="error",
            level=Evidence.CONTRADICTION,
            fix=fixes.unfreeze(layers=some),
        )
        return
    empty = [layer for layer in frozen if _is_empty(layer)]
    if empty and not has_learned(outcome):
        count = sum(layer.parameters for layer in empty)
        yield Hit(
            message=f"{listed([layer.name for layer in empty])} ({count:,} weights) are frozen, and all their weights are the same "
            "number: what comes in is lost there, and training can't change it.",
            evidence={"frozen": [layer.name for layer in empty], "weights": count},
            where=empty[0].name,
            severity="error",
            level=Evidence.CONTRADICTION,
            fix=fixes.unfreeze(layers=[layer.name for layer in empty]),
        )
        return
    if not fresh or len(fresh) < len(frozen) or has_learned(outcome):
        return
    count = sum(layer.parameters for layer in model.layers if layer in fresh or _stands_still(layer))
    share = count / max(1, model.parameters)
    yield Hit(
        message=f"{listed([layer.name for layer in fresh])} ({count:,} of {model.parameters:,} weights) are frozen, and their "
        f"weights are random as they were created: {percent(share)} of the network can't learn.",
        evidence={"frozen": [layer.name for layer in fresh], "weights": count, "share": share},
        where=fresh[0].name,
        severity="error" if share > 0.3 else "warning",
        level=Evidence.MEASURED if share > 0.3 else Evidence.PLAUSIBLE,
        fix=fixes.unfreeze(),
    )


def _frozen(model: ModelFacts) -> tuple[list[LayerFacts], list[LayerFacts]]:
    """The frozen layers that learn a map, and those of them that look fresh."""
    mapped = [layer for layer in model.layers if layer.parameters and (is_map(layer) or layer.kind == "Embedding")]
    frozen = [layer for layer in mapped if not layer.trainable_parameters]
    return frozen, [layer for layer in frozen if looks_fresh(layer)]


def _in_stage(model: ModelFacts, part: PartFacts, most: float = 0.3) -> Iterator[Hit]:
    """Layers that were frozen in the first fits only: a base that was created or cloned, but never given trained weights."""
    frozen, fresh = _frozen(model)
    count = sum(layer.parameters for layer in fresh)
    share = count / max(1, model.parameters)
    if not fresh or len(fresh) < len(frozen) or share < most:
        return
    yield Hit(
        message=f"In the {counted(part.epochs, 'epoch')} before layers were unfrozen, {listed([layer.name for layer in fresh])} "
        f"({count:,} of {model.parameters:,} weights) were frozen, and random as they were created: what the head learned then, it "
        "learned of random features.",
        evidence={"frozen": [layer.name for layer in fresh], "weights": count, "share": share, "epochs": part.epochs},
        where=fresh[0].name,
        severity="error",
        level=Evidence.MEASURED,
        fix=Fix(
            name="set-trained-weights",
            title="Give the frozen layers trained weights",
            code="# a cloned or newly created base starts at random; before it is frozen:\n"
            "# base.set_weights(trained_base.get_weights())",
        ),
        headline="the frozen layers have random weights",
    )


def _stands_still(layer: LayerFacts) -> bool:
    """Frozen as well, whatever its kind: the BatchNormalization of a frozen base."""
    return bool(layer.parameters) and not layer.trainable and not layer.trainable_parameters


def _is_empty(layer: LayerFacts) -> bool:
    """A table or a kernel that was never filled."""
    values = layer.weight_stats.get("embeddings") or layer.weight_stats.get("kernel") or {}
    return values.get("size", 0) > 8 and values.get("distinct") == 1


def looks_fresh(layer: LayerFacts) -> bool:
    """Kernel (or embeddings) with the spread and within the bounds of its initialiser, and zero biases: training changes both."""
    if layer.kind == "Embedding":
        return _fresh_rows(layer)
    kernel, bias = layer.weight_stats.get("kernel"), layer.weight_stats.get("bias")
    name = str(layer.initializer.get("class", ""))
    if kernel is None or "std" not in kernel or (bias is not None and bias.get("absmean", 0.0) != 0.0 and "LSTM" not in layer.kind):
        return False
    fan_in, positions = kernel["fan_in"], prod(layer.options.get("kernel_size", (1,)))
    fan_out = kernel["size"] / max(1.0, fan_in) * positions
    expected = {"Glorot": sqrt(2 / (fan_in + fan_out)), "He": sqrt(2 / fan_in), "Lecun": sqrt(1 / fan_in)}
    std = next((s for start, s in expected.items() if name.startswith(start)), None)
    if std is None:
        return bias is not None and kernel["size"] > 1
    bound = 3**0.5 * std * 1.001
    within = not name.endswith("Uniform") or (kernel["max"] <= bound and -kernel["min"] <= bound)
    return within and 0.7 < kernel["std"] / std < 1.3


def _fresh_rows(layer: LayerFacts, bound: float = 0.05) -> bool:
    """Embeddings as Keras starts them, evenly between -0.05 and 0.05: trained vectors keep no such bound."""
    rows = layer.weight_stats.get("embeddings")
    if rows is None or "std" not in rows:
        return False
    return max(rows["max"], -rows["min"]) <= 1.001 * bound and 0.9 < rows["std"] * sqrt(3) / bound < 1.1
