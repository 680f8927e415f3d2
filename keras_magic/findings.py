"""What a diagnosis says: `Hit` (a rule's word), `Finding` (a hit stamped by the engine), `Fix` (what to do)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

from keras_magic.causes import CAUSES, Stage
from keras_magic.errors import UnsupportedError
from keras_magic.names import one_line, with_names

if TYPE_CHECKING:
    from keras_magic.run import Run


class Evidence(IntEnum):
    """How firmly a finding stands. A trial moves it up or down."""

    HINT = 0  # only a trial turns it into a finding
    PLAUSIBLE = 1  # fits what was seen, and so may other causes
    STRONG = 2  # few other causes explain what was seen
    MEASURED = 3  # an exact statistic or a trial shows it
    CONTRADICTION = 4  # it cannot work like this: no trial is needed

    def __str__(self) -> str:
        return self.name.lower()

    @property
    def raised(self) -> Evidence:
        """One level up."""
        return Evidence(min(self + 1, Evidence.CONTRADICTION))

    @property
    def lowered(self) -> Evidence:
        """One level down."""
        return Evidence(max(self - 1, Evidence.HINT))


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
#: Ends the message of what a copy showed.
OF_THE_COPY = "(Measured on the copy, not in your training.)"


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
        names: the user's variables, which `code` is shown with; see `named`.
        template: the code with the marks of `names.YOUR`.
        write: `Run -> str`: the change of the data as complete Python for the data that this run has. `None` for changes of the
            model, of `compile` and of `fit`, which can be read off the repaired run. Without a transform: the whole code.
    """

    name: str
    title: str
    code: str
    transform: Callable[[Run], Run] | None = field(default=None, compare=False, repr=False)
    safe: bool = True
    write: Callable[[Run], str] | None = field(default=None, compare=False, repr=False)

    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    template: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "template", self.template or self.code)
        object.__setattr__(self, "code", with_names(self.template, self.names))
        object.__setattr__(self, "title", one_line(self.title, 400))  # it holds names of columns and classes

    def named(self, names: Mapping[str, str]) -> Fix:
        """The same fix, whose code calls the user's variables by their names (keys as in `names.PARTS`)."""
        return replace(self, names=names)

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
        level: how firmly it stands as a root cause.
        fix: what to do.
        headline: what was found in a few words, where those of the rule or the cause would say something else.
        claims: what the message states; it is withheld where other facts contradict one of them.
        needs_proof: the fault often seems to accompany another one: without a trial in which its fix let a copy learn it is worth
            knowing at most.
        raises: pattern of the exceptions of `fit` that this fault raises; None: those whose meaning is its cause.
    """

    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    where: str | None = None
    cause: str | None = None
    severity: Severity | str | None = None
    level: Evidence = Evidence.PLAUSIBLE
    fix: Fix | None = None
    headline: str = ""
    claims: tuple[Claim, ...] = ()
    needs_proof: bool = False
    raises: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finding(Hit):
    """A hit stamped by the engine with its rule; see `Hit` for its other fields.

    Args:
        rule: code of the rule, such as `"KM203"`.
        name: the rule's speaking name, such as `"unscaled-features"`.
        why: why the network does not learn with it (from the rule's page).
        symptoms: findings explained by this one, folded into it.
        because: why it stands at this place of the ranking, one sentence.
    """

    rule: str
    name: str
    cause: str
    severity: Severity
    why: str = ""
    symptoms: tuple[Finding, ...] = ()
    because: str = ""

    @property
    def certain(self) -> bool:
        """A contradiction that keeps the network from learning."""
        return self.level is Evidence.CONTRADICTION and self.severity is Severity.ERROR

    @property
    def stage(self) -> Stage:
        """Where its cause stands in the causal chain."""
        return CAUSES[self.cause].stage

    @property
    def title(self) -> str:
        """What is wrong, in a few words."""
        return self.headline or CAUSES[self.cause].title

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
            "level": str(self.level),
            "fix": self.fix.to_dict() if self.fix else None,
            "why": self.why,
            "symptoms": [s.to_dict() for s in self.symptoms],
            "because": self.because,
        }

    def __str__(self) -> str:
        where = f" [{self.where}]" if self.where else ""
        return f"{self.rule} {self.severity}: {self.message}{where}"
