"""`Options`: the settings of a diagnosis, and how it judges facts with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from keras_magic.diagnosis.rank import rank
from keras_magic.diagnosis.revealed import reveal
from keras_magic.engine import Judgement, judge
from keras_magic.errors import KerasMagicError
from keras_magic.facts import Facts
from keras_magic.findings import Finding
from keras_magic.stages import Stages


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
    selectors: tuple[tuple[str, Any], ...] = ()
    stages: Stages = field(default_factory=Stages)
    values: bool = True
    as_report: Callable[[Any], Any] = field(default=lambda diagnosis: diagnosis)  # what the stages are shown

    def judge(self, facts: Facts) -> Judgement:
        return judge(facts, select=self.select, ignore=self.ignore, thresholds=self.thresholds, strict=self.strict)

    def conclude(self, facts: Facts, judgement: Judgement | None = None) -> tuple[Finding, ...]:
        """The ranked findings, with what showed behind the exact contradictions among them."""
        judgement = judgement or self.judge(facts)
        ranked = rank(judgement.findings, facts)
        if facts.behind is None:
            return ranked
        alone = self.judge(replace(facts, training=None, outcome=None, rate=None, trials=None, behind=None)).findings
        return reveal(ranked, self.conclude(facts.behind), facts.behind, facts, alone)


#: What a reader calls the parts of the facts that have another name here.
_CALLED = {
    "rate": "The learning rate",
    "outcome": "How well the network does",
    "behind": "What the first fault hides",
    "names": "What the data is called",
}


def guarded(options: Options, facts: Facts, name: str, measure: Callable[[], Any]) -> Facts:
    """Facts with one more part measured; a failure of ours never reaches the user's cell (it raises when strict)."""
    try:
        return replace(facts, **{name: measure()})
    except Exception as error:
        if options.strict:
            raise
        said = str(error) if isinstance(error, KerasMagicError) else f"{type(error).__name__}: {error}"
        note = f"{_CALLED.get(name, name)} could not be measured: {said}"[:500]
        return replace(facts, missing=(*facts.missing, note))
