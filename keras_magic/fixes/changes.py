"""Fixes of data that take several recipes, or arguments of `fit`: each as a change of a run, and as the code that makes it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only when a fix is applied or written

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import edits, models, plans, rows
from keras_magic.fixes.paste import changed_holder, inputs_code, literals, source_of, targets_code
from keras_magic.fixes.place import Change, change_data, change_inputs, change_targets, is_arrays, is_dataset, keep_rows
from keras_magic.fixes.recipes import batches as streams
from keras_magic.fixes.recipes import values as recipes
from keras_magic.names import Names
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows, sample_validation
from keras_magic.sources.trees import leaves, to_numpy

ROWS = 200_000  # training rows that statistics are taken from
MOST_CLASSES = 1000

# ---------------------------------------------------------------- inputs and rows


def scale(run: Run, method: str, only: str | None) -> Run:
    """See `fixes.scale_inputs`; streams are scaled inside the model."""
    if method == "layer" or not is_arrays(run.x):
        return edits.add_normalization(run, sample_rows(run, 20_000).x, only)
    return change_inputs(run, plans.scale(method), only)


def scale_code(run: Run, method: str, only: str | None) -> str:
    """As a layer it belongs to the model and there is nothing to write."""
    return "" if method == "layer" or not is_arrays(run.x) else inputs_code(run, plans.scale(method), only)


def restore_ids(run: Run, inputs: Sequence[str] | None) -> Run:
    """See `fixes.restore_ids`."""
    for name in inputs or (None,):
        run = change_inputs(run, plans.restore_ids(), name, ids=True)
    return run


def restore_ids_code(run: Run, inputs: Sequence[str] | None) -> str:
    return "\n\n".join(inputs_code(run, plans.restore_ids(), name, ids=True) for name in inputs or (None,))


def drop_nonfinite(run: Run) -> Run:
    """See `fixes.drop_nonfinite`."""
    run = run if run.fresh else models.fresh(run)
    try:
        run = change_inputs(run, plans.fill_gaps(), ids=True)
    except UnsupportedError:
        if is_arrays(run.x) and np.isfinite(_sums(run.y)).all():
            raise
    return rows.drop_without_target(run) if not np.isfinite(_sums(sample_rows(run, ROWS).y)).all() else run


def drop_nonfinite_code(run: Run) -> str:
    parts = []
    try:
        parts.append(inputs_code(run, plans.fill_gaps(), ids=True))
    except UnsupportedError:
        if is_arrays(run.x) and np.isfinite(_sums(run.y)).all():
            raise
    gaps = not np.isfinite(_sums(sample_rows(run, 20_000).y)).all()
    return "\n".join([*parts, *([rows.drop_without_target_code(run)] if gaps else [])])


def _sums(y: Any) -> np.ndarray:
    """One number per target, not finite where one of its values is not."""
    return np.array([np.asarray(v, "float64").sum() for v in map(to_numpy, leaves(y)) if v.dtype.kind == "f"])


def clip_outliers(run: Run) -> Run:
    """See `fixes.clip_outliers`."""
    result = run if run.fresh else models.fresh(run)
    for change in (change_inputs, change_targets):
        try:
            result = change(result, plans.clip())
        except UnsupportedError:  # nothing continuous on this side
            continue
    return result


def clip_outliers_code(run: Run) -> str:
    parts = []
    for write in (inputs_code, targets_code):
        try:
            parts.append(write(run, plans.clip()))
        except UnsupportedError:
            continue
    return "\n".join(parts)


def drop_outliers(run: Run) -> Run:
    """See `fixes.drop_outliers`: rows are dropped, then what was scaled with its outliers is scaled again."""
    result = keep_rows(run, rows.without_outliers(run).rows())
    if any(plans.is_off_scale(to_numpy(leaf)) for leaf in leaves(result.y)):
        result = change_targets(result, plans.scale_target())
    if any(plans.is_off_scale(to_numpy(leaf)) for leaf in leaves(result.x)):
        result = scale(result, "standard", None)
    return result


def drop_outliers_code(run: Run) -> str:
    choice = rows.without_outliers(run)
    parts, kept = [choice.code(run)], keep_rows(run, choice.rows())
    if any(plans.is_off_scale(to_numpy(leaf)) for leaf in leaves(kept.y)):
        parts.append(targets_code(kept, plans.scale_target()))
    if any(plans.is_off_scale(to_numpy(leaf)) for leaf in leaves(kept.x)):
        parts.append(scale_code(kept, "standard", None))
    return "\n".join(parts)


# ---------------------------------------------------------------- validation


def rescale_validation(run: Run) -> Run:
    """See `fixes.rescale_validation`: the validation columns get the mean and the standard deviation of the training columns."""
    of_x, of_y = _matches(run)
    return change_data(run, of_x, of_y, training=False)


def _matches(run: Run) -> tuple[list[Change | None], list[Change | None]]:
    """What brings each input and each target of the validation rows to the scale of the training rows; None for labels."""
    held = sample_validation(run, ROWS) if run.fit_arguments.get("validation_data") is not None else None
    if held is None:
        raise UnsupportedError("there is no validation_data to rescale")
    ours = sample_rows(run, ROWS)
    of_x: list[Change | None] = [_match(a, b) for a, b in zip(leaves(held.x), leaves(ours.x), strict=True)]
    of_y = [_match(a, b) if plans.are_apart(a, b) else None for a, b in zip(leaves(held.y), leaves(ours.y), strict=True)]
    return of_x, of_y


def _match(held: np.ndarray, ours: np.ndarray) -> Change:
    return recipes.fit_match(held, ours, axes=plans.statistics_axes(ours.astype("float64")))  # type: ignore[no-any-return]


def rescale_validation_code(run: Run) -> str:
    n, data = Names(run.names), run.fit_arguments.get("validation_data")
    matches, ours, held = _matches(run), sample_rows(run, 20_000), sample_validation(run, 2)
    assert held is not None
    assert data is not None
    lines: list[str] = []
    recipes_used: set[Any] = {recipes.fit_match}
    for part, found in zip("xy", matches, strict=True):
        if not any(found):
            continue
        if len(found) > 1 or is_arrays(data) != is_arrays(run.x) or not (is_arrays(data) or is_dataset(data)):
            raise UnsupportedError(f"prepare {n.val_data} as {n.x}")
        axes = plans.statistics_axes(leaves(getattr(ours, part))[0].astype("float64"))
        train, theirs = getattr(n, part), getattr(n, f"{part}_val")
        if is_dataset(data):
            recipes_used.add(streams.map_dataset)
            batch = "x, *rest" if part == "x" else "x, y, *rest"
            train, theirs = (f"np.concatenate([{part} for {batch} in {s}.as_numpy_iterator()])" for s in (n.x, n.val_data))
        lines.append(f"match_{part} = fit_match({theirs}, {train}{literals({'axes': axes})})")
        holder = n.val_data if is_dataset(data) else theirs
        lines += changed_holder(
            holder, data if is_dataset(data) else data[0], part, getattr(held, part), [f"match_{part}({{}})"], [True]
        )
    note = f"# better: prepare {n.x_val} with the very object that was fitted for {n.x}"
    return "\n".join(["import numpy as np\nimport pandas as pd", source_of(*recipes_used), *lines, note])


# ---------------------------------------------------------------- arguments of fit


def set_batch_size(run: Run, size: int) -> Run:
    """See `fixes.set_batch_size`."""
    run = models.fresh(run)
    if is_arrays(run.x):
        return run.with_fit(batch_size=size)
    if is_dataset(run.x):
        steps, before = run.fit_arguments.get("steps_per_epoch"), rows.batch_of(run.x) or size
        changed = run.replace(x=run.x.unbatch().batch(size).prefetch(2))
        return changed.with_fit(steps_per_epoch=max(1, round(steps * before / size))) if steps else changed
    if hasattr(run.x, "batch_size"):
        dataset = copy.copy(run.x)
        dataset.batch_size = size
        return run.replace(x=dataset)
    raise UnsupportedError(f"a {type(run.x).__name__} makes its own batches: set their size there")


def set_batch_size_code(run: Run, size: int) -> str:
    """For arrays it is an argument of `fit`."""
    x = Names(run.names).x
    if is_dataset(run.x):
        return f"{x} = {x}.unbatch().batch({size}).prefetch(2)"
    if is_arrays(run.x):
        return ""
    if hasattr(run.x, "batch_size"):
        return f"{x}.batch_size = {size}"
    raise UnsupportedError(f"let {x} make batches of {size} rows")


def balance_classes(run: Run, weights: Mapping[int, float] | None) -> Run:
    """See `fixes.balance_classes`."""
    weights = weights or class_weights(run)
    run = models.fresh(run)
    if _true_or_false(run):  # Keras looks class weights up by numbers
        run = change_targets(run, plans.true_and_false())
    given = run.fit_arguments.get("sample_weight")
    if given is None:
        return run.with_fit(class_weight=dict(weights))
    weighed = recipes.row_weights(to_numpy(given), to_numpy(leaves(run.y)[0]), weights)
    return run.with_fit(sample_weight=weighed, class_weight=None)


def balance_classes_code(run: Run, weights: Mapping[int, float] | None) -> str:
    """Without weights of rows, the weights of classes are an argument of `fit`."""
    n = Names(run.names)
    parts = [targets_code(run, plans.true_and_false())] if _true_or_false(run) else []
    if run.fit_arguments.get("sample_weight") is not None:
        shown = "{" + ", ".join(f"{k}: {v:.6g}" for k, v in (weights or class_weights(run)).items()) + "}"
        parts += [source_of(recipes.row_weights), f"{n.sample_weight} = row_weights({n.sample_weight}, {n.y}, {shown})"]
    return "\n".join(parts)


def _true_or_false(run: Run) -> bool:
    return is_arrays(run.x) and to_numpy(leaves(run.y)[0]).dtype == bool


def class_weights(run: Run) -> dict[int, float]:
    """Class index -> the inverse of its share among the training rows, 1 on average."""
    targets = leaves(sample_rows(run, ROWS).y)
    if len(targets) != 1:
        raise UnsupportedError("class_weight works for models with one output; give sample_weight per output instead")
    labels = targets[0]
    if labels.dtype.kind not in "fiub":
        raise UnsupportedError("the labels are no class indexes yet; map them first")
    wide = labels.ndim > 1 and labels.shape[-1] > 1
    indexes = labels.argmax(-1) if wide else labels.reshape(len(labels), -1)[:, 0].astype(int)
    values, counts = np.unique(indexes, return_counts=True)
    if not 2 <= len(values) <= MOST_CLASSES:
        raise UnsupportedError(f"there are {len(values)} classes in the targets: nothing to balance")
    return {int(v): float(len(indexes) / (len(values) * c)) for v, c in zip(values, counts, strict=True)}


def balance_elements(run: Run) -> Run:
    """See `fixes.balance_classes`, of targets that hold a class per pixel or per step."""
    if not is_arrays(run.x) or run.fit_arguments.get("sample_weight") is not None or len(leaves(run.y)) != 1:
        raise UnsupportedError("weigh the elements in your pipeline: let it give (x, y, sample_weight), with a weight per element")
    labels = to_numpy(leaves(run.y)[0])
    if not 2 <= len(np.unique(labels)) <= MOST_CLASSES:
        raise UnsupportedError(f"there are {len(np.unique(labels))} classes in the targets: nothing to balance")
    return models.fresh(run).with_fit(sample_weight=recipes.element_weights(labels))


def balance_elements_code(run: Run) -> str:
    n = Names(run.names)
    return f"{source_of(recipes.element_weights)}\n{n.sample_weight} = element_weights({n.y})"
