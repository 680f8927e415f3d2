"""The search: what is tried in which order, and what is kept.

Exact contradictions are removed first and together; then the fix that helps most, again and again; where that is not enough, a
learning rate from a range test, a longer training with early stopping, and what a careful person would try next. A network that
has learned is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from keras_magic import fixes
from keras_magic.assessment import has_learned, train_gap
from keras_magic.errors import KerasMagicError
from keras_magic.findings import Evidence, Severity
from keras_magic.fixes.combine import together
from keras_magic.repair.options import Option, is_removed_unseen, joined, next_steps, of_findings, of_own_loss
from keras_magic.repair.result import LITTLE
from keras_magic.repair.state import LARGE, WORTH, State
from keras_magic.run import Run

if TYPE_CHECKING:
    from keras_magic.trials.runner import Trained

STEEP = 0.05  # a fall of the loss over the last fifth of the epochs with which a training is not at its end
LEFT = 0.3  # share of the first loss, if that is left
LONGER = 4  # times as many epochs, when the loss still falls at the end
#: Fixes that change what is judged (the validation rows) or what is reported: their effect is not a gain in skill.
REFRAMING = frozenset({"separate-validation", "stratify-split", "rescale-validation", "replace-metric"})


class Search(State):
    """The order in which fixes are tried."""

    # ------------------------------------------------------------ the plan

    def go(self) -> None:
        certain, open_options = of_findings(self.findings)
        open_options += of_own_loss(self.original, self.facts)
        if not certain and has_learned(self.facts.outcome):
            self._improve(open_options)
            return
        if not self._prepare():
            return
        open_options = [*self._remove_contradictions(certain), *open_options]
        if self._hopeless():
            return
        self._forget()  # before anything else is judged by what was memorised
        self._all_likely(open_options)
        self._climb(open_options)
        if not self.kept:
            self._pairs(open_options)
        if not self.kept and self.steadied is not None:
            self._keep(*self.steadied)
            title = self.steadied[0].fix.title
            self.results = [replace(r, kept=True) if r.title == title else r for r in self.results]
            self._climb(open_options)
        for more in (self._longer, self._rates, self._ideas, self._rates, self._longer):
            if self._done() or self._repaired():
                break
            self._climb(more())
        self._tell_what_is_left()
        self._protect(open_options)
        self._forget()
        self._settle()

    def _improve(self, options: Sequence[Option]) -> None:
        """A network that has learned: what exact contradictions it has must help when removed, and it may have gone on too long."""
        exact = [o for o in options if o.finding and o.finding.level is Evidence.CONTRADICTION]
        late = [o for o in options if self._ends_too_late(o)]
        if not exact and not late:
            self.notes.append("the network has learned")
            return
        if not self._prepare():
            return
        if exact and not self._keep_joined(exact):
            self._climb(exact)
        self._tell_what_is_left()
        self._protect(late)

    def _tell_what_is_left(self) -> None:
        """Where the time ended the search, say so, and at what price it goes on."""
        assert self.runner is not None
        if not self.runner.affords() and not self._good() and not self._repaired():
            self._refuse("trying another change", self.runner.price)

    def _settle(self) -> None:
        """Give a network that now learns the epochs to end in: right answers come before sure ones."""
        assert self.runner is not None
        assert self.best is not None
        losses = self.best.losses
        unfinished = self.best.fall > STEEP and losses[-1] > LEFT * losses[0]
        if not self.kept or not self.runner.whole or not unfinished or not self.runner.affords():
            return
        for option in self._longer():
            tried = self._try(option)
            kept = tried is not None and tried[1].skill > self._skill - WORTH and tried[1].losses[-1] < self.best.losses[-1]
            if tried is not None:
                self._note(option, tried[1], kept=kept)
            if tried is not None and kept:
                self._keep(option, *tried)

    def _protect(self, options: Sequence[Option]) -> None:
        """Stop early where the user's own training shows that it went on too long: a short trial may be over before that begins."""
        option = next((o for o in options if self._ends_too_late(o)), None)
        if option is None or self._stops_early():
            return
        if not any(r.title == option.fix.title for r in self.results) and not self._done():
            tried = self._try(option)
            if tried is not None:
                self._note(option, tried[1], kept=self._gain(tried[1]) > -max(WORTH, self.noise))
        gains = [r.gain for r in self.results if r.title == option.fix.title and r.gain is not None]
        if gains and gains[-1] > -max(WORTH, self.noise):
            self.kept.append(option)
            self.notes.append("stopping early is kept for the length of your own training, which the trials do not reach")

    def _ends_too_late(self, option: Option) -> bool:
        finding = option.finding
        if option.fix.name != "add-early-stopping" or finding is None or train_gap(self.facts.outcome) < LARGE / 2:
            return False
        return finding.severity is Severity.ERROR or (finding.severity is Severity.WARNING and finding.level >= Evidence.STRONG)

    def _forget(self) -> None:
        """Stop early where the repaired training memorises its rows, unless that makes it worse."""
        if not self.kept or self.best is None or self.best.gap < LARGE or self._stops_early() or self._done():
            return
        option = Option(fixes.add_early_stopping().named(self.original.names))
        tried = self._try(option)
        if tried is not None:
            kept = tried[1].skill > self._skill - max(WORTH, self.noise)
            self._note(option, tried[1], kept=kept)
            if kept:
                self._keep(option, *tried)

    def _stops_early(self) -> bool:
        return any("EarlyStopping" in option.fix.example for option in self.kept)

    def _hopeless(self) -> bool:
        """A certain fault is left that only the user can remove, and as long as it is there nothing is learned."""
        by_hand = [f for f in self.findings if is_removed_unseen(f) and (f.fix is None or f.fix.transform is None)]
        by_hand = [f for f in by_hand if f.severity is Severity.ERROR]
        if not by_hand or self._skill > LITTLE:
            return False
        what = by_hand[0].fix.title if by_hand[0].fix else by_hand[0].message
        self.notes.append(f"{by_hand[0].rule} comes first and must be repaired by hand: {what}")
        return True

    def _remove_contradictions(self, options: Sequence[Option]) -> list[Option]:
        """Apply them all; what cannot be applied is left out, and if the whole does worse, each has to show that it does not.

        Returns those that did worse as things are: another fault may keep what they free from learning.
        """
        run, applied = self.run, []
        for option in options:
            try:
                assert run is not None
                run = option.fix.apply(run)
                applied.append(option)
            except KerasMagicError as error:
                self.notes.append(f"{option.fix.title}: {error}")
        if not applied or run is None or self.best is None:
            return []
        trained = self._train(run, "without the contradictions")
        untold = self.best.skill < LITTLE or trained.cut  # of two networks that do not learn, the skill says nothing
        harmless = trained.failed is None and (untold or trained.skill > self.best.skill - WORTH)
        if harmless or any(o.fix.name in REFRAMING for o in applied):
            for option in applied:
                self._note(option, trained, kept=True)
            self.kept += applied
            self.run, self.best = run, trained
            return []
        if len(applied) > 1:
            return [left for o in applied for left in ([o] if self._done() else self._remove_contradictions([o]))]
        self._note(applied[0], trained, kept=False)
        return applied

    def _climb(self, options: Iterable[Option]) -> None:
        """Keep the option that helps most, as long as one helps."""
        remaining = list(options)
        while remaining and not self._done() and not self._repaired():
            gains: list[tuple[float, Option, Run, Trained]] = []
            for option in remaining:
                if self._done():
                    break
                if self._key(option) in self.tried or option.fix.title in {o.fix.title for o in self.kept}:
                    continue
                tried = self._try(option)
                if tried is None:
                    continue
                gains.append((self._gain(tried[1]), option, *tried))
                if gains[-1][0] > LARGE:
                    break
            if not gains:
                return
            gain, option, run, trained = max(gains, key=lambda g: g[0])
            confirmed = gain > self._least(option) and self._confirmed(option, gain, trained)
            for other in gains:
                self._note(other[1], other[3], kept=confirmed and other[1] is option)
            if not confirmed:
                steadier = max(gains, key=lambda g: g[3].skill)
                if self.steadied is None and steadier[3].skill - self._skill > LARGE:
                    self.steadied = steadier[1:]
                return
            self._keep(option, run, trained)
            again = [o for g, o, _, _ in sorted(gains, key=lambda g: -g[0]) if o is not option and (g > -WORTH or o.finding)]
            measured = {id(o) for _, o, _, _ in gains}
            remaining = [*(o for o in remaining if id(o) not in measured), *again]

    def _all_likely(self, options: Sequence[Option]) -> None:
        """Several faults that each keep the network from learning show no gain one by one: their fixes are made together, and
        those that it does without are taken back."""
        needed = [o for o in options if o.finding and o.finding.severity is Severity.ERROR and o.finding.level >= Evidence.STRONG]
        if len(needed) < 2 or self._done() or self._repaired():
            return
        tried = self._try(joined(needed))
        if tried is None or self._gain(tried[1]) < LARGE:
            return
        for option in sorted(needed, key=lambda o: o.finding.level if o.finding else 0):
            rest = [o for o in needed if o is not option]
            without = self._try(joined(rest)) if rest and not self._done() else None
            if without is not None and without[1].skill > tried[1].skill - WORTH:
                needed, tried = rest, without
        for option in needed:
            self._note(option, tried[1], kept=True)
        self.kept += needed
        self.run, self.best = tried

    def _pairs(self, options: Sequence[Option]) -> None:
        """Two changes that help only together, such as the scale of inputs and of targets."""
        first = list(options)[:3]
        for i, one in enumerate(first):
            for two in first[i + 1 :]:
                if self._done() or self._keep_joined([one, two]):
                    return

    def _keep_joined(self, options: Sequence[Option]) -> bool:
        """Keep several options as one, if they help enough."""
        both = joined(options)
        tried = self._try(both)
        gain = self._gain(tried[1]) if tried else 0.0
        if not tried or gain <= len(options) * self._least(both) or not self._confirmed(both, gain, tried[1]):
            return False
        self._note(both, tried[1], kept=True)
        self.kept += options
        self.run, self.best = tried
        return True

    # ------------------------------------------------------------ what else to try

    def _rates(self) -> list[Option]:
        """The learning rate that a quick range test suggests for the run as it now is."""
        from keras_magic.lr.find import quick_suggestion

        assert self.run is not None
        key = (*(o.fix.title for o in self.kept), "range test")
        if key in self.tried:
            return []
        self.tried.add(key)
        self._tell("a range test of the learning rate")
        allowed = min(4.0, self.clock.seconds / 8)
        allowed = max(allowed, self.prices.range_test)
        assert self.runner is not None
        if self.runner.clock.left < (price := allowed + self.runner.price):
            self._refuse("a range test of the learning rate, with the trial that follows it,", price)
            return []
        try:
            found = quick_suggestion(self.run, seconds=allowed, seed=self.seed)
        except KerasMagicError as error:
            self.notes.append(f"range test: {error}")
            return []
        rate, current = float(found.suggestion), found.current_lr
        if current and 0.5 < rate / current < 2 and not self._scheduled():
            return []
        return [Option(fixes.set_learning_rate(float(f"{rate:.2g}")).named(self.original.names))]

    def _scheduled(self) -> bool:
        """A callback sets the learning rate: that of the optimizer is not the one that trains."""
        assert self.run is not None
        return any(type(c).__name__ == "LearningRateScheduler" for c in self.run.callbacks)

    def _longer(self) -> list[Option]:
        """More epochs with early stopping, where the training ended before the loss had settled."""
        assert self.best is not None
        epochs = max(1, self.original.fit_arguments.get("epochs") or 1)
        if not self.best.rising and epochs > 3:
            return []
        more, stop = fixes.set_epochs(max(epochs * LONGER, 10)), fixes.add_early_stopping(patience=max(5, epochs // 2))
        return [Option(together([more, stop]).named(self.original.names))]

    def _ideas(self) -> list[Option]:
        assert self.runner is not None
        memorised = self.best is not None and self.best.gap > LARGE
        have = {o.fix.name for o in self.kept}
        ideas = next_steps(self.original, self.facts, self.runner.task, memorised=memorised)
        return [option for option in ideas if option.fix.name not in have]
