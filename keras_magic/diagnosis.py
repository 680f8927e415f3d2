"""One `fit`, from start to finding: measure, train as the user would, judge, try, rank."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from keras_magic.engine import Judgement, judge
from keras_magic.errors import UnsupportedError
from keras_magic.facts import Facts, ModelFacts, RateFacts, TrialFacts, TrialResult
from keras_magic.findings import Finding, Severity
from keras_magic.rank import SOLVED, helped, is_certain, rank, stage
from keras_magic.report import Diagnosis
from keras_magic.run import Run

LARGE_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class Options:
    """Settings of a diagnosis; see `keras_magic.diagnose` for their meaning."""

    seconds: float = 10.0
    budget: float = 0.05
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    strict: bool = False
    live: Callable[[Any], None] | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def judge(self, facts: Facts) -> Judgement:
        return judge(facts, select=self.select, ignore=self.ignore, thresholds=self.thresholds, strict=self.strict)


def diagnose_fit(fit: Callable[..., Any], model: Any, arguments: dict[str, Any], options: Options) -> Diagnosis:
    """Call `fit(model, **arguments)` watched, and judge it.

    What the training raises is kept in the diagnosis' `exception`; the caller decides whether to raise it again.
    """
    from keras_magic.watch.watcher import Watcher

    started = time.perf_counter()
    run, facts = before_training(model, arguments, options)
    live = None if arguments.get("verbose") == 0 else options.live
    watcher = Watcher(model, budget=options.budget, listener=live, arguments=run.fit_arguments)
    training_seconds = -time.perf_counter()
    history, exception = None, None
    try:
        with watcher:
            callbacks = _callbacks(run.fit_arguments.get("callbacks"), watcher.callback)
            history = fit(model, x=run.x, y=run.y, **{**run.fit_arguments, "callbacks": callbacks})
    except BaseException as error:
        exception = error
    training_seconds += time.perf_counter()
    facts = _guarded(options, facts, "training", lambda: watcher.facts(history=history))
    if facts.model is not None and not facts.model.built:
        facts = _guarded(options, facts, "model", lambda: _built_since(run))
    if facts.training is not None and exception is not None and facts.training.exception is None:
        record = {"type": type(exception).__name__, "message": str(exception)[:4000]}
        facts = replace(facts, training=replace(facts.training, exception=record))
    judgement = None
    if not isinstance(exception, KeyboardInterrupt) and not (facts.training and facts.training.interrupted):
        try:
            facts = _guarded(options, facts, "outcome", lambda: _outcome(run, facts, exception))
            facts, judgement = investigate(run, facts, options)
        except KeyboardInterrupt:  # enough of it: what is known so far is judged
            facts = replace(facts, missing=(*facts.missing, "the diagnosis was interrupted"))
    judgement = judgement or options.judge(facts)
    seconds = time.perf_counter() - started - training_seconds
    return Diagnosis(
        kind="fit",
        run=run,
        facts=facts,
        findings=rank(judgement.findings, facts),
        skipped=judgement.skipped,
        history=history,
        exception=exception,
        seconds=seconds,
    )


def before_training(model: Any, arguments: dict[str, Any], options: Options) -> tuple[Run, Facts]:
    """The run as it will be trained, and all facts that need no training."""
    from keras_magic.sources.data import collect_data
    from keras_magic.sources.environment import collect_environment
    from keras_magic.sources.model import collect_model

    arguments = dict(arguments)
    x, y = arguments.pop("x", None), arguments.pop("y", None)
    facts = Facts(names=dict(options.names))
    run = Run(model=model, x=x, y=y, fit_arguments=arguments, names=options.names)
    try:
        run = _at_the_start(run)
    except Exception as error:
        if options.strict:
            raise
        facts = replace(facts, missing=(f"the start could not be kept: {type(error).__name__}: {error}"[:500],))
    facts = _guarded(options, facts, "environment", collect_environment)
    facts = _guarded(options, facts, "model", lambda: collect_model(model))
    facts = _guarded(options, facts, "data", lambda: collect_data(run, facts.model))
    return run, facts


def _at_the_start(run: Run) -> Run:
    """The run with what `fit` will change: weights and learning rate; one-shot sources are made to replay what was peeked."""
    from keras_magic.sources.batches import normalise_run

    model = run.model
    rate = _start_rate(model) if model.compiled else None
    return normalise_run(run.replace(initial_weights=start_weights(model), initial_rate=rate))


def _built_since(run: Run) -> ModelFacts:
    """Facts of a model that `fit` has built: its shapes are known now; how its weights start, a copy tells that is made anew."""
    from keras_magic.sources.model import collect_model

    facts, twin = collect_model(run.model), untrained(run)
    if twin is run:
        return replace(facts, layers=tuple(replace(layer, weight_stats={}) for layer in facts.layers))
    starts = collect_model(twin.model).layers
    alike = [layer.kind for layer in facts.layers] == [layer.kind for layer in starts]
    stats: Iterable[Mapping[str, Any]] = (s.weight_stats if alike else {} for s in starts)
    return replace(facts, layers=tuple(replace(layer, weight_stats=s) for layer, s in zip(facts.layers, stats, strict=False)))


def untrained(run: Run) -> Run:
    """The run itself where its start weights are known, else a copy that starts anew; the run where it can't be copied."""
    from keras_magic.fixes.models import fresh

    if run.fresh or run.initial_weights is not None:
        return run
    try:
        return fresh(run)
    except UnsupportedError:
        return run


def _start_rate(model: Any) -> float | None:
    """The compiled rate before training, None for a schedule: callbacks may lower it while `fit` runs."""
    from keras_magic.lr.optimizer import is_schedule, rate_of

    return None if is_schedule(model.optimizer) else rate_of(model.optimizer)


def start_weights(model: Any) -> tuple[Any, ...] | None:
    """Copies of the weights before training, None while the model is not built."""
    return tuple(w.numpy() for w in model.weights) if getattr(model, "built", False) and model.weights else None


def preflight(model: Any, arguments: dict[str, Any], options: Options) -> Diagnosis:
    """Data, labels and model, and a few measured steps on a copy; the model itself is not trained."""
    started = time.perf_counter()
    run, facts = before_training(model, arguments, options)
    judgement = options.judge(facts)
    if not any(is_certain(f) for f in judgement.findings):
        facts = _guarded(options, facts, "rate", lambda: measure_rate(run, options.seconds / 2))
        judgement = options.judge(facts)
    return Diagnosis(
        kind="preflight",
        run=run,
        facts=facts,
        findings=rank(judgement.findings, facts),
        skipped=judgement.skipped,
        seconds=time.perf_counter() - started,
    )


def investigate(run: Run, facts: Facts, options: Options) -> tuple[Facts, Judgement]:
    """Judge; where the network failed, measure its learning rate, and where nothing certain says why, let paired trials decide.

    Behind an exact contradiction only the rate is measured, on a copy without that fault: trials of other fixes on a network
    that cannot work say nothing.
    """
    judgement = options.judge(facts)
    if options.seconds <= 0 or not _worth_trying(facts):
        return facts, judgement
    deadline = time.perf_counter() + options.seconds
    certain = [f for f in judgement.findings if is_certain(f)]
    base = repaired(run, certain)
    base = untrained(base) if base is not None else None
    if base is None or (certain and facts.training is not None and facts.training.exception):
        return facts, judgement
    facts = _guarded(options, facts, "rate", lambda: measure_rate(base, min(4.0, options.seconds / 3)))
    judgement = options.judge(facts)
    if certain:
        return facts, judgement
    attainable = facts.outcome.attainable if facts.outcome else None
    facts = _guarded(options, facts, "trials", lambda: _trials(base, judgement, attainable, deadline - time.perf_counter()))
    return facts, options.judge(facts)


def repaired(run: Run, findings: list[Finding]) -> Run | None:
    """The run with the fixes of `findings` applied, None when one of them can't be."""
    for finding in sorted(findings, key=lambda f: stage(f.cause)):
        if finding.fix is None or finding.fix.transform is None:
            return None
        try:
            run = finding.fix.apply(run)
        except Exception:
            return None
    return run


def measure_rate(run: Run, seconds: float) -> RateFacts | None:
    """Where the learning rate stands, from a quick range test on a copy; None where the optimizer has no rate to read."""
    from keras_magic.lr.find import quick_suggestion

    batch = run.fit_arguments.get("batch_size")
    if batch and batch > LARGE_BATCH:  # what is too high or too low for it shows with fewer rows as well, and much faster
        run = run.with_fit(batch_size=LARGE_BATCH)
    result = quick_suggestion(run, seconds=seconds)
    if result.current_lr is None:
        return None
    reached = {rate: loss for rate, loss in result.trial_losses.items() if math.isfinite(loss)}
    start = result.start_loss
    gain = 0.0
    if reached and start is not None:
        best = min(reached.values())
        ours = min(start, reached.get(_nearest(reached, result.current_lr), start))
        gain = (ours - best) / max(start - best, 1e-12)
    return RateFacts(
        current=float(result.current_lr),
        suggestion=float(result.suggestion),
        low=float(result.band[0]),
        high=float(result.band[1]),
        gain=float(gain),
        learns=result.learns is not False,
        confident=bool(result.confident),
        seconds=float(result.seconds),
    )


def _nearest(rates: Iterable[float], rate: float) -> float:
    """The tried rate that is nearest to `rate` within a factor of 2; `rate` itself when none is."""
    near = min(rates, key=lambda r: abs(math.log(r / rate)))
    return near if abs(math.log(near / rate)) < math.log(2) else rate


def _worth_trying(facts: Facts) -> bool:
    from keras_magic.checks._judging import is_failing

    return is_failing(facts.outcome, facts.training) and facts.data is not None and facts.model is not None


def _trials(run: Run, judgement: Judgement, attainable: float | None, seconds: float, most: int = 10) -> TrialFacts | None:
    """Try the fixes of the uncertain findings, the likeliest first, until one explains the failure and the rest are unlikely."""
    from keras_magic.trials import Candidate, run_trials

    questions = [f for f in judgement.findings if not is_certain(f) and f.fix is not None and f.fix.transform is not None]
    questions.sort(key=lambda f: (-f.confidence, f.severity is not Severity.ERROR, stage(f.cause)))
    prior = {(f.cause, f.fix.name): f.confidence for f in reversed(questions) if f.fix is not None}
    unique = {(f.cause, f.fix.name): Candidate(cause=f.cause, fix=f.fix) for f in reversed(questions) if f.fix is not None}
    candidates = sorted(unique.values(), key=lambda c: -prior[c.cause, c.fix.name])[:most]

    def enough(results: Sequence[TrialResult], following: Candidate) -> bool:
        solved = [r for r in results if r.after is not None and helped(r) and r.after >= SOLVED * (attainable or 1.0)]
        likely = max((prior[r.cause, r.name] for r in solved), default=-1.0)
        return prior[following.cause, following.fix.name] < likely - 0.1

    return run_trials(run, candidates, seconds=seconds, enough=enough) if candidates and seconds > 0.5 else None


def _outcome(run: Run, facts: Facts, exception: BaseException | None) -> Any:
    from keras_magic.sources.outcome import measure_outcome

    return None if exception is not None else measure_outcome(run, facts.data, facts.model)


def _callbacks(given: Any, ours: Any) -> Any:
    """The user's callbacks with ours behind them."""
    if given is None:
        return [ours]
    if isinstance(given, (list, tuple)):
        return [*given, ours]
    if hasattr(given, "callbacks"):  # a CallbackList
        given.append(ours)
        return given
    return [given, ours]


def _guarded(options: Options, facts: Facts, name: str, measure: Callable[[], Any]) -> Facts:
    """Facts with one more part measured; a failure of ours never reaches the user's cell (it raises when strict)."""
    try:
        return replace(facts, **{name: measure()})
    except Exception as error:
        if options.strict:
            raise
        note = f"{name} could not be measured: {type(error).__name__}: {error}"[:500]
        return replace(facts, missing=(*facts.missing, note))
