"""The report as HTML: a pure function of `report.to_dict()` through the Jinja partials in `templates/`.

It must read everywhere a notebook is read: live, reopened without a kernel, untrusted (the sanitiser keeps inline styles,
`<details>`, tables and data-URI images, and drops `<style>`, `<svg>` and scripts), exported, offline. So: inline styles
only, colours that inherit or carry their own background, one small script that adds copying and filtering where it runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

import jinja2
from markupsafe import Markup

from keras_magic.assessment import centre, score
from keras_magic.assessment import number as in_words
from keras_magic.checks._raised import telling_line
from keras_magic.findings import OF_THE_COPY
from keras_magic.names import in_words_of_the_user
from keras_magic.views import plots, story
from keras_magic.views.columns import offenders
from keras_magic.words import counted

_KINDS = {"fit": "Fit", "preflight": "Pre-flight", "audit": "Audit", "loop": "Loop"}
_MOST_IMAGES = 10  # per report, so that it stays below half a megabyte
_PAGE_SECTIONS = ("Looks for", "Measured", "Bad", "Good", "Fix", "Ignore when", "Sources")


def render(report: Mapping[str, Any]) -> str:
    """A fragment for a notebook output."""
    images = _Images()
    diagnoses = [{**_diagnosis(d, images), "heading": heading(report, i)} for i, d in enumerate(report["diagnoses"])]
    return template("report.html").render(report=report, diagnoses=diagnoses, level=_level(report), id=f"km-{uuid4().hex[:8]}")


def heading(report: Mapping[str, Any], index: int) -> str:
    """What stands above one of several diagnoses: its place and its verdict, which the headline has said of the worst one."""
    diagnosis, total = report["diagnoses"][index], len(report["diagnoses"])
    if total == 1:
        return ""
    place = f"{_KINDS[diagnosis['kind']]} {index + 1} of {total}{diagnosis.get('subject', '')}"
    return place if report["verdict"].startswith(f"{place}: ") else f"{place}: {diagnosis['verdict']}"


def page(report: Mapping[str, Any]) -> str:
    """A whole page for a file."""
    return template("page.html").render(title=report["verdict"], body=Markup(render(report)))


def brief(diagnosis: Mapping[str, Any]) -> str:
    """The verdict, findings and facts of a diagnosis that goes on, as a fragment for a notebook output."""
    facts, names = diagnosis["facts"], diagnosis["facts"]["names"]
    parts = (
        ("Data", data_line, facts["data"]),
        ("Model", model_line, facts["model"]),
        ("Training", training_line, facts["training"]),
    )
    lines = [(title, in_words_of_the_user(line(part), names)) for title, line, part in parts if part]
    return template("brief.html").render(diagnosis=diagnosis, lines=lines)


def explanation(rules: Sequence[Mapping[str, Any]]) -> str:
    """The pages of some checks; see `keras_magic.docs.to_dict` for their form."""
    return template("explanation.html").render(rules=rules)


def template(name: str) -> jinja2.Template:
    """One of the templates of this package."""
    return _environment().get_template(name)


class _Images:
    """Draws each image once per diagnosis and no more than the report can carry."""

    def __init__(self) -> None:
        self.left = _MOST_IMAGES

    def take(self, available: dict[str, plots.Plot], *kinds: str) -> dict[str, str] | None:
        """The first of `kinds` that is there and was not taken yet, drawn."""
        kind = next((k for k in kinds if k in available), None)
        if kind is None or self.left == 0:
            return None
        self.left -= 1
        return available.pop(kind).image()


def _diagnosis(diagnosis: Mapping[str, Any], images: _Images) -> dict[str, Any]:
    diagnosis = named(diagnosis)
    available = plots.available(diagnosis)
    facts = diagnosis["facts"]
    findings = [
        {**finding, "image": _image(finding, images, available), "rows": _evidence(finding)}
        for finding in diagnosis["findings"]
        if finding["cause"] != "tool"
    ]
    tried = sorted((facts["trials"] or {}).get("results") or (), key=lambda t: -_gain_of(t))
    return {
        **diagnosis,
        "findings": findings,
        "fixable": next((f["rule"] for f in findings if f["fix"]), None),
        "tried": tried,
        "tried_line": _tried_line(tried),
        "data_images": [p for p in (images.take(available, "feature-scales"),) if p],
        "model_image": images.take(available, "layers"),
        "training_images": [p for p in (images.take(available, "loss"),) if p],
        "data_line": data_line(facts["data"]),
        "model_line": model_line(facts["model"]),
        "training_line": training_line(facts["training"]),
        "story_line": story.line(facts.get("story")),
        "story_rows": story.rows(facts.get("story")),
        "notes": [*facts["missing"], *(f["message"] for f in diagnosis["findings"] if f["cause"] == "tool")],
        "skipped_by_reason": _by_reason(diagnosis["skipped"]) if diagnosis["kind"] in ("fit", "loop") else {},
    }


def _image(finding: Mapping[str, Any], images: _Images, available: dict[str, plots.Plot]) -> dict[str, str] | None:
    """None for what was measured on a copy: the images show the user's own training."""
    return None if OF_THE_COPY in finding["message"] else images.take(available, *_kinds(finding))


def named(diagnosis: Mapping[str, Any]) -> dict[str, Any]:
    """The diagnosis with the user's variables in place of the names `x` and `y`, where inputs, targets and findings carry them."""
    facts, names = diagnosis["facts"], diagnosis["facts"]["names"]

    def with_name(item: Mapping[str, Any], key: str) -> dict[str, Any]:
        return {**item, key: in_words_of_the_user(item[key], names) if item[key] else item[key]}

    data = facts["data"] and {
        **facts["data"],
        **{k: [with_name(i, "name") for i in facts["data"][k]] for k in ("inputs", "targets")},
    }
    return {**diagnosis, "findings": [with_name(f, "where") for f in diagnosis["findings"]], "facts": {**facts, "data": data}}


def _kinds(finding: Mapping[str, Any]) -> tuple[str, ...]:
    return (*plots.kinds_of(finding["cause"]), *(k for s in finding["symptoms"] for k in plots.kinds_of(s["cause"])))


def _evidence(finding: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The plain values behind a message, one row each."""
    return [(name.replace("_", " "), _words(value)) for name, value in finding["evidence"].items()]


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_words(v)}" for k, v in list(value.items())[:12]) + (" …" if len(value) > 12 else "")
    if isinstance(value, list):
        return ", ".join(map(_words, value[:12])) + (" …" if len(value) > 12 else "")
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def _level(report: Mapping[str, Any]) -> str:
    found = {f["severity"] for d in report["diagnoses"] for f in d["findings"] if f["cause"] != "tool"}
    raised = any(d["exception"] for d in report["diagnoses"])
    return "error" if raised else next((s for s in ("error", "warning") if s in found), "good")


def data_line(data: Mapping[str, Any] | None) -> str:
    if data is None:
        return "not looked at"
    rows = "unknown number of" if data["rows"] is None else f"{data['rows']:,}"
    inputs = ", ".join(
        f"{i['name']}: {i['role']}{_shape(i['shape'])}{' columns' * (i['role'] == 'table')}" for i in data["inputs"][:4]
    )
    targets = ", ".join(f"{t['name']}: {t['form']}{_shape(t['shape'])}" for t in data["targets"][:4])
    return f"{rows} rows · {inputs}" + (f" → {targets}" if targets else "")


def model_line(model: Mapping[str, Any] | None) -> str:
    if model is None:
        return "not looked at"
    losses = list(dict.fromkeys(head["loss"] for head in model["heads"] if head["loss"]))
    loss = f" · {'losses' if len(losses) > 1 else 'loss'} {', '.join(losses)}" if losses else ""
    optimizer = f" · {model['optimizer']['name']}" if model["optimizer"] else ""
    rate = (model["optimizer"] or {}).get("learning_rate")
    return f"{counted(len(model['layers']), 'layer')} · {model['parameters']:,} parameters{loss}{optimizer}" + (
        f" at {number(rate)}" if rate else ""
    )


def training_line(training: Mapping[str, Any] | None) -> str:
    if training is None:
        return "none"
    epochs = f"{training['epochs_done']} of {training['epochs_asked']} epochs"
    line = f"{epochs} · {training['steps_done']:,} steps · {training['seconds']:.1f} s"
    return line + (" · interrupted" if training["interrupted"] else "")


def _by_reason(skipped: Mapping[str, str]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for code, reason in skipped.items():
        reasons.setdefault(reason, []).append(code)
    return reasons


def _shape(shape: Any) -> str:
    """Behind the kind of an input or target: ` of 8 × 8 × 1`; nothing for one number a row."""
    return f" of {_times(shape)}" if shape else ""


def _times(shape: Any) -> str:
    sizes = [n for n in shape or () if n is not None] if not shape or shape[0] is None else shape
    return " × ".join("…" if n is None else f"{n:,}" for n in sizes)


def _gain_of(trial: Mapping[str, Any]) -> float:
    return float("-inf") if trial["failed"] or trial["gain"] is None else float(trial["gain"])


def _tried_line(tried: Sequence[Mapping[str, Any]]) -> str:
    if not tried:
        return ""
    best = tried[0]
    line = f"{counted(len(tried), 'change')} on copies of your model"
    return f"{line}; most helped: {best['title'] or best['name']}" if _gain_of(best) > 0 else f"{line}; none helped"


def skill(value: Any) -> str:
    """A skill with two digits, never "-0.00"."""
    return "–" if value is None else score(float(value))


def gain(trial: Mapping[str, Any]) -> str:
    """What came of a trial, in words."""
    change = _gain_of(trial)
    if trial.get("kept"):
        return "kept"
    return "better" if change > 0.02 else "worse" if change < -0.02 else "no difference"


def bar(trial: Mapping[str, Any]) -> Markup:
    """The way from the skill before to the skill after on a scale from 0 to 1, for the eye only: the numbers stand beside it."""
    before, after = (min(1.0, max(0.0, float(trial[k]) if trial[k] is not None else 0.0)) for k in ("before", "after"))
    left, width = 100 * min(before, after), max(2.0, 100 * abs(after - before))
    color = "#2e8b57" if after >= before else "#c0392b"
    track = "width:140px;height:8px;background-color:rgba(127,127,127,.2);border-radius:4px;overflow:hidden"
    return Markup(
        '<div aria-hidden="true" style="{}"><div style="height:8px;margin-left:{:.0f}%;width:{:.0f}%;max-width:100%;'
        'background-color:{};border-radius:4px"></div></div>'
    ).format(track, min(left, 98.0), width, color)


def telling(message: str) -> str:
    """What an exception of Keras says, in one line, without the layer's call around it."""
    return telling_line(re.sub(r"^Exception encountered when calling [^\n]*\n+", "", message), None)


def number(value: Any) -> str:
    """A number of a table: as messages write it, with one digit more."""
    if value is None:
        return "–"
    return str(value) if isinstance(value, (str, bool)) else f"{value:,}" if isinstance(value, int) else in_words(value, 4)


def mean(value: Any, std: Any) -> str:
    """A mean for a table: 0 where only rounding keeps it from that."""
    return centre(value, std, 4) if isinstance(value, float) and isinstance(std, float) else number(value)


def coded(text: str) -> Markup:
    """Escaped text with its `code` as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(Markup.escape(text))))


def prose(text: str) -> Markup:
    """The Markdown that the pages use: paragraphs, `code`, *emphasis*, lists kept as lines; everything escaped."""
    escaped = str(coded(text))
    escaped = re.sub(r"(?<![\w*])\*(\w[^*\n]*)\*(?![\w*])", r"<i>\1</i>", escaped)
    gap = '<span style="display:block;height:6px"></span>'
    return Markup(re.sub(r"\n\s*\n", gap, escaped).replace("\n- ", "<br>• "))


def unfenced(text: str) -> str:
    """Example code without its Markdown fence."""
    return re.sub(r"^```\w*\n|\n?```$", "", text.strip())


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    loader = jinja2.FunctionLoader(lambda name: files(__package__).joinpath("templates", name).read_text("utf-8"))
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(
        coded=coded,
        counted=counted,
        number=number,
        offenders=offenders,
        prose=prose,
        unfenced=unfenced,
        shape=_shape,
        times=_times,
        skill=skill,
        telling=telling,
        gain=gain,
        mean=mean,
        bar=bar,
    )
    environment.globals.update(sections=_PAGE_SECTIONS)
    return environment
