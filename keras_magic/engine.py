"""Facts + rules -> findings. A rule whose facts are missing is skipped with the reason; a rule that crashes becomes KM901."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from keras_magic.checks import all_rules
from keras_magic.claims import withheld
from keras_magic.errors import UsageError
from keras_magic.facts import Facts
from keras_magic.findings import Evidence, Finding, Hit, Severity
from keras_magic.names import in_words_of_the_user
from keras_magic.rules import Rule

#: What the facts that a check needs are called where it was skipped.
_MEASURED = {
    "data": "the data",
    "model": "the model",
    "training": "a training",
    "outcome": "how well it does",
    "rate": "the learning rate",
    "trials": "fixes on copies",
    "environment": "the versions",
    "loop": "a training loop without fit",
}


@dataclass(frozen=True)
class Judgement:
    """All findings in the order of the rules, `skipped` (code -> reason) and `seconds` per rule."""

    findings: tuple[Finding, ...]
    skipped: Mapping[str, str]
    seconds: Mapping[str, float]


def judge(
    facts: Facts,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    strict: bool = False,
) -> Judgement:
    """Run the rules over the facts.

    Args:
        facts: what was measured.
        select, ignore: codes, code prefixes ("KM2"), names or causes of rules to run or to leave out.
        thresholds: code or name -> {threshold: value} to override defaults.
        strict: let a crashing rule raise (for tests).

    Raises:
        UsageError: a selector or threshold names nothing that exists.
    """
    rules = all_rules()
    chosen = [r for r in _select(rules, select, default=True) if r not in _select(rules, ignore, default=False)]
    overrides = _check_thresholds(rules, thresholds or {})
    findings: list[Finding] = []
    skipped: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for rule in sorted(chosen, key=lambda r: r.comes_last):
        missing = [name for name in rule.needs if getattr(facts, name) is None]
        if "loop" in missing or "story" in missing:
            continue  # there was no loop, or only one fit: nothing is lacking
        if missing:
            skipped[rule.code] = f"not measured: {' and '.join(_MEASURED.get(name, name) for name in missing)}"
            continue
        start = time.perf_counter()
        try:
            for hit in rule.function(**rule.arguments(facts, tuple(findings)), **overrides.get(rule.code, {})):
                if contradicted := withheld(hit.claims, facts):
                    skipped[rule.code] = f"withheld: {contradicted}"
                else:
                    findings.append(_stamp(rule, hit, facts))
        except Exception as error:
            if strict:
                raise
            findings.append(_crashed(rule, error))
        seconds[rule.code] = time.perf_counter() - start
    return Judgement(tuple(findings), skipped, seconds)


def _stamp(rule: Rule, hit: Hit, facts: Facts) -> Finding:
    given = {f.name: getattr(hit, f.name) for f in fields(hit)}
    stamped = {
        "cause": hit.cause or rule.cause,
        "severity": Severity(hit.severity or rule.severity),
        "message": _message(hit.message, facts),
        "fix": hit.fix and hit.fix.named(facts.names),
        "headline": hit.headline or ("" if hit.cause and hit.cause != rule.cause else rule.headline),
    }
    return Finding(**given | stamped, rule=rule.code, name=rule.name, why=rule.why)


def _message(text: str, facts: Facts) -> str:
    """The message in the user's names; a column or class that is called x or y keeps its own."""
    data = facts.data
    own = {c.name for i in data.inputs for c in i.columns} | {c for t in data.targets for c in t.classes} if data else set()
    return text if own & {"x", "y"} else in_words_of_the_user(text, facts.names)


def _crashed(rule: Rule, error: Exception) -> Finding:
    return Finding(
        rule="KM901",
        name="rule-crashed",
        cause="tool",
        severity=Severity.INFO,
        message=f"The check {rule.code} ({rule.name}) failed with {type(error).__name__}: {error}. Please report it.",
        level=Evidence.HINT,
    )


def _matches(rule: Rule, selector: str) -> bool:
    return rule.code.startswith(selector) or selector in (rule.name, rule.cause)


def _select(rules: tuple[Rule, ...], selectors: Iterable[str], default: bool) -> list[Rule]:
    selectors = [selectors] if isinstance(selectors, str) else list(selectors)
    for selector in selectors:
        if not any(_matches(rule, selector) for rule in rules):
            raise UsageError(
                f"no check is called {selector!r}; give a code such as 'KM203', a family such as 'KM2', a name or a cause"
            )
    return [r for r in rules if any(_matches(r, s) for s in selectors)] if selectors else (list(rules) if default else [])


def _check_thresholds(rules: tuple[Rule, ...], thresholds: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = {}
    if not isinstance(thresholds, Mapping):
        raise UsageError(f"thresholds must be a dict from check to its thresholds, but it is of type {type(thresholds).__name__}")
    for key, values in thresholds.items():
        rule = next((r for r in rules if key in (r.code, r.name)), None)
        if rule is None:
            raise UsageError(f"thresholds: no check is called {key!r}")
        unknown = set(values) - set(rule.thresholds)
        if unknown:
            raise UsageError(f"thresholds: {rule.code} has no threshold {sorted(unknown)[0]!r}; it has {sorted(rule.thresholds)}")
        result[rule.code] = dict(values)
    return result
