"""The report as Markdown, short enough for a comment on a pull request and as context for an assistant.

A pure function of `report.to_dict()`: the verdict, what was trained in one line, and each finding with its fix folded away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from keras_magic.names import in_words_of_the_user
from keras_magic.views.html import data_line, heading, model_line, named, training_line

MOST_FINDINGS = 5  # of one training
LONGEST_CODE = 4000  # characters of a fix; GitHub takes 65,536 in all


def render(report: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    lines = [f"**{escape(report['verdict'])}**"]
    for number, diagnosis in enumerate(map(named, report["diagnoses"])):
        if title := heading(report, number):
            lines += ["", f"## {escape(title)}"]
        lines += ["", *_diagnosis(diagnosis)]
    lines += [
        "",
        f"<sub>keras_magic {report['keras_magic']}; `report.to_html()` has the evidence.</sub>",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and HTML take literally."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", text)


def _diagnosis(diagnosis: Mapping[str, Any]) -> Iterator[str]:
    facts = diagnosis["facts"]
    parts = (("data", data_line), ("model", model_line), ("training", training_line))
    for name, line in parts:
        if facts[name]:
            yield f"- {name.capitalize()}: {escape(in_words_of_the_user(line(facts[name]), facts['names']))}"
    findings = [f for f in diagnosis["findings"] if f["cause"] != "tool"]
    for number, finding in enumerate(findings[:MOST_FINDINGS], 1):
        yield ""
        yield from _finding(number, finding)
    if len(findings) > MOST_FINDINGS:
        yield from ("", f"{len(findings) - MOST_FINDINGS} more: {', '.join(f['rule'] for f in findings[MOST_FINDINGS:])}")


def _finding(number: int, finding: Mapping[str, Any]) -> Iterator[str]:
    title, where = finding["cause_title"], f" in {escape(finding['where'])}" if finding["where"] else ""
    yield f"### {number}. {title[:1].upper()}{title[1:]}{where} ({finding['severity']}, {finding['rule']})"
    yield ""
    yield " ".join(escape(text) for text in (finding["message"], finding["because"]) if text)
    for symptom in finding["symptoms"][:MOST_FINDINGS]:
        yield f"- explains {symptom['rule']}: {escape(symptom['message'])}"
    if finding["fix"]:
        code = finding["fix"]["code"]
        code = code if len(code) <= LONGEST_CODE else code[:LONGEST_CODE].rpartition("\n")[0] + "\n# ... (cut)"
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        yield from ("", f"<details><summary>Fix: {escape(finding['fix']['title'])}</summary>", "")
        yield from (f"{fence}python", code, fence, "</details>")
