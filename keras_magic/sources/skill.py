"""Skill: how well predictions serve the task, on one scale for every loss. 0 is the trivial answer, 1 a perfect one.

Classification: (balanced accuracy - chance) / (1 - chance), the classes weighing alike whatever their frequency (Brodersen et al.
2010); less where the probabilities have hardly left the uniform answer. Regression and reconstruction: R², against the mean per
column, so it does not depend on the unit of the target. Multi-label: mean of the labels' balanced skills. Values below 0 are worse
than the trivial answer and are cut at -1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_magic.facts import NOT_FINITE, DataFacts, HeadFacts, ModelFacts, TargetFacts
from keras_magic.sources.trees import as_text, leaves, to_numpy

FAR = 12.0  # robust standard deviations beyond which a target is no ordinary one
MOST_FAR = 0.02  # at most this share of rows may be set aside as such
CLASS_LOSSES = ("crossentropy", "focal")
FEW_CLASSES = 100
TIMID = 1 / 3  # sureness below which right answers count for less: the loss has hardly fallen


def skill(task: str, y_true: Any, y_pred: Any, *, classes: int | None = None) -> float:
    """Skill of predictions.

    Args:
        task: "binary", "multiclass", "multilabel" or "regression".
        y_true: targets (rows, ...) as given to `fit`: class indexes, one-hot or multi-hot rows, or numbers. Labels that are no
            class indexes (-1 and 1, gaps, strings) count by the order of their values.
        y_pred: outputs (rows, ...): probabilities, scores, or numbers.
        classes: number of classes of the task, where these rows may lack some; those present when None.

    Returns:
        A float in [-1, 1]; 0 where nothing can be determined (no rows, one class, shapes that do not belong together).
    """
    true, pred = np.asarray(y_true), np.asarray(y_pred)
    if not len(true) or len(true) != len(pred):
        return 0.0
    if task == "regression":
        return _regression(true, pred)
    if task == "multilabel":
        return _multilabel(true, pred)
    if pred.ndim == true.ndim + 1 and pred.shape[:-1] == true.shape:
        pass  # a label per element, of rows or of sequences
    elif true.ndim > 1 and true.shape[-1] > 1 and true.shape == pred.shape:
        true = true.argmax(-1)
    elif true.ndim > 1 and true.shape[-1] == 1 and true.ndim == pred.ndim:
        true = true[..., 0]
    elif true.ndim > 1 and true.shape[-1] > 1 and true.shape[:-1] == pred.shape[: true.ndim - 1]:
        true = true.argmax(-1)  # one-hot rows, another number of units
    return _classes(true, pred, classes)


def is_sign_agnostic(model: ModelFacts | None) -> bool:
    """Under a loss of the user's own, a number that is no probability may be a distance: large for either of two classes."""
    heads = model.heads if model else ()
    return len(heads) == 1 and heads[0].loss == "custom" and heads[0].activation not in ("sigmoid", "softmax")


def mean_skill(task: str, y_true: Any, y_pred: Any, *, classes: int | None = None, sign_agnostic: bool = False) -> float:
    """Mean skill over the outputs: trees of targets and predictions, dicts matched by key.

    `sign_agnostic`: see `is_sign_agnostic`; one number per row for two classes then counts by how well it separates them. With
    several outputs, numbers that are not whole are a regression and one number against several units is a class, whatever
    `task` says of the first output.
    """
    if isinstance(y_true, Mapping) and isinstance(y_pred, Mapping):
        pairs = [(y_true[key], y_pred[key]) for key in y_pred if key in y_true]
    else:
        pairs = list(zip(leaves(y_true), leaves(y_pred), strict=False))
    several = len(pairs) > 1
    if sign_agnostic and task == "binary" and not several and all(np.size(to_numpy(part)) == len(part) for part in pairs[0]):
        return _separation(*map(to_numpy, pairs[0]))
    scores = []
    for true, pred in pairs:
        true, pred = to_numpy(true), to_numpy(pred)
        own = _task_of_output(task, true, pred) if several else task
        scores.append(skill(own, true, pred, classes=None if several else classes))
    return float(np.mean(scores)) if scores else 0.0


def _task_of_output(task: str, true: np.ndarray, pred: np.ndarray) -> str:
    """The task of one of several outputs, where `task` is that of the first one."""
    if true.dtype.kind == "f" and np.any(true != np.floor(true)):
        return "regression"
    if task == "regression" and true.size == len(true) and pred.ndim == 2 and pred.shape[-1] > 1:
        return "multiclass"  # a number per row against several units: a class
    return task


def task_of_targets(y: Any) -> str:
    """The task as far as the targets alone tell it; see `guess_task` for the better judgement."""
    first = next(iter(leaves(y)), None)
    if first is None:
        return "unknown"
    values = to_numpy(first)
    distinct = np.unique(as_text(values.reshape(-1)[:20_000]) if values.dtype == object else values.reshape(-1)[:20_000])
    if values.dtype.kind not in "fiub":
        return "binary" if len(distinct) == 2 else "multiclass"
    wide = values.ndim > 1 and values.shape[-1] > 1
    if wide and set(distinct.tolist()) <= {0, 1}:
        one_hot = np.allclose(values.sum(axis=-1), 1)
        return ("binary" if values.shape[-1] == 2 else "multiclass") if one_hot else "multilabel"
    if wide or np.any(distinct != np.floor(distinct)) or len(distinct) > FEW_CLASSES:
        return "regression"
    return "binary" if len(distinct) <= 2 else "multiclass"


def guess_task(data: DataFacts | None, model: ModelFacts | None) -> str:
    """What the network is meant to do, read from the targets first and from the head where they leave it open.

    Returns:
        "binary" | "multiclass" | "multilabel" | "regression" | "unknown" (no targets were seen).
    """
    target = data.targets[0] if data and data.targets else None
    head = model.heads[0] if model and model.heads else None
    if target is None or (target.form == "single" and head is not None and head.loss == "custom"):
        return "unknown"
    by_form = {
        "binary": "binary",
        "signs": "binary",
        "multi-hot": "multilabel",
        "strings": "multiclass",
        "continuous": "regression",
    }
    if target.equals_input or target.form == "like-input":
        return "regression"
    if target.form in ("one-hot", "probabilities"):
        return "binary" if _width(target) == 2 else "multiclass"
    if target.form == "strings" and len(target.classes) == 2:
        return "binary"
    if target.form == "binary" and _width(target) > 1:
        return "multilabel"
    if target.form == "continuous" and head is not None and head.activation == "softmax" and (head.units or 0) > 1:
        return "multiclass"  # labels that were scaled along with the inputs
    return by_form.get(target.form) or _of_whole_numbers(target, head)


def _width(target: TargetFacts) -> int:
    return (target.shape[-1] or 1) if target.shape else 1


def _speaks_of_classes(head: HeadFacts | None) -> bool:
    """The loss, the activation, or the number of units are those of a classifier."""
    if head is None:
        return False
    return any(word in (head.loss or "") for word in CLASS_LOSSES) or head.activation == "softmax"


def _of_whole_numbers(target: TargetFacts, head: HeadFacts | None) -> str:
    """Integers, sequences and single values: classes if the head treats them so, or if they are few."""
    classes = len(target.classes)
    if not target.integer and head is not None and head.activation != "softmax" and "categorical" not in (head.loss or ""):
        return "regression"  # fractions, such as grey pixels under a binary cross-entropy
    if _speaks_of_classes(head):
        return "binary" if classes == 2 else "multiclass"
    if not target.integer:
        return "regression"
    accuracy = bool(head) and any("acc" in metric for metric in head.metrics)  # type: ignore[union-attr]
    if accuracy and 0 < classes <= FEW_CLASSES:
        return "binary" if classes == 2 else "multiclass"
    one_unit = head is not None and head.units in (None, 1)
    return "multiclass" if 0 < classes <= 20 and not one_unit else "regression"


# ---------------------------------------------------------------- per task


def _regression(true: np.ndarray, pred: np.ndarray) -> float:
    """Mean over the columns of R², leaving out the few rows whose target lies far outside the bulk."""
    aligned = _aligned(true, pred)
    if aligned is None:
        return 0.0
    true, pred = aligned
    if not np.isfinite(pred).all():
        return NOT_FINITE
    keep = np.isfinite(true).all(axis=1) & _ordinary(true)
    true, pred = true[keep], pred[keep]
    if len(true) < 2:
        return 0.0
    total = np.square(true - true.mean(axis=0)).sum(axis=0)
    varies = total > 1e-12 * len(true) * (1e-12 + np.square(true).mean(axis=0))
    if not varies.any():
        return 0.0
    error = np.square(true - pred).sum(axis=0)
    # columns of images and signals share one unit: weigh them by their variance, as a single error over all of them does
    score = (
        1 - error[varies].sum() / total[varies].sum() if true.shape[1] > 8 else float(np.mean(1 - error[varies] / total[varies]))
    )
    return float(np.clip(score, -1, 1))


def _aligned(true: np.ndarray, pred: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Both as (rows, columns); None where they have no common shape. Bounds keep squares finite."""
    try:
        true = true.reshape(len(true), -1).astype("float64")
        pred = pred.reshape(len(pred), -1).astype("float64")
    except ValueError:
        return None
    if true.shape != pred.shape:
        if true.shape[1] != 1 and pred.shape[1] != 1:
            return None
        pred = np.broadcast_to(pred, true.shape) if pred.shape[1] == 1 else pred[:, :1]
    return true, np.clip(pred, -1e150, 1e150)


def _ordinary(true: np.ndarray) -> np.ndarray:
    """Rows within `FAR` robust standard deviations of the median; all rows where more than `MOST_FAR` would fall out."""
    low, middle, high = np.nanpercentile(true, [25, 50, 75], axis=0)
    reach = (high - low) / 1.349
    keep = ~((np.abs(true - middle) > FAR * reach) & (reach > 0)).any(axis=1)
    return keep if keep.mean() >= 1 - MOST_FAR else np.ones(len(true), bool)


def _separation(true: np.ndarray, score: np.ndarray) -> float:
    """|2 AUC - 1|: how well one number separates two classes, whichever side is which."""
    from sklearn.metrics import roc_auc_score

    positive, score = true.reshape(-1) > np.min(true), score.reshape(-1)
    if not np.isfinite(score).all():
        return NOT_FINITE
    return float(abs(2 * roc_auc_score(positive, score) - 1)) if positive.any() and not positive.all() else 0.0


def _classes(true: np.ndarray, pred: np.ndarray, classes: int | None) -> float:
    """Balanced accuracy above chance; sequences of labels count element by element."""
    single = pred.ndim == true.ndim or pred.shape[-1] == 1
    if not single and pred.shape[:-1] != true.shape:
        return 0.0
    if pred.dtype.kind == "f" and not np.isfinite(pred).all():
        return NOT_FINITE
    flat = true.reshape(-1)
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)] if not np.isfinite(flat).all() else flat
    if flat.size != true.size:
        return 0.0
    values, codes = np.unique(flat, return_inverse=True)
    if len(values) < 2 and (classes or 0) < 2:
        return 0.0
    if single:
        predicted = pred.reshape(-1)
        if predicted.size != flat.size:
            return 0.0
        guess = _cut(predicted, max(len(values), classes or 0))
    else:
        guess = pred.reshape(-1, pred.shape[-1]).argmax(-1)
        codes = _indexes(values, codes, pred.shape[-1])
    present = np.unique(codes)
    recall = np.mean([(guess[codes == c] == c).mean() for c in present])
    chance = 1 / max(len(present), classes or 0)
    return float((recall - chance) / (1 - chance)) * min(1.0, _sureness(pred, codes, float(recall)) / TIMID)


def _sureness(pred: np.ndarray, codes: np.ndarray, recall: float) -> float:
    """How far the probabilities of the chosen classes have left the uniform answer, as a share of what the recall allows.

    1 for a calibrated network, whose mean confidence equals its accuracy (Guo et al. 2017, arXiv 1706.04599), and for outputs that
    are no probabilities; near 0 for one that ranks well but has hardly moved from where it started.
    """
    units = pred.shape[-1] if pred.ndim > 1 else 1
    rows = pred.reshape(-1, units).astype("float64")
    if rows.min() < 0 or rows.max() > 1 or (units > 1 and not np.allclose(rows.sum(axis=-1), 1, atol=0.01)):
        return 1.0
    top, floor = (rows.max(axis=-1), 1 / units) if units > 1 else (np.maximum(rows, 1 - rows)[:, 0], 0.5)
    confidence = np.mean([top[codes == c].mean() for c in np.unique(codes)])
    return float((confidence - floor) / (recall - floor)) if recall > floor else 1.0


def _indexes(values: np.ndarray, codes: np.ndarray, units: int) -> np.ndarray:
    """Labels as the network means them: the numbers themselves where they are indexes of the units, else their order."""
    numeric = values.dtype.kind in "iufb" and np.all(values == np.floor(values.astype("float64")))
    if numeric and values.min() >= 0 and values.max() < units:
        return values.astype(int)[codes]
    return codes


def _cut(scores: np.ndarray, classes: int) -> np.ndarray:
    """Class of a single output: above one half for probabilities, above 0 for scores; a rounded number for more classes."""
    if classes > 2:
        return np.clip(np.rint(scores), 0, classes - 1).astype(int)
    inside = scores.min() >= 0 and scores.max() <= 1
    return (scores > (0.5 if inside else 0.0)).astype(int)


def _multilabel(true: np.ndarray, pred: np.ndarray) -> float:
    """Mean over the labels that occur and do not always occur."""
    true, pred = true.reshape(len(true), -1), pred.reshape(len(pred), -1)
    if true.shape != pred.shape:
        return 0.0
    if not np.isfinite(pred).all():
        return NOT_FINITE
    threshold = 0.5 if pred.min() >= 0 and pred.max() <= 1 else 0.0
    scores = []
    for positive, guess in zip((true > 0.5).T, (pred > threshold).T, strict=True):
        if positive.any() and not positive.all():
            scores.append(guess[positive].mean() + (~guess[~positive]).mean() - 1)
    return float(np.mean(scores)) if scores else 0.0
