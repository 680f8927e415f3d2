"""How well did the network learn? Its skill on sampled rows, beside that of simple reference models."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_magic.clock import Clock
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.prices import spoken
from keras_magic.run import Run
from keras_magic.sources.batches import Limits, Sample, sample_rows, sample_validation
from keras_magic.sources.influence import ROWS as UNREAD_ROWS
from keras_magic.sources.influence import can_hide, sees_ahead, unread_share
from keras_magic.sources.losses import loss_reading
from keras_magic.sources.predicting import Predictor, predicted
from keras_magic.sources.quantiles import turned_quantiles
from keras_magic.sources.references import arrays_of, labels_of, reference_skills, skill_as_classes
from keras_magic.sources.skill import guess_task, is_sign_agnostic, mean_skill
from keras_magic.sources.trees import leaves, map_tree

ROWS = 2048
MOST_BYTES = 48 * 2**20  # of sampled rows
Classes = tuple[np.ndarray, np.ndarray, np.ndarray]  # labels and predicted classes as indexes, scores of the classes
RANKED = 100_000  # rows or elements whose scores are ranked, about
MOST_NAMES = 200  # classes that are compared with each other
GOOD_SKILL = 0.9  # above it, no reference model is needed to know that the network has learned


def measure_outcome(
    run: Run,
    data: DataFacts | None,
    model: ModelFacts | None,
    *,
    rows: int = ROWS,
    seed: int = 0,
    attainable: float | None = None,
    clock: Clock | None = None,
) -> OutcomeFacts:
    """Predict at most `rows` training and validation rows and compare with scikit-learn's simple models.

    Args:
        attainable: what those models reach, where it is known; else they are fitted.
        clock: for reading and predicting; where it ends, fewer rows are judged, which `missing` says. No limit by default.

    The rows are read again from the run's sources; a part that cannot be read or predicted is named in `missing`.
    """
    task = guess_task(data, model) if data and model else "unknown"
    missing: list[str] = []
    predictor = Predictor(run.model, run.final_weights)
    clock = clock or Clock()
    parts = _judged_parts(run, predictor, rows, clock, missing)
    sign_agnostic = is_sign_agnostic(model)
    skills = {name: _skill(task, sample.y, p, sign_agnostic, missing) for name, (sample, p) in parts.items()}
    best = max((s for s in skills.values() if s is not None), default=None)
    reference: dict[str, float] = {}
    if (
        "train" in parts
        and attainable is None
        and (best is None or skills.get("validation", best) is None or (skills.get("validation") or best) < GOOD_SKILL)
    ):
        held_out = parts.get("validation", (None, None))[0]
        reference = reference_skills(task, parts["train"][0], held_out, data, seed=seed, missing=missing, code=_narrowest(model))
    out_of_bag = reference.pop("out_of_bag", None)
    as_classes = skill_as_classes(parts, data, seed, missing) if reference and task == "regression" else None
    judged = parts.get("validation") or parts.get("train")
    spoilt = _nonfinite([outputs for _, outputs in parts.values()])
    names_classes = not sign_agnostic and not spoilt  # else the outputs name no class: distances, or NaN
    classes = {n: found for n, part in parts.items() if names_classes and (found := _class_parts(task, part)) is not None}
    return OutcomeFacts(
        task=task,
        train=skills.get("train"),
        validation=skills.get("validation"),
        accuracy=_accuracy(classes, parts) | ({} if out_of_bag is None else {"out_of_bag": out_of_bag}),
        reference=reference,
        attainable=max([*reference.values(), *([as_classes] if as_classes is not None else [])], default=attainable),
        reference_is_lower_bound=_asks_for_more(data, model),
        as_classes=as_classes,
        per_class_recall=_recalls(classes.get("validation" if "validation" in parts else "train")),
        per_class_ranking=_rankings(classes.get("validation" if "validation" in parts else "train")),
        label_recall=_label_recalls(judged) if task == "multilabel" and names_classes and judged else {},
        **_of_the_loss(run.model, judged, missing),
        accuracy_after_relabelling=_renamed(classes.get("validation")),
        constant=bool(judged and _constant(judged[1])),
        unread=_unread(predictor, judged, data, best, clock.seconds, missing),
        ahead=_ahead(predictor, judged, clock.seconds, missing),
        nonfinite=spoilt,
        prediction_range=_range(judged[1]) if judged else None,
        target_range=_range(judged[0].y) if judged else None,
        missing=tuple(missing),
    )


def _of_the_loss(model: Any, part: tuple[Sample, Any] | None, missing: list[str]) -> dict[str, Any]:
    """See `OutcomeFacts.loss_reading` and `OutcomeFacts.quantiles`."""
    if part is None:
        return {}
    try:
        given = {"true": part[0].y, "pred": part[1]}
        return {"loss_reading": loss_reading(model, **given), "quantiles": turned_quantiles(model, **given)}
    except Exception as error:  # a loss of the user's own
        missing.append(f"the loss alone: {type(error).__name__}: {error}"[:300])
        return {}


def _unread(
    predictor: Predictor,
    part: tuple[Sample, Any] | None,
    data: DataFacts | None,
    best: float | None,
    seconds: float,
    missing: list[str],
) -> float | None:
    """See `unread_share`; where predicting its rows once more takes no longer than the whole outcome may."""
    if part is None or (best is not None and best > GOOD_SKILL) or not can_hide(data):
        return None
    if (price := UNREAD_ROWS * predictor.seconds_per_row) > seconds:
        missing.append(f"what the padding hides: predicting {UNREAD_ROWS} rows once more takes about {spoken(price)}")
        return None
    try:
        return unread_share(part[0].x, part[1], data, predictor)
    except Exception as error:  # a model that takes no other rows
        missing.append(f"what the padding hides: {type(error).__name__}: {error}"[:300])
        return None


def _ahead(predictor: Predictor, part: tuple[Sample, Any] | None, seconds: float, missing: list[str]) -> dict[str, float] | None:
    """See `sees_ahead`; where predicting its rows once more takes no longer than the whole outcome may."""
    if part is None or UNREAD_ROWS * predictor.seconds_per_row > seconds:
        return None
    try:
        return sees_ahead(part[0].x, part[0].y, part[1], predictor)
    except Exception as error:  # a model that takes no other rows
        missing.append(f"whether outputs follow later steps: {type(error).__name__}: {error}"[:300])
        return None


def _label_recalls(part: tuple[Sample, Any]) -> dict[str, float]:
    """Label -> share of its rows in which its output is above one half (above 0 for logits)."""
    true, found = leaves(part[0].y), leaves(part[1])
    if len(true) != 1 or len(found) != 1 or true[0].shape != found[0].shape or true[0].ndim != 2 or true[0].shape[1] > MOST_NAMES:
        return {}
    inside = found[0].min() >= 0 and found[0].max() <= 1
    said = found[0] > (0.5 if inside else 0.0)
    return {str(i): float(said[rows, i].mean()) for i, rows in enumerate((true[0] > 0.5).T) if rows.any()}


def _judged_parts(run: Run, predictor: Predictor, rows: int, clock: Clock, missing: list[str]) -> dict[str, tuple[Sample, Any]]:
    """Part -> the sampled rows that the time was enough for, and their predictions; training rows take half of it at most."""
    parts: dict[str, tuple[Sample, Any]] = {}
    for name, sampler, share in (("train", sample_rows, 0.5), ("validation", sample_validation, 1.0)):
        try:
            own = clock.part(share * clock.left)
            sample = sampler(run, rows, limits=Limits(most_bytes=MOST_BYTES, clock=own))
            if sample is not None and sample.y is not None:
                with clock.stopped(), own.stopped():  # to trace it takes as long for any number of rows
                    predictor(map_tree(lambda a: a[:1], sample.x))
                parts[name] = predicted(predictor, sample, own)
        except Exception as error:  # the data or the model may be the very fault: note it and go on
            missing.append(f"{name}: {type(error).__name__}: {error}"[:300])
    return parts


def _narrowest(model: ModelFacts | None) -> int | None:
    """Numbers for a row at the narrowest place of a network, as far as the shapes are known."""
    widths = []
    for layer in model.layers if model is not None else ():
        shape = layer.output_shape or (layer.units,)
        known = [n for n in shape if n]
        widths += [math.prod(known)] if len(known) == len(shape) else []
    return min(widths, default=None)


def _asks_for_more(data: DataFacts | None, model: ModelFacts | None) -> bool:
    """See `OutcomeFacts.reference_is_lower_bound`: images, and ids whose meaning the network learns in tables."""
    roles = {i.role for i in data.inputs} if data else set()
    ids = model is not None and any(layer.kind == "Embedding" for layer in model.layers)
    return "image" in roles or (ids and "tokens" not in roles)


def _skill(task: str, y: Any, p: Any, sign_agnostic: bool, missing: list[str]) -> float | None:
    """Mean skill over the outputs, None for an unknown task."""
    try:
        return None if task == "unknown" else mean_skill(task, y, p, sign_agnostic=sign_agnostic)
    except Exception as error:
        missing.append(f"skill: {type(error).__name__}: {error}"[:300])
        return None


def _predicted(p: np.ndarray) -> np.ndarray:
    """Class index; a single column is cut where it separates best: at 0.5 for probabilities, at 0 for scores."""
    if p.ndim > 1 and p.shape[-1] > 1:
        return p.argmax(-1)
    flat = p.reshape(len(p), -1)[:, 0]
    return (flat > (0.5 if flat.min(initial=0) >= 0 and flat.max(initial=1) <= 1 else 0.0)).astype(int)


def _class_parts(task: str, part: tuple[Sample, Any]) -> Classes | None:
    """Labels as indexes and predicted indexes of a single-output classification over rows or their elements, else None."""
    if task not in ("binary", "multiclass"):
        return None
    targets, outputs = arrays_of(part[0].y), arrays_of(part[1])
    if len(targets) != 1 or len(outputs) != 1:
        return None
    true, scores = targets[0], outputs[0]
    if scores.ndim > 2:  # a class per pixel or per step
        true, scores = true.reshape(-1), scores.reshape(-1, scores.shape[-1])
        if len(true) != len(scores):
            return None
    y, p = labels_of(true), _predicted(scores)
    if y.dtype.kind not in "fiub" or not np.isfinite(y.astype(float)).all():
        return None
    single = scores.ndim == 1 or scores.shape[-1] == 1
    if y.min() < 0 or (single and y.max() > 1 and len(np.unique(y)) == 2):  # -1 and 1, or 0 and 255: the larger one is found
        y = y == y.max()
    return y.astype(int), p, scores.reshape(len(y), -1)


def _accuracy(classes: Mapping[str, Classes], parts: Mapping[str, tuple[Sample, Any]]) -> dict[str, float]:
    """Of rows; none where each element of a row has a class."""
    result = {}
    for name, (y, p, _) in classes.items():
        if len(y) == len(arrays_of(parts[name][1])[0]):
            result[name] = float((y == p).mean())
            result["majority"] = float(np.bincount(y).max() / len(y))
    return result


def _recalls(classes: Classes | None) -> dict[str, float]:
    if classes is None:
        return {}
    y, p, _ = classes
    return {str(c): float((p[y == c] == c).mean()) for c in np.unique(y)[:100]}


def _rankings(classes: Classes | None) -> dict[str, float]:
    """See `OutcomeFacts.per_class_ranking`."""
    from sklearn.metrics import roc_auc_score

    if classes is None or not np.isfinite(classes[2]).all():
        return {}
    every = slice(None, None, max(1, len(classes[0]) // RANKED))
    y, scores = classes[0][every], classes[2][every]
    single = scores.shape[1] == 1
    known = [c for c in np.unique(y)[:MOST_NAMES] if (y == c).sum() > 1 and (single or c < scores.shape[1])]
    columns = {c: -scores[:, 0] if single and not c else scores[:, 0 if single else c] for c in known if not (y == c).all()}
    return {str(c): float(roc_auc_score(y == c, column)) for c, column in columns.items()}


def _renamed(classes: Classes | None) -> float | None:
    """Accuracy if each predicted class gets the name of another one: the pairs that occur most come first.

    Only classes that are both true and predicted for some rows change names: one that training never saw is not predicted.
    """
    if classes is None:
        return None
    y, p, _ = classes
    names = np.intersect1d(y, p)
    if not 2 <= len(names) <= MOST_NAMES:
        return None
    known, table = np.isin(y, names) & np.isin(p, names), np.zeros((len(names), len(names)))
    np.add.at(table, (np.searchsorted(names, y[known]), np.searchsorted(names, p[known])), 1)
    total, right = len(y), 0.0
    for _ in names:
        true, predicted = np.unravel_index(table.argmax(), table.shape)
        right += table[true, predicted]
        table[true, :], table[:, predicted] = -1, -1
    return float(right / total)


def _constant(p: Any) -> bool:
    return all(
        np.isfinite(leaf).all() and np.ptp(leaf, axis=0).max(initial=0) <= 1e-3 * (1e-6 + np.abs(leaf).max(initial=0))
        for leaf in arrays_of(p)
    )


def _nonfinite(predictions: Sequence[Any]) -> float:
    """Share of the rows of which some output is NaN or infinite."""
    rows = bad = 0
    for tree in predictions:
        leaves = [leaf.reshape(len(leaf), -1) for leaf in arrays_of(tree) if leaf.dtype.kind == "f" and leaf.ndim]
        if leaves:
            rows += len(leaves[0])
            bad += int((~np.logical_and.reduce([np.isfinite(leaf).all(axis=1) for leaf in leaves])).sum())
    return bad / rows if rows else 0.0


def _range(tree: Any) -> tuple[float, float] | None:
    finite = [leaf[np.isfinite(leaf)] for leaf in arrays_of(tree) if leaf.dtype.kind in "fiub"]
    finite = [values for values in finite if values.size]
    if not finite:
        return None
    return float(min(values.min() for values in finite)), float(max(values.max() for values in finite))


# ---------------------------------------------------------------- reference models
