"""KM308 misused batch normalisation."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import few_updates, has_learned, left_of_start, number, pretrained_statistics
from keras_magic.checks.architecture._layers import before, is_last, learns
from keras_magic.facts import DataFacts, LayerFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM308", "misused-batchnorm", cause="batchnorm", severity="warning")
def misused_batchnorm(
    model: ModelFacts,
    data: DataFacts | None = None,
    training: TrainingFacts | None = None,
    outcome: OutcomeFacts | None = None,
    *,
    memory: float = 0.3,
    batch: int = 4,
) -> Iterator[Hit]:
    """BatchNormalization that can't do its work.

    Looks for:
        Moving averages too slow for the number of steps, batches of a few rows, normalisation of the output, of another axis
        than the features, or frozen with fresh statistics; a large epsilon; averages that no step has moved.
    Why:
        Training normalises by the batch, prediction by moving averages. Averages that are still near their start, or noise of
        tiny batches, make the two differ: training looks good and validation does not. Behind the last layer it removes the
        scale that the answer needs.
    Measured:
        momentum to the power of the steps done (what is left of the start value), rows per step, place and axis of the layers.
    Bad:
        keras.layers.BatchNormalization(momentum=0.9999)   # in a run of 500 steps
    Good:
        keras.layers.BatchNormalization(momentum=0.9)
    Fix:
        momentum 0.9 in short runs, batches of 16 and more (or LayerNormalization), none after the last layer, axis=-1.
    Ignore when:
        The layers are pretrained and their statistics fit the data. Slow averages are not reported where a few epochs made fewer
        updates than averages of the default momentum need: then the training was too short (KM703).
    Sources:
        Ioffe and Szegedy 2015 (arXiv 1502.03167); Wu and He 2018, Group Normalization (arXiv 1803.08494), figure 1.
    """
    if has_learned(outcome):
        return
    if training is not None and training.idle_statistics:
        first = training.idle_statistics[0]
        yield Hit(
            message=f"After {counted(training.steps_done, 'update')} the moving averages of {first} are still exactly 0 and 1: the "
            "train step calls the model without training=True, so that nothing is normalised.",
            evidence={"layers": list(training.idle_statistics), "steps": training.steps_done},
            where=first,
            severity="error",
            level=Evidence.CONTRADICTION,
            fix=_in_training_mode(),
        )
        return
    steps = training.steps_done if training and not few_updates(training) else 0
    rows = (training.batch_size if training else None) or (data.batch_size if data else None)
    for layer in model.layers:
        problem = _problem(model, layer, steps, rows, memory, batch) if layer.kind == "BatchNormalization" else None
        if problem is None:
            continue
        message, level = problem
        yield Hit(
            message=message,
            evidence={"momentum": layer.options.get("momentum"), "axis": layer.options.get("axis"), "steps": steps, "rows": rows},
            where=layer.name,
            severity="error" if level >= Evidence.STRONG else None,
            level=level,
            fix=fixes.fix_batchnorm(),
        )
        return  # one of them is enough


def _problem(
    model: ModelFacts, layer: LayerFacts, steps: int, rows: int | None, memory: float, batch: int
) -> tuple[str, Evidence] | None:
    momentum, axis, epsilon = (layer.options.get(k) for k in ("momentum", "axis", "epsilon"))
    left = left_of_start(layer, steps)
    if left > memory:
        text = f"After {steps} steps the moving averages of {layer.name} (momentum {momentum}) still hold {number(left)} of their "
        return (
            text + "start values: predictions are normalised by them.",
            Evidence.STRONG if momentum and momentum > 0.99 else Evidence.PLAUSIBLE,
        )
    if is_last(model, layer) and any(map(learns, before(model, layer))):
        return (
            f"{layer.name} comes after the last layer with weights and removes the scale and offset that the answer needs.",
            Evidence.PLAUSIBLE,
        )
    rank = len(layer.input_shape or ())
    if isinstance(axis, int) and rank >= 2 and axis not in (-1, rank) and not _channels_first(model):
        return (
            f"{layer.name} normalises axis {axis} of rows of shape {layer.input_shape}; the features are on axis -1.",
            Evidence.PLAUSIBLE,
        )
    if not layer.trainable and not pretrained_statistics(layer) and layer.weight_stats:
        return f"{layer.name} is frozen with fresh statistics (mean 0, variance 1): it normalises nothing.", Evidence.PLAUSIBLE
    if isinstance(epsilon, float) and epsilon >= 0.1:
        return f"{layer.name} has epsilon={epsilon:g}, which dominates variances smaller than it.", Evidence.PLAUSIBLE
    if rows is not None and rows <= batch:
        return (
            f"{layer.name} normalises by batches of {counted(rows, 'row')}: their mean and variance are noise.",
            Evidence.PLAUSIBLE,
        )
    return None


def _channels_first(model: ModelFacts) -> bool:
    return any(layer.options.get("data_format") == "channels_first" for layer in model.layers)


def _in_training_mode() -> Fix:
    return Fix(
        name="train-in-training-mode",
        title="Call the model with training=True in your train step",
        code=code(f"""
            def train_step(self, data):
                ...
                y_pred = self(inputs, training=True)    # and hand `training` on to the layers in call()

            # without a train step of your own: {YOUR.model} calls its BatchNormalization with training=False in call()
        """),
    )
