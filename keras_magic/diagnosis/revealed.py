"""Masked faults: the findings of a copy without the exact contradictions, beside those of the user's training. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from keras_magic.assessment import has_learned
from keras_magic.causes import CAUSES, Stage
from keras_magic.claims import withheld
from keras_magic.diagnosis.rank import key
from keras_magic.facts import Facts
from keras_magic.findings import OF_THE_COPY, Evidence, Finding, Severity


def reveal(
    ranked: Sequence[Finding], hidden: Iterable[Finding], behind: Facts, own: Facts, alone: Iterable[Finding] = ()
) -> tuple[Finding, ...]:
    """The ranked findings with those of a copy without the exact contradictions, which `behind` are the facts of.

    What was not found in the user's own training has the copy's numbers: it says so, and is left out where they contradict it.
    What the user's data and model show `alone`, without any training, has theirs.

    What is likely there is a root cause of its own that the contradiction hid. Where that copy learned well, nothing hid, and
    what is unsure is worth knowing at most. A training that was cut short does not say how far it would have come:
    causes that rest on this are left out.
    """
    certain = [f for f in ranked if f.certain]
    if not certain:
        return tuple(ranked)
    if has_learned(behind.outcome):
        return (*certain, *_left_where_nothing_hid(ranked, certain))
    because = f"Seen on a copy trained without the first fault ({ranked[0].title})."
    short = (Stage.COURSE, Stage.SPLIT) if behind.training is not None and behind.training.interrupted else ()
    seen = {(f.rule, f.message) for finding in ranked for f in (finding, *finding.symptoms)}
    plain = {(f.rule, f.where): f for f in alone}

    def stated(finding: Finding) -> Finding:
        if (finding.rule, finding.message) in seen:
            return finding
        if shown := plain.get((finding.rule, finding.where)):
            return replace(finding, message=shown.message, evidence=shown.evidence)
        return replace(finding, message=f"{finding.message} {OF_THE_COPY}")

    likely = [
        replace(stated(f), because=because)
        for f in hidden
        if f.level > Evidence.HINT
        and f.severity is not Severity.INFO
        and not withheld((c for c in f.claims if c.says == "counted"), own)
        and not (CAUSES[f.cause].needs_all_rows or any(f.cause == c.cause for c in certain) or f.stage in short)
    ]
    known = {f.cause for f in likely}
    rest = [f for f in ranked if f not in certain and f.cause not in known]
    return (*certain, *sorted([*likely, *rest], key=lambda f: key(f, failing=True)))


def _left_where_nothing_hid(ranked: Sequence[Finding], certain: Sequence[Finding]) -> list[Finding]:
    """The other findings of a training whose copy learned once the contradictions were gone."""
    learned = f"Without the first fault ({ranked[0].title}) a copy learned: this may need no change."
    removed = {c.fix.title for c in certain if c.fix is not None}
    rest = [f for f in ranked if f not in certain and (not f.needs_proof or f.stage < Stage.OPTIMIZER)]
    kept = [f.cause == "tool" or (f.fix is not None and f.fix.title in removed) for f in rest]
    return [f if keep else replace(f, severity=Severity.INFO, because=learned) for f, keep in zip(rest, kept, strict=True)]
