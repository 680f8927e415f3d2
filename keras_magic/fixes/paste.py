"""The code of a recipe for the data of one run: its source, and the calls that `fixes.place` makes, in the user's names."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from keras_magic.errors import UnsupportedError
from keras_magic.fixes.place import is_arrays, is_dataset, is_pydataset, plan_inputs, plan_targets
from keras_magic.fixes.plans import Plan, Step
from keras_magic.fixes.recipes.batches import Changed, map_dataset
from keras_magic.names import Names
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows
from keras_magic.sources.trees import is_node, leaves

ROWS = 20_000  # training rows that the form of the data is read from
IMPORTS = {
    "np": "import numpy as np",
    "keras": "import keras",
    "tf": "import tensorflow as tf",
    "PowerTransformer": "from sklearn.preprocessing import PowerTransformer",
}


def source_of(*recipes: Callable[..., Any]) -> str:
    """The source of recipes, with what they call and import."""
    texts: dict[str, str] = {}
    used: set[str] = set()

    def visit(recipe: Any) -> None:
        text = inspect.getsource(recipe)
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)} - {recipe.__name__}
        used.update(names & {*IMPORTS})
        for name in sorted(names & {*vars(inspect.getmodule(recipe))} - {*IMPORTS}):
            visit(vars(inspect.getmodule(recipe))[name])
        texts[recipe.__name__] = text.rstrip()

    for recipe in recipes:
        visit(recipe)
    return "\n\n\n".join(["\n".join(IMPORTS[name] for name in sorted(used)), *texts.values(), ""])


def literals(settings: Mapping[str, Any]) -> str:
    """Settings as further arguments of a call."""
    return "".join(f", {key}={value!r}" for key, value in settings.items())


def paths_of(tree: Any) -> Iterator[str]:
    """The subscripts that lead to each leaf, in order."""
    if not is_node(tree):
        yield ""
        return
    for key, value in tree.items() if hasattr(tree, "items") else enumerate(tree):
        if value is not None:
            yield from (f"[{key!r}]{inner}" for inner in paths_of(value))


def inputs_code(run: Run, plan: Plan, only: str | None = None, ids: bool = False) -> str:
    """What `place.change_inputs` does, as code."""
    return values_code(run, "x", plan_inputs(run, plan, only, ids, ROWS))


def targets_code(run: Run, plan: Plan) -> str:
    """What `place.change_targets` does, as code."""
    return values_code(run, "y", plan_targets(run, plan, ROWS))


def values_code(run: Run, part: str, steps: Sequence[Step | None]) -> str:
    """The code that changes x or y everywhere.

    Args:
        part: "x" or "y"; steps: one for each leaf.
    """
    tree, chosen = getattr(sample_rows(run, ROWS), part), [step for step in steps if step]
    calls: list[str | None] = []
    fits = []
    for number, (path, step) in enumerate(zip(paths_of(tree), steps, strict=True)):
        if step is None:
            calls.append(None)
        elif step.scaler:
            name = "scaler" + (f"_{number}" if len(chosen) > 1 else "")
            fits.append(f"{name} = {step.scaler}().fit({training_rows(run, part, path)})   # training rows only")
            calls.append(f"{name}.transform({{}})")
        elif step.fitted:
            name = step.recipe.__name__.removeprefix("fit_") + (f"_{number}" if len(chosen) > 1 else "")
            rows = training_rows(run, part, path)
            fits.append(f"{name} = {step.recipe.__name__}({rows}{literals(step.settings)})   # training rows only")
            calls.append(f"{name}({{}})")
        else:
            calls.append(f"{step.recipe.__name__}({{}}{literals(step.settings)})")
    kept = [
        step is not None and step.change(values)(values).shape == values.shape
        for step, values in zip(steps, leaves(tree), strict=True)
    ]
    lines = [line for holder in _holders(run, part) for line in changed_holder(*holder, part, tree, calls, kept)]
    streams = {Changed if "Changed(" in line else map_dataset for line in lines if "lambda" in line}
    frames = ["import pandas as pd"] if any("pd." in line for line in lines) else []
    scalers = sorted({step.scaler for step in chosen if step.scaler})
    imports = [f"from sklearn.preprocessing import {', '.join(scalers)}"] if scalers else []
    recipes = [step.recipe for step in chosen if not step.scaler]
    return "\n".join([*frames, *imports, source_of(*recipes, *streams), *fits, *lines])


def _holders(run: Run, part: str) -> list[tuple[str, Any]]:
    """(expression, object) of all that holds x or y: arrays of them, or streams of batches."""
    names, data = Names(run.names), run.fit_arguments.get("validation_data")
    found = [(getattr(names, part), getattr(run, part))] if is_arrays(run.x) else [(names.x, run.x)]
    if data is not None:
        index = 0 if part == "x" else 1
        found.append((getattr(names, f"{part}_val"), data[index]) if is_arrays(data) else (names.val_data, data))
    test = f"{part}_test"
    return [*found, *([(run.names[test], getattr(run, part))] if test in run.names and is_arrays(run.x) else [])]


def changed_holder(name: str, held: Any, part: str, tree: Any, calls: Sequence[str | None], kept: Sequence[bool] = ()) -> list[str]:
    """Lines that change an array, a structure of arrays, or a stream.

    Args:
        name, held: the user's variable and what it holds; tree: the structure of x or y; calls: the change of each leaf;
        kept: whether a leaf keeps its shape: a frame then stays a frame.

    Raises:
        UnsupportedError: a generator, whose batches are changed where they are made.
    """
    if is_arrays(held):
        copied = [f"{name} = {'dict' if hasattr(tree, 'items') else 'list'}({name})"] if is_node(tree) else []
        found = zip(paths_of(tree), leaves(held), calls, kept or [False] * len(calls), strict=True)
        return [
            *copied,
            *(
                f"{name}{path} = {_framed(call.format(name + path), name + path, leaf if same else None)}"
                for path, leaf, call, same in found
                if call
            ),
        ]
    new = _rebuilt(part, tree, iter(calls))
    change = f"lambda x, *rest: ({new}, *rest)" if part == "x" else f"lambda x, y, *rest: (x, {new}, *rest)"
    if is_dataset(held):
        return [f"{name} = map_dataset({name}, {change})"]
    if is_pydataset(held):
        return [f"{name} = Changed({name}, {change})"]
    raise by_hand(name)


def _framed(text: str, name: str, leaf: Any) -> str:
    """An array under the labels of the frame or series that it comes from."""
    kind = type(leaf).__name__
    if kind not in ("DataFrame", "Series"):
        return text
    labels = f"columns={name}.columns" if kind == "DataFrame" else f"name={name}.name"
    return f"pd.{kind}({text}, index={name}.index, {labels})"


def _rebuilt(name: str, tree: Any, calls: Iterator[str | None]) -> str:
    """A structure of arrays of one batch with some leaves changed."""
    if not is_node(tree):
        call = next(calls)
        return call.format(name) if call else name
    if hasattr(tree, "items"):
        parts = {key: _rebuilt(f"{name}[{key!r}]", value, calls) for key, value in tree.items()}
        return "{" + ", ".join(f"{key!r}: {text}" for key, text in parts.items()) + "}"
    return "(" + ", ".join(_rebuilt(f"{name}[{i}]", value, calls) for i, value in enumerate(tree)) + ",)"


def by_hand(name: str, what: str = "change them") -> UnsupportedError:
    """What a stream cannot be given from outside."""
    return UnsupportedError(f"{what} where {name} makes its batches")


def training_rows(run: Run, part: str, path: str) -> str:
    """The rows of one leaf that the network trains on, as an expression."""
    names, steps = Names(run.names), run.fit_arguments.get("steps_per_epoch")
    if is_arrays(run.x):
        return first_rows(run, f"{getattr(names, part)}{path}")
    index = 0 if part == "x" else 1
    if is_dataset(run.x):
        batch = part if not isinstance(run.x.element_spec, tuple) else "x, *rest" if part == "x" else "x, y, *rest"
        stream = f"{names.x}.take({steps})" if steps else names.x
        return f"np.concatenate([{part}{path} for {batch} in {stream}.as_numpy_iterator()])"
    if is_pydataset(run.x):
        return f"np.concatenate([{names.x}[i][{index}]{path} for i in range(len({names.x}))])"
    raise by_hand(names.x)


def first_rows(run: Run, array: str) -> str:
    """The array without the last rows, which `validation_split` sets aside."""
    split = run.fit_arguments.get("validation_split")
    if not split or run.fit_arguments.get("validation_data") is not None:
        return array
    return f"{array}[: int(len({array}) * {1 - split:.10g})]"
