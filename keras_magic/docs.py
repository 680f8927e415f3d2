"""The pages of the checks, from their docstrings: for `%explain`, for the table in `notebooks/checks.md` and for the site.

`python -m keras_magic.docs --check` fails when the table lags the checks, `--write` brings it up to date.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_magic.causes import CAUSES
from keras_magic.checks import all_rules
from keras_magic.errors import UsageError
from keras_magic.rules import FAMILIES, SECTIONS, Rule

BEGIN, END = "<!-- checks: begin (python -m keras_magic.docs --write) -->", "<!-- checks: end -->"


@dataclass(frozen=True)
class Explanation:
    """The pages of one check or of several; shows itself in a notebook, prints in a terminal."""

    rules: tuple[Rule, ...]

    @property
    def text(self) -> str:
        """The page as plain text; of several checks their titles."""
        if len(self.rules) == 1:
            return _text(self.rules[0])
        return "\n".join([f"{r.code} {r.name}: {r.title}" for r in self.rules] + [f"(one of them: %explain {self.rules[0].code})"])

    @property
    def markdown(self) -> str:
        """The pages as Markdown."""
        return "\n\n".join(_markdown(rule) for rule in self.rules)

    @property
    def html(self) -> str:
        """The pages as HTML for a notebook."""
        from keras_magic.views.html import explanation

        return explanation([to_dict(rule) for rule in self.rules])

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def explanation(what: str) -> Explanation:
    """The page of a check.

    Args:
        what: a code ("KM203"), a family ("KM2"), a check's name ("unscaled-features") or a cause ("input-not-scaled").

    Raises:
        UsageError: nothing is called like that; the nearest names are given.
    """
    if not isinstance(what, str) or not what.strip():
        raise UsageError("explain what? Give a code such as 'KM203', a family such as 'KM2', a check's name or a cause")
    wanted = what.strip().strip("'\"")
    rules = all_rules()
    found = [r for r in rules if wanted.upper() == r.code or wanted.lower() == r.name]
    found = found or [r for r in rules if wanted.lower() == r.cause or (len(wanted) > 2 and r.code.startswith(wanted.upper()))]
    if not found:
        known = [n for r in rules for n in (r.code, r.name, r.cause)]
        near = difflib.get_close_matches(wanted, known, 3) or difflib.get_close_matches(wanted.upper(), known, 3)
        hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "see km.explain('KM1') … km.explain('KM8')"
        raise UsageError(f"there is no check {wanted!r}; {hint}")
    return Explanation(tuple(found))


def to_dict(rule: Rule) -> dict[str, Any]:
    """Everything about a rule as plain values."""
    return {
        "code": rule.code,
        "name": rule.name,
        "title": rule.title,
        "cause": rule.cause,
        "cause_title": CAUSES[rule.cause].title,
        "severity": str(rule.severity),
        "family": FAMILIES[int(rule.code[2])],
        "needs": list(rule.needs),
        "thresholds": {name: repr(value) for name, value in rule.thresholds.items()},
        "page": rule.page,
    }


def table() -> str:
    """The Markdown table of all checks, by family."""
    lines = ["| code | check | cause | severity |", "|---|---|---|---|"]
    for number, family in FAMILIES.items():
        rules = [r for r in all_rules() if r.code.startswith(f"KM{number}")]
        if rules:
            lines.append(f"| | **{family}** | | |")
        lines += [f"| {_link(r)} | {r.title.replace('|', '/')} | `{r.cause}` | {r.severity} |" for r in rules]
    return "\n".join(lines)


def _link(rule: Rule) -> str:
    """The code as an anchor, `#km203`, that links to the source of the check, at the top of which is its page."""
    return f'<a id="{rule.code.lower()}"></a>[{rule.code}](../{rule.function.__module__.replace(".", "/")}.py)'


def updated(text: str) -> str:
    """The text with a fresh table between its markers.

    Raises:
        UsageError: the markers are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"the file needs the two markers {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 when the table is in step, 1 when `--check` finds that it is not."""
    parser = argparse.ArgumentParser(prog="python -m keras_magic.docs", description="Keep the table of checks in step.")
    parser.add_argument("--file", type=Path, default=Path("notebooks/checks.md"))
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="fail when the table is out of date")
    choice.add_argument("--write", action="store_true", help="bring the table up to date")
    options = parser.parse_args(arguments)
    current = options.file.read_text(encoding="utf-8")
    fresh = updated(current)
    if options.write:
        options.file.write_text(fresh, encoding="utf-8")
    elif fresh != current:
        print(f"{options.file} is out of date: run python -m keras_magic.docs --write", file=sys.stderr)
        return 1
    return 0


def _text(rule: Rule) -> str:
    return "\n".join(
        [f"{rule.code} {rule.name}: {rule.title}", f"cause: {rule.cause} ({CAUSES[rule.cause].title})", *_sections(rule, "{}:\n{}")]
    )


def _markdown(rule: Rule) -> str:
    return "\n".join(
        [f"## {rule.code} · {rule.title}", "", f"`{rule.name}` · cause `{rule.cause}`", *_sections(rule, "**{}**\n\n{}")]
    )


def _sections(rule: Rule, form: str) -> Iterator[str]:
    if not rule.page:
        yield "(This page is empty: python -OO drops docstrings. Run without -OO to read it.)"
    for name in SECTIONS:
        if name in rule.page:
            yield "\n" + form.format(name, rule.page[name])
    if rule.thresholds:
        yield "\n" + form.format("Thresholds", ", ".join(f"{k} = {v!r}" for k, v in rule.thresholds.items()))


if __name__ == "__main__":
    sys.exit(main())
