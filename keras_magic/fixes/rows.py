"""Fixes that choose or order rows: each changes a `Draft`; see the builders of the same name for their meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np  # noqa: TID253 - this module is imported only when a fix is applied or written

from keras_magic.errors import UnsupportedError
from keras_magic.fixes.draft import Draft
from keras_magic.fixes.paste import by_hand, literals, paths_of, source_of
from keras_magic.fixes.place import is_arrays, is_dataset, need_arrays, take
from keras_magic.fixes.plans import has_bulk
from keras_magic.fixes.recipes import rows as recipes
from keras_magic.names import Names
from keras_magic.run import Run
from keras_magic.sources.batches import open_source, training_source
from keras_magic.sources.trees import is_node, leaves, map_tree, to_numpy

SHUFFLE_BUFFER = 20_000  # rows
LEFT = 0.5  # share of the training rows that has to be left when rows are taken out

Parts = tuple[tuple[str, str, Any], ...]  # (key of the user's variable, subscripts, array)


@dataclass(frozen=True)
class Choice:
    """A recipe that chooses rows.

    Args:
        recipe: of `fixes.recipes.rows`; arguments: one part, or a tuple of parts for a list; settings: its other arguments.
    """

    recipe: Callable[..., np.ndarray]
    arguments: tuple[Any, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> np.ndarray:
        """Indexes or a mask."""
        values = [[to_numpy(p[2]) for p in a] if _is_list(a) else to_numpy(a[2]) for a in self.arguments]
        return self.recipe(*values, **self.settings)

    def code(self, run: Run) -> str:
        """The choice, and the chosen rows under the user's names."""
        names = Names(run.names)

        def text(part: Any) -> str:
            return f"{getattr(names, part[0])}{part[1]}"

        shown = [f"[{', '.join(map(text, a))}]" if _is_list(a) else text(a) for a in self.arguments]
        call = f"rows = {self.recipe.__name__}({', '.join(shown)}{literals(self.settings)})"
        return f"import numpy as np\n{source_of(self.recipe)}\n{call}\n{taken(run, 'rows')}"


def _is_list(argument: Any) -> bool:
    return not argument or isinstance(argument[0], tuple)


def parts_of(key: str, tree: Any) -> Parts:
    """The leaves of x, y or x_val, with what leads to them."""
    return tuple((key, path, leaf) for path, leaf in zip(paths_of(tree), leaves(tree), strict=True))


def taken(run: Run, where: str) -> str:
    """Code that takes rows of x, y and sample_weight."""
    n = Names(run.names)
    parts = [(n.x, run.x), (n.y, run.y), (n.sample_weight, run.fit_arguments.get("sample_weight"))]
    return "\n".join(f"{name} = {_taken(name, tree, where)}" for name, tree in parts if tree is not None)


def _taken(name: str, tree: Any, where: str) -> str:
    if is_node(tree) and hasattr(tree, "items"):
        return f"{{key: np.asarray(part)[{where}] for key, part in {name}.items()}}"
    if is_node(tree):
        return f"[np.asarray(part)[{where}] for part in {name}]"
    return f"{name}.iloc[{where}]" if hasattr(tree, "iloc") else f"np.asarray({name})[{where}]"


# ---------------------------------------------------------------- order


def shuffle(draft: Draft) -> None:
    """See `fixes.shuffle_data`."""
    x = Names(draft.run.names).x
    if is_dataset(draft.run.x):
        size = batch_of(draft.run.x) or 32
        draft.step(
            lambda run: run.replace(x=run.x.unbatch().shuffle(SHUFFLE_BUFFER, seed=0).batch(size).prefetch(2)),
            f"{x} = {x}.unbatch().shuffle({SHUFFLE_BUFFER}, seed=0).batch({size}).prefetch(2)",
        )
    elif is_arrays(draft.run.x):
        draft.rows(_any_order(draft.run))
        draft.fit(shuffle=True)
    else:
        raise by_hand(x, "shuffle the rows")


def _any_order(run: Run) -> Choice:
    return Choice(recipes.any_order, parts_of("x", run.x)[:1])


def batch_of(dataset: Any) -> int | None:
    """Rows of a batch of a `tf.data` pipeline."""
    import tensorflow as tf

    for part in tf.nest.flatten(tf.nest.map_structure(lambda s: s.shape[0] if s.shape.rank else None, dataset.element_spec)):
        if part:
            return int(part)
    first = next(iter(open_source(dataset).batches(1)), None)  # read without leaving a trace
    return first.rows if first is not None else None


def hold_out(draft: Draft) -> None:
    need_arrays(draft.run, "hold rows back")
    draft.rows(_any_order(draft.run))
    draft.fit(validation_data=None, validation_split=0.2)


def realign(draft: Draft, by: int) -> None:
    """See `fixes.realign_labels`."""
    need_arrays(draft.run, "realign x and y")
    n, size, weights = Names(draft.run.names), abs(by), draft.run.fit_arguments.get("sample_weight")
    ends = [(slice(None, -size), f":-{size}"), (slice(size, None), f"{size}:")]
    (of_x, text_x), (of_y, text_y) = ends if by > 0 else ends[::-1]
    parts = [(n.x, draft.run.x, text_x), (n.y, draft.run.y, text_y), (n.sample_weight, weights, text_x)]
    lines = [f"{name} = {_taken(name, tree, where)}" for name, tree, where in parts if tree is not None]

    def paired(run: Run) -> Run:
        run = run if weights is None else run.with_fit(sample_weight=take(weights, of_x))
        return run.replace(x=take(run.x, of_x), y=take(run.y, of_y))

    draft.step(paired, "\n".join(["import numpy as np", "", *lines, "# and find where x and y were filtered or sorted apart"]))


# ---------------------------------------------------------------- validation


def stratify(draft: Draft) -> None:
    """See `fixes.stratify_split`: the last rows, which `validation_split` takes, hold the same share of every class."""
    need_arrays(draft.run, "split by class")
    share = _share(draft.run)
    data = draft.run.fit_arguments.get("validation_data")
    if data is not None:
        if not is_arrays(data) or any(hasattr(a, "iloc") for a in leaves(draft.run.x)):
            raise UnsupportedError("the validation data is no plain array; split it where it is made, see .code")
        draft.step(_with_validation, _joined_code)
    draft.rows(Choice(recipes.stratified, parts_of("y", draft.run.y)[:1], {"share": share}))
    draft.fit(validation_split=share)


def _share(run: Run) -> float:
    data = run.fit_arguments.get("validation_data")
    if data is None:
        return run.fit_arguments.get("validation_split") or 0.2
    more, rows = len(to_numpy(leaves(data[0])[0])), len(to_numpy(leaves(run.x)[0]))
    return more / (rows + more)


def _with_validation(run: Run) -> Run:
    """The run with its validation rows after the training rows."""
    x, y = run.fit_arguments["validation_data"][:2]
    return run.replace(x=_joined(run.x, x), y=_joined(run.y, y)).with_fit(validation_data=None)


def _joined_code(run: Run) -> str:
    n = Names(run.names)
    if is_node(run.x) or is_node(run.y):
        raise UnsupportedError(f"put {n.val_data} after {n.x} and {n.y} first")
    return "\n".join(["import numpy as np", *(f"{a} = np.concatenate([{a}, {b}])" for a, b in ((n.x, n.x_val), (n.y, n.y_val)))])


def _joined(first: Any, second: Any) -> Any:
    others = iter(leaves(second))
    return map_tree(lambda a: np.concatenate([to_numpy(a), to_numpy(next(others))]), first)


def separate(draft: Draft) -> None:
    """See `fixes.separate_validation`."""
    rows = need_arrays(draft.run, "compare rows")
    choice, split = _not_in_validation(draft.run), training_source(draft.run).rows or rows
    left = int(choice.rows()[:split].sum())
    if left < LEFT * split:
        raise UnsupportedError(f"{split - left} of {split} training rows are in the validation data: too many to take out")
    draft.rows(choice)
    if draft.run.fit_arguments.get("validation_data") is None:
        draft.fit(validation_split=(rows - split) / (left + rows - split))
    draft.step(lambda run: run, "# better: split the original rows first, then oversample or augment the training part only")


def _not_in_validation(run: Run) -> Choice:
    data = run.fit_arguments.get("validation_data")
    if data is None:
        return Choice(recipes.not_among, (parts_of("x", run.x), ()), {"first": training_source(run).rows})
    if not is_arrays(data):
        raise UnsupportedError(f"the validation data is a {type(data).__name__}; separate it where it is made, see .code")
    return Choice(recipes.not_among, (parts_of("x", run.x), parts_of("x_val", data[0])))


# ---------------------------------------------------------------- cleaning


def without_outliers(run: Run) -> Choice:
    """The rows of array data inside the bulk.

    Raises:
        UnsupportedError: the data is a stream, or too few rows would be left.
    """
    rows = need_arrays(run, "drop rows")
    parts = tuple(p for p in (*parts_of("x", run.x), *parts_of("y", run.y)) if has_bulk(to_numpy(p[2])))
    if not parts:
        raise UnsupportedError("there are no continuous numbers: nothing to drop")
    choice = Choice(recipes.without_outliers, (parts,), {"training": training_source(run).rows or rows})
    left = int(choice.rows().sum())
    if left < LEFT * rows:
        raise UnsupportedError(f"{rows - left} of {rows} rows hold an outlier: too many to drop; clip or transform the features")
    return choice


def drop_without_target(draft: Draft) -> None:
    """Leave out the training and validation rows whose targets are not finite."""
    n, data = Names(draft.run.names), draft.run.fit_arguments.get("validation_data")
    if is_dataset(draft.run.x):
        size, finite = batch_of(draft.run.x) or 32, "lambda x, y, *rest: tf.reduce_all(tf.math.is_finite(y))"
        draft.step(
            lambda run: run.replace(x=_filtered(run.x, size)),
            f"import tensorflow as tf\n\n{n.x} = {n.x}.unbatch().filter({finite}).batch({size})",
        )
        return
    if not is_arrays(draft.run.x):
        raise UnsupportedError(f"a {type(draft.run.x).__name__} has to be changed where it is made; see .code")
    if _gap(draft.run.y):
        draft.rows(Choice(recipes.with_target, parts_of("y", draft.run.y)[:1]))
    if data is not None and is_arrays(data) and _gap(data[1]):
        keep = Choice(recipes.with_target, parts_of("y_val", data[1])[:1]).rows()
        call = f"rows = with_target({n.y_val}{next(paths_of(data[1]))})"
        kept = zip((n.x_val, n.y_val, n.val_weight), data, strict=False)
        lines = [source_of(recipes.with_target), call, *(f"{name} = {_taken(name, part, 'rows')}" for name, part in kept)]
        draft.step(lambda run: run.with_fit(validation_data=tuple(take(part, keep) for part in data)), "\n".join(lines))


def _gap(y: Any) -> bool:
    targets = [to_numpy(leaf) for leaf in leaves(y)]
    return len(targets) == 1 and targets[0].dtype.kind == "f" and not np.isfinite(targets[0]).all()


def _filtered(dataset: Any, size: int) -> Any:
    import tensorflow as tf

    return dataset.unbatch().filter(lambda x, y, *rest: tf.reduce_all(tf.math.is_finite(y))).batch(size)
