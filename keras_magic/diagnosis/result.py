"""`Diagnosis`: everything about one training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from keras_magic import withheld
from keras_magic.errors import text_of
from keras_magic.facts import Facts, to_plain
from keras_magic.findings import Finding
from keras_magic.fixes.written import with_code
from keras_magic.run import Run
from keras_magic.verdict import so_far, verdict


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Everything about one `fit` (or one audit, or one pre-flight without training).

    Args:
        kind: "fit" | "preflight" | "audit" | "loop" (a training without fit, one for each network that it trains).
        findings: ranked, root cause first, symptoms folded.
        skipped: rule code -> why it was not run.
        history: the Keras `History`, or None; exception: what `fit` raised, or None.
        seconds: time that the diagnosis took beyond the training.
        values: whether views, texts and JSON may hold values of the data, and the code of fixes, which may hold them too.
        pending: "outcome" while it is being measured how well the network does, "trials" while fixes are being tried, else "".
    """

    kind: str
    run: Run | None
    facts: Facts
    findings: tuple[Finding, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    history: Any = None
    exception: BaseException | None = None
    seconds: float = 0.0
    pending: str = ""
    values: bool = True

    def __post_init__(self) -> None:
        if self.run is not None or self.kind == "loop":
            object.__setattr__(self, "findings", with_code(self.findings, self.run, trains=self.kind == "fit"))

    @property
    def subject(self) -> str:
        """What a loop trains, to follow its number: " (generator)"; empty for a fit."""
        return f" ({self.facts.loop.name})" if self.facts.loop is not None else ""

    @cached_property
    def shown(self) -> Diagnosis:
        """What views show: the diagnosis itself, or all of it that holds no value of the data."""
        if self.values:
            return self
        return replace(
            self,
            run=None,
            facts=withheld.facts(self.facts),
            findings=withheld.findings(self.findings, self.facts),
            skipped=dict.fromkeys(self.skipped, "not run, or withheld"),
            history=None,
            exception=withheld.error(self.exception),
        )

    @property
    def verdict(self) -> str:
        """What is wrong, or that nothing is, in one sentence."""
        findings, error = self.findings, self.exception
        if not self.values:
            findings, error = tuple(replace(f, headline="") for f in findings), withheld.error(error)
        if self.pending == "outcome":
            return so_far(self.facts, findings)
        text = verdict(self.kind, self.facts, findings, error)
        return f"So far: {text}" if self.pending else text

    def to_dict(self) -> dict[str, Any]:
        """Plain, JSON-able values: verdict, findings, what was skipped and why, and the facts."""
        shown = self.shown
        return {
            "kind": self.kind,
            "subject": self.subject,
            "verdict": self.verdict,
            "findings": to_plain([f.to_dict() for f in shown.findings]),
            "skipped": dict(shown.skipped),
            "exception": _exception_dict(shown),
            "seconds": self.seconds,
            "facts": to_plain(shown.facts),
        }


def _exception_dict(diagnosis: Diagnosis) -> dict[str, str] | None:
    error = diagnosis.exception
    return None if error is None else {"type": type(error).__name__, "message": text_of(error)}
