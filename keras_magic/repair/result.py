"""What came of a search for a repair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from keras_magic.assessment import score
from keras_magic.facts import TrialFacts, to_plain
from keras_magic.findings import Finding, Fix
from keras_magic.run import Run
from keras_magic.words import counted

LITTLE = 0.2  # a skill below which nobody would call it learned


@dataclass(frozen=True)
class Repair:
    """What came of a search.

    Args:
        run: the repaired run, ready for `run.fit()`: its own model at its initial weights, data already transformed. The same
            training as the user's, on a copy, where nothing helped.
        trials: what was tried, with `kept`.
        code: the code to paste, empty when nothing was kept.
        kept: the fixes in the order in which they are applied.
        findings: the findings that the kept fixes belong to.
        before, after: skill on held-out rows, in the short trainings; None where not measured.
        notes: what could not be done, and why.
        seconds: time spent.
    """

    run: Run
    trials: TrialFacts = field(default_factory=TrialFacts)
    code: str = ""
    kept: tuple[Fix, ...] = ()
    findings: tuple[Finding, ...] = ()
    before: float | None = None
    after: float | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """What came of it, in one sentence."""
        if not self.kept:
            return "Nothing was changed: " + ("; ".join(self.notes) or "no fix helped on held-out rows")
        changes = counted(len(self.kept), "change")
        if self.before is None or self.after is None:
            return f"Repaired with {changes}"
        if self.after < LITTLE:
            gain = f"score {score(self.before)} → {score(self.after)} of 1 on held-out rows, in short trainings"
            return f"{changes} made, but the network hardly learns yet ({gain}): what is wrong lies elsewhere"
        return f"Repaired with {changes} (score {score(self.before)} → {score(self.after)} in short trainings)"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and the views."""
        return {
            "verdict": self.verdict,
            "kept": [fix.title for fix in self.kept],
            "trials": to_plain(self.trials.results),
            "code": self.code,
            "notes": list(self.notes) if self.kept else [],  # else they are the verdict
            "seconds": self.seconds,
        }

    def to_html(self) -> str:
        """What was tried and kept, and the code, as HTML that needs no scripts."""
        from keras_magic.views import repair
        from keras_magic.views.safe import shown

        return repair.render(shown(self.to_dict()))

    def to_text(self) -> str:
        """The same for a terminal."""
        from keras_magic.views import repair
        from keras_magic.views.safe import shown

        return repair.text(shown(self.to_dict()))

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": self.to_text()}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.to_text())
