"""KM106 a class that is too rare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keras_magic import fixes
from keras_magic.assessment import has_learned, number, percent
from keras_magic.checks.inputs._common import class_targets
from keras_magic.facts import DataFacts, OutcomeFacts, TargetFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule("KM106", "class-imbalance", cause="class-imbalance", severity="warning")
def class_imbalance(
    data: DataFacts, outcome: OutcomeFacts | None = None, *, ratio: float = 5.0, recall: float = 0.5, ranked: float = 0.7
) -> Iterator[Hit]:
    """A class that is too rare.

    Looks for:
        A class with less than 1/`ratio` of the rows of the largest one, no class or sample weights, and (once trained) a recall
        of that class below `recall`; the same for two classes of pixels or steps; class weights that weigh the rare class less
        than the common one.
    Why:
        The loss is a mean over rows: answering with the large class is nearly right for all of them, so the rare one is given up.
        The accuracy hides it.
    Measured:
        Label counts; recall per class on validation rows. Imbalance that does no harm is not reported. Where the score of the
        class ranks its rows above the others in less than `ranked` of the pairs, no threshold separates them:
        something else is wrong, unless a trial with weights says otherwise.
    Bad:
        model.fit(x, y)                        # 3 % of the rows are positive
    Good:
        model.fit(x, y, class_weight={0: 1.0, 1: 30.0})
    Fix:
        class_weight by inverse frequency, a sample_weight per element for pixels and steps; watch balanced accuracy, recall or
        AUC in place of accuracy.
    Ignore when:
        Only the order of the scores matters (AUC), or the rare class may be missed.
    Sources:
        King and Zeng 2001, Logistic Regression in Rare Events Data; Fawcett 2006, An introduction to ROC analysis; Keras guide:
        imbalanced classification.
    """
    if data.weights:
        return
    of_elements = [t for t in data.targets if t.form == "sequence" and t.integer and len(t.classes) == 2]
    for target in [*class_targets(data), *of_elements]:
        counts = {k: n for k, n in target.classes.items() if n}
        if data.class_weight:
            yield from _wrong_way(target, counts, data.class_weight, outcome)
            continue
        if len(counts) < 2 or max(counts.values()) < ratio * min(counts.values()):
            continue
        most = max(counts.values())
        rare = [k for k in counts if counts[k] * ratio <= most]
        known = {k: outcome.per_class_recall[k] for k in rare if outcome is not None and k in outcome.per_class_recall}
        missed = {k: r for k, r in known.items() if r < recall}
        if known and not missed:
            continue
        worst = min(missed or rare, key=lambda k: (missed.get(k, 0.0), counts[k]))
        apart = outcome.per_class_ranking.get(worst) if outcome is not None else None
        mixed = apart is not None and apart < ranked
        share = counts[worst] / sum(counts.values())
        what = "elements (pixels, steps)" if target in of_elements else "rows"
        text = f"Class {worst} has {percent(share)} of the training {what} ({counts[worst]:,} of {sum(counts.values()):,})"
        found = f"; the network recognises {percent(missed[worst])} of its {_judged(outcome)} {what}." if missed else "."
        if missed and apart is not None:
            found = f"{found[:-1]}, and ranks them above others in {percent(apart)} of the pairs."
        yield Hit(
            message=text + found,
            evidence={"counts": counts, "recall": dict(outcome.per_class_recall) if outcome else {}, "ranking": apart},
            where=target.name,
            severity="info" if mixed else _severity(missed.get(worst), apart, share),
            level=Evidence.PLAUSIBLE if mixed else _level(share, bool(missed), outcome),
            fix=fixes.balance_classes(elements=True) if target in of_elements else _weights(target, counts),
        )


def _severity(recall: float | None, apart: float | None, share: float) -> str:
    """Of a class that the scores rank, as far as that is known."""
    if recall is not None:
        return "error" if recall < 0.3 and apart is not None else "warning"
    return "warning" if share < 0.05 else "info"


def _level(share: float, missed: bool, outcome: OutcomeFacts | None) -> Evidence:
    """Of a training whose recall is not known, imbalance explains nothing; before a training it is what the data holds."""
    if missed:
        return Evidence.STRONG if share < 0.1 else Evidence.PLAUSIBLE
    return Evidence.PLAUSIBLE if outcome is None else Evidence.HINT


def _judged(outcome: OutcomeFacts | None) -> str:
    """The rows on which the recall was measured."""
    return "validation" if outcome is not None and outcome.validation is not None else "training"


def _wrong_way(
    target: TargetFacts, counts: dict[str, int], given: Mapping[Any, float], outcome: OutcomeFacts | None
) -> Iterator[Hit]:
    """Class weights by which the rarest class counts for less than the commonest one."""
    weights = {str(k): float(w) for k, w in given.items()}
    rare, common = min(counts, key=lambda k: counts[k], default=""), max(counts, key=lambda k: counts[k], default="")
    if has_learned(outcome) or not {rare, common} <= weights.keys() or weights[rare] >= weights[common]:
        return
    yield Hit(
        message=f"class_weight gives the rare class {rare} ({counts[rare]:,} rows) {number(weights[rare])} and the common class "
        f"{common} ({counts[common]:,} rows) {number(weights[common])}: the wrong way round.",
        evidence={"counts": counts, "class_weight": weights},
        where="class_weight",
        severity="error",
        level=Evidence.MEASURED,
        fix=_weights(target, counts),
    )


def _weights(target: TargetFacts, counts: dict[str, int]) -> Fix:
    total = sum(counts.values())
    plain = target.form in ("binary", "integer", "one-hot") and all(k.isdigit() for k in counts)
    weights = {int(k): total / (len(counts) * n) for k, n in counts.items()} if plain and len(counts) <= 20 else None
    return fixes.balance_classes(weights)
