"""The `@rule` decorator.

A rule is one function in its own file. Positional parameters name the facts that it needs (`data`, `model`, `training`,
`outcome`, `rate`, `trials`, `environment`; `found`: the findings of all rules without this parameter), keyword-only
parameters are its thresholds, its docstring is its page.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from keras_magic.causes import CAUSES
from keras_magic.findings import Finding, Hit, Severity

if TYPE_CHECKING:
    from keras_magic.facts import Facts

FAMILIES = {
    1: "inputs and labels",
    2: "scale, encoding, outliers",
    3: "capacity and architecture",
    4: "head, loss, metric",
    5: "gradients, activations, initialisation",
    6: "optimizer and learning rate",
    7: "batch, epochs, stopping",
    8: "generalisation",
    9: "about the diagnosis itself",
}
SECTIONS = ("Looks for", "Why", "Measured", "Bad", "Good", "Fix", "Ignore when", "Sources")
_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):[ ]*", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """A registered rule: see `rule` for the fields."""

    code: str
    name: str
    cause: str
    severity: Severity
    explains: tuple[str, ...]
    function: Callable[..., Iterable[Hit]]
    headline: str = ""

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Names of the required facts."""
        return tuple(
            p.name for p in self._parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty and p.name != "found"
        )

    @cached_property
    def uses(self) -> tuple[str, ...]:
        """Names of the facts that it takes when they are there (positional with default None)."""
        return tuple(p.name for p in self._parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is not p.empty)

    @cached_property
    def thresholds(self) -> dict[str, Any]:
        """Keyword-only parameters with their defaults."""
        return {p.name: p.default for p in self._parameters if p.kind is p.KEYWORD_ONLY}

    @cached_property
    def comes_last(self) -> bool:
        """It asks for what the other rules have found."""
        return any(p.name == "found" for p in self._parameters)

    def arguments(self, facts: Facts, found: tuple[Finding, ...] = ()) -> dict[str, Any]:
        """What its function is called with, thresholds left out."""
        given = {name: getattr(facts, name) for name in (*self.needs, *self.uses)}
        return given | ({"found": found} if self.comes_last else {})

    @property
    def family(self) -> int:
        return int(self.code[2])

    @cached_property
    def title(self) -> str:
        """First line of the page."""
        return inspect.cleandoc(self.function.__doc__ or self.name).splitlines()[0].rstrip(".")

    @cached_property
    def page(self) -> dict[str, str]:
        """The page by section; empty under `python -OO`, which drops docstrings."""
        parts = _HEADING.split(inspect.cleandoc(self.function.__doc__ or ""))
        return {parts[i]: inspect.cleandoc(parts[i + 1]).strip() for i in range(1, len(parts) - 1, 2)}

    @property
    def why(self) -> str:
        return self.page.get("Why", "")

    @cached_property
    def _parameters(self) -> list[inspect.Parameter]:
        return list(inspect.signature(self.function).parameters.values())


_RULES: dict[str, Rule] = {}


def rule(
    code: str, name: str, *, cause: str, severity: str = "warning", explains: tuple[str, ...] = (), headline: str = ""
) -> Callable[[Callable[..., Iterable[Hit]]], Callable[..., Iterable[Hit]]]:
    """Register a function as a rule.

    Args:
        code: `KM` + family digit + two digits; never reused.
        name: the fault as a noun phrase, lower case with hyphens.
        cause: default slug of `causes.CAUSES`.
        severity: default severity of its hits.
        explains: causes that are symptoms of this one and are folded under it.
        headline: what it found, where the words of its cause (`causes.CAUSES`) would say something else.
    """

    def register(function: Callable[..., Iterable[Hit]]) -> Callable[..., Iterable[Hit]]:
        if not re.fullmatch(r"KM[1-9]\d\d", code) or code in _RULES:
            raise ValueError(f"rule code {code!r} is malformed or taken")
        unknown = {cause, *explains} - set(CAUSES)
        if unknown:
            raise ValueError(f"rule {code}: unknown causes {sorted(unknown)}")
        _RULES[code] = Rule(code, name, cause, Severity(severity), explains, function, headline)
        return function

    return register


def registered() -> tuple[Rule, ...]:
    """The rules whose modules were imported, by code; `keras_magic.checks.all_rules` imports them all."""
    return tuple(_RULES[code] for code in sorted(_RULES))
