"""How well did the network learn? Its skill on sampled rows, beside that of simple reference models."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_magic.clock import Clock
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.run import Run
from keras_magic.sources.batches import Limits, Sample, sample_rows, sample_validation
from keras_magic.sources.influence import unread_share
from keras_magic.sources.losses import loss_reading
from keras_magic.sources.predicting import Predictor, predicted
from keras_magic.sources.skill import guess_task, mean_skill, means_either_side, skill
from keras_magic.sources.trees import leaves, map_tree

ROWS = 2048
MOST_BYTES = 48 * 2**20  # of sampled rows
WIDE = 4096  # values of a row beyond which the reference models see an image with fewer pixels
Classes = tuple[np.ndarray, np.ndarray]  # labels and predicted classes as indexes
MOST_NAMES = 200  # classes that are compared with each other
MOST_CODES = 20  # whole numbers of a target that are also tried as classes
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

    The rows are read anew from the run's sources; a part that cannot be read or predicted is named in `missing`.
    """
    task = guess_task(data, model) if data and model else "unknown"
    missing: list[str] = []
    predictor = Predictor(run.model)
    parts = _judged_parts(run, predictor, rows, clock or Clock(), missing)
    either_side = means_either_side(model)
    skills = {name: _skill(task, sample.y, p, either_side, missing) for name, (sample, p) in parts.items()}
    best = max((s for s in skills.values() if s is not None), default=None)
    reference: dict[str, float] = {}
    if (
        "train" in parts
        and attainable is None
        and (best is None or skills.get("validation", best) is None or (skills.get("validation") or best) < GOOD_SKILL)
    ):
        held_out = parts.get("validation", (None, None))[0]
        reference = reference_skills(task, parts["train"][0], held_out, data, seed=seed, missing=missing)
    out_of_bag = reference.pop("out_of_bag", None)
    as_classes = _as_classes(parts, data, seed, missing) if reference and task == "regression" else None
    judged = parts.get("validation") or parts.get("train")
    spoilt = _nonfinite([outputs for _, outputs in parts.values()])
    told_apart = not either_side and not spoilt  # else the outputs name no class: distances, or NaN
    classes = {n: found for n, part in parts.items() if told_apart and (found := _class_parts(task, part)) is not None}
    return OutcomeFacts(
        task=task,
        train=skills.get("train"),
        validation=skills.get("validation"),
        accuracy=_accuracy(classes, parts) | ({} if out_of_bag is None else {"out_of_bag": out_of_bag}),
        reference=reference,
        attainable=max([*reference.values(), *([as_classes] if as_classes is not None else [])], default=attainable),
        at_least=_asks_for_more(data, model),
        as_classes=as_classes,
        per_class_recall=_recalls(classes.get("validation" if "validation" in parts else "train")),
        label_recall=_label_recalls(judged) if task == "multilabel" and told_apart and judged else {},
        loss_reading=_loss_reading(run.model, judged, missing),
        renamed=_renamed(classes.get("validation")),
        constant=bool(judged and _constant(judged[1])),
        unread=_unread(predictor, judged, data, best, missing),
        nonfinite=spoilt,
        prediction_range=_range(judged[1]) if judged else None,
        target_range=_range(judged[0].y) if judged else None,
        missing=tuple(missing),
    )


def _loss_reading(model: Any, part: tuple[Sample, Any] | None, missing: list[str]) -> dict[str, float]:
    try:
        return loss_reading(model, part[0].y, part[1]) if part else {}
    except Exception as error:  # a loss of the user's own
        missing.append(f"the loss alone: {type(error).__name__}: {error}"[:300])
        return {}


def _unread(
    predictor: Predictor, part: tuple[Sample, Any] | None, data: DataFacts | None, best: float | None, missing: list[str]
) -> float | None:
    if part is None or (best is not None and best > GOOD_SKILL):
        return None
    try:
        return unread_share(part[0].x, part[1], data, predictor)
    except Exception as error:  # a model that takes no other rows
        missing.append(f"what the padding hides: {type(error).__name__}: {error}"[:300])
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


def _asks_for_more(data: DataFacts | None, model: ModelFacts | None) -> bool:
    """See `OutcomeFacts.at_least`: pictures, and ids whose meaning the network learns in tables."""
    roles = {i.role for i in data.inputs} if data else set()
    ids = model is not None and any(layer.kind == "Embedding" for layer in model.layers)
    return "image" in roles or (ids and "tokens" not in roles)


def _leaves(tree: Any) -> list[np.ndarray]:
    import keras

    return [np.asarray(leaf) for leaf in keras.tree.flatten(tree)]


def _skill(task: str, y: Any, p: Any, either_side: bool, missing: list[str]) -> float | None:
    """Mean skill over the outputs, None for an unknown task."""
    try:
        return None if task == "unknown" else mean_skill(task, y, p, either_side=either_side)
    except Exception as error:
        missing.append(f"skill: {type(error).__name__}: {error}"[:300])
        return None


def _task_of(task: str, y: np.ndarray, several: bool) -> str:
    """With several outputs the tasks may differ: floats with many values are a regression, a few whole numbers are classes."""
    distinct = len(np.unique(y[:500]))
    if y.dtype.kind == "f" and task in ("binary", "multiclass") and distinct > 50:
        return "regression"
    if several and task == "regression" and y.dtype.kind in "iub" and y.size == len(y) and distinct <= MOST_CODES:
        return "multiclass"
    return task


def _labels(y: np.ndarray) -> np.ndarray:
    y = np.asarray(y)
    return y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0]


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
    targets, outputs = _leaves(part[0].y), _leaves(part[1])
    if len(targets) != 1 or len(outputs) != 1:
        return None
    true, scores = targets[0], outputs[0]
    if scores.ndim > 2:  # a class per pixel or per step
        true, scores = true.reshape(-1), scores.reshape(-1, scores.shape[-1])
        if len(true) != len(scores):
            return None
    y, p = _labels(true), _predicted(scores)
    if y.dtype.kind not in "fiub" or not np.isfinite(y.astype(float)).all():
        return None
    if y.min() < 0:
        y = (y > 0).astype(int)
    return y.astype(int), p


def _accuracy(classes: Mapping[str, Classes], parts: Mapping[str, tuple[Sample, Any]]) -> dict[str, float]:
    """Of rows; none where each element of a row has a class."""
    result = {}
    for name, (y, p) in classes.items():
        if len(y) == len(_leaves(parts[name][1])[0]):
            result[name] = float((y == p).mean())
            result["majority"] = float(np.bincount(y).max() / len(y))
    return result


def _recalls(classes: Classes | None) -> dict[str, float]:
    if classes is None:
        return {}
    y, p = classes
    return {str(c): float((p[y == c] == c).mean()) for c in np.unique(y)[:100]}


def _renamed(classes: Classes | None) -> float | None:
    """Accuracy if each predicted class gets the name of another one: the pairs that occur most come first.

    Only classes that are both true and predicted for some rows change names: one that training never saw is not predicted.
    """
    if classes is None:
        return None
    y, p = classes
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
        for leaf in _leaves(p)
    )


def _nonfinite(predictions: Sequence[Any]) -> float:
    """Share of the rows of which some output is NaN or infinite."""
    rows = bad = 0
    for tree in predictions:
        leaves = [leaf.reshape(len(leaf), -1) for leaf in _leaves(tree) if leaf.dtype.kind == "f" and leaf.ndim]
        if leaves:
            rows += len(leaves[0])
            bad += int((~np.logical_and.reduce([np.isfinite(leaf).all(axis=1) for leaf in leaves])).sum())
    return bad / rows if rows else 0.0


def _range(tree: Any) -> tuple[float, float] | None:
    finite = [leaf[np.isfinite(leaf)] for leaf in _leaves(tree) if leaf.dtype.kind in "fiub"]
    finite = [values for values in finite if values.size]
    if not finite:
        return None
    return float(min(values.min() for values in finite)), float(max(values.max() for values in finite))


# ---------------------------------------------------------------- reference models


def _as_classes(parts: Mapping[str, tuple[Sample, Any]], data: DataFacts | None, seed: int, missing: list[str]) -> float | None:
    """Skill of trees that take a target of a few whole numbers as classes; None for other targets."""
    target = data.targets[0] if data and len(data.targets) == 1 else None
    if target is None or target.form != "integer" or not 3 <= len(target.classes) <= MOST_CODES:
        return None
    held_out = parts.get("validation", (None, None))[0]
    return reference_skills("multiclass", parts["train"][0], held_out, data, seed=seed, missing=missing).get("trees")


def reference_skills(
    task: str, train: Sample, held_out: Sample | None, data: DataFacts | None, *, seed: int, missing: list[str]
) -> dict[str, float]:
    """Skill of a linear model, of trees and of nearest neighbours on held-out rows (a quarter of the sample without validation).

    With several outputs, the mean over them. For classes, "out_of_bag" is the trees' accuracy on training rows that each tree
    had not seen (Breiman 2001): what the training labels themselves allow.
    """
    try:
        x, ys = _matrix(train, data), _reference_targets(task, train)
        if x is None or not ys:
            return {}
        if held_out is not None:
            xv, yvs = _matrix(held_out, data), _reference_targets(task, held_out)
        else:
            order = np.random.default_rng(seed).permutation(len(x))
            cut = max(1, len(x) // 4)
            held, kept = order[:cut], order[cut:]
            x, xv = x[kept], x[held]
            ys, yvs = [(t, y[kept]) for t, y in ys], [(t, y[held]) for t, y in ys]
        if xv is None or len(yvs) != len(ys) or len(x) < 20 or len(xv) < 10:
            return {}
        x, xv = _standardise(x, xv)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of models that the user never asked for
            outputs = [_fit_references(kind, x, y, xv, yv, seed) for (kind, y), (_, yv) in zip(ys, yvs, strict=True)]
        names = set.intersection(*(set(skills) for skills in outputs))
        return {name: float(np.mean([skills[name] for skills in outputs])) for name in sorted(names)}
    except Exception as error:
        missing.append(f"reference models: {type(error).__name__}: {error}"[:300])
        return {}


def _fit_references(kind: str, x: np.ndarray, y: np.ndarray, xv: np.ndarray, yv: np.ndarray, seed: int) -> dict[str, float]:
    """name -> skill of simple models for one output."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    if kind == "regression":
        models: dict[str, Any] = {
            "linear": Ridge(1.0),
            "trees": ExtraTreesRegressor(40, min_samples_leaf=2, random_state=seed),
            "neighbours": KNeighborsRegressor(7),
        }
        return {name: skill(kind, yv, m.fit(x, y).predict(xv)) for name, m in models.items()}
    trees = ExtraTreesClassifier(60, min_samples_leaf=2, class_weight="balanced", random_state=seed)
    if kind == "multilabel":
        models = {"trees": trees, "neighbours": KNeighborsClassifier(7)}
        return {name: skill(kind, yv, m.fit(x, y).predict(xv)) for name, m in models.items()}
    classes = np.unique(y)
    if len(classes) < 2:
        return {}
    trees.set_params(bootstrap=True, oob_score=True)
    models = {
        "linear": LogisticRegression(max_iter=200, class_weight="balanced"),
        "trees": trees,
        "neighbours": KNeighborsClassifier(7),
    }
    skills = {name: _balanced(yv, m.fit(x, y).predict(xv), classes) for name, m in models.items()}
    return skills | {"out_of_bag": float(trees.oob_score_)}


def _balanced(y: np.ndarray, p: np.ndarray, classes: np.ndarray) -> float:
    recalls = [(p[y == c] == c).mean() for c in np.unique(y)]
    chance = 1 / max(2, len(classes))
    return (float(np.mean(recalls)) - chance) / (1 - chance)


def _standardise(x: np.ndarray, xv: np.ndarray, widest: int = 256) -> tuple[np.ndarray, np.ndarray]:
    mean, std = x.mean(0), x.std(0)
    keep = std > 1e-12
    x, xv = (x[:, keep] - mean[keep]) / std[keep], (xv[:, keep] - mean[keep]) / std[keep]
    if x.shape[1] > widest:
        from sklearn.decomposition import PCA

        pca = PCA(min(64, len(x) - 1), svd_solver="randomized", random_state=0).fit(x)
        x, xv = pca.transform(x), pca.transform(xv)
    return np.clip(x, -10, 10), np.clip(xv, -10, 10)


def _matrix(sample: Sample, data: DataFacts | None, most_ids: int = 2000) -> np.ndarray | None:
    """All inputs side by side as one float matrix; tokens become counts per id, categorical codes one-hot columns."""
    arrays = _leaves(sample.x)
    if data is None or len(arrays) != len(data.inputs):
        return None
    blocks, flats = [], []
    for leaf, facts in zip(arrays, data.inputs, strict=True):
        if leaf.dtype.kind not in "fiub":
            return None
        leaf = _fewer_pixels(leaf) if facts.role == "image" else leaf
        wide = leaf[:1].size > WIDE
        flat = np.nan_to_num(leaf.reshape(len(leaf), -1).astype("float32" if wide else "float64"), posinf=0, neginf=0)
        flats.append(flat)
        if facts.role == "tokens" and flat.shape[1] > 4:
            ids = np.clip(flat, 0, None).astype(int) % most_ids
            block = np.zeros((len(flat), most_ids), "float32")
            np.add.at(block, (np.repeat(np.arange(len(flat)), ids.shape[1]), ids.ravel()), 1.0)
            blocks.append(block)
        else:
            blocks.append(flat)
            blocks += [_one_hot(flat[:, j], c.max) for j, c in enumerate(facts.columns[: flat.shape[1]]) if _is_code(c)]
    if len(flats) == 2 and flats[0].shape == flats[1].shape and all(i.role != "tokens" for i in data.inputs):
        blocks.append(np.abs(flats[0] - flats[1]))  # pairs are told apart by how they differ
    return np.hstack(blocks) if blocks else None


def _fewer_pixels(images: np.ndarray) -> np.ndarray:
    """Images of more than `WIDE` values with means of neighbouring pixels in their place."""
    while images.ndim == 4 and images[:1].size > WIDE and min(images.shape[1:3]) >= 32:
        height, width = (n // 2 * 2 for n in images.shape[1:3])
        corners = [images[:, i:height:2, j:width:2].astype("float32") for i in (0, 1) for j in (0, 1)]
        images = sum(corners) / 4  # type: ignore[assignment]
    return images


def _is_code(column: Any) -> bool:
    return bool(column.integer and 3 <= column.distinct <= 100 and column.min is not None and column.min >= 0 and column.max < 1000)


def _one_hot(values: np.ndarray, highest: float | None) -> np.ndarray:
    return np.eye(int(highest or 0) + 1, dtype="float32")[np.clip(values, 0, highest).astype(int)]


def _reference_targets(task: str, sample: Sample) -> list[tuple[str, np.ndarray]]:
    """(task, target) per output, empty when one of them is nothing that simple models predict."""
    outputs = _leaves(sample.y)
    targets = [_reference_target(task, y, several=len(outputs) > 1) for y in outputs]
    return [] if any(t is None for t in targets) else [t for t in targets if t is not None]


def _reference_target(task: str, y: np.ndarray, several: bool) -> tuple[str, np.ndarray] | None:
    if y.dtype.kind not in "fiub":
        return None
    task = _task_of(task, y, several)
    if task in ("binary", "multiclass"):
        one_per_row = y.size == len(y) or (y.ndim == 2 and bool(np.all(y.sum(-1) == 1)))
        return (task, _labels(y).astype(int)) if one_per_row else None
    if task == "multilabel":
        return (task, (y > 0.5).astype(int)) if y.ndim == 2 and y.shape[1] <= 50 else None
    if task == "regression" and y.size // max(1, len(y)) <= 64:
        y = np.nan_to_num(y.reshape(len(y), -1).astype("float64"))
        return task, (y[:, 0] if y.shape[1] == 1 else y)
    return None
