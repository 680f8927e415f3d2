"""What a diagnosis says: `Hit` (a rule's word), `Finding` (a hit stamped by the engine), `Fix` (what to do)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from keras_magic.errors import UnsupportedError
from keras_magic.names import one_line

if TYPE_CHECKING:
    from keras_magic.run import Run


class Severity(str, Enum):
    """How bad a finding is. Compares equal to its plain string."""

    ERROR = "error"  # it will not learn like this
    WARNING = "warning"  # it likely hurts
    INFO = "info"  # worth knowing

    def __str__(self) -> str:
        return self.value

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return ("error", "warning", "info").index(self.value)


#: Begins the title of what no trial has proven.
PERHAPS = "perhaps"

#: The vocabulary of root causes: slug -> what it says to a reader.
CAUSES: dict[str, str] = {
    # data
    "nonfinite-input": "NaN or infinity in the data",
    "input-not-scaled": "inputs are not scaled",
    "preprocessing-mismatch": "the data is not in the range that the model expects",
    "categorical-as-ordinal": "categories are fed as ordinary numbers",
    "outliers": "outliers dominate the data",
    "constant-feature": "a feature is constant",
    "label-encoding": "the labels do not fit the loss",
    "label-noise": "labels are noisy",
    "misaligned-labels": "x and y do not belong together",
    "class-imbalance": "classes are imbalanced",
    "unshuffled-data": "the data is sorted",
    "data-leakage": "training rows are in the validation data",
    "distribution-shift": "training and validation data differ",
    "too-little-data": "there is too little data",
    "target-not-scaled": "the targets are not scaled",
    "single-class": "there is only one class",
    # model
    "output-activation": "the output activation does not fit",
    "output-units": "the number of output units does not fit",
    "loss-mismatch": "the loss does not fit the task",
    "from-logits": "the loss and the output disagree about logits",
    "hidden-activation": "hidden activations are missing or saturate",
    "weight-init": "the weights start badly",
    "capacity-too-small": "the network is too small",
    "capacity-too-large": "the network is too large for the data",
    "dropout": "dropout is too strong",
    "regularization": "regularisation is too strong",
    "batchnorm": "batch normalisation is misused",
    "frozen-weights": "weights that should learn are frozen",
    "input-shape": "the shape or axis order of the input is wrong",
    "metric-mismatch": "the metric does not fit the task",
    "masking": "only the padding reaches the output",
    "embedding-range": "ids are outside the embedding's range",
    # training
    "learning-rate-too-high": "the learning rate is too high",
    "learning-rate-too-low": "the learning rate is too low",
    "optimizer": "the optimizer does not fit",
    "batch-size": "the batch size does not fit",
    "epochs-too-few": "training stopped too early",
    "data-ended": "the data ended before the training did",
    "epochs-too-many": "training went on too long",
    "exploding-gradient": "gradients explode",
    "vanishing-gradient": "gradients vanish",
    "dead-relu": "ReLU units are dead",
    "not-compiled-after-change": "the model was changed after compile",
    # loops without fit
    "gradient-flow": "gradients do not reach the weights",
    "gradient-state": "gradients of earlier steps are added to new ones",
    "inference-mode": "the model is trained in inference mode",
    "rival-wins": "one of two opposed networks wins",
    "stale-target": "the target network is never updated",
    "retracing": "the training step is compiled again and again",
    "metric-state": "a metric is never reset",
    # about the tool itself
    "tool": "a note about the diagnosis itself",
}


@dataclass(frozen=True, kw_only=True)
class Fix:
    """What a careful person would do: code to paste, and the same as a function.

    Args:
        name: slug of the kind of fix, such as `"scale-inputs"`.
        title: one line, imperative: "Scale the inputs to mean 0 and standard deviation 1".
        code: Python to paste. A builder gives an example of the change; the fix of a report holds the whole, runnable code for the
            training that it belongs to (`fixes.written`).
        transform: `Run -> Run`, pure: returns a new run and leaves the given one untouched. `None` where
            the fix can only be said in words.
        safe: whether the change cannot make a healthy network worse in expectation.
        write: `Run -> str`: the change of the data as complete Python for the data that this run has. `None` for changes of the
            model, of `compile` and of `fit`, which can be read off the repaired run. Without a transform: the whole code.
    """

    name: str
    title: str
    code: str
    transform: Callable[[Run], Run] | None = field(default=None, compare=False, repr=False)
    safe: bool = True
    write: Callable[[Run], str] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", one_line(self.title, 400))  # it holds names of columns and classes

    @property
    def example(self) -> str:
        """The change as its builder shows it, whatever the training: a piece of code with the parts that matter."""
        return self.code

    def apply(self, run: Run) -> Run:
        """Return a new, repaired run; `run`, its model and its data stay as they are.

        Raises:
            UnsupportedError: the fix exists in words only, or this model cannot be rebuilt.
        """
        if self.transform is None:
            raise UnsupportedError(f"the fix {self.name!r} can't be applied automatically: {self.title}. Paste its .code")
        return self.transform(run)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and the views."""
        return {"name": self.name, "title": self.title, "code": self.code, "applicable": self.transform is not None}


@dataclass(frozen=True)
class Claim:
    """What a message states, as data: `keras_magic.claims` holds it against all facts before the message is shown.

    Args:
        what: the quantity or thing: "loss", "learning rate", "batch", "updates", "epochs", "network", ...
        says: what is said of it: "falling", "too low", "counted", ...
        values: the numbers shown, in their order.
    """

    what: str
    says: str
    values: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What a rule yields: one observed problem.

    Args:
        message: one or two sentences with the user's own numbers.
        evidence: plain JSON-able values behind the message.
        where: layer, column, input, output or argument concerned.
        cause, severity: override the rule's defaults.
        confidence: 0..1, how surely this is a root cause: 1 for an exact contradiction, about 0.9 when a
            paired trial proved it, 0.5 for a good heuristic, below 0.3 for a hint.
        fix: what to do.
        headline: what was found in a few words, where those of the rule or the cause would say something else.
        claims: what the message states; it is withheld where other facts contradict one of them.
        needs_proof: the fault often seems to accompany another one: without a trial in which its fix let a copy learn it is worth
            knowing at most.
        headline: overrides the rule's.
    """

    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    where: str | None = None
    cause: str | None = None
    severity: Severity | str | None = None
    confidence: float = 0.5
    fix: Fix | None = None
    headline: str = ""
    claims: tuple[Claim, ...] = ()
    needs_proof: bool = False


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A hit stamped by the engine with its rule; see `Hit` for the shared fields.

    Args:
        rule: code of the rule, such as `"KM203"`.
        name: the rule's speaking name, such as `"unscaled-features"`.
        why: why the network does not learn with it (from the rule's page).
        symptoms: findings explained by this one, folded into it.
        because: why it stands at this place of the ranking, one sentence.
        headline: what it found in a few words, where those of its cause would say something else; see `title`.
    """

    rule: str
    name: str
    cause: str
    severity: Severity
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    where: str | None = None
    confidence: float = 0.5
    fix: Fix | None = None
    why: str = ""
    symptoms: tuple[Finding, ...] = ()
    because: str = ""
    headline: str = ""
    claims: tuple[Claim, ...] = ()
    needs_proof: bool = False

    @property
    def title(self) -> str:
        """What is wrong, in a few words."""
        return self.headline or CAUSES[self.cause]

    @property
    def supposed(self) -> bool:
        """No trial has proven it: its title begins so."""
        return self.headline.startswith(PERHAPS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and the views."""
        return {
            "rule": self.rule,
            "name": self.name,
            "cause": self.cause,
            "cause_title": self.title,
            "severity": str(self.severity),
            "message": self.message,
            "evidence": dict(self.evidence),
            "where": self.where,
            "confidence": self.confidence,
            "fix": self.fix.to_dict() if self.fix else None,
            "why": self.why,
            "symptoms": [s.to_dict() for s in self.symptoms],
            "because": self.because,
        }

    def __str__(self) -> str:
        where = f" [{self.where}]" if self.where else ""
        return f"{self.rule} {self.severity}: {self.message}{where}"
