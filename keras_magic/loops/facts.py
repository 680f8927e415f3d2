"""A `Recorder` -> facts: one bundle for each unit that the loop trains."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

import numpy as np

from keras_magic.loop_facts import CallFacts, FunctionFacts, LoopFacts, LossCallFacts, MetricFacts, TwinFacts
from keras_magic.loops import weights
from keras_magic.loops.logs import FunctionLog, ModelLog, UnitLog, VariableLog
from keras_magic.loops.recorder import Recorder, _iterations, _traces
from keras_magic.sources.compiled import read_optimizer
from keras_magic.watch.layers import idle_statistics, named_layers


def trained_units(recorder: Recorder) -> list[UnitLog]:
    """What the loop trains, in the order in which it was first seen: each set of variables with an update of its own, each
    `train_on_batch`, and gradients that belong to no update."""
    batches = [u for u in recorder.units.values() if u.model is not None]
    covered = set().union(*(u.variables for u in batches)) if batches else set()
    updated = [u for u in recorder.units.values() if u.optimizer is not None and u.model is None]
    updated = [u for u in updated if not (u.variables.keys() <= covered and not u.updates)]
    reached = covered.union(*(u.variables for u in updated)) if updated else covered
    lost = [u for u in recorder.units.values() if u.optimizer is None and u.gradients and not (u.variables.keys() & reached)]
    found = [u for u in recorder.units.values() if u in batches or u in updated or u in lost]
    return [u for u in found if u.updates or u.gradients or u.model is not None]


def gradient_of(recorder: Recorder, unit: UnitLog) -> UnitLog:
    """The unit whose gradients these updates take: itself, or the one that was differentiated for more variables at once."""
    if unit.gradients:
        return unit
    wider = [u for u in recorder.units.values() if u.gradients and u.variables.keys() & unit.variables.keys()]
    return max(wider, key=lambda u: len(u.variables.keys() & unit.variables.keys()), default=unit)


def models_of(recorder: Recorder, unit: UnitLog) -> list[ModelLog]:
    """The smallest models that together hold the unit's variables."""
    if unit.model is not None:
        return [recorder.models[id(unit.model)]]
    wanted, found = set(unit.variables), []
    for log in sorted(recorder.models.values(), key=lambda log: len(log.model.variables)):
        own = {id(v) for v in log.model.trainable_variables} | {id(v) for v in log.model.variables}
        if own & wanted:
            found.append(log)
            wanted -= own
    return found


def unit_name(recorder: Recorder, unit: UnitLog) -> str:
    """What the user would call it: the names of its models, else its optimizer."""
    names = [log.name for log in models_of(recorder, unit)]
    if names:
        return " and ".join(names[:3])
    return f"the variables of {unit.optimizer.name}" if unit.optimizer is not None else "the variables"


def loop_facts(recorder: Recorder, unit: UnitLog, names: dict[int, str]) -> LoopFacts:
    """Everything that is known of one unit; `names` are those of all units, by id."""
    models = models_of(recorder, unit)
    source = gradient_of(recorder, unit)
    trainable = _distinct(v for log in models for v in log.model.trainable_variables)
    given = set().union(*(u.variables for u in recorder.units.values() if u.optimizer is not None))
    label = _labels(models)
    ratios = _ratios(unit)
    optimizer = read_optimizer(unit.optimizer) if unit.optimizer is not None else None
    return LoopFacts(
        name=names[id(unit)],
        how=unit.how if unit.optimizer is not None else "GradientTape",
        compiled=unit.compiled or source.compiled,
        updates=_updates(recorder, unit),
        gradients=source.gradients,
        optimizer=type(unit.optimizer).__name__ if unit.optimizer is not None else "",
        learning_rate=optimizer.learning_rate if optimizer else None,
        variables=len(unit.variables),
        trainable=len(trainable),
        left_out=tuple(label(v) for v in trainable if id(v) not in given) if unit.optimizer is not None else (),
        frozen=tuple(label(v.variable) for v in unit.variables.values() if _frozen(v)),
        missing=tuple(label(v.variable) for v in unit.variables.values() if v.given and v.missing == v.given),
        zero=tuple(label(v.variable) for v in unit.variables.values() if v.looked > 1 and v.zero == v.looked),
        gradient_samples=max((v.looked for v in unit.variables.values()), default=0),
        unchanged=_unchanged(models),
        weights=sum(int(np.prod(v.shape)) for v in _distinct(v for log in models for v in log.model.variables)),
        nothing_trainable=bool(models) and not trainable,
        loss_steps=source.losses.steps,
        losses=tuple(source.losses.values),
        loss_is_returned=source.loss_is_returned,
        target_shape=source.target_shape,
        loss_operation=source.loss_operation,
        micro_steps=median(unit.micro) if unit.micro else 1.0,
        summed=bool(unit.sums) and all(unit.sums),
        ratio_steps=tuple(step for step, _ in ratios),
        update_ratio=tuple(ratio for _, ratio in ratios),
        nonfinite=source.nonfinite,
        calls=tuple(_call_facts(log) for log in models),
        broadcasts=tuple(b for b in recorder.operations.broadcasts if _concerns(b, models, recorder)),
        loss_calls=tuple(_loss_calls(recorder, models)),
        functions=tuple(_functions(recorder, unit)),
        metrics=tuple(MetricFacts(name=m.name, results=m.results, resets=m.resets) for m in recorder.metrics.values()),
        twins=tuple(_twins(recorder, models)),
        others=tuple(name for key, name in names.items() if key != id(unit)),
    )


# ---------------------------------------------------------------- inside


def _distinct(variables: Iterable[Any]) -> list[Any]:
    return list({id(v): v for v in variables}.values())


def _updates(recorder: Recorder, unit: UnitLog) -> int:
    """Updates as the optimizer counts them where it serves this unit alone (a loop inside a graph makes many in one call)."""
    alone = sum(u.optimizer is unit.optimizer for u in recorder.units.values() if u.updates or u.compiled) <= 1
    if unit.optimizer is None or not alone or id(unit.optimizer) not in recorder.iterations:
        return unit.updates
    return max(unit.updates, _iterations(unit.optimizer) - recorder.iterations[id(unit.optimizer)])


def _frozen(log: VariableLog) -> bool:
    return getattr(log.variable, "trainable", True) is False and log.given > log.missing


def _labels(models: Sequence[ModelLog]) -> Any:
    """Variable -> "layer/kernel"."""
    found: dict[int, str] = {}
    for log in models:
        for name, layer in named_layers(log.model).items():
            for variable in layer.variables:
                found.setdefault(id(variable), f"{name}/{variable.name}")
    return lambda variable: found.get(id(variable), getattr(variable, "path", None) or getattr(variable, "name", "variable"))


def _ratios(unit: UnitLog) -> list[tuple[int, float]]:
    """|update| / |weights| per sampled update: the largest over the kernels (biases and scales start at zero)."""
    by_step: dict[int, float] = {}
    for log in unit.variables.values():
        if len(getattr(log.variable, "shape", ())) < 2 or "bias" in getattr(log.variable, "name", ""):
            continue
        for step, (update, size, _) in log.samples.samples:
            if size > 0 and math.isfinite(update) and math.isfinite(size):
                by_step[step] = max(by_step.get(step, 0.0), update / size)
    return sorted(by_step.items())


def _unchanged(models: Sequence[ModelLog]) -> bool | None:
    known: list[bool] = []
    for log in models:
        if log.start is None:
            return None
        now = weights.fingerprints(log.model.variables)
        pairs = [(a, b) for a, b in itertools.zip_longest(log.start, now)]
        if any(a is None or b is None for a, b in pairs):
            return None
        known += [a == b for a, b in pairs]
    return all(known) if known else None


def _call_facts(log: ModelLog) -> CallFacts:
    return CallFacts(
        name=log.name,
        calls=log.calls,
        recorded=log.recorded,
        training=log.training,
        behaves=tuple(_behaves(log.model)),
        idle=idle_statistics(log.model),
    )


def _behaves(model: Any) -> Iterator[str]:
    """Layers that do something else in training: dropout, noise, augmentation, batch statistics."""
    import keras

    for name, layer in named_layers(model).items():
        dropping = isinstance(layer, (keras.layers.Dropout, keras.layers.GaussianNoise, keras.layers.GaussianDropout))
        drops = dropping and (getattr(layer, "rate", None) or getattr(layer, "stddev", None))
        recurrent = getattr(layer, "dropout", 0) or getattr(layer, "recurrent_dropout", 0)
        normalises = isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
        if drops or normalises or (isinstance(recurrent, (int, float)) and recurrent):
            yield f"{name} ({type(layer).__name__})"


def _concerns(broadcast: Any, models: Sequence[ModelLog], recorder: Recorder) -> bool:
    names = [log.name for log in models]
    return any(name in broadcast.column or name in broadcast.row for name in names) or len(recorder.models) == 1


def _loss_calls(recorder: Recorder, models: Sequence[ModelLog]) -> Iterator[LossCallFacts]:
    names = [log.name for log in models]
    for log in recorder.losses.values():
        if log.model in names:
            yield LossCallFacts(
                name=log.name,
                from_logits=log.from_logits,
                outputs=log.outputs,
                model=log.model,
                true_shape=log.true_shape,
                predicted_shape=log.predicted_shape,
                low=log.low,
                high=log.high,
            )


def _functions(recorder: Recorder, unit: UnitLog) -> Iterator[FunctionFacts]:
    """The `tf.function`s that update this unit; those made anew from one Python function count as one."""
    mine = [f for f in recorder.functions.values() if unit.key in f.updates or unit.key in f.gradients]
    by_code: dict[Any, list[FunctionLog]] = {}
    for log in mine:
        by_code.setdefault(log.code or id(log), []).append(log)
    for logs in by_code.values():
        varying = {p: vs for log in logs for p, vs in log.plain.items() if len(set(map(str, vs))) > 2}
        yield FunctionFacts(
            name=logs[0].name,
            calls=sum(log.calls for log in logs),
            traces=sum(_traces(log.function) - log.traces_before for log in logs),
            instances=len(logs),
            varying=tuple(f"argument {p} ({', '.join(map(str, vs[:3]))}, ...)" for p, vs in varying.items()),
        )


def _twins(recorder: Recorder, models: Sequence[ModelLog]) -> Iterator[TwinFacts]:
    return iter(())
