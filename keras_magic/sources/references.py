"""What simple models (linear, trees, neighbours) reach on held-out rows: the score that a network is compared with."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_magic.facts import DataFacts
from keras_magic.sources.batches import Sample
from keras_magic.sources.skill import skill

WIDE = 4096  # values of a row beyond which the reference models see an image with fewer pixels


MOST_CODES = 20  # whole numbers of a target that are also tried as classes


def arrays_of(tree: Any) -> list[np.ndarray]:
    import keras

    return [np.asarray(leaf) for leaf in keras.tree.flatten(tree)]


def task_per_output(task: str, y: np.ndarray, several: bool) -> str:
    """With several outputs the tasks may differ: floats with many values are a regression, a few whole numbers are classes."""
    distinct = len(np.unique(y[:500]))
    if y.dtype.kind == "f" and task in ("binary", "multiclass") and distinct > 50:
        return "regression"
    if several and task == "regression" and y.dtype.kind in "iub" and y.size == len(y) and distinct <= MOST_CODES:
        return "multiclass"
    return task


def labels_of(y: np.ndarray) -> np.ndarray:
    y = np.asarray(y)
    return y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0]


def skill_as_classes(
    parts: Mapping[str, tuple[Sample, Any]], data: DataFacts | None, seed: int, missing: list[str]
) -> float | None:
    """Skill of trees that take a target of a few whole numbers as classes; None for other targets."""
    target = data.targets[0] if data and len(data.targets) == 1 else None
    if target is None or target.form != "integer" or not 3 <= len(target.classes) <= MOST_CODES:
        return None
    held_out = parts.get("validation", (None, None))[0]
    return reference_skills("multiclass", parts["train"][0], held_out, data, seed=seed, missing=missing).get("trees")


def reference_skills(
    task: str,
    train: Sample,
    held_out: Sample | None,
    data: DataFacts | None,
    *,
    seed: int,
    missing: list[str],
    code: int | None = None,
) -> dict[str, float]:
    """Skill of a linear model, of trees and of nearest neighbours on held-out rows (a quarter of the sample without validation).

    Args:
        code: numbers that a network passes on at its narrowest place. Where the targets are the inputs, as in an autoencoder, the
            linear model is held to as many (principal components, the best linear ones: Baldi and Hornik 1989).

    With several outputs, the mean over them. For classes, "out_of_bag" is the trees' accuracy on training rows that each tree
    had not seen (Breiman 2001): what the training labels themselves allow.
    """
    try:
        if code is not None and data is not None and task == "regression" and _copies(data):
            return _through(code, train, held_out, seed)
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


def _copies(data: DataFacts) -> bool:
    return len(data.inputs) == len(data.targets) == 1 and data.targets[0].form == "like-input"


def _through(code: int, train: Sample, held_out: Sample | None, seed: int) -> dict[str, float]:
    """Skill of the reconstruction from so many principal components; the trivial one where they are all that there are."""
    from sklearn.decomposition import PCA

    rows = np.nan_to_num(arrays_of(train.x)[0].reshape(train.rows, -1).astype("float64"))
    others = rows if held_out is None else np.nan_to_num(arrays_of(held_out.x)[0].reshape(held_out.rows, -1).astype("float64"))
    if not code < min(rows.shape) or rows.shape[1] > WIDE:
        return {}
    pca = PCA(code, random_state=seed).fit(rows)
    return {"linear": skill("regression", others, pca.inverse_transform(pca.transform(others)))}


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
    arrays = arrays_of(sample.x)
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
        blocks.append(np.abs(flats[0] - flats[1]))  # pairs differ by their distance
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
    outputs = arrays_of(sample.y)
    targets = [_reference_target(task, y, several=len(outputs) > 1) for y in outputs]
    return [] if any(t is None for t in targets) else [t for t in targets if t is not None]


def _reference_target(task: str, y: np.ndarray, several: bool) -> tuple[str, np.ndarray] | None:
    if y.dtype.kind not in "fiub":
        return None
    task = task_per_output(task, y, several)
    if task in ("binary", "multiclass"):
        one_per_row = y.size == len(y) or (y.ndim == 2 and bool(np.all(y.sum(-1) == 1)))
        return (task, labels_of(y).astype(int)) if one_per_row else None
    if task == "multilabel":
        return (task, (y > 0.5).astype(int)) if y.ndim == 2 and y.shape[1] <= 50 else None
    if task == "regression" and y.size // max(1, len(y)) <= 64:
        y = np.nan_to_num(y.reshape(len(y), -1).astype("float64"))
        return task, (y[:, 0] if y.shape[1] == 1 else y)
    return None
