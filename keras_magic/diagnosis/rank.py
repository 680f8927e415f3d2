"""The order of the findings: root cause before symptom, proven before supposed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from keras_magic.assessment import (
    FAIR,
    POOR,
    PROVEN,
    gain_of,
    has_learned,
    helped,
    is_failing,
    is_poor,
    learned_nothing,
    score,
    skill_of,
)
from keras_magic.checks import all_rules
from keras_magic.checks._raised import explains
from keras_magic.claims import consistent, withheld
from keras_magic.facts import Facts, TrialResult
from keras_magic.findings import PERHAPS, Finding, Severity

CERTAIN = 0.95  # confidence of an exact contradiction
MEASURED = 0.9  # confidence of a contradiction that was measured
SURE = 0.7  # above it a finding explains a failure; no guesses are mentioned beside it
DOUBTED = 0.2  # below it after its trial, a finding is left out
OF_ALL_ROWS = ("too-little-data", "data-leakage", "unshuffled-data", "distribution-shift", "tool")  # a sample can't tell
LIKELY = 0.45  # confidence from which on a finding counts that showed on a copy without the first fault
SOLVED = 0.9  # share of the attainable skill at which one fix explains the whole failure
OF_THE_COPY = "(Measured on the copy, not in your training.)"
HYPOTHESIS = 0.3  # below it a finding is a guess that only a trial can turn into a finding

#: Position in the causal chain: what comes earlier explains what comes later.
_STAGES = (
    ("nonfinite-input", "label-encoding", "embedding-range", "input-shape", "single-class", "data-ended"),
    ("output-units", "output-activation", "from-logits", "loss-mismatch"),
    ("misaligned-labels", "unshuffled-data", "data-leakage", "distribution-shift"),
    ("preprocessing-mismatch", "input-not-scaled", "outliers", "target-not-scaled", "categorical-as-ordinal", "constant-feature"),
    (
        "weight-init",
        "hidden-activation",
        "frozen-weights",
        "masking",
        "not-compiled-after-change",
        "dropout",
        "regularization",
        "batchnorm",
        "gradient-flow",
        "gradient-state",
        "inference-mode",
    ),
    ("class-imbalance", "label-noise", "too-little-data"),
    ("optimizer", "learning-rate-too-high", "learning-rate-too-low", "batch-size", "rival-wins", "stale-target"),
    ("capacity-too-small", "capacity-too-large", "epochs-too-few", "epochs-too-many"),
    ("dead-relu", "exploding-gradient", "vanishing-gradient", "metric-mismatch", "metric-state", "retracing"),
)
COURSE = 7  # from this stage on, causes speak of the course of the training
_STAGE = {cause: stage for stage, causes in enumerate(_STAGES) for cause in causes}


def stage(cause: str) -> int:
    """Position of a cause in the causal chain, 0 first; notes of the tool come last."""
    return _STAGE.get(cause, len(_STAGES))


def rank(findings: Iterable[Finding], facts: Facts) -> tuple[Finding, ...]:
    """Judge the findings by their trials, fold symptoms, soften what does not matter, and order the rest.

    A finding that a paired trial proved gains confidence, one whose fix did not help loses it; guesses that no trial
    supports are dropped, unless the network fails and little else is known. A network that has learned well gets no `error`.
    """
    findings = [f for f in findings if not _idle_guess(f, facts)]
    failing = is_failing(facts.outcome, facts.training)
    guesses = [f for f in findings if f.cause != "tool" and is_hypothesis(f) and not _supported(f, facts)]
    judged = [_by_trial(f, facts) for f in findings if f not in guesses]
    judged = [f for f in judged if f.cause == "tool" or f.confidence >= DOUBTED]
    judged = [_accompanying(f, facts) for f in consistent(judged, facts)]
    if failing:
        judged += _suspicions(judged, guesses, facts)
    if not _exploded(facts):
        if has_learned(facts.outcome):
            judged = [_soften(f) for f in judged]
        elif facts.training is not None and skill_of(facts.outcome) is None:
            judged = [_unjudged(f) for f in judged]
        elif not is_poor(facts.outcome):
            judged = [_temper(f) for f in judged]
    judged = _explained_away(_not_to_be_told(_causes_first(judged)), facts)
    merged = _merge(_fold(sorted(judged, key=lambda f: _key(f, failing)), facts))
    merged = [*merged[:1], *(_consequence(f, merged[0]) for f in merged[1:])]
    merged = _of_the_exception_first(merged, facts)
    return tuple(replace(f, because=f.because or _because(f, i, facts, len(merged) > 1)) for i, f in enumerate(merged))


def _idle_guess(finding: Finding, facts: Facts) -> bool:
    """Said to be too small where nothing at all was learned: only a trial with a larger network could tell."""
    small = any(c.what == "network" and c.says == "too small" for c in finding.claims)
    return small and learned_nothing(facts.outcome) and not _proven(finding, facts)


def _of_the_exception_first(ranked: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Where `fit` raised, what explains the exception comes first; the others are said to be no reason of it."""
    if facts.training is None or not facts.training.exception:
        return list(ranked)
    apart = f"It does not explain the {facts.training.exception.get('type')}; repair it as well."
    reasons = [f for f in ranked if explains(f, facts.training, facts.data)]
    rest = [f for f in ranked if f not in reasons]
    return [*reasons, *(f if f.cause == "tool" else replace(f, because=apart) for f in rest)]


def reveal(ranked: Sequence[Finding], hidden: Iterable[Finding], behind: Facts, own: Facts) -> tuple[Finding, ...]:
    """The ranked findings with those of a copy without the exact contradictions, which `behind` are the facts of.

    What was not found in the user's own training has the copy's numbers: it says so, and is left out where they contradict it.

    What is likely there is a root cause of its own that the contradiction hid. Where that copy learned well, nothing hid, and
    what is unsure is worth knowing at most. A training that was cut short does not say how far it would have come:
    causes that rest on this are left out.
    """
    certain = [f for f in ranked if is_certain(f)]
    told = f"Seen on a copy trained without the first fault ({ranked[0].title})."
    if has_learned(behind.outcome):
        learned = f"Without the first fault ({ranked[0].title}) a copy learned: this may need no change."
        removed = {c.fix.title for c in certain if c.fix is not None}
        ranked = [f for f in ranked if not f.needs_proof or stage(f.cause) < stage("optimizer")]
        kept = [f in certain or f.cause == "tool" or (f.fix is not None and f.fix.title in removed) for f in ranked]
        rest = [f if keep else replace(f, severity=Severity.INFO, because=learned) for f, keep in zip(ranked, kept, strict=True)]
        return (*certain, *(f for f in rest if f not in certain))
    short = (COURSE, stage("misaligned-labels")) if behind.training is not None and behind.training.interrupted else ()
    seen = {(f.rule, f.message) for finding in ranked for f in (finding, *finding.symptoms)}
    likely = [
        replace(f, because=told, message=f.message if (f.rule, f.message) in seen else f"{f.message} {OF_THE_COPY}")
        for f in hidden
        if f.confidence >= LIKELY
        and f.severity is not Severity.INFO
        and not withheld((c for c in f.claims if c.says == "counted"), own)
        and not (f.cause in OF_ALL_ROWS or any(f.cause == c.cause for c in certain) or stage(f.cause) in short)
    ]
    known = {f.cause for f in likely}
    rest = [f for f in ranked if f not in certain and f.cause not in known]
    return (*certain, *sorted([*likely, *rest], key=lambda f: _key(f, failing=True)))


def _consequence(finding: Finding, first: Finding) -> Finding:
    """What happens to gradients and units behind a root cause is said to follow from it: a warning where the same fix would end it,
    else worth knowing."""
    if finding.cause not in _STAGES[-1][:3] or stage(first.cause) >= COURSE or first.confidence < finding.confidence:
        return finding
    shared = first.fix is not None and finding.fix is not None and first.fix.name == finding.fix.name
    severity = max(finding.severity, Severity.WARNING if shared else Severity.INFO, key=_rank_of)
    return replace(finding, severity=severity, because=f"It is likely a consequence of the first finding: {first.title}.")


def _causes_first(judged: Sequence[Finding]) -> list[Finding]:
    """Where one kind of fix would end a cause and a symptom of it, what speaks for the symptom speaks for the cause."""

    def shared(finding: Finding, other: Finding) -> bool:
        early, late = stage(finding.cause), stage(other.cause)
        same = finding.fix is not None and other.fix is not None and finding.fix.name == other.fix.name
        return same and early < late == len(_STAGES) - 1 and other.confidence > finding.confidence >= HYPOTHESIS

    def with_its_symptoms(finding: Finding) -> Finding:
        own = [other for other in judged if shared(finding, other)]
        strongest = max(own, key=lambda other: other.confidence, default=finding)
        return replace(finding, confidence=strongest.confidence, severity=min(finding.severity, strongest.severity, key=_rank_of))

    return [with_its_symptoms(f) for f in judged]


def _rank_of(severity: Severity) -> int:
    return severity.rank


def _not_to_be_told(judged: Sequence[Finding]) -> list[Finding]:
    """Beside an exact contradiction, weak evidence about the course of the training says little: it is worth knowing at most."""
    if not any(is_certain(f) for f in judged):
        return list(judged)
    told = "As long as the first finding stands, this cannot be determined for sure."

    def weak(finding: Finding) -> bool:
        return stage(finding.cause) >= COURSE and finding.confidence < 0.5 and finding.cause != "tool"

    return [replace(f, severity=Severity.INFO, because=told) if weak(f) else f for f in judged if not (weak(f) and f.needs_proof)]


def _explained_away(judged: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Where the fix of one cause alone brought a copy to what is attainable, later causes whose own fix did not are doubted.

    A rate that is wrong for the broken network, for one, need not be wrong for the repaired one.
    """
    attainable = (facts.outcome.attainable if facts.outcome else None) or 1.0
    solved = [f for f in judged if (r := _trial(f, facts)) is not None and helped(r) and (r.after or 0.0) >= SOLVED * attainable]
    if not solved:
        return list(judged)
    root = min(solved, key=lambda f: (stage(f.cause), -f.confidence))
    told = f"With the first fix alone ({root.title}) a copy learned: this may need no change then."

    def doubt(finding: Finding) -> Finding:
        later = stage(finding.cause) > max(stage(root.cause), 4) and finding.confidence < root.confidence
        if not later or finding in solved or is_certain(finding):
            return finding
        symptom = finding.cause in _STAGES[-1]
        return replace(finding, severity=Severity.INFO, confidence=(1.0 if symptom else 0.7) * finding.confidence, because=told)

    return [doubt(f) for f in judged if f in solved or not f.needs_proof or stage(f.cause) != COURSE or _proven(f, facts)]


def _suspicions(judged: Sequence[Finding], guesses: Sequence[Finding], facts: Facts, most: int = 3) -> list[Finding]:
    """Guesses to mention where little is known of why a network fails: the likeliest that no trial has refuted."""
    known = {f.cause for f in judged if f.cause != "tool"}
    if any(f.confidence >= SURE for f in judged):
        return []
    untried = [f for f in guesses if _trial(f, facts) is None and f.cause not in known]
    untried.sort(key=lambda f: (-f.confidence, stage(f.cause)))
    return [replace(f, severity=Severity.INFO) for f in untried[: max(0, most - len(known))]]


def is_hypothesis(finding: Finding) -> bool:
    """A guess that only a trial can turn into a finding."""
    return finding.confidence < HYPOTHESIS


def is_certain(finding: Finding) -> bool:
    """An exact contradiction that needs no trial."""
    return finding.confidence >= CERTAIN and finding.severity is Severity.ERROR


def _trial(finding: Finding, facts: Facts) -> TrialResult | None:
    if facts.trials is None or finding.fix is None:
        return None
    return next((r for r in facts.trials.results if is_of(r, finding) and r.failed is None), None)


def is_of(result: TrialResult, finding: Finding) -> bool:
    """The trial tried the fix of this finding; two findings may have one fix."""
    fix = finding.fix
    return fix is not None and result.name == fix.name and (result.cause == finding.cause or result.title == fix.title)


def _supported(finding: Finding, facts: Facts) -> bool:
    result = _trial(finding, facts)
    return result is not None and helped(result)


def _by_trial(finding: Finding, facts: Facts) -> Finding:
    """Confidence after the trial of the finding's fix: up by the share of what could be gained, down when it did not help."""
    result = _trial(finding, facts)
    if result is None or result.gain is None or finding.confidence >= CERTAIN or not _reproduced(result, facts):
        return finding
    evidence = {**finding.evidence, "trial": {"before": result.before, "after": result.after, "gain": result.gain}}
    if helped(result):
        share = min(1.0, gain_of(result) / max(0.05, _headroom(result, facts)))  # of what could be gained
        confidence = max(finding.confidence, finding.confidence + (0.94 - finding.confidence) * 0.75 * share)
        severity = Severity.ERROR if share > 0.5 else finding.severity
        return replace(finding, confidence=confidence, severity=severity, evidence=evidence)
    measured = finding.confidence >= MEASURED  # another fault may hide what its fix would gain
    weaker = finding.confidence * (0.85 if measured else 0.55 if result.gain > -PROVEN else 0.4)
    if finding.cause in _STAGES[-1]:  # it was seen happening, whether or not this fix ends it
        weaker = max(weaker, min(finding.confidence, HYPOTHESIS))
    if finding.cause == "epochs-too-many" and result.gain >= 0:  # the curve of the validation loss shows it; skill need not
        weaker = max(weaker, min(finding.confidence, 0.5))
    severity = Severity.WARNING if finding.severity is Severity.ERROR and finding.confidence < 0.8 else finding.severity
    return replace(finding, confidence=weaker, severity=severity, evidence=evidence)


def _accompanying(finding: Finding, facts: Facts) -> Finding:
    """What often only seems to accompany another fault is a supposition, unless a trial let a copy learn by it."""
    if not finding.needs_proof or _proven(finding, facts):
        return finding
    return replace(finding, severity=Severity.INFO, headline=f"{PERHAPS} {finding.title}")


def _proven(finding: Finding, facts: Facts) -> bool:
    """With the finding's fix a copy came to a good part of what is attainable, and further than the user's whole training."""
    result = _trial(finding, facts)
    if result is None or not helped(result):
        return False
    attainable = facts.outcome.attainable if facts.outcome else None
    good = FAIR * attainable if attainable is not None and attainable > 0 else POOR
    return (result.after or 0.0) >= max(good, max(0.0, skill_of(facts.outcome) or 0.0) + PROVEN)


def _reproduced(result: TrialResult, facts: Facts, margin: float = 0.15) -> bool:
    """The unchanged copy failed in its trial as the user's training did; else the trial was too short to speak of it."""
    skill = skill_of(facts.outcome)
    return skill is None or result.before is None or result.before <= max(skill, 0.0) + margin


def _headroom(result: TrialResult, facts: Facts) -> float:
    """What could be gained: up to the best trial, or to nine tenths of what simple models reach."""
    best = max((r.after for r in facts.trials.results if r.after is not None), default=0.0) if facts.trials else 0.0
    attainable = (facts.outcome.attainable if facts.outcome else None) or 0.0
    return max(best, 0.9 * attainable) - max(0.0, result.before or 0.0)


def _exploded(facts: Facts) -> bool:
    return facts.training is not None and (facts.training.nonfinite is not None or facts.training.exception is not None)


def _soften(finding: Finding) -> Finding:
    """In a network that has learned well nothing is an error, and what is no exact contradiction is worth knowing at most."""
    if finding.severity is Severity.ERROR:
        return replace(finding, severity=Severity.WARNING if finding.confidence >= CERTAIN else Severity.INFO)
    return finding


def _temper(finding: Finding) -> Finding:
    """In a network that has learned a good part, only an exact contradiction is an error; what is unsure is worth knowing."""
    if finding.severity is not Severity.ERROR or finding.confidence >= CERTAIN:
        return finding
    return replace(finding, severity=Severity.WARNING if finding.confidence >= 0.5 else Severity.INFO)


def _unjudged(finding: Finding) -> Finding:
    """Where it is not known how well the network does, what rests on its having failed is worth knowing at most."""
    if finding.confidence < 0.5:
        return replace(finding, severity=Severity.INFO)
    weak = finding.severity is Severity.ERROR and finding.confidence < 0.9
    return replace(finding, severity=Severity.WARNING) if weak else finding


def _key(finding: Finding, failing: bool) -> tuple:
    """Certain contradictions in causal order; then by confidence in steps of 0.05, severity, and causal order."""
    if finding.cause == "tool":
        return (3, 0, 0, 0, 0.0)
    if finding.confidence >= CERTAIN and finding.severity is Severity.ERROR:
        return (0, stage(finding.cause), 0, 0, -finding.confidence)
    level = round((1 - finding.confidence) * 20)
    severity = finding.severity.rank if finding.supposed or not failing else min(finding.severity.rank, 1)
    return (1 if severity < 2 else 2, level, severity, stage(finding.cause), -finding.confidence)


def _covers(owner: Finding, finding: Finding, facts: Facts) -> bool:
    """A finding that explains another one is the stronger, and the other stands on nothing of its own."""
    if owner.confidence < finding.confidence or is_certain(finding):
        return False
    if finding.confidence < 0.5 and (stage(finding.cause) >= COURSE or owner.confidence >= MEASURED):
        return True
    rate_or_course = stage("optimizer") <= stage(finding.cause) <= COURSE
    return rate_or_course and owner.confidence >= SURE and not _supported(finding, facts)


def _fold(findings: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Put a finding under the stronger one that explains it, or under that of the same check with the same remedy; what a trial or
    a measurement of its own supports stands by itself."""
    explains = {r.code: set(r.explains) for r in all_rules()}
    kept: list[Finding] = []
    for finding in findings:
        owners = (i for i, k in enumerate(kept) if finding.cause in explains.get(k.rule, ()) and _covers(k, finding, facts))
        remedies = (i for i, k in enumerate(kept) if k.rule == finding.rule and k.fix is not None and k.fix is finding.fix)
        owner = next(owners, next(remedies, None))
        if owner is None:
            kept.append(finding)
        else:
            kept[owner] = replace(kept[owner], symptoms=(*kept[owner].symptoms, finding))
    return kept


def _merge(findings: Sequence[Finding]) -> list[Finding]:
    """One cause, one finding: later ones of the same cause and severity or below become evidence of the first."""
    first: dict[str, int] = {}
    kept: list[Finding] = []
    for finding in findings:
        if finding.cause == "tool" or finding.cause not in first:
            first.setdefault(finding.cause, len(kept))
            kept.append(finding)
        else:
            i = first[finding.cause]
            kept[i] = replace(kept[i], symptoms=(*kept[i].symptoms, finding))
    return kept


def _because(finding: Finding, position: int, facts: Facts, several: bool) -> str:
    result = _trial(finding, facts)
    if finding.confidence >= CERTAIN and finding.severity is Severity.ERROR:
        return "Certain: it needs no trial. Nothing else can be judged before it is resolved."
    if result is not None and helped(result):
        beside = f' together with another ("{result.beside}")' if result.beside else ""
        return f"On a copy, validation score rose from {score(result.before)} to {score(result.after)} with this fix{beside}."
    if result is not None and result.gain is not None:
        return f"Alone, this fix did not help a copy (validation score {score(result.before)} to {score(result.after)})."
    if position == 0 and several:
        return "Listed first: later problems can follow from it."
    return ""
