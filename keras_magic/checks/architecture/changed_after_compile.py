"""KM311 a model that was changed after compile."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.facts import ModelFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM311", "changed-after-compile", cause="not-compiled-after-change", severity="error", explains=("frozen-weights",))
def changed_after_compile(model: ModelFacts, training: TrainingFacts | None = None) -> Iterator[Hit]:
    """Layers frozen, unfrozen or added after the model was compiled and trained.

    Looks for:
        Trainable weights that the optimizer does not know, frozen weights that it still updates, a loss that was replaced.
    Why:
        The first fit traces the training step and builds the optimizer for the weights that are trainable at that moment; later
        fits go on with both. Only compile starts again. (A change between compile and the first fit does count.)
    Measured:
        The optimizer's list of weights against the `trainable` of each layer; `model.loss` against the compiled loss.
    Bad:
        model.fit(x, y); base.trainable = True; model.fit(x, y)
    Good:
        model.fit(x, y); base.trainable = True; model.compile("adam", loss); model.fit(x, y)
    Fix:
        Compile again after the change.
    Ignore when:
        Never.
    Sources:
        keras.Model.compile, note on trainable variables; Keras guide "Transfer learning and fine-tuning".
    """
    unknown = training is not None and training.exception and "Unknown variable" in training.exception.get("message", "")
    if model.stale or unknown:
        layers = listed(list(model.stale)) if model.stale else "layers"
        yield Hit(
            message=f"`trainable` of {layers} changed after the model was compiled and trained: fit goes on with the old list of "
            "weights until the model is compiled again.",
            evidence={"layers": list(model.stale)},
            where=model.stale[0] if model.stale else None,
            level=Evidence.CONTRADICTION,
            fix=fixes.recompile(),
        )
    for part in model.stale_parts:
        yield Hit(
            message=f"`model.{part}` was replaced after compile, which has no effect: the compiled {part} is still in use.",
            evidence={"part": part},
            level=Evidence.CONTRADICTION,
            fix=fixes.recompile(),
        )
