"""The report as Markdown, for issues and pull requests. A pure function of `report.to_dict()`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_KINDS = {"loop": "Loop", "audit": "Audit", "preflight": "Pre-flight"}


def render(report: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    lines = [f"**{escape(report['verdict'])}**"]
    for number, diagnosis in enumerate(report["diagnoses"], 1):
        if len(report["diagnoses"]) > 1:
            title = f"{_KINDS.get(diagnosis['kind'], 'Fit')} {number}{diagnosis.get('subject', '')}: {diagnosis['verdict']}"
            lines += ["", f"## {escape(title)}"]
        for finding in diagnosis["findings"]:
            lines += ["", *_finding(finding)]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and HTML take literally."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", text)


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    title = finding["cause_title"]
    yield f"### {finding['rule']} · {finding['severity']} · {title[:1].upper()}{title[1:]}"
    yield ""
    yield escape(finding["message"])
    for symptom in finding["symptoms"]:
        yield f"- explains {symptom['rule']}: {escape(symptom['message'])}"
    if finding["fix"]:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", finding["fix"]["code"])), default=0))
        yield from ("", f"{escape(finding['fix']['title'])}:", "", f"{fence}python", finding["fix"]["code"], fence)
