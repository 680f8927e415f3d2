"""The state of a search for a repair: the run as it is, what is kept, and what was tried with what result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from keras_magic.clock import Clock
from keras_magic.errors import KerasMagicError
from keras_magic.facts import Facts, TrialFacts, TrialResult
from keras_magic.findings import Fix
from keras_magic.prices import prices_of, refusal, steps_of_fit
from keras_magic.repair.options import Option
from keras_magic.repair.result import Repair
from keras_magic.run import Run

if TYPE_CHECKING:
    from keras_magic.diagnosis.result import Diagnosis
    from keras_magic.trials.runner import Trained, TrialRunner

GOOD_ENOUGH = 0.93  # skill at which the search ends
REPAIRED = 0.8  # skill at which it ends once a change was kept that raised it clearly, and the loss has settled
WORTH = 0.03  # least gain in skill for which a training is changed
NOISE = 0.75  # times 1/√rows: a gain on few held-out rows that may be chance; a guess has to do better
LARGE = 0.3  # a gain for which the other candidates are not waited for
FINISHING = 4  # copies of the model that the end of the search makes, about: the repaired run and its code


Progress = Callable[[float, str], None]


class State:
    """What is kept so far, and how good the run then is."""

    def __init__(self, diagnosis: Diagnosis, seconds: float, seed: int, progress: Progress | None) -> None:
        assert diagnosis.run is not None
        self.original: Run = diagnosis.run
        self.facts: Facts = diagnosis.facts
        self.findings = [f for finding in diagnosis.findings for f in (finding, *finding.symptoms)]
        self.seed, self.progress = seed, progress
        self.clock = Clock(seconds)
        self.prices = prices_of(self.original.model, self.facts.training)
        self.kept: list[Option] = []
        self.tried: set[tuple[str, ...]] = set()  # what was kept then, and the title of what was tried on it
        self.noise = 0.0
        self.results: list[TrialResult] = []
        self.notes: list[str] = []
        self.steadied: tuple[Option, Run, Trained] | None = None  # what brought a run that went astray up to the trivial answer
        self.runner: TrialRunner | None = None
        self.copying = 0.0  # seconds to make the model once more, as each fix does
        self.run: Run | None = None  # the small run with what is kept
        self.before: Trained | None = None  # the run as it is
        self.best: Trained | None = None

    def _prepare(self) -> bool:
        """Train the run as it is; False, with a note, where the time is not enough for it and one change."""
        from keras_magic.trials.runner import TrialRunner

        price = self.prices.pair(steps_of_fit(self.facts)) + self.prices.copy
        if self.clock.left < price:
            self._refuse("repairing", price)
            return False
        task = self.facts.outcome.task if self.facts.outcome else None
        self._time_a_copy()
        left = self.clock.left - FINISHING * self.copying
        self.runner = TrialRunner(self.original, clock=self.clock.part(left), seed=self.seed, task=task, prices=self.prices)
        self.run = self.runner.small
        self.before = self.best = self.runner.baseline
        self.noise = NOISE / self.runner.held_out**0.5
        return True

    def _refuse(self, what: str, price: float) -> None:
        clock = self.runner.clock if self.runner is not None else self.clock
        self.notes.append(refusal(what, price, clock.left, "%repair {}", spent=self.clock.elapsed))

    def _time_a_copy(self) -> None:
        from keras_magic.fixes.models import fresh

        clock = Clock()
        fresh(self.original)
        self.copying = clock.elapsed

    def _keep(self, option: Option, run: Run, trained: Trained) -> None:
        self.kept.append(option)
        self.run, self.best = run, trained

    def _gain(self, trained: Trained) -> float:
        """What is worse than the trivial answer counts as that: to come up to it is not to learn."""
        return max(trained.skill, 0.0) - max(self._skill, 0.0)

    def _confirmed(self, option: Option, gain: float, trained: Trained) -> bool:
        """A small gain has to show itself with a second seed as well."""
        if gain > LARGE / 2 or self.runner is None or self.run is None:
            return True
        if not self.runner.affords(2):
            return False
        other = self.seed + 1
        again = self.runner.try_fix(self.run, option.fix, seed=other)
        base = self.runner.try_fix(self.run, None, seed=other)
        other_gain = max(again.skill, 0.0) - max(base.skill, 0.0)
        return again.failed is None and (gain + other_gain) / 2 > self._least(option)

    def _least(self, option: Option) -> float:
        """The gain from which an option is kept: what no finding speaks for must show more than chance would."""
        return WORTH if option.finding is not None else max(WORTH, self.noise)

    @property
    def _skill(self) -> float:
        return self.best.skill if self.best is not None else 0.0

    def _good(self) -> bool:
        return self.best is not None and not self.best.failed and self.best.skill >= GOOD_ENOUGH

    def _repaired(self) -> bool:
        """A change was kept that made the difference; what is left to gain is not worth the wait."""
        if self.before is None or self.best is None or not self.kept:
            return False
        attainable = self.facts.outcome.attainable if self.facts.outcome else None
        if attainable is None or self._skill > attainable + LARGE / 2:  # simple models say nothing of what can be reached
            return self._skill >= REPAIRED and self._skill - self.before.skill > LARGE / 2 and not self.best.rising
        enough = max(min(REPAIRED, attainable), attainable - WORTH)
        settled = not self.best.rising or self._skill > attainable + WORTH
        return self._skill >= enough and self._skill - self.before.skill > LARGE / 2 and settled

    def _done(self) -> bool:
        return self._good() or (self.runner is not None and not self.runner.affords())

    def _tell(self, what: str) -> None:
        if self.progress:
            self.progress(self.clock.share, what)

    def _train(self, run: Run, what: str) -> Trained:
        assert self.runner is not None
        self._tell(what)
        return self.runner.try_fix(run, None)

    def _try(self, option: Option) -> tuple[Run, Trained] | None:
        """The small run with one more fix, and its training; None where the fix cannot be applied."""
        assert self.run is not None
        self.tried.add(self._key(option))
        try:
            run = option.fix.apply(self.run)
        except Exception as error:
            self.notes.append(f"{option.fix.title}: {error}"[:200])
            return None
        trained = self._train(run, option.fix.title)
        if trained.failed:
            self.notes.append(f"{option.fix.title}: {trained.failed}"[:200])
            return None
        return run, trained

    def _key(self, option: Option) -> tuple[str, ...]:
        return (*(o.fix.title for o in self.kept), option.fix.title)

    def _note(self, option: Option, after: Trained, kept: bool) -> None:
        before = self.best
        self.results.append(
            TrialResult(
                name=option.fix.name,
                cause=option.cause,
                title=option.fix.title,
                before=before.skill if before else None,
                after=None if after.failed else after.skill,
                gain=None if after.failed or before is None else after.skill - before.skill,
                spread=WORTH,
                before_loss=before.losses if before else (),
                after_loss=after.losses,
                steps=after.steps,
                seconds=after.seconds,
                failed=after.failed,
                kept=kept,
            )
        )

    def result(self) -> Repair:
        """Apply what is kept to the whole run."""
        from keras_magic.fixes.models import fresh

        run, applied = self.original, []
        for option in self.kept:
            try:
                run = option.fix.apply(run)
                applied.append(option)
            except KerasMagicError as error:
                self.notes.append(f"{option.fix.title}: {error}")
        run = run if run.fresh else fresh(run)
        seconds = self.clock.wall
        return Repair(
            run=run,
            trials=TrialFacts(results=tuple(self.results), seconds=seconds, missing=tuple(self.notes)),
            code=self._code([o.fix for o in applied]),
            kept=tuple(o.fix for o in applied),
            findings=tuple(o.finding for o in applied if o.finding is not None),
            before=self.before.skill if self.before else None,
            after=self.best.skill if self.best else None,
            notes=tuple(self.notes),
            seconds=seconds,
        )

    def _code(self, applied: Sequence[Fix]) -> str:
        """The whole program after the user's own; the pieces of the fixes where it can't be written."""
        from keras_magic.fixes._words import in_words
        from keras_magic.fixes.program import program

        if not applied:
            return ""
        try:
            return program(self.original, applied)
        except Exception as error:
            self.notes.append(
                f"the code could not be written in full ({type(error).__name__}: {error}): these are its pieces"[:200]
            )
            return "\n\n".join(in_words(fix.title, fix.example) for fix in applied)
