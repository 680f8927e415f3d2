"""One `fit`, from start to finding: measure, train as the user would, judge, try, rank."""

from __future__ import annotations

import inspect
import math
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keras_magic.clock import Clock
from keras_magic.diagnosis.investigation import investigate, measure_rate, untrained, worth_trying
from keras_magic.diagnosis.options import Options, guarded
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.errors import text_of
from keras_magic.facts import DataFacts, Facts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.run import Run

PREDICTING = 0.5  # seconds in which the trained network is asked for predictions, or
EPOCH = 2.0  # seconds of an epoch that is read once more
AUDIT = 1 / 4  # share of the seconds in which the data is looked at before the training,
LONGEST_AUDIT, SHORTEST_AUDIT = 5.0, 1.0  # within these bounds
SHARE = 0.02  # of the training's time, where that is more: all that a diagnosis of a healthy network costs, nearly


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A fit that was watched and is not judged yet.

    Args:
        seen: rows that were read before the training; history: what `fit` returned; exception: what it raised, or None.
        seconds: time that watching it took beside the training.
    """

    run: Run
    facts: Facts
    seen: Any = None
    history: Any = None
    exception: BaseException | None = None
    seconds: float = 0.0
    training_seconds: float = 0.0


def diagnose_fit(fit: Callable[..., Any], model: Any, arguments: dict[str, Any], options: Options) -> Diagnosis:
    """Call `fit(model, **arguments)` watched, and judge it.

    What the training raises is kept in the diagnosis' `exception`; the caller decides whether to raise it again.
    """
    return conclude(watch_fit(fit, model, arguments, options), options)


def watch_fit(fit: Callable[..., Any], model: Any, arguments: dict[str, Any], options: Options, *, again: bool = False) -> Watched:
    """Call `fit(model, **arguments)` watched.

    Args:
        again: a later fit of a model that is known: data and model are not looked at.
    """
    from keras_magic.watch.traces import forgotten
    from keras_magic.watch.watcher import Watcher

    started = time.perf_counter()
    if not again:
        options.stages.doing_now("looking at the data and the model")
    try:
        run, facts = _once_more(model, arguments, options) if again else before_training(model, arguments, options)
    except KeyboardInterrupt as interrupt:  # of what was looked at before the training
        run = Run(model=model, names=options.names)
        return Watched(run=run, facts=Facts(names=dict(options.names)), exception=interrupt)
    seen = None if again else _seen(run)
    live, quiet = _own_lines(model, run.fit_arguments, options)
    if live is None:  # other lines follow
        options.stages.over_now()
    else:  # our own take its place; until the first of them the step is traced, which takes long in a deep network
        options.stages.doing_now("starting the training")
    watcher = Watcher(model, budget=options.budget, listener=live, arguments=run.fit_arguments)
    training_seconds = -time.perf_counter()
    history, exception = None, None
    try:
        with forgotten(), watcher:
            callbacks = _callbacks(run.fit_arguments.get("callbacks"), watcher.callback)
            history = fit(model, x=run.x, y=run.y, **{**run.fit_arguments, "callbacks": callbacks, **quiet})
    except BaseException as error:
        exception = error
    training_seconds += time.perf_counter()
    facts = guarded(options, facts, "training", lambda: watcher.facts(history=history))
    if facts.model is not None and not facts.model.built:
        facts = guarded(options, facts, "model", lambda: _built_since(run))
    facts = _noted(facts, run)
    facts = guarded(options, facts, "training", lambda: _with_unmoved(run, facts.training))
    if facts.training is not None and exception is not None and facts.training.exception is None:
        record = {"type": type(exception).__name__, "message": text_of(exception)}
        facts = replace(facts, training=replace(facts.training, exception=record))
    seconds = time.perf_counter() - started - training_seconds
    took = {"seconds": seconds, "training_seconds": training_seconds}
    return Watched(run=run, facts=facts, seen=seen, history=history, exception=exception, **took)


def conclude(watched: Watched, options: Options) -> Diagnosis:
    """Judge what was watched; where the training failed, find out why."""
    from keras_magic.watch.snapshot import undisturbed
    from keras_magic.watch.traces import forgotten

    started, exception = time.perf_counter(), watched.exception
    run, facts = _at_the_rate_in_use(watched.run, watched.facts)
    judgement, clock = None, Clock(options.seconds - watched.seconds)
    if not isinstance(exception, KeyboardInterrupt) and not (facts.training and facts.training.interrupted):
        try:
            options.stages.doing_now("measuring how well the network does")
            if exception is None:
                _tell_so_far(watched, run, facts, options, "outcome")
            with warnings.catch_warnings(), undisturbed(), forgotten():  # warnings about trainings that are not the user's
                warnings.simplefilter("ignore")
                facts = guarded(options, facts, "outcome", lambda: _outcome(run, facts, exception, watched.training_seconds))
                if exception is None:
                    facts = guarded(options, facts, "data", lambda: _read_again(run, watched.seen, facts))
                if options.seconds > 0 and worth_trying(facts):
                    _tell_so_far(watched, run, facts, options, "trials")
                facts, judgement = investigate(run, facts, options, clock)
        except KeyboardInterrupt:  # enough of it: what is known so far is judged
            facts = replace(facts, missing=(*facts.missing, "the diagnosis was interrupted"))
    judgement = judgement or options.judge(facts)
    options.stages.over_now()
    return Diagnosis(
        kind="fit",
        run=run.replace(final_weights=None),  # the user's model is the one to go on with
        facts=facts,
        findings=options.conclude(facts, judgement),
        skipped=judgement.skipped,
        history=watched.history,
        exception=exception,
        seconds=watched.seconds + time.perf_counter() - started,
        values=options.values,
    )


def _seen(run: Run) -> Any:
    """Rows to compare with those of a later reading; None where that is no use or raises, which the training will as well."""
    from keras_magic.sources.relabelled import reading

    try:
        return reading(run)
    except Exception:
        return None


def _read_again(run: Run, seen: Any, facts: Facts) -> DataFacts | None:
    """The facts with what a second reading shows, in another epoch than the first; not where an epoch takes long."""
    from keras_magic.sources.relabelled import reading, relabelled_share

    data, epochs = facts.data, facts.training.seconds_per_epoch if facts.training else ()
    if data is None or seen is None or min(epochs, default=0.0) > EPOCH:
        return data
    again = reading(run, later=True)
    return data if again is None else replace(data, relabelled=relabelled_share(seen, again))


def _with_unmoved(run: Run, training: TrainingFacts | None) -> TrainingFacts | None:
    """The facts with the weights that the updates left as they were; none are named where there was no update."""
    from keras_magic.watch.unmoved import unmoved_matrices

    if training is None or not training.steps_done or not run.model.built:
        return training
    return replace(training, unmoved=unmoved_matrices(run.model, run.initial_weights))


def _own_lines(model: Any, arguments: Mapping[str, Any], options: Options) -> tuple[Any, dict[str, int]]:
    """Who follows the training, and the `verbose` that mutes Keras' bar where our lines stand in for it.

    A line for each epoch (`verbose=2`) was asked for: it stays, and ours are not shown.
    """
    verbose = arguments.get("verbose", "auto")
    if options.live is None or not options.stages.replaces_bar:
        return (None if verbose == 0 else options.live), {}
    if verbose == 2:
        return None, {}
    takes = "verbose" in arguments or "verbose" in inspect.signature(model.fit).parameters
    return options.live, ({"verbose": 0} if takes else {})


def _tell_so_far(watched: Watched, run: Run, facts: Facts, options: Options, pending: str) -> None:
    """Show what is known before the outcome is measured (exact contradictions only), and before fixes are tried."""
    found = options.conclude(facts, options.judge(facts))
    found = tuple(f for f in found if pending == "trials" or f.certain)
    seen = {"history": watched.history, "exception": watched.exception, "seconds": watched.seconds, "values": options.values}
    known = Diagnosis(kind="fit", run=run, facts=facts, findings=found, pending=pending, **seen)
    options.stages.so_far(options.as_report(known))


def _once_more(model: Any, arguments: dict[str, Any], options: Options) -> tuple[Run, Facts]:
    """The run of a later fit of a known model; of a generator it goes on where the fit before it ended."""
    from keras_magic.sources.batches import normalise_run

    arguments = dict(arguments)
    x, y = arguments.pop("x", None), arguments.pop("y", None)
    rate = _start_rate(model) if model.compiled else None
    run = Run(model=model, x=x, y=y, fit_arguments=arguments, names=options.names, selectors=options.selectors, initial_rate=rate)
    return normalise_run(run), Facts(names=dict(options.names))


def before_training(model: Any, arguments: dict[str, Any], options: Options) -> tuple[Run, Facts]:
    """The run as it will be trained, and all facts that need no training."""
    from keras_magic.sources.data import collect_data
    from keras_magic.sources.environment import collect_environment
    from keras_magic.sources.model import collect_model

    arguments = dict(arguments)
    x, y = arguments.pop("x", None), arguments.pop("y", None)
    facts = Facts(names=dict(options.names))
    run = Run(model=model, x=x, y=y, fit_arguments=arguments, names=options.names, selectors=options.selectors)
    try:
        run = _at_the_start(run)
    except Exception as error:
        if options.strict:
            raise
        facts = replace(facts, missing=(f"the start could not be kept: {type(error).__name__}: {error}"[:500],))
    facts = guarded(options, facts, "environment", collect_environment)
    facts = guarded(options, facts, "model", lambda: collect_model(model))
    seconds = min(LONGEST_AUDIT, max(SHORTEST_AUDIT, AUDIT * options.seconds))
    facts = guarded(options, facts, "data", lambda: collect_data(run, facts.model, seconds=seconds))
    return run, facts


def _at_the_start(run: Run) -> Run:
    """The run with what `fit` will change: weights and learning rate; one-shot sources are made to replay what was peeked."""
    from keras_magic.sources.batches import normalise_run

    model = run.model
    rate = _start_rate(model) if model.compiled else None
    return normalise_run(run.replace(initial_weights=initial_weights(model), initial_rate=rate))


def _at_the_rate_in_use(run: Run, facts: Facts) -> tuple[Run, Facts]:
    """The run and the facts with the highest rate that a scheduler among the callbacks set, in place of the compiled one."""
    import keras

    used = [r for r in (facts.training.learning_rates if facts.training else ()) if math.isfinite(r) and r > 0]
    scheduled = any(isinstance(c, keras.callbacks.LearningRateScheduler) for c in run.callbacks)
    if not used or not scheduled or facts.model is None or facts.model.optimizer is None:
        return run, facts
    optimizer = replace(facts.model.optimizer, learning_rate=max(used))
    return run.replace(initial_rate=max(used)), replace(facts, model=replace(facts.model, optimizer=optimizer))


def _built_since(run: Run) -> ModelFacts:
    """Facts of a model that `fit` has built: its shapes are known now; a rebuilt copy shows how its weights start."""
    from keras_magic.sources.model import collect_model

    facts, fresh = collect_model(run.model), untrained(run)
    if fresh is run:
        return replace(facts, layers=tuple(replace(layer, weight_stats={}) for layer in facts.layers))
    starts = collect_model(fresh.model).layers
    alike = [layer.kind for layer in facts.layers] == [layer.kind for layer in starts]
    stats: Iterable[Mapping[str, Any]] = (s.weight_stats if alike else {} for s in starts)
    return replace(facts, layers=tuple(replace(layer, weight_stats=s) for layer, s in zip(facts.layers, stats, strict=False)))


def _start_rate(model: Any) -> float | None:
    """The compiled rate before training, None for a schedule: callbacks may lower it while `fit` runs."""
    from keras_magic.lr.optimizer import is_schedule, rate_of

    return None if is_schedule(model.optimizer) else rate_of(model.optimizer)


def initial_weights(model: Any) -> tuple[Any, ...] | None:
    """Copies of the weights before training, None while the model is not built."""
    return tuple(w.numpy() for w in model.weights) if getattr(model, "built", False) and model.weights else None


def preflight(model: Any, arguments: dict[str, Any], options: Options) -> Diagnosis:
    """Data, labels and model, and a few measured steps on a copy; the model itself is not trained."""
    started = time.perf_counter()
    run, facts = before_training(model, arguments, options)
    judgement = options.judge(facts)
    if not any(f.certain for f in judgement.findings):
        facts = guarded(options, facts, "rate", lambda: measure_rate(run, options.seconds / 2))
        judgement = options.judge(facts)
    return Diagnosis(
        kind="preflight",
        run=run,
        facts=_noted(facts, run),
        findings=options.conclude(facts, judgement),
        skipped=judgement.skipped,
        seconds=time.perf_counter() - started,
        values=options.values,
    )


def _noted(facts: Facts, run: Run) -> Facts:
    from keras_magic.sources.replay import with_note

    return facts if facts.data is None else replace(facts, data=with_note(facts.data, run))


def _outcome(run: Run, facts: Facts, exception: BaseException | None, training_seconds: float) -> Any:
    from keras_magic.sources.outcome import measure_outcome

    clock = Clock(max(PREDICTING, SHARE * training_seconds))
    outcome = None if exception is not None else measure_outcome(run, facts.data, facts.model, clock=clock)
    return replace(outcome, **_UNJUDGED) if outcome is not None and _on_another_scale(outcome, facts) else outcome


_UNJUDGED: dict[str, Any] = {
    "task": "unknown",
    "train": None,
    "validation": None,
    "attainable": None,
    "missing": ("score: under a loss of your own the outputs seem not to be meant as values of the targets",),
}


def _on_another_scale(outcome: OutcomeFacts, facts: Facts, absurd: float = -0.5, fallen: float = 0.3) -> bool:
    """Under a loss of the user's own that falls, outputs far worse than the mean are no predictions of the targets as they are."""
    training, model = facts.training, facts.model
    best = max((s for s in (outcome.train, outcome.validation) if s is not None), default=0.0)
    if outcome.task != "regression" or best > absurd or training is None or model is None:
        return False
    losses = training.history.get("loss", ())
    own = len(model.heads) == 1 and model.heads[0].loss == "custom"
    return own and len(losses) > 1 and losses[0] - losses[-1] > fallen * abs(losses[0])


def _callbacks(given: Any, ours: Any) -> Any:
    """The user's callbacks with ours after them."""
    if given is None:
        return [ours]
    if isinstance(given, (list, tuple)):
        return [*given, ours]
    if hasattr(given, "callbacks"):  # a CallbackList
        given.append(ours)
        return given
    return [given, ours]
