"""A `Recorder` -> facts: one bundle for each unit that the loop trains."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

import keras
import numpy as np

from keras_magic.loop_facts import CallFacts, FunctionFacts, LoopFacts, LossCallFacts, MetricFacts, RivalFacts, TargetNetworkFacts
from keras_magic.loops import weights
from keras_magic.loops.logs import FunctionLog, ModelLog, UnitLog, VariableLog
from keras_magic.loops.reading import iterations_of, traces_of
from keras_magic.loops.recorder import Recorder
from keras_magic.sources.compiled import read_optimizer
from keras_magic.sources.predicting import predict
from keras_magic.watch.layers import idle_statistics, named_layers


def trained_units(recorder: Recorder) -> list[UnitLog]:
    """What the loop trains, in the order in which it was first seen: each set of variables with an update of its own, each
    `train_on_batch`, and gradients that belong to no update."""
    batches = [u for u in recorder.units.values() if u.model is not None]
    covered = set().union(*(u.variables for u in batches)) if batches else set()
    updated = [u for u in recorder.units.values() if u.optimizer is not None and u.model is None]
    updated = [u for u in updated if not (u.variables.keys() <= covered and not u.updates)]
    reached = covered.union(*(u.variables for u in updated)) if updated else covered
    feeding = {u.source for u in updated}
    lost = [u for u in recorder.units.values() if u.optimizer is None and u.gradients and u.key not in feeding]
    lost = [u for u in lost if not (u.variables.keys() & reached)]
    found = [u for u in recorder.units.values() if u in batches or u in updated or u in lost]
    return [u for u in found if u.updates or u.gradients or u.model is not None]


def gradient_of(recorder: Recorder, unit: UnitLog) -> UnitLog:
    """The unit whose gradients these updates take: itself, or the one that was differentiated for more variables at once."""
    if unit.gradients:
        return unit
    if unit.source in recorder.units:
        return recorder.units[unit.source]
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
        how=unit.how,
        backend=keras.backend.backend(),
        compiled=unit.compiled or source.compiled,
        updates=_updates(recorder, unit),
        gradients=source.gradients,
        optimizer=type(unit.optimizer).__name__ if unit.optimizer is not None else "",
        learning_rate=optimizer.learning_rate if optimizer else None,
        variables=len(unit.variables),
        trainable=len(trainable),
        left_out=tuple(label(v) for v in trainable if id(v) not in given) if unit.optimizer is not None else (),
        untrained=tuple(_untrained(recorder, models, given)) if unit.optimizer is not None else (),
        frozen=tuple(label(v.variable) for v in unit.variables.values() if v.frozen),
        missing=tuple(label(v.variable) for v in unit.variables.values() if v.learns and v.given and v.missing == v.given),
        cut_off=tuple(log.name for log in models if _cut_off(log, unit)) if len(models) > 1 else (),
        zero=tuple(label(v.variable) for v in unit.variables.values() if v.looked > 1 and v.zero == v.looked),
        gradient_samples=max((v.looked for v in unit.variables.values()), default=0),
        unchanged=_unchanged(models),
        weights=sum(int(np.prod(v.shape)) for v in _distinct(v for log in models for v in log.model.variables)),
        nothing_trainable=bool(models) and not trainable,
        **_loss_course(source),
        passes=max(recorder.passes.values(), default=0),
        micro_steps=_micro_steps(unit),
        carried=unit.carried,
        followed=unit.followed,
        never_cleared=recorder.assignments.never_cleared(unit.key, label),
        summed=(bool(unit.sums) and all(unit.sums)) or unit.whole > 1 or _gathered_whole(unit),
        ratio_steps=tuple(step for step, _ in ratios),
        update_ratio=tuple(ratio for _, ratio in ratios),
        **_growth(unit),
        **_code_effect(recorder, models),
        nonfinite=source.nonfinite,
        calls=tuple(_call_facts(log) for log in models),
        broadcasts=tuple(b for b in recorder.operations.broadcasts if _concerns(b, models, recorder)),
        loss_calls=tuple(_loss_calls(recorder, models, alone=len(names) == 1)),
        functions=tuple(_functions(recorder, unit)),
        metrics=tuple(_metrics(recorder)),
        rival=_rival(recorder, unit, names),
        target_networks=tuple(_target_networks(recorder, models)),
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
    return max(unit.updates, iterations_of(unit.optimizer) - recorder.iterations[id(unit.optimizer)])


def _labels(models: Sequence[ModelLog]) -> Any:
    """Variable -> "layer/kernel"."""
    found: dict[int, str] = {}
    for log in models:
        for name, layer in named_layers(log.model).items():
            for variable in layer.variables:
                found.setdefault(id(variable), f"{name}/{variable.name}")
    return lambda variable: found.get(id(variable), getattr(variable, "path", None) or getattr(variable, "name", "variable"))


def _untrained(recorder: Recorder, models: Sequence[ModelLog], given: set[int]) -> Iterator[str]:
    """Models whose output these are given under the tape, called as in training, and none of whose variables is ever updated."""
    for log in recorder.models.values():
        own = log.model.trainable_variables
        feeds = log not in models and log.training and any(log.name in model.given for model in models)
        if feeds and own and not any(id(v) in given for v in own):
            yield log.name


def _gathered_whole(unit: UnitLog) -> bool:
    """The gradients are gathered in variables, and the optimizer is given these, with no division on the way."""
    return unit.accumulators is not None and unit.accumulators.whole and unit.accumulators.given


def _micro_steps(unit: UnitLog) -> float:
    """Gradients per update: in the median, or where these are compiled on the whole."""
    if unit.compiled and unit.gradients and unit.updates:
        return unit.gradients / unit.updates
    return median(unit.micro) if unit.micro else 1.0


def _cut_off(log: ModelLog, unit: UnitLog) -> bool:
    """None of the model's variables has a gradient."""
    own = [unit.variables[id(v)] for v in log.model.trainable_variables if id(v) in unit.variables]
    return bool(own) and all(v.given and v.missing == v.given for v in own)


def _kernels(unit: UnitLog) -> Iterator[VariableLog]:
    """Matrices of weights: biases and scales start at zero or one."""
    for log in unit.variables.values():
        if len(getattr(log.variable, "shape", ())) > 1 and "bias" not in getattr(log.variable, "name", ""):
            yield log


def _growth(unit: UnitLog) -> dict[str, Any]:
    """How much the kernels grew: the one that grew most, and all together."""
    sizes = [[size for _, (_, size, _) in log.samples.samples if size > 0 and math.isfinite(size)] for log in _kernels(unit)]
    ends = [(each[0], each[-1]) for each in sizes if len(each) > 1]
    if not ends:
        return {}
    first, last = (math.hypot(*side) for side in zip(*ends, strict=True))
    return {"weight_growth": max(end / start for start, end in ends), "whole_growth": last / first}


def _ratios(unit: UnitLog) -> list[tuple[int, float]]:
    """|update| / |weights| per sampled update: the largest over the kernels."""
    by_step: dict[int, float] = {}
    for log in _kernels(unit):
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


def _loss_calls(recorder: Recorder, models: Sequence[ModelLog], alone: bool) -> Iterator[LossCallFacts]:
    """Losses on outputs of these models; also those on what cannot be traced to a model where the loop trains nothing else."""
    names = [log.name for log in models]
    for (kind, activation), model in recorder.operations.twice.items():
        if model in names or not model:
            yield LossCallFacts(name=kind, from_logits=True, outputs=activation.lower(), model=model or names[0])
    for log in recorder.losses.values():
        if log.model in names or (alone and not log.model):
            yield LossCallFacts(
                name=log.name,
                from_logits=log.from_logits,
                outputs=log.outputs,
                model=log.model,
                true_shape=log.true_shape,
                predicted_shape=log.predicted_shape,
                rescued=log.rescued,
                low=log.low,
                high=log.high,
            )


def _functions(recorder: Recorder, unit: UnitLog) -> Iterator[FunctionFacts]:
    """The `tf.function`s that update this unit; those rebuilt from one Python function count as one."""
    mine = [f for f in recorder.functions.values() if unit.key in f.updates or unit.key in f.gradients]
    by_code: dict[Any, list[FunctionLog]] = {}
    for log in mine:
        by_code.setdefault(log.code or id(log), []).append(log)
    for logs in by_code.values():
        varying = {p: vs for log in logs for p, vs in log.plain.items() if len(set(map(str, vs))) > 2}
        yield FunctionFacts(
            name=logs[0].name,
            calls=sum(log.calls for log in logs),
            traces=sum(traces_of(log.function) - log.traces_before for log in logs),
            instances=len(logs),
            varying=tuple(f"argument {p} ({', '.join(map(str, vs[:3]))}, ...)" for p, vs in varying.items()),
        )


def _loss_course(source: UnitLog) -> dict[str, Any]:
    """What was differentiated."""
    return {
        "loss_steps": source.losses.steps,
        "losses": tuple(source.losses.values),
        "loss_is_returned": source.loss_is_returned,
        "target_shape": source.target_shape,
        "loss_operation": source.loss_operation,
    }


def _code_effect(recorder: Recorder, models: Sequence[ModelLog]) -> dict[str, Any]:
    """How much the decoder among these models, the one that is given what another one made, makes of its code: it is asked for 256
    codes from a standard normal distribution."""
    names = {log.name for log in models}
    fed = [log for log in models if names & log.given - {log.name}]
    shape = tuple(getattr(fed[0].model, "input_shape", None) or ()) if len(fed) == 1 else ()
    if len(shape) != 2 or shape[1] is None or not recorder.operations.draws_normal:
        return {}
    codes = np.random.default_rng(0).normal(size=(256, shape[1])).astype("float32")
    outputs = predict(fed[0].model, codes)
    if (
        not isinstance(outputs, np.ndarray)
        or outputs.size == len(outputs)
        or not np.isfinite(outputs).all()
        or not outputs.std() > 0
    ):
        return {}
    return {"decoder": fed[0].name, "code_effect": float(outputs.std(axis=0).mean() / outputs.std())}


def _metrics(recorder: Recorder) -> Iterator[MetricFacts]:
    for log in recorder.metrics.values():
        yield MetricFacts(name=log.name, results=log.results, resets=log.resets, passes=len(log.passes))


def _target_networks(recorder: Recorder, models: Sequence[ModelLog]) -> Iterator[TargetNetworkFacts]:
    """Models of the same form as the one that is trained, called by the loop and updated by no optimizer."""
    if len(models) != 1:
        return
    mine, trained = models[0], set().union(*(u.variables for u in recorder.units.values() if u.optimizer is not None))
    form = [tuple(w.shape) for w in mine.model.weights]
    for log in recorder.models.values():
        alike = log is not mine and log.calls and [tuple(w.shape) for w in log.model.weights] == form
        if not alike or log.start is None or {id(v) for v in log.model.trainable_variables} & trained:
            continue
        changed = _of_weights(log, weights.fingerprints(log.model.variables)) != _of_weights(log, log.start)
        key, rewarded = id(log.model), log.name in recorder.operations.added_to
        yield TargetNetworkFacts(
            name=log.name,
            changed=changed,
            equal_at_start=_of_weights(log, log.start) == _of_weights(mine, mine.start),
            own_inputs=log.apart[id(mine.model)] > 0,
            initial=not changed and starts_of(log.model),
            compared=mine.compared[key] or rewarded * mine.beside[key],
            equal=mine.equal[key] or rewarded * mine.equal_beside[key],
        )


def _of_weights(log: ModelLog, marks: tuple[int | None, ...] | None) -> list[int | None]:
    """Of the marks of a model's variables those of its weights: the seeds of dropout change with each call."""
    known = {id(v) for v in log.model.weights}
    return [mark for v, mark in zip(log.model.variables, marks or (), strict=False) if id(v) in known]


def starts_of(model: Any) -> bool:
    """The trainable weights that start as zeros or ones are exactly that, and there are some."""
    found = []
    for layer in named_layers(model).values():
        for name, start in (("bias", 0.0), ("beta", 0.0), ("gamma", 1.0)):
            maker = type(getattr(layer, f"{name}_initializer", None)).__name__
            variable = getattr(layer, name, None)
            if maker in ("Zeros", "Ones") and variable is not None and variable.trainable:
                value = weights.values(variable)
                found.append(value is not None and bool((value == start).all()) and (maker == "Ones") == bool(start))
    return bool(found) and all(found)


def _rival(recorder: Recorder, unit: UnitLog, names: dict[int, str]) -> RivalFacts | None:
    """The unit of the network that this one judges (a discriminator's generator), where each has a loss of its own."""
    judges = models_of(recorder, unit)
    if len(judges) != 1:
        return None
    judge = judges[0]
    for other in trained_units(recorder):
        if other is unit or gradient_of(recorder, other) is gradient_of(recorder, unit):
            continue
        makers = models_of(recorder, other)
        fed = any(judge.fed_by[log.name] for log in makers)
        inside = unit.model is not None and other.model is not None and _holds(other.model, unit.model)
        if fed or inside:
            one, two = gradient_of(recorder, other), gradient_of(recorder, unit)
            return RivalFacts(
                maker=names[id(other)],
                judge=names[id(unit)],
                maker_losses=tuple(one.losses.values),
                judge_losses=tuple(two.losses.values),
                logarithmic=two.logs or "crossentropy" in str(getattr(unit.model, "loss", "")).lower(),
            )
    return None


def _holds(model: Any, part: Any) -> bool:
    """`part` is a part of `model`: a combined GAN holds its discriminator."""
    own = {id(v) for v in model.variables}
    return model is not part and all(id(v) in own for v in part.variables)
