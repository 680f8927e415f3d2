"""Pages of the site that are made from the code: one for each check, with its examples run, and the API reference."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import keras_magic as km
from keras_magic.causes import CAUSES
from keras_magic.checks import all_rules
from keras_magic.rules import FAMILIES, SECTIONS, Rule
from keras_magic.testing import run_rule
from notebooks import examples

LESSONS = {
    1: ("input-not-scaled", "target-not-scaled", "preprocessing-mismatch"),
    2: ("categorical-as-ordinal", "embedding-range", "masking"),
    3: ("outliers", "nonfinite-input", "constant-feature"),
    4: ("label-encoding", "output-activation", "output-units", "loss-mismatch", "from-logits", "metric-mismatch", "single-class"),
    5: ("hidden-activation", "weight-init", "vanishing-gradient", "exploding-gradient", "dead-relu"),
    6: ("learning-rate-too-high", "learning-rate-too-low", "optimizer"),
    7: ("batch-size", "epochs-too-few", "epochs-too-many", "data-ended"),
    8: (
        "capacity-too-small", "capacity-too-large", "dropout", "regularization", "batchnorm", "frozen-weights",
        "not-compiled-after-change", "too-little-data",
    ),  # fmt: skip
    9: ("unshuffled-data", "data-leakage", "distribution-shift", "class-imbalance", "misaligned-labels", "label-noise"),
    10: ("input-shape", "gradient-flow", "gradient-state", "inference-mode", "rival-wins", "stale-target", "retracing", "metric-state"),
}
PUBLIC = [name for name in km.__all__ if not name.startswith(("_", "load_", "unload_"))]


def write_pages(folder: Path) -> None:
    """Write `checks/*.md` and `api.md` below `folder`."""
    checks = folder / "checks"
    checks.mkdir()
    for rule in all_rules():
        (checks / f"{rule.code}.md").write_text(check_page(rule), "utf-8")
    (checks / "README.md").write_text(_index(), "utf-8")
    (folder / "api.md").write_text(api_page(), "utf-8")


def check_page(rule: Rule) -> str:
    """The page of a check: its docstring, and what it says of its bad and its good example, which are run for it."""
    lines = [f"# {rule.code}: {rule.title}", "", f"Cause: `{rule.cause}` ({CAUSES[rule.cause].title}). Severity: {rule.severity}.", ""]
    for name in SECTIONS:
        text = rule.page.get(name, "")
        if name in ("Bad", "Good"):
            lines += [f"## {name}", "", *_example(text), "", _outcome(rule, name.lower()), ""]
        else:
            lines += [f"## {name}", "", _inline(text), ""]
        if name == "Good":
            lines += _beginning(examples.SETUP.get(rule.code, ""))
    if rule.thresholds:
        rows = [f"| `{k}` | `{v!r}` |" for k, v in rule.thresholds.items()]
        lines += ["## Thresholds", "", "| name | default |", "|---|---|", *rows, ""]
    lesson = next((number for number, causes in LESSONS.items() if rule.cause in causes), None)
    if lesson is not None:
        lines += [f"More in {{doc}}`lesson {lesson} <../lessons/{lesson_file(lesson)}>`.", ""]
    return "\n".join(lines)


def lesson_file(number: int) -> str:
    """Name of a lesson's notebook, without its ending."""
    return next((Path(__file__).parent / "lessons").glob(f"{number:02}_*.ipynb")).stem


def _example(text: str) -> list[str]:
    """Code as a code block; an example in words as it is."""
    return ["```python", text, "```"] if examples.is_code(text) else [_inline(text)]


def _beginning(text: str) -> list[str]:
    """Code that examples start from, folded away."""
    return [":::{dropdown} What the examples start from", "```python", text.strip(), "```", ":::", ""] if text else []


def _outcome(rule: Rule, kind: str) -> str:
    case = importlib.import_module(f"tests.cases.{rule.code}")
    hits = run_rule(rule.code, **getattr(case, kind)())
    if not hits:
        return "*Run on such an example, the check stays silent.*"
    return "Run on such an example, the check says:\n\n" + "\n".join(f"> {_inline(hit.message)}" for hit in hits[:1])


def _inline(text: str) -> str:
    """Prose as Markdown: what Markdown would read as markup is escaped outside of code."""
    parts = text.split("`")
    escaped = [p if i % 2 else p.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<").replace("$", r"\$") for i, p in enumerate(parts)]
    return "`".join(escaped)


def _index() -> str:
    lines = ["# The checks", "", f"{len(all_rules())} checks. In a notebook, `%explain KM203` shows the same page.", ""]
    lines += ["The examples on the pages are fragments. They run after these lines, and after those that a page has below its examples.", ""]
    lines += _beginning(examples.PRELUDE)
    for number, family in FAMILIES.items():
        rules = [r for r in all_rules() if r.family == number]
        if rules:
            lines += [f"## {number}: {family}", "", "| code | check | cause | severity |", "|---|---|---|---|"]
            lines += [f"| {{doc}}`{r.code}` | {_inline(r.title)} | `{r.cause}` | {r.severity} |" for r in rules] + [""]
    return "\n".join(lines)


def api_page() -> str:
    """The public names with their signatures and docstrings."""
    lines = ["# API reference", "", "```python", "import keras_magic as km", "```", ""]
    for name in PUBLIC:
        thing = getattr(km, name)
        lines += [f"## {name}", "", *_documented(name, thing)]
        if inspect.isclass(thing):
            for member, value in vars(thing).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, property)) and _doc(value):
                    lines += [f"### {name}.{member}", "", *_documented(f"{name}.{member}", value)]
    return "\n".join(lines)


def _documented(name: str, thing: Any) -> list[str]:
    try:
        signature = "" if isinstance(thing, property) else str(inspect.signature(thing))
    except (TypeError, ValueError):
        signature = ""
    return ["```text", f"{name}{signature}", "", _doc(thing), "```", ""]


def _doc(thing: Any) -> str:
    return inspect.getdoc(thing.fget if isinstance(thing, property) else thing) or ""
