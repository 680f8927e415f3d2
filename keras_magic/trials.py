"""Paired trials: the run as it is and the run with one change, trained briefly on copies from the same seed, compared by skill.

Skill (see `sources.skill`) survives a change of loss, of label coding and of target scale. It is taken on held-out rows: the
run's own validation rows, or a fifth of the training rows where it has none. Models of equal structure share one compiled step.
"""

from __future__ import annotations

import json
import math
import random
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np

from keras_magic.clock import Clock
from keras_magic.errors import KerasMagicError
from keras_magic.facts import TrialFacts, TrialResult
from keras_magic.findings import Fix
from keras_magic.fixes.arrays import take
from keras_magic.fixes.models import copy_callbacks, fresh, undisturbed
from keras_magic.keras_adapter.compiled import arguments as compile_arguments
from keras_magic.keras_adapter.compiled import drop_metrics, has_metrics
from keras_magic.prices import LEAST_STEPS, Prices
from keras_magic.rank import PROVEN
from keras_magic.run import Run
from keras_magic.small import HELD_OUT, classes_of, epoch_of, fit, parts_of, rows_of, small_run, steps_of
from keras_magic.sources.compiled import loss_name
from keras_magic.sources.model import collect_model
from keras_magic.sources.predicting import Predictor
from keras_magic.sources.skill import mean_skill, means_either_side, task_of_targets
from keras_magic.sources.trees import leaves, map_tree, to_numpy
from keras_magic.watch.traces import forgotten

STEPS = 600  # most steps of a trial of the run as it is
BASE_SECONDS = 1.5  # about the longest training of the run as it is, first step left out
LONGEST = 4.0  # a candidate may take this many times as long (smaller batches, more epochs)
FALLING = 0.02  # share of the loss that the last fifth of the epochs takes off a training that is not at its end
TOGETHER = 8  # steps per call of the compiled train step, at most
KEPT_CALLBACKS = ("EarlyStopping", "ReduceLROnPlateau", "LearningRateScheduler", "TerminateOnNaN")  # those that steer the training
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
        seed: of the weights that are made anew, the order of rows, and dropout.
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
            bench = Bench(run, clock=clock, steps=steps, seed=seed, task=task, prices=prices)
            for index, candidate in enumerate(candidates):
                if not bench.can_start and results:
                    missing.append(
                        f"{len(candidates) - index} of {len(candidates)} trials: no time was left of {seconds:g} seconds"
                    )
                    break
                if enough and results and enough(results, candidate):
                    break
                if progress:
                    bench.tick = partial(_tick, progress, clock, candidate.fix.title)
                    bench.tick()
                results.append(bench.compare(candidate))
            if candidates and bench.baseline.failed:
                missing.append(f"the run as it is fails: {bench.baseline.failed}")
        except KeyboardInterrupt:
            missing.append("interrupted")
        except KerasMagicError as error:
            missing.append(str(error))
    return TrialFacts(results=tuple(results), seconds=clock.wall, missing=tuple(missing))


def _tick(progress: Progress, clock: Clock, title: str) -> None:
    progress(clock.share, title)


class Bench:
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
        self.small = small_run(run, seed)
        self.task = task if task not in (None, "unknown") else task_of_targets(self.small.y)
        self.classes = classes_of(self.small.y) if self.task in ("binary", "multiclass") else None
        own_loss = callable(run.model.loss) and loss_name(run.model.loss) == "custom"
        self.either_side = own_loss and means_either_side(collect_model(run.model))
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
    def can_start(self) -> bool:
        """Another trial can come to an end in the time that is left."""
        return self.clock.left > self.overhead + min(LEAST_STEPS, self._steps(self.small)) * self.prices.step

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
        if not after.failed and spread < gains[0] < PROVEN + 3 * spread and self.can_start:  # too close to tell
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
        return mean_skill(self.task, y, predicted, classes=self.classes, either_side=self.either_side)

    def _measure(self, run: Run, seed: int, limit: float, clock: Clock, alike: bool) -> Trained:
        (x, y, weight), (x_held, y_held) = parts_of(run)
        callbacks = kept_callbacks(run)
        per_epoch = epoch_of(run)
        calls = math.ceil(per_epoch / self.prices.at_once(TOGETHER))
        together = 1 if run.model.run_eagerly else math.ceil(per_epoch / calls)
        model = self._compiled(run, (x, y, weight), callbacks, together, alike)
        _seed(seed)
        goal = self._steps(run)
        stop = Stop(goal, seconds=limit, clock=self.clock, tick=self.tick)
        history = fit(
            model,
            run,
            epochs=max(1, math.ceil(goal / per_epoch)),
            steps=per_epoch if together == 1 else calls * together,
            callbacks=[*callbacks, stop],
            validate=any(_watches_validation(c) for c in callbacks),
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
            fall=_fall(losses),
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
        if not any(_watches_metric(c) for c in callbacks):
            drop_metrics(model)
        model.jit_compile = False  # compiling with XLA would take longer than the trial
        model.steps_per_execution = together
        if not model.built:
            model(map_tree(lambda a: to_numpy(a)[:2], data[0]), training=False)
        optimizer = model.optimizer
        if optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)
        key = _structure(model, run, data, together) or (f"as it is, {together} steps together" if alike else None)
        if key is None or key not in self._models:
            if key is not None:
                self._keep(key, model)
            return model
        twin = self._models[key]
        for old, new in zip(_state(twin), _state(model), strict=True):
            old.assign(new.value)
        return twin

    def _keep(self, key: str, model: Any) -> None:
        """Keep a compiled model for others of its structure: the run's own, and the last of those that differ from it."""
        for other in list(self._models)[1:]:
            del self._predictors[id(self._models.pop(other))]
        self._models[key], self._predictors[id(model)] = model, Predictor(model)


def keeps_step(run: Run, fix: Fix) -> bool:
    """The fix leaves the compiled train step as it is: another rate, where none comes from a schedule."""
    return fix.name == "set-learning-rate" and isinstance(run.model.optimizer.get_config().get("learning_rate"), float)


class Stop(keras.callbacks.Callback):
    """Ends the training after a number of steps, or of seconds counted from the end of the first call, or with a clock.

    Args:
        steps: to train; seconds: the longest training; clock: of a larger whole that it is part of; tick: called after each batch.

    Attributes:
        steps: that were trained; trained: seconds they took; cut: the time ended the training.
    """

    def __init__(self, steps: float = math.inf, *, seconds: float, clock: Clock, tick: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.goal, self.seconds, self.clock, self.tick = steps, seconds, clock, tick
        self.cut = False
        self.steps = 0
        self._own: Clock | None = None
        self._in_epoch = 0

    @property
    def trained(self) -> float:
        return self._own.elapsed if self._own else 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._in_epoch = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # Keras before 3.11 gives the first step of an execution of several, later versions its last one
        done = self.model.steps_per_execution if batch == self._in_epoch else batch + 1 - self._in_epoch
        self.steps += done
        self._in_epoch += done
        self.tick()
        self._own = self._own or Clock(self.seconds)
        self.cut = self._own.over or self.clock.over
        if self.steps >= self.goal or self.cut:
            self.model.stop_training = True


# ---------------------------------------------------------------- training


def kept_callbacks(run: Run) -> list[Any]:
    """Copies of those user's callbacks that steer the training and leave no files."""
    given = run.fit_arguments.get("callbacks") or ()
    return [c for c in copy_callbacks(given) if type(c).__name__ in KEPT_CALLBACKS and type(c).__module__.startswith("keras")]


def _watches_validation(callback: Any) -> bool:
    return str(getattr(callback, "monitor", "")).startswith("val_")


def _watches_metric(callback: Any) -> bool:
    return getattr(callback, "monitor", "loss") not in ("loss", "val_loss")


def _state(model: Any) -> list[Any]:
    """Every variable that a training starts from; metrics are reset by each epoch."""
    weights = [*model.trainable_variables, *model.non_trainable_variables]
    return [*weights, *(model.optimizer.variables if model.optimizer is not None else ())]


def _structure(model: Any, run: Run, data: tuple[Any, Any, Any], together: int) -> str | None:
    """What the compiled train step depends on, as text; None where it cannot be told."""
    try:
        optimizer = model.optimizer
        settings = optimizer.get_config()
        settings.pop("name", None)
        if isinstance(settings.get("learning_rate"), float):
            settings.pop("learning_rate")
        shapes = [[(str(to_numpy(a).dtype), np.shape(a)[1:]) for a in leaves(part)] for part in data]
        parts = [
            _plain(model.get_config()),
            type(model).__name__,
            type(optimizer).__name__,
            settings,
            keras.saving.serialize_keras_object((compile_arguments(model) or {})["loss"]),
            [v.path for v in model.trainable_variables],
            shapes,
            run.fit_arguments.get("class_weight") is not None,
            not has_metrics(model),
            together,
        ]
        return json.dumps(parts, default=str, sort_keys=True)
    except Exception:
        return None


def _plain(config: Any) -> Any:
    """A configuration without initialisers and seeds, which shape no computation."""
    if isinstance(config, dict):
        return {k: _plain(v) for k, v in config.items() if not str(k).endswith("initializer") and k != "seed"}
    return [_plain(v) for v in config] if isinstance(config, (list, tuple)) else config


def _seed(seed: int) -> None:
    """Seed everything that a training draws from; `undisturbed` puts the user's state back afterwards."""
    import tensorflow as tf

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - a user's layers and datasets may draw from it
    tf.random.set_seed(seed)


def _fall(losses: Sequence[float]) -> float:
    """How far the loss of the last fifth of the epochs lies below that of the fifth before, as a share of it."""
    if len(losses) < 4 or not all(map(math.isfinite, losses)):
        return 0.0
    size = max(1, len(losses) // 5)
    before, last = float(np.mean(losses[-2 * size : -size])), float(np.mean(losses[-size:]))
    return (before - last) / max(abs(before), 1e-12)


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]
