"""`Report`: what a diagnosis found, and its views. One `Diagnosis` per `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_magic.facts import Facts
from keras_magic.findings import Finding
from keras_magic.run import Run


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Everything about one `fit` (or one audit, or one pre-flight without training).

    Args:
        kind: "fit" | "preflight" | "audit".
        findings: ranked, root cause first, symptoms folded.
        skipped: rule code -> why it was not run.
        history: the Keras `History`, or None; exception: what `fit` raised, or None.
        seconds: time that the diagnosis took beyond the training.
    """

    kind: str
    run: Run | None
    facts: Facts
    findings: tuple[Finding, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    history: Any = None
    exception: BaseException | None = None
    seconds: float = 0.0


class Report:
    """The answer: findings ranked with the root cause first, a verdict, and views of them."""

    def __init__(self, *diagnoses: Diagnosis) -> None:
        self.diagnoses: list[Diagnosis] = list(diagnoses)

    def add(self, diagnosis: Diagnosis) -> None:
        """Append the diagnosis of one more `fit`."""
        self.diagnoses.append(diagnosis)

    @property
    def findings(self) -> list[Finding]:
        """All findings, most likely root cause first."""
        return [f for d in self.diagnoses for f in d.findings]

    @property
    def history(self) -> Any:
        """The Keras `History` of the last fit, None without training."""
        return self.diagnoses[-1].history if self.diagnoses else None

    @property
    def exception(self) -> BaseException | None:
        """What the training raised, or None."""
        return next((d.exception for d in self.diagnoses if d.exception is not None), None)
