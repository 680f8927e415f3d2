"""`lr_find`: sweep, verify by short trainings, and say how sure the answer is. The model is afterwards as it was."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from keras_magic import prices
from keras_magic.arguments import check_class_weight
from keras_magic.clock import Clock
from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.lr import suggest, words
from keras_magic.lr.arguments import FEWEST_STEPS, check_count, check_model, check_rates, compared
from keras_magic.lr.fast_search import FastSearch
from keras_magic.lr.optimizer import gentle_rate, is_schedule, momentum_of, rate_of
from keras_magic.lr.plan import SECONDS, Listener, Plan, range_of, sweep_listener, trial_listener
from keras_magic.lr.pool import Pool, nonfinite, open_pool
from keras_magic.lr.result import LRFindResult
from keras_magic.lr.steps import Stepper, borrowed
from keras_magic.lr.sweep import Sweep, sweep
from keras_magic.lr.verify import Verification, Verifier, band_of, choose
from keras_magic.run import Run
from keras_magic.sources.batches import Source, training_source
from keras_magic.words import counted

RULES: dict[str, suggest.Rule] = {
    "minimum/10": suggest.minimum,
    "steepest": suggest.steepest,
    "valley": suggest.valley,
    "slide": suggest.slide,
    "edge/10": suggest.edge,
}


def lr_find(
    model: Any,
    x: Any = None,
    y: Any = None,
    *,
    min_lr: float = 1e-7,
    max_lr: float = 10.0,
    steps: int = 100,
    batch_size: int | None = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
    fast: bool = False,
    batch_sizes: Sequence[int] = (),
    momentums: Sequence[float] = (),
    weight_decays: Sequence[float] = (),
    vary: Mapping[str, Sequence[Any]] | None = None,
    trial_steps: int = 80,
    max_steps: int | None = None,
    seconds: float = SECONDS,
    seed: int = 0,
    initial_weights: Sequence[Any] | None = None,
    progress: Listener | None = None,
    names: Mapping[str, str] | None = None,
) -> LRFindResult:
    """Find the learning rate of a compiled model; nothing of the model, the data or the random state is changed.

    A sweep of `steps` steps, in five rounds over the same batches, proposes (Smith 2015); short paired trainings from the same
    start decide, so that a rate that looks good for one step and fails when training goes on does not win.

    Args:
        model: a compiled `keras.Model`, built or not.
        x, y, sample_weight, class_weight, batch_size: as for `fit` (arrays, frames, tf.data, PyDataset, generators).
        min_lr, max_lr: range of rates; steps: length of the sweep, at least 10; with `fast` of all.
        fast: a shorter sweep and a few very short trainings around what it proposes; less sure.
        batch_sizes, momentums, weight_decays: values to repeat the search with; `vary` is the same for any setting of the
            optimizer: {"clipnorm": [0.5, 1.0]}. See `result.variations`.
        trial_steps: length of a short training; max_steps: training steps in all (per search), at least those of the sweep and of
            three short trainings; by default 500 more than the sweep's, or six short trainings where these are long.
        seconds: for everything together, comparisons included; where steps are slow, the sweep and the short trainings are cut to
            what fits, which `notes` says. The default, a minute, leaves all their steps to networks of up to 0.1 s a step.
        initial_weights: search from these values of `model.weights` and a fresh optimizer, instead of from where the model is.
        seed: of the order of batches; progress: called with `LRProgress`; names: the user's variable names, for `code`.

    Returns:
        The result; after an interrupt what there is by then.

    Raises:
        UsageError: an argument is wrong, or the loss is NaN from the first step; in one line, with what to do.

    Example:
        >>> result = lr_find(model, x_train, y_train)
        >>> result.apply()
    """
    check_model(model)
    check_rates(min_lr, max_lr)
    check_count("steps", steps, FEWEST_STEPS)
    check_count("trial_steps", trial_steps, FEWEST_STEPS)
    if batch_size is not None:
        check_count("batch_size", batch_size, 1)
    if max_steps is None:
        max_steps = steps + max(500, 6 * trial_steps)
    elif not fast:
        check_count("max_steps", max_steps, steps + 3 * trial_steps, "the sweep and three short trainings")
    options = compared(model, {"batch_size": batch_sizes, "momentum": momentums, "weight_decay": weight_decays}, vary)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float, np.number)) or not seconds > 0:
        raise UsageError(f"seconds must be a positive number; got {seconds!r}")
    check_class_weight(class_weight)
    if x is None:
        raise UsageError("x is missing; give the data that you would give to fit: lr_find(model, x_train, y_train)")
    clock = Clock(seconds)
    plan = Plan(
        min_lr=float(min_lr),
        max_lr=float(max_lr),
        steps=steps,
        fast=fast,
        seed=seed,
        trial_steps=trial_steps,
        max_steps=max_steps,
        planned=True,
        progress=progress,
        names=names or {},
        initial_weights=initial_weights,
    )

    def pool(size: int | None) -> Pool:
        needed = 2 * (steps if fast else max(steps, trial_steps))
        return open_pool(x, y, sample_weight, class_weight=class_weight, batch_size=size, steps=needed, clock=clock)

    todo = [(setting, value) for setting, values in options.items() for value in values]
    result = _search(model, pool(batch_size), replace(plan, clock=clock.part(clock.left / (1 + len(todo)))), x)
    variations: list[tuple[str, Any, LRFindResult]] = []
    with contextlib.suppress(KeyboardInterrupt):
        for number, (setting, value) in enumerate(todo):
            if any(r.interrupted for r in (result, *(r for _, _, r in variations))):
                break
            of_data = setting == "batch_size"
            plan = replace(plan, clock=clock.part(clock.left / (len(todo) - number)))
            changed = plan if of_data else replace(plan, changes={setting: value})
            variations.append((setting, value, _search(model, pool(value if of_data else batch_size), changed, x)))
    return _together(result, variations, len(todo))


def _together(result: LRFindResult, variations: list[tuple[str, Any, LRFindResult]], todo: int) -> LRFindResult:
    """The result with its variations, what they cost in all, and whether some are missing."""
    everything = [result, *(r for _, _, r in variations)]
    missing = len(variations) < todo and not result.interrupted
    return replace(
        result,
        variations=tuple(variations),
        steps_used=sum(r.steps_used for r in everything),
        seconds=sum(r.seconds for r in everything),
        interrupted=any(r.interrupted for r in everything) or missing,
        notes=(*result.notes, *([f"Interrupted: {len(variations)} of {todo} values were compared."] if missing else [])),
    )


def quick_suggestion(
    run_or_model: Any, x: Any = None, y: Any = None, *, steps: int = 240, seconds: float = 2.0, seed: int = 0
) -> LRFindResult:
    """A coarse, cheap answer for a diagnosis: a sweep of 50 steps and short trainings of 30, including one at the current rate.

    Read `result.band`, `result.current_lr`, `result.start_loss`, `result.loss_at(result.current_lr)` and the best of
    `result.trial_losses`. A `Run` is searched from its initial weights, on its training rows.

    Args:
        run_or_model: a captured `Run`, or a compiled model with x and y.
        steps: training steps in all; seconds: no new short training starts after this time (tracing not counted in advance).

    Raises:
        UsageError: as `lr_find`.
    """
    run = run_or_model if isinstance(run_or_model, Run) else Run(model=run_or_model, x=x, y=y)
    check_model(run.model)
    clock = Clock(seconds)
    pool = open_pool(
        training_source(run),
        class_weight=run.fit_arguments.get("class_weight"),
        batch_size=run.fit_arguments.get("batch_size"),
        steps=100,
        clock=clock,
    )
    plan = Plan(
        min_lr=1e-6,
        steps=50,
        trial_steps=30,
        max_steps=steps,
        seed=seed,
        clock=clock,
        names=run.names,
        initial_weights=run.initial_weights,
        current=run.initial_rate,
    )
    return _search(run.model, pool, plan, run.x)


def _search(model: Any, pool: Pool, plan: Plan, x: Any) -> LRFindResult:
    start = time.perf_counter()
    current = rate_of(model.optimizer) if plan.current is None else plan.current
    found: Verification | None = None
    with borrowed(model, pool, plan.changes, plan.initial_weights) as stepper:
        _check_weights(stepper.model)
        _check_finite(stepper, x)
        if plan.planned:
            plan = plan.cut(stepper.time_a_step() * stepper.repeats)
        gentle = gentle_rate(model) if plan.fast else float("inf")
        swept = sweep(stepper, plan.min_lr, plan.max_lr, plan.sweep_steps, seed=plan.seed, listener=sweep_listener(plan, stepper))
        _check_sweep(swept)
        fast = FastSearch(swept, *range_of(plan, swept), gentle, momentum_of(stepper.optimizer))
        interrupted = swept.interrupted
        if plan.fast and not interrupted:
            interrupted = _spend_rest(stepper, fast, plan)
        elif not interrupted:
            found, interrupted = _verify(stepper, fast, plan, current)
        steps_used = stepper.steps_run
    return replace(
        _conclude(model, fast, found, current, plan),
        interrupted=interrupted,
        steps_used=steps_used,
        seconds=time.perf_counter() - start,
        batch_size=pool.batch_size,
        notes=_notes(pool, swept, plan, interrupted),
        model=model,
        names=plan.names,
        x=pool.x,
    )


def _verify(stepper: Stepper, fast: FastSearch, plan: Plan, current: float | None) -> tuple[Verification, bool]:
    verifier = Verifier(
        stepper,
        steps=plan.trial_steps,
        max_steps=plan.max_steps - stepper.steps_run // stepper.repeats,
        clock=plan.clock,
        seed=plan.seed + 1,
        listener=trial_listener(plan, stepper),
    )
    try:
        verifier.search(fast.low, fast.high, fast.proposed, current)
    except KeyboardInterrupt:
        return verifier.found, True
    return verifier.found, False


def _spend_rest(stepper: Stepper, fast: FastSearch, plan: Plan) -> bool:
    """What fast mode does after its sweep; returns whether it was interrupted."""
    try:
        fast.run(stepper, plan.steps - stepper.steps_run // stepper.repeats, plan.seed, trial_listener(plan, stepper))
    except KeyboardInterrupt:
        return True
    return fast.closer is not None and fast.closer.interrupted


def _conclude(model: Any, fast: FastSearch, found: Verification | None, current: float | None, plan: Plan) -> LRFindResult:
    swept, low, high = fast.swept, fast.low, fast.high
    if found is not None and found.lowest is not None and found.untrained is not None:
        trials, untrained = [t for t in found.trials if len(t.losses)], float(found.untrained.mean())
        suggestion = suggest.two_digits(choose(found.rated, untrained))
        measured = band_of(found.rated, untrained)
        learns: bool | None = found.learns
        confident, edge = found.bracketed and found.learns, found.edge
    else:
        trials, untrained = [] if found is None else found.trials, None
        suggestion = suggest.two_digits(fast.choice)
        measured = (suggestion / 3, suggestion * 3)
        learns = False if trials else None  # all diverged, or there were none
        confident, edge = False, suggest.edge_of_range(swept.lrs, swept.losses, low, high)
    rules = {name: rule(swept.lrs, swept.losses) for name, rule in RULES.items()}
    others = {name: suggest.two_digits(rate) for name, rate in rules.items() if rate is not None}
    everything = [*trials, *(found.extra if found else []), *fast.trials]
    band = (min(measured[0], suggestion), max(measured[1], suggestion))
    helps = learns is not False
    schedule = is_schedule(model.optimizer)
    message = [words.message(suggestion, measured, swept, found, fast.source)]
    if helps:
        message += [words.at_edge(edge, low, high), words.SCHEDULE if schedule else ""]
    return LRFindResult(
        lrs=swept.lrs,
        losses=swept.losses,
        smoothed=swept.smoothed,
        penalties=swept.penalties,
        suggestion=suggestion,
        suggestions={"keras_magic": suggestion, **others},
        band=band,
        confident=confident,
        learns=learns,
        lowers_loss=None if found is None or not found.trials else found.lowers_loss,
        message=" ".join(filter(None, message)),
        current_lr=current,
        verdict=words.verdict(current, band, edge, schedule) if helps else "",
        trials={t.rate: tuple(t.losses.tolist()) for t in everything},
        trial_losses={t.rate: t.score for t in everything},
        start_loss=untrained,
        diverged=swept.diverged,
    )


def _notes(pool: Pool, swept: Sweep, plan: Plan, interrupted: bool) -> tuple[str, ...]:
    notes = list(pool.notes)
    if plan.asked is not None:
        less = f"{plan.steps} steps in all" if plan.fast else f"{plan.steps} for the sweep and {plan.trial_steps} for each training"
        notes.append(
            f"There was time for fewer steps than the usual {plan.asked[0]} and {plan.asked[1]}: {less}. "
            f"All of them take up to {prices.spoken(plan.needed)}: seconds={prices.rounded_up(plan.needed)}."
        )
    if pool.batches < plan.sweep_steps:
        what = f"{counted(pool.batches, 'batch was', 'batches were')} read, of {pool.batch_size} rows"
        notes.append(f"{what}; the sweep of {plan.sweep_steps} steps repeats them.")
    if swept.lrs[0] < plan.min_lr * 0.99:
        notes.append(f"The loss ran away at {plan.min_lr:.1g} already; the sweep was repeated from {swept.lrs[0]:.1g}.")
    if interrupted:
        notes.append("Interrupted: this is what there was by then.")
    return tuple(notes)


def _check_weights(model: Any) -> None:
    """What an earlier training spoiled learns at no learning rate; after a ReLU the loss itself may look finite."""
    spoiled = next((w.path for w in model.trainable_weights if not np.isfinite(np.asarray(w)).all()), None)
    if spoiled is not None:
        raise UsageError(f"weights of the model are NaN or infinite before the search ({spoiled}): build the model again")


def _check_finite(stepper: Stepper, x: Any) -> None:
    """NaN in the data spoils a training at any learning rate, unless the network masks or fills it: one harmless step on these rows
    shows it (by the weights: after a ReLU the loss itself may look finite)."""
    found = nonfinite(stepper.pool, x.x if isinstance(x, Source) else x)
    if found is None:
        return
    where, rows = found
    losses = stepper.run(np.full(1, 1e-9), pool=stepper.pool.only(rows)).losses
    spoiled = not all(np.isfinite(np.asarray(w)).all() for w in stepper.model.trainable_weights)
    stepper.reset()
    if spoiled or not np.isfinite(losses).all():
        raise UsageError(f"the loss is NaN or infinite, at any learning rate: {where}; drop or fill these rows")


def _check_sweep(swept: Sweep) -> None:
    if swept.interrupted and len(swept.losses) < FEWEST_STEPS:
        raise KeyboardInterrupt
    if len(swept.losses) == 0:
        reason = "the data are finite, so look at the loss and at the last layer"
        raise UsageError(f"the loss is NaN or infinite at the first step, at any learning rate; {reason}")
    if len(swept.losses) < 3:
        lowest = f"{counted(len(swept.losses), 'step')}, even at a learning rate of {swept.lrs[0]:.1g}"
        raise UnsupportedError(f"the loss is NaN or infinite after {lowest}: the learning rate is not the cause")
