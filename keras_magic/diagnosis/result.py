"""`Diagnosis`: everything about one training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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

    def __post_init__(self) -> None:
        if self.run is not None:
            object.__setattr__(self, "findings", with_code(self.findings, self.run, trains=self.kind == "fit"))

    @property
    def subject(self) -> str:
        """What a loop trains, to follow its number: " (generator)"; empty for a fit."""
        return f" ({self.facts.loop.name})" if self.facts.loop is not None else ""

    @property
    def verdict(self) -> str:
        """What is wrong, or that nothing is, in one sentence."""
        if self.pending == "outcome":
            return so_far(self.facts, self.findings)
        text = verdict(self.kind, self.facts, self.findings, self.exception)
        return f"So far: {text}" if self.pending else text

    def to_dict(self) -> dict[str, Any]:
        """Plain, JSON-able values: verdict, findings, what was skipped and why, and the facts."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "verdict": self.verdict,
            "findings": to_plain([f.to_dict() for f in self.findings]),
            "skipped": dict(self.skipped),
            "exception": _exception_dict(self),
            "seconds": self.seconds,
            "facts": to_plain(self.facts),
        }


def _exception_dict(diagnosis: Diagnosis) -> dict[str, str] | None:
    error = diagnosis.exception
    return None if error is None else {"type": type(error).__name__, "message": text_of(error)}
