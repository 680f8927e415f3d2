"""The order of the findings: root cause before symptom, proven before supposed. Pure.

Each finding is judged by its trial and by how well the network does; then findings are judged by each other, sorted by level,
severity and stage, and symptoms are folded under their causes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from keras_magic.assessment import (
    FAIR,
    POOR,
    PROVEN,
    attainable_of,
    gain_of,
    has_learned,
    helped,
    is_failing,
    is_poor,
    learned_nothing,
    score,
    skill_of,
)
from keras_magic.causes import CAUSES, Stage
from keras_magic.checks import explained_causes
from keras_magic.checks._raised import explains
from keras_magic.claims import consistent
from keras_magic.facts import NOT_FINITE, Facts, TrialResult
from keras_magic.findings import PERHAPS, Evidence, Finding, Severity
from keras_magic.fixes.combine import together

SOLVED = 0.9  # share of the attainable skill at which one fix explains the whole failure
_SEVERE = attrgetter("rank")
UNSURE = "As long as the first finding stands, this cannot be determined for sure."
MOST = 3  # findings, guesses included, that are mentioned where little is known of a failure


def rank(findings: Iterable[Finding], facts: Facts) -> tuple[Finding, ...]:
    """Judge the findings by their trials, fold symptoms, soften what does not matter, and order the rest.

    A finding that a paired trial proved moves up a level or more, one whose fix did not help moves down; hints that no trial
    supports are dropped, unless the network fails and little else is known. A network that has learned well gets no `error`.
    """
    findings = [f for f in findings if not _idle_guess(f, facts)]
    failing = is_failing(facts.outcome, facts.training)
    hints = [f for f in findings if f.cause != "tool" and f.level is Evidence.HINT and not _supported(f, facts)]
    judged = consistent([_by_trial(f, facts) for f in findings if f not in hints], facts)
    if failing:
        judged = consistent([*judged, *_suspicions(judged, hints, facts)], facts)
    judged = [_by_outcome(_by_proof(f, facts), facts) for f in judged]
    judged = _behind_errors(_beside_contradictions(_causes_first(judged)), facts)
    judged = _behind_causes(_explained_away(judged, facts))
    merged = _merge(_fold(sorted(judged, key=lambda f: key(f, failing)), facts))
    followers = [_consequence(f, merged[0], facts) for f in merged[1:]]
    merged = [*merged[:1], *sorted(followers, key=lambda f: f.severity is Severity.INFO)]
    merged = _of_the_exception_first(merged, facts)
    reasons = [f.because or _because(f, i, facts, len(merged) > 1) for i, f in enumerate(merged)]
    return tuple(replace(_as_tried(f, merged, facts), because=reason) for f, reason in zip(merged, reasons, strict=True))


def key(finding: Finding, failing: bool) -> tuple:
    """Contradictions in causal order; then by level, severity, and causal order; notes of the tool last."""
    if finding.stage is Stage.TOOL or finding.certain:
        return (0 if finding.certain else 3, 0, 0, finding.stage)
    follows = finding.supposed or not failing or finding.stage is Stage.REPORT  # a metric that hides a failure is no reason of it
    severity = finding.severity.rank if follows else min(finding.severity.rank, 1)
    return (1 if severity < 2 else 2, -finding.level, severity, finding.stage)


# ---------------------------------------------------------------- one finding by itself


def _idle_guess(finding: Finding, facts: Facts) -> bool:
    """Reported as too small where nothing at all was learned: only a trial with a larger network could tell."""
    small = any(c.what == "network" and c.says == "too small" for c in finding.claims)
    return small and learned_nothing(facts.outcome) and not _proven(finding, facts)


def _by_trial(finding: Finding, facts: Facts) -> Finding:
    """Up to measured where its fix gained most of what could be gained, a level up where it gained less, a level down where it
    gained nothing."""
    result = _trial(finding, facts)
    if result is None or result.gain is None or finding.level is Evidence.CONTRADICTION or not _reproduced(result, facts):
        return finding
    evidence = {**finding.evidence, "trial": {"before": result.before, "after": result.after, "gain": result.gain}}
    if helped(result):
        most = gain_of(result) > 0.5 * max(0.05, _headroom(result, facts))
        level = max(finding.level, Evidence.MEASURED if most else min(finding.level.raised, Evidence.STRONG))
        return replace(finding, level=level, severity=Severity.ERROR if most else finding.severity, evidence=evidence)
    if result.after == NOT_FINITE:  # another fault by itself makes the copy's loss NaN: nothing is known of this one
        return replace(finding, evidence=evidence)
    observed = CAUSES[finding.cause].observed
    level = max(finding.level.lowered, min(finding.level, Evidence.PLAUSIBLE)) if observed else finding.level.lowered
    if finding.severity is Severity.ERROR and finding.level < Evidence.MEASURED:  # another fault may hide what its fix would gain
        finding = replace(finding, severity=Severity.WARNING)
    return replace(finding, level=level, evidence=evidence)


def _by_proof(finding: Finding, facts: Facts) -> Finding:
    """What often only seems to accompany another fault is a supposition, unless a trial let a copy learn by it."""
    if not finding.needs_proof or finding.supposed or _proven(finding, facts):
        return finding
    return replace(finding, severity=Severity.INFO, headline=f"{PERHAPS} {finding.title}")


def _by_outcome(finding: Finding, facts: Facts) -> Finding:
    """The better the network does, the firmer a finding must stand to count as an error or a warning."""
    level, unknown = finding.level, facts.training is not None and skill_of(facts.outcome) is None
    if facts.training is not None and (facts.training.nonfinite is not None or facts.training.exception is not None):
        return finding
    if unknown and level < Evidence.STRONG:
        return replace(finding, severity=Severity.INFO)
    if finding.severity is not Severity.ERROR:
        return finding
    if has_learned(facts.outcome):
        severity = Severity.WARNING if level is Evidence.CONTRADICTION else Severity.INFO
    elif unknown:
        severity = Severity.ERROR if level >= Evidence.MEASURED else Severity.WARNING
    elif is_poor(facts.outcome) or level is Evidence.CONTRADICTION:
        severity = Severity.ERROR
    else:
        severity = Severity.WARNING if level > Evidence.HINT else Severity.INFO
    return replace(finding, severity=severity)


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


def _proven(finding: Finding, facts: Facts) -> bool:
    """With the finding's fix a copy came to a good part of what is attainable, and further than the user's whole training."""
    result, attainable = _trial(finding, facts), attainable_of(facts.outcome) or 0.0
    if result is None or not helped(result):
        return False
    good = FAIR * attainable if attainable > 0 else POOR
    return (result.after or 0.0) >= max(good, max(0.0, skill_of(facts.outcome) or 0.0) + PROVEN)


def solves(result: TrialResult, attainable: float) -> bool:
    """One fix explains the whole failure."""
    return result.after is not None and helped(result) and result.after >= SOLVED * attainable


def _reproduced(result: TrialResult, facts: Facts, margin: float = 0.15) -> bool:
    """The unchanged copy failed in its trial as the user's training did; else the trial was too short to decide."""
    skill = skill_of(facts.outcome)
    return skill is None or result.before is None or result.before <= max(skill, 0.0) + margin


def _headroom(result: TrialResult, facts: Facts) -> float:
    """What could be gained: up to the best trial, or to nine tenths of what simple models reach."""
    best = max((r.after for r in facts.trials.results if r.after is not None), default=0.0) if facts.trials else 0.0
    return max(best, SOLVED * (attainable_of(facts.outcome) or 0.0)) - max(0.0, result.before or 0.0)


# ---------------------------------------------------------------- findings by each other


def _suspicions(judged: Sequence[Finding], hints: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Hints to mention where little is known of why a network fails: those that no trial has refuted, in causal order."""
    known = {f.cause for f in judged if f.cause != "tool"}
    if any(f.level >= Evidence.STRONG for f in judged):
        return []
    untried = sorted((f for f in hints if _trial(f, facts) is None and f.cause not in known), key=lambda f: f.stage)
    return [replace(f, severity=Severity.INFO) for f in untried[: max(0, MOST - len(known))]]


def _causes_first(judged: Sequence[Finding]) -> list[Finding]:
    """Where one kind of fix would end a cause and a symptom of it, what speaks for the symptom speaks for the cause."""

    def shared(finding: Finding, other: Finding) -> bool:
        return finding.stage < other.stage >= Stage.SYMPTOM and _same_remedy(finding, other)

    def with_its_symptoms(finding: Finding) -> Finding:
        own = [other for other in judged if shared(finding, other) and other.level > finding.level > Evidence.HINT]
        strongest = max(own, key=lambda other: other.level, default=finding)
        return replace(finding, level=strongest.level, severity=min(finding.severity, strongest.severity, key=_SEVERE))

    return [with_its_symptoms(f) for f in judged]


def _behind_causes(judged: Sequence[Finding]) -> list[Finding]:
    """A symptom stands no firmer than a firm cause that explains it, also where its own fix, such as clipping, let a copy learn;
    and the cause is as severe as its symptom."""
    explained = explained_causes()

    def is_behind(cause: Finding, symptom: Finding) -> bool:
        firm = cause.level >= Evidence.STRONG and not cause.supposed
        return firm and symptom.stage is Stage.SYMPTOM and symptom.cause in explained.get(cause.rule, ())

    def bounded(finding: Finding) -> Finding:
        causes = [f for f in judged if is_behind(f, finding)]
        symptoms = [f for f in judged if is_behind(finding, f)]
        level = min([finding.level, *(f.level for f in causes)])
        return replace(finding, level=level, severity=min((f.severity for f in (finding, *symptoms)), key=_SEVERE))

    return [bounded(f) for f in judged]


def _same_remedy(finding: Finding, other: Finding) -> bool:
    return finding.fix is not None and other.fix is not None and finding.fix.name == other.fix.name


def _beside_contradictions(judged: Sequence[Finding]) -> list[Finding]:
    """Beside an exact contradiction, weak evidence about the course of the training says little: it is worth knowing at most."""
    if not any(f.certain for f in judged):
        return list(judged)

    def weak(finding: Finding) -> bool:
        return Stage.COURSE <= finding.stage < Stage.TOOL and finding.level <= Evidence.PLAUSIBLE

    return [replace(f, severity=Severity.INFO, because=UNSURE) if weak(f) else f for f in judged if not (weak(f) and f.needs_proof)]


def _behind_errors(judged: Sequence[Finding], facts: Facts) -> list[Finding]:
    """What few, rare or wrongly labelled rows do to a network, any earlier fault does as well: beside an error there that stands no
    less firm, they are worth knowing, unless a trial or the exact evidence of their own speaks for them."""

    def bounded(finding: Finding) -> Finding:
        firm = any(
            f.stage < Stage.ROWS
            and f.severity is Severity.ERROR
            and f.level >= max(Evidence.STRONG, finding.level)
            and not f.supposed
            for f in judged
        )
        alone = facts.training is None or finding.stage is not Stage.ROWS or finding.certain or _proven(finding, facts)
        return finding if alone or not firm else replace(finding, severity=Severity.INFO, because=UNSURE)

    return [bounded(f) for f in judged]


def _explained_away(judged: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Where the fix of one cause alone brought a copy to what is attainable, later causes whose own fix did not are doubted.

    A learning rate that is wrong for the broken network, for one, need not be wrong for the repaired one.
    """
    trials, attainable = [_trial(f, facts) for f in judged], attainable_of(facts.outcome) or 1.0
    solved = [f for f, trial in zip(judged, trials, strict=True) if trial is not None and solves(trial, attainable)]
    if not solved:
        return list(judged)
    root = min(solved, key=lambda f: (f.stage, -f.level))
    because = f"With the first fix alone ({root.title}) a copy learned: this may need no change then."

    def doubt(finding: Finding) -> Finding:
        later = finding.stage > max(root.stage, Stage.NETWORK) and finding.level <= root.level
        return finding if not later or finding in solved else replace(finding, severity=Severity.INFO, because=because)

    return [doubt(f) for f in judged if f in solved or not f.needs_proof or f.stage != Stage.COURSE or _proven(f, facts)]


def _fold(findings: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Put a finding under the stronger one that explains it, or under that of the same check with the same remedy; what a trial or
    a measurement of its own supports stands by itself."""
    explained = explained_causes()
    kept: list[Finding] = []
    for finding in findings:
        owners = (i for i, k in enumerate(kept) if finding.cause in explained.get(k.rule, ()) and _covers(k, finding, facts))
        remedies = (i for i, k in enumerate(kept) if k.rule == finding.rule and k.fix is not None and k.fix is finding.fix)
        owner = next(owners, next(remedies, None))
        if owner is None:
            kept.append(finding)
        else:
            kept[owner] = replace(kept[owner], symptoms=(*kept[owner].symptoms, finding))
    return kept


def _covers(owner: Finding, finding: Finding, facts: Facts) -> bool:
    """A finding that explains another one is the stronger, and the other stands on nothing of its own."""
    if owner.level < finding.level or finding.certain:
        return False
    if finding.level <= Evidence.PLAUSIBLE and (finding.stage >= Stage.COURSE or owner.level >= Evidence.MEASURED):
        return True
    of_rows = finding.stage is Stage.ROWS and owner.level > finding.level
    judged_by_course = Stage.OPTIMIZER <= finding.stage <= Stage.COURSE
    return (of_rows or judged_by_course) and owner.level >= Evidence.STRONG and not _supported(finding, facts)


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


def _consequence(finding: Finding, first: Finding, facts: Facts) -> Finding:
    """A symptom that follows a root cause: a warning where the same fix would end it or its own let a copy learn, else worth
    knowing."""
    if finding.stage is not Stage.SYMPTOM or first.stage >= Stage.COURSE or first.level < finding.level:
        return finding
    least = Severity.WARNING if _same_remedy(finding, first) or _proven(finding, facts) else Severity.INFO
    because = f"It is likely a consequence of the first finding: {first.title}."
    return replace(finding, severity=max(finding.severity, least, key=_SEVERE), because=because)


def _of_the_exception_first(ranked: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Where `fit` raised, what explains the exception comes first; the others are reported as no reason of it."""
    if facts.training is None or not facts.training.exception:
        return list(ranked)
    apart = f"It does not explain the {facts.training.exception.get('type')}; repair it as well."
    reasons = [f for f in ranked if explains(f, facts.training)]
    rest = [f for f in ranked if f not in reasons]
    return [*reasons, *(f if f.cause == "tool" else replace(f, because=apart) for f in rest)]


def _because(finding: Finding, position: int, facts: Facts, several: bool) -> str:
    result = _trial(finding, facts)
    if finding.certain:
        return "Certain: it needs no trial. Nothing else can be judged before it is resolved."
    if result is not None and helped(result):
        beside = f' and "{result.beside}"' if result.beside else ""
        copy = f'a copy that had "{result.upon}"' if result.upon else "a copy"
        return f"On {copy}, validation score rose from {score(result.before)} to {score(result.after)} with this fix{beside}."
    if result is not None and result.after == NOT_FINITE:
        return "With this fix alone the loss of a copy was NaN again: it takes another fix as well."
    if result is not None and result.gain is not None:
        little = "was not enough for" if result.gain > result.spread else "did not help"
        return f"Alone, this fix {little} a copy (validation score {score(result.before)} to {score(result.after)})."
    if position == 0 and several:
        return "Listed first: later problems can follow from it."
    return ""


def _as_tried(finding: Finding, ranked: Sequence[Finding], facts: Facts) -> Finding:
    """With the fix that let a copy learn: where it took that of another finding as well, both as one, in causal order."""
    result = _trial(finding, facts)
    if result is None or not result.beside or not helped(result):
        return finding
    needed = [f for f in ranked if f.fix is not None and (f is finding or f.fix.title == result.beside)]
    return replace(finding, fix=together([f.fix for f in sorted(needed, key=lambda f: f.stage) if f.fix is not None]))
