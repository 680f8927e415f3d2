"""Paired trials: the run as it is and the run with one change, trained briefly on copies from the same seed, compared by skill.

Skill (see `sources.skill`) survives a change of loss, of label coding and of target scale. It is taken on held-out rows: the
run's own validation rows, or a fifth of the training rows where it has none. Models of equal structure share one compiled step.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from keras_magic.assessment import PROVEN
from keras_magic.clock import Clock
from keras_magic.errors import KerasMagicError
from keras_magic.facts import TrialFacts, TrialResult
from keras_magic.findings import Fix
from keras_magic.fixes.models import fresh, undisturbed
from keras_magic.fixes.place import take
from keras_magic.keras_adapter.compiled import drop_metrics
from keras_magic.keras_adapter.variables import assign_copy
from keras_magic.prices import LEAST_STEPS, Prices
from keras_magic.run import Run
from keras_magic.sources.compiled import loss_name
from keras_magic.sources.model import collect_model
from keras_magic.sources.predicting import Predictor
from keras_magic.sources.skill import is_sign_agnostic, mean_skill, task_of_targets
from keras_magic.sources.trees import map_tree, to_numpy
from keras_magic.trials.subsample import HELD_OUT, classes_of, epoch_of, fit, parts_of, rows_of, small_run, steps_of
from keras_magic.trials.training import (
    Stop,
    kept_callbacks,
    relative_fall,
    seed_everything,
    state_of,
    structure_of,
    watches_metric,
    watches_validation,
)
from keras_magic.watch import backends
from keras_magic.watch.traces import forgotten

STEPS = 600  # most steps of a trial of the run as it is
BASE_SECONDS = 1.5  # about the longest training of the run as it is, first step left out
LONGEST = 4.0  # a candidate may take this many times as long (smaller batches, more epochs)
FALLING = 0.02  # share of the loss that the last fifth of the epochs takes off a training that is not at its end
TOGETHER = 8  # steps per call of the compiled train step, at most
SMALLEST_SPREAD = 0.02
BY_CHANCE = 4  # rows more that are right may be chance: five of five pass a sign test at 5 %, four do not

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Candidate:
    """A change to try: the cause that it would remove, and the fix."""

    cause: str
    fix: Fix


@dataclass(frozen=True)
class Trained:
    """One short training: skill on the held-out rows, the loss per epoch, and why it failed (or None)."""

    skill: float
    losses: tuple[float, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    failed: str | None = None
    cut: bool = False  # the time ran out long before its end: the skill says little
    gap: float = 0.0  # how much better it does on training rows
    fall: float = 0.0  # share by which the loss fell from the last fifth of the epochs but one to the last

    @property
    def rising(self) -> bool:
        """The skill was still to grow: the loss fell until the end."""
        return self.fall > FALLING


def run_trials(
    run: Run,
    candidates: Sequence[Candidate],
    *,
    seconds: float,
    steps: int | None = None,
    seed: int = 0,
    task: str | None = None,
    progress: Progress | None = None,
    enough: Callable[[Sequence[TrialResult], Candidate], bool] | None = None,
    prices: Prices | None = None,
) -> TrialFacts:
    """Train the run and each candidate for the same number of steps, on copies, and compare their skill on held-out rows.

    Args:
        run: a captured run; neither its model, nor its data, nor any random state is changed.
        candidates: tried in their order, as long as there is time.
        seconds: time for everything together.
        steps: steps of the run as it is; by default those of the whole run, at most about a second's worth. A change of the
            batch size or of the epochs changes the steps in proportion.
        seed: of the weights that are rebuilt, the order of rows, and dropout.
        task: "binary" | "multiclass" | "multilabel" | "regression"; guessed from the targets when None.
        progress: called with the share of the time that is gone, and with what is being tried.
        prices: of a trace and a step, where they are known: slow steps get more seconds, and fewer rows are judged.
        enough: called with the results so far before each candidate but the first; True ends the trials there.

    Returns:
        One result per candidate that was begun; `missing` says what was not tried, and why. An interrupt ends the trials early.
    """
    results: list[TrialResult] = []
    missing: list[str] = []
    clock = Clock(seconds)
    with forgotten(), undisturbed():
        try:
            runner = TrialRunner(run, clock=clock, steps=steps, seed=seed, task=task, prices=prices)
            for index, candidate in enumerate(candidates):
                if not runner.affords() and results:
                    missing.append(
                        f"{len(candidates) - index} of {len(candidates)} trials: no time was left of {seconds:g} seconds"
                    )
                    break
                if enough and results and enough(results, candidate):
                    break
                if progress:
                    runner.tick = partial(_tick, progress, clock, candidate.fix.title)
                    runner.tick()
                results.append(runner.compare(candidate))
            if candidates and runner.baseline.failed:
                missing.append(f"the run as it is fails: {runner.baseline.failed}")
        except KeyboardInterrupt:
            missing.append("interrupted")
        except KerasMagicError as error:
            missing.append(str(error))
    return TrialFacts(results=tuple(results), seconds=clock.wall, missing=tuple(missing))


def _tick(progress: Progress, clock: Clock, title: str) -> None:
    progress(clock.share, title)


class TrialRunner:
    """Where trials of one run are made; use it inside `undisturbed()`.

    Args:
        run, steps, seed, task, prices: as for `run_trials`.
        clock: for everything together.

    Raises:
        UnsupportedError: the model cannot be copied.
    """

    def __init__(
        self,
        run: Run,
        *,
        clock: Clock,
        steps: int | None = None,
        seed: int = 0,
        task: str | None = None,
        prices: Prices | None = None,
    ) -> None:
        self.clock = clock
        self.tick: Callable[[], None] = lambda: None  # called now and then while something is trained
        self.seed = seed
        self.prices = prices or Prices()
        self.small = small_run(run, seed, clock)
        self.task = task if task not in (None, "unknown") else task_of_targets(self.small.y)
        self.classes = classes_of(self.small.y) if self.task in ("binary", "multiclass") else None
        own_loss = callable(run.model.loss) and loss_name(run.model.loss) == "custom"
        self.sign_agnostic = own_loss and is_sign_agnostic(collect_model(run.model))
        self._models: dict[str, Any] = {}
        self._predictors: dict[int, Predictor] = {}  # by the id of a kept model
        self._baselines: dict[int, Trained] = {}
        self._whole_steps = steps_of(run, of_whole_run=True)
        goal = min(steps or STEPS, self._whole_steps)
        self.share = goal / steps_of(self.small)  # of a small run's own length that is trained
        self.limit = max(BASE_SECONDS, LEAST_STEPS * self.prices.step) if steps is None else math.inf
        self.overhead = (
            self.prices.copy
        )  # seconds that the dearest trial so far took besides training: making the model, tracing its step

    @property
    def held_out(self) -> int:
        """Rows that trainings are judged on."""
        return rows_of(parts_of(self.small)[1][0])

    @property
    def whole(self) -> bool:
        """The run as it is was trained as long as the user's own training is."""
        return self.baseline.steps >= 0.9 * self._whole_steps

    @property
    def price(self) -> float:
        """Seconds of a training that says something, as far as known."""
        return self.overhead + min(LEAST_STEPS, self._steps(self.small)) * self.prices.step

    def affords(self, trainings: int = 1) -> bool:
        """So many more trainings can come to an end in the time that is left."""
        return self.clock.left > trainings * self.price

    @property
    def baseline(self) -> Trained:
        """The run as it is; its length sets that of the candidates."""
        return self.baseline_at(self.seed)

    def baseline_at(self, seed: int) -> Trained:
        if seed not in self._baselines:
            first = not self._baselines
            limit = self.limit if first else self.limit * LONGEST
            result = self.try_fix(self.small, None, seed=seed, limit=limit)
            if first and result.steps and not result.failed:
                self.share *= min(1.0, result.steps / max(1, self._steps(self.small)))
            self._baselines[seed] = result
        return self._baselines[seed]

    def compare(self, candidate: Candidate) -> TrialResult:
        """The paired trial of one candidate; a second seed is run where the gain is small."""
        base, clock = self.baseline, Clock()
        after = self.try_fix(self.small, candidate.fix)
        gains = [after.skill - base.skill]
        spread = max(self._least, 0.5 / math.sqrt(self.held_out))
        if not after.failed and spread < gains[0] < PROVEN + 3 * spread and self.affords(2):  # too close to tell
            other = self.seed + 1
            again = self.try_fix(self.small, candidate.fix, seed=other)
            gains.append(again.skill - self.baseline_at(other).skill)
            spread = max(self._least, abs(gains[1] - gains[0]) / 2)
        gain = float(np.mean(gains))
        return TrialResult(
            name=candidate.fix.name,
            cause=candidate.cause,
            title=candidate.fix.title,
            before=base.skill,
            after=None if after.failed else min(1.0, base.skill + gain),
            gain=None if after.failed else gain,
            spread=spread,
            before_loss=base.losses,
            after_loss=after.losses,
            steps=after.steps,
            seconds=clock.wall,
            failed=after.failed,
        )

    @property
    def _least(self) -> float:
        """The smallest gain that counts: of classes, as much as `BY_CHANCE` more rows that are right."""
        row = 1 / (self.held_out * (1 - 1 / self.classes)) if self.classes and self.classes > 1 else 0.0
        return max(SMALLEST_SPREAD, BY_CHANCE * row)

    def try_fix(self, run: Run, fix: Fix | None, *, seed: int | None = None, limit: float | None = None) -> Trained:
        """Train a copy of a small run, with a fix applied, for its share of steps, and judge it.

        What is raised (by a shape error, an id outside its embedding, ...) is noted as `failed`, with skill 0.
        """
        clock = Clock()
        longest = self.limit * LONGEST if limit is None else limit
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                changed = fresh(run) if fix is None else fix.apply(run)
                return self._measure(
                    changed, self.seed if seed is None else seed, longest, clock, alike=fix is None or keeps_step(run, fix)
                )
        except Exception as error:
            return Trained(skill=0.0, failed=_first_line(error), seconds=clock.wall)

    def _judge(self, y: Any, predicted: Any) -> float:
        return mean_skill(self.task, y, predicted, classes=self.classes, sign_agnostic=self.sign_agnostic)

    def _measure(self, run: Run, seed: int, limit: float, clock: Clock, alike: bool) -> Trained:
        (x, y, weight), (x_held, y_held) = parts_of(run)
        callbacks = kept_callbacks(run)
        per_epoch = epoch_of(run)
        calls = math.ceil(per_epoch / self.prices.at_once(TOGETHER))
        one_by_one = run.model.run_eagerly or backends.name() == "torch"
        together = 1 if one_by_one else math.ceil(per_epoch / calls)
        model = self._compiled(run, (x, y, weight), callbacks, together, alike)
        seed_everything(seed)
        goal = self._steps(run)
        stop = Stop(goal, seconds=limit, clock=self.clock, tick=self.tick)
        history = fit(
            model,
            run,
            epochs=max(1, math.ceil(goal / per_epoch)),
            steps=per_epoch if together == 1 else calls * together,
            callbacks=[*callbacks, stop],
            validate=any(watches_validation(c) for c in callbacks),
            seed=seed,
        )
        predictor = self._predictors.get(id(model)) or Predictor(model)
        score, seen = (self._score(predictor, part) for part in ((x_held, y_held), (x, y)))
        self.overhead = max(self.overhead, clock.elapsed - stop.trained)
        losses = tuple(float(v) for v in history.history.get("loss", ()))
        return Trained(
            skill=score,
            losses=losses,
            steps=stop.steps,
            seconds=clock.wall,
            gap=seen - score,
            cut=stop.steps < goal / 2 and self.clock.over,
            fall=relative_fall(losses),
        )

    def _score(self, predictor: Predictor, part: tuple[Any, Any]) -> float:
        """Skill on the first rows of a part, the same in every trial."""
        most = self.prices.rows_to_judge(HELD_OUT, self.small.fit_arguments.get("batch_size") or 32)
        x, y = (take(tree, slice(0, min(rows_of(part[0]), most))) for tree in part)
        return self._judge(y, predictor(x))

    def _steps(self, run: Run) -> int:
        """Steps that a small run is trained for."""
        return max(1, round(steps_of(run) * self.share))

    def _compiled(self, run: Run, data: tuple[Any, Any, Any], callbacks: Sequence[Any], together: int, alike: bool) -> Any:
        """The run's model, or one of the same structure that was compiled before, given its weights and optimizer.

        Args:
            alike: its train step is that of the run as it is, whether or not that can be written as text.
        """
        model = run.model
        if not any(watches_metric(c) for c in callbacks):
            drop_metrics(model)
        if backends.name() != "jax":  # which compiles in no other way
            model.jit_compile = False  # compiling with XLA would take longer than the trial
        model.steps_per_execution = together
        if not model.built:
            model(map_tree(lambda a: to_numpy(a)[:2], data[0]), training=False)
        optimizer = model.optimizer
        if optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)
        key = structure_of(model, run, data, together) or (f"as it is, {together} steps together" if alike else None)
        if key is None or key not in self._models:
            if key is not None:
                self._keep(key, model)
            return model
        kept = self._models[key]
        for old, new in zip(state_of(kept), state_of(model), strict=True):
            assign_copy(old, new.value)
        return kept

    def _keep(self, key: str, model: Any) -> None:
        """Keep a compiled model for others of its structure: the run's own, and the last of those that differ from it."""
        for other in list(self._models)[1:]:
            del self._predictors[id(self._models.pop(other))]
        self._models[key], self._predictors[id(model)] = model, Predictor(model)


def keeps_step(run: Run, fix: Fix) -> bool:
    """The fix leaves the compiled train step as it is: another rate, where none comes from a schedule."""
    return fix.name == "set-learning-rate" and isinstance(run.model.optimizer.get_config().get("learning_rate"), float)


# ---------------------------------------------------------------- training


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]
