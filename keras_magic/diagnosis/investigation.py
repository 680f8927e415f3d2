"""Why a network failed, where judging alone does not say: its learning rate is measured and fixes are tried, on copies.

First each uncertain fix by itself. Where none of them explains the failure, several faults may hide each other: the rest is then
tried on top of the likeliest one, and the learning rate is measured again there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from keras_magic.assessment import helped, is_failing
from keras_magic.causes import Stage
from keras_magic.clock import Clock
from keras_magic.diagnosis.masked import diagnose_masked
from keras_magic.diagnosis.options import Options, guarded
from keras_magic.diagnosis.rank import is_of, solves
from keras_magic.engine import Judgement
from keras_magic.errors import UnsupportedError
from keras_magic.facts import Facts, RateFacts, TrialFacts, TrialResult
from keras_magic.findings import Evidence, Finding
from keras_magic.prices import Prices, prices_of, refusal, steps_of_fit
from keras_magic.run import Run
from keras_magic.stages import Stages

LARGE_BATCH = 256
LONG = frozenset({"set-epochs", "set-batch-size"})  # fixes whose trials take several times as long
RATES = ("learning-rate-too-high", "learning-rate-too-low")
ROUND = 2.0  # seconds that a second round needs at least


def investigate(run: Run, facts: Facts, options: Options, clock: Clock | None = None) -> tuple[Facts, Judgement]:
    """Judge; where the network failed, measure its learning rate, and where nothing certain says why, let paired trials decide.

    Trials of other fixes on a network that cannot work say nothing: where there is an exact contradiction, the learning
    rate is measured on a copy without that fault, which is then trained and judged in its turn.

    What these trainings will take is known from the user's own: those that do not fit into what the clock leaves (`options.seconds`
    where none is given) are not begun, and `missing` says at what price they are to be had.
    """
    judgement = options.judge(facts)
    if options.seconds <= 0 or not worth_trying(facts):
        return facts, judgement
    if facts.training is not None and facts.training.exception and not any(f.certain for f in judgement.findings):
        return facts, judgement  # trials would answer another question than why it raised
    clock = clock or Clock(options.seconds)
    prices = prices_of(run.model, facts.training)
    certain = [f for f in judgement.findings if f.certain]
    if clock.left < prices.copy:  # nothing that needs a copy of the network comes to an end
        return _refused(facts, "trying fixes on a copy", prices.pair(steps_of_fit(facts)), clock), judgement
    base = repaired(run, certain)
    if base is None:
        return facts, judgement
    base = untrained(base)
    rated = _rated(base, facts, options, prices, clock)
    if certain:
        return _behind(base, facts, rated, options, prices, clock)
    facts, judgement = rated, options.judge(rated)
    attainable = (facts.outcome.attainable if facts.outcome else None) or 1.0
    candidates = _questions(judgement.findings)
    if clock.left < prices.pair(steps_of_fit(facts)) and any(_keeps_step(f, facts) for f in candidates):
        candidates = [f for f in candidates if _keeps_step(f, facts)]
    copies = 1 if candidates and _keeps_step(candidates[0], facts) else 2
    if candidates and clock.left < (price := prices.pair(steps_of_fit(facts), copies)):
        return _refused(facts, "trying fixes on copies", price, clock), judgement
    facts = guarded(options, facts, "trials", lambda: _trials(base, candidates, attainable, clock.left, prices, options.stages))
    if _solved(facts.trials, attainable) or _interrupted(facts.trials) or clock.left < max(ROUND, prices.pair(steps_of_fit(facts))):
        return facts, options.judge(facts)
    return _second_round(base, facts, options, candidates, clock, prices)


def _keeps_step(finding: Finding, facts: Facts) -> bool:
    """Its trial needs no compiled step of its own."""
    optimizer = facts.model.optimizer if facts.model else None
    return finding.cause in RATES and optimizer is not None and not optimizer.schedule


def _rated(base: Run, facts: Facts, options: Options, prices: Prices, clock: Clock) -> Facts:
    """The facts with the place of the learning rate, where its price leaves time for the trials."""
    allowed = min(4.0, clock.seconds / 3)
    trials = prices.pair(steps_of_fit(facts), copies=1) if prices.range_test > allowed else 0.0
    if clock.left < prices.range_test + trials:
        what = "a range test of the learning rate" + (", with the trials that follow it," if trials else "")
        return _refused(facts, what, prices.range_test + trials, clock)
    seconds = max(allowed, prices.range_test)
    options.stages.doing_now("measuring on a copy which learning rates would do", seconds)
    return guarded(options, facts, "rate", lambda: measure_rate(base, seconds))


def _behind(base: Run, facts: Facts, rated: Facts, options: Options, prices: Prices, clock: Clock) -> tuple[Facts, Judgement]:
    """What shows behind exact contradictions, where a short training of the network without them fits into the time."""
    price = prices.trial(steps_of_fit(facts))
    if clock.left < price:
        facts = _refused(facts, "training a copy without what contradicts itself", price, clock)
    else:
        options.stages.doing_now("training a copy without the first fault", price)
        facts = guarded(options, facts, "behind", lambda: diagnose_masked(base, rated, clock=clock))
    raised = facts.training is not None and facts.training.exception is not None
    return (facts, options.judge(facts)) if raised else (replace(facts, rate=rated.rate), options.judge(rated))


def _refused(facts: Facts, what: str, price: float, clock: Clock) -> Facts:
    reason = refusal(what, price, clock.left, "seconds={0}, or %repair {0}", spent=clock.elapsed)
    return replace(facts, missing=(*facts.missing, reason))


def untrained(run: Run) -> Run:
    """The run itself where its initial weights are known, else a copy that starts again; the run where it can't be copied."""
    from keras_magic.fixes.models import fresh

    if run.fresh or run.initial_weights is not None:
        return run
    try:
        return fresh(run)
    except UnsupportedError:
        return run


def repaired(run: Run, findings: list[Finding]) -> Run | None:
    """The run with the fixes of `findings` applied, None when one of them can't be."""
    for finding in sorted(findings, key=lambda f: f.stage):
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
        gain = (ours - best) / (start - best) if best < start else 0.0
    return RateFacts(
        current=float(result.current_lr),
        suggestion=float(result.suggestion),
        low=float(result.band[0]),
        high=float(result.band[1]),
        gain=float(gain),
        learns=result.learns is not False,
        confident=bool(result.confident),
        lowers_loss=result.lowers_loss,
        seconds=float(result.seconds),
    )


def _nearest(rates: Iterable[float], rate: float) -> float:
    """The tried rate that is nearest to `rate` within a factor of 2; `rate` itself when none is."""
    near = min(rates, key=lambda r: abs(math.log(r / rate)))
    return near if abs(math.log(near / rate)) < math.log(2) else rate


def worth_trying(facts: Facts) -> bool:
    """The network failed, and enough is known of it to try something on a copy."""
    return is_failing(facts.outcome, facts.training) and facts.data is not None and facts.model is not None


def _questions(findings: Iterable[Finding], most: int = 10) -> list[Finding]:
    """Uncertain findings whose fix can be tried, the likeliest and cheapest first; one for each fix."""

    def order(finding: Finding) -> tuple:
        long = finding.fix is not None and finding.fix.name in LONG
        return -finding.level, long, finding.severity.rank, finding.stage

    open_ = sorted((f for f in findings if not f.certain and f.fix is not None and f.fix.transform is not None), key=order)
    unique = {(f.fix.name, f.fix.title): f for f in reversed(open_) if f.fix is not None}
    return sorted(unique.values(), key=order)[:most]


def _trials(
    run: Run,
    questions: Sequence[Finding],
    attainable: float,
    seconds: float,
    prices: Prices | None = None,
    stages: Stages | None = None,
    beside: str = "",
) -> TrialFacts | None:
    """Try the fixes one by one until one explains the failure and the rest are unlikely."""
    from keras_magic.trials.runner import Candidate, run_trials

    prior = {(f.fix.name, f.fix.title): f.level for f in questions if f.fix is not None}
    candidates = [Candidate(cause=f.cause, fix=f.fix) for f in questions if f.fix is not None]

    def enough(results: Sequence[TrialResult], following: Candidate) -> bool:
        solved = [r for r in results if solves(r, attainable)]
        likely = max((prior[r.name, r.title] for r in solved), default=Evidence.HINT)
        return prior[following.fix.name, following.fix.title] < likely

    if not candidates or seconds <= 0.5:
        return None
    titles, stages = [c.fix.title for c in candidates], stages or Stages()

    def tell(share: float, title: str) -> None:
        number = titles.index(title) + 1 if title in titles else 1
        stages.doing_now(f"trying fix {number} of {len(titles)} on a copy{beside}: {title}", seconds * (1 - share))

    return run_trials(run, candidates, seconds=seconds, enough=enough, prices=prices, progress=tell)


def _interrupted(trials: TrialFacts | None) -> bool:
    return trials is not None and "interrupted" in trials.missing


def _solved(trials: TrialFacts | None, attainable: float) -> bool:
    return trials is not None and any(solves(r, attainable) for r in trials.results)


# ---------------------------------------------------------------- several faults at once


def _second_round(
    run: Run, facts: Facts, options: Options, questions: Sequence[Finding], clock: Clock, prices: Prices
) -> tuple[Facts, Judgement]:
    """Try the other fixes, and the learning rate that suits then, on top of the likeliest fix; a gain is credited to both."""
    judgement, trials = options.judge(facts), facts.trials
    lead = _lead(questions, trials)
    base = repaired(run, [lead]) if lead is not None else None
    if lead is None or base is None or trials is None:
        return facts, judgement
    options.stages.doing_now("measuring which learning rates would do beside the likeliest fix", min(2.0, clock.left / 2))
    behind = guarded(options, facts, "rate", lambda: measure_rate(base, min(2.0, clock.left / 2)))
    rates = [f for f in options.judge(behind).findings if f.cause in RATES and lead.cause not in RATES]
    others = [f for f in questions if f.fix is not None and f is not lead and f.cause not in RATES and f.cause != lead.cause]
    attainable = (facts.outcome.attainable if facts.outcome else None) or 1.0
    following, beside = _questions([*rates, *others]), " beside the likeliest"
    try_beside = partial(_trials, base, following, attainable, prices=prices, stages=options.stages, beside=beside)
    second = guarded(options, facts, "trials", lambda: try_beside(seconds=clock.left)).trials
    best = max((r for r in second.results if helped(r)), key=lambda r: r.after or 0.0, default=None) if second else None
    if best is None:
        return facts, judgement
    facts = replace(facts, trials=_credited(trials, lead, best), rate=behind.rate if best.cause in RATES else facts.rate)
    return facts, options.judge(facts)


def _lead(questions: Sequence[Finding], trials: TrialFacts | None) -> Finding | None:
    """The fix that helped most by itself, else the likeliest cause that lies before the course of the training."""
    results = trials.results if trials else ()
    gains = [(r.gain or 0.0, f) for f in questions for r in results if is_of(r, f) and r.failed is None and helped(r)]
    if gains:
        return max(gains, key=lambda pair: pair[0])[1]
    failed = [r for r in results if r.failed]
    early = [f for f in questions if f.stage < Stage.COURSE and f.cause not in RATES and not any(is_of(r, f) for r in failed)]
    return early[0] if early else None


def _credited(trials: TrialFacts, lead: Finding, best: TrialResult) -> TrialFacts:
    """The results with those of a pair that works together: before without both, after with both.

    Where the first of them helped by itself already, the other one is credited with what it adds to that.
    """
    assert lead.fix is not None
    if any(is_of(r, lead) and r.failed is None and helped(r) for r in trials.results):
        return _with(trials, (replace(best, upon=lead.fix.title),))
    before = next((r.before for r in trials.results if r.before is not None), best.before)
    gain = (best.after or 0.0) - (before or 0.0)
    shared = replace(best, before=before, gain=gain)
    pair = (
        replace(shared, name=lead.fix.name, cause=lead.cause, title=lead.fix.title, beside=best.title),
        replace(shared, beside=lead.fix.title),
    )
    return _with(trials, pair)


def _with(trials: TrialFacts, new: Sequence[TrialResult]) -> TrialFacts:
    """The trials with other results for some fixes."""
    taken = {(r.name, r.title) for r in new}
    kept = tuple(r for r in trials.results if (r.name, r.title) not in taken)
    return replace(trials, results=(*kept, *new), seconds=trials.seconds + new[-1].seconds)
