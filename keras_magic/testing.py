"""For tests: run one rule on hand-made facts."""

from __future__ import annotations

from typing import Any

from keras_magic.checks import all_rules
from keras_magic.facts import Facts
from keras_magic.findings import Hit


def run_rule(code: str, facts: Facts | None = None, /, **thresholds_or_facts: Any) -> list[Hit]:
    """Hits of the rule `code` on `facts` (or on facts given by name: `run_rule("KM203", data=...)`).

    Raises:
        KeyError: no such rule, or a fact that it needs was not given.
    """
    rule = next((r for r in all_rules() if r.code == code), None)
    if rule is None:
        raise KeyError(f"no rule {code}")
    known = {f: thresholds_or_facts.pop(f) for f in list(thresholds_or_facts) if f in Facts.__dataclass_fields__}
    facts = facts or Facts(**known)
    missing = [n for n in rule.needs if getattr(facts, n) is None]
    if missing:
        raise KeyError(f"{code} needs {missing}")
    return list(rule.function(**rule.arguments(facts), **thresholds_or_facts))
