"""Arguments of the public functions: what is wrong with them, in one line each."""

from __future__ import annotations

import difflib
import inspect
import numbers
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from keras_magic.errors import UsageError

if TYPE_CHECKING:
    from keras_magic.watch.callback import Watch as Watch


def check_mapping(name: str, given: Any) -> None:
    if given is not None and not isinstance(given, Mapping):
        raise UsageError(f"{name} must be a dict, but it is {kind_of_value(given)}")


def check_costs(seconds: Any, budget: Any) -> None:
    """Seconds for trials, and the share of the training time that watching may cost."""
    for name, value, least, most, expected in (
        ("seconds", seconds, 0, float("inf"), "a number of seconds, 0 for no trials"),
        ("budget", budget, 1e-9, 1, "a share above 0 and up to 1, such as 0.05 for five per cent"),
    ):
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not least <= float(value) <= most:
            raise UsageError(f"{name} must be {expected}, but it is {value!r}")


def selectors(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Iterable):
        raise UsageError(f"select and ignore take codes, such as ('KM203', 'KM5'), but here is {kind_of_value(given)}")
    return tuple(given)


def check_model(model: Any, compiled: bool = True) -> None:
    import keras

    if not isinstance(model, keras.Model):
        raise UsageError(
            f"model must be a keras.Model, but it is {kind_of_value(model)}; give the model first: diagnose(model, x, y)"
        )
    if compiled and not model.compiled:
        raise UsageError(f"the model {model.name!r} is not compiled; call model.compile(optimizer=..., loss=...) first")


def check_fit_arguments(function: str, model: type, arguments: Mapping[str, Any]) -> None:
    import keras

    fits = [kind.fit for kind in (keras.Model, model) if hasattr(kind, "fit")]
    known = {name for fit in fits for name in inspect.signature(fit).parameters}
    for name in arguments:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"neither {function} nor fit has an argument {name!r}{hint}")
    for name in ("epochs", "batch_size"):
        check_count(name, arguments.get(name))
    check_class_weight(arguments.get("class_weight"))


def check_count(name: str, given: Any) -> None:
    if given is not None and (isinstance(given, bool) or not hasattr(given, "__index__") or given < 1):
        raise UsageError(f"{name} must be a whole number of at least 1, but it is {given!r}")


def check_class_weight(given: Any) -> None:
    if given is not None and not isinstance(given, Mapping):
        raise UsageError(f"class_weight must be a dict from class to weight, such as {{0: 1.0}}, but it is {kind_of_value(given)}")


def check_options(what: str, function: Callable[..., Any], given: Mapping[str, Any]) -> None:
    known = inspect.signature(function).parameters
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        raise UsageError(f"{what} has no argument {unknown!r}; it takes {', '.join(known)}")


def check_split(x: Any, split: Any, validation_data: Any) -> None:
    from keras_magic.sources.batches import is_stream

    if split is None:
        return
    if isinstance(split, bool) or not isinstance(split, (int, float)) or not 0 <= split < 1:
        raise UsageError(f"validation_split must be a share of the rows from 0 to below 1, such as 0.2, but it is {split!r}")
    if split and validation_data is None and is_stream(x):
        raise UsageError(
            f"validation_split needs arrays, and x is {kind_of_value(x)}: split it yourself and give validation_data,"
            " for a tf.data.Dataset with .skip(n) and .take(n)"
        )


def check_data(x: Any, y: Any) -> None:
    """Only what no `fit` could take; everything else is the diagnosis' business."""
    if x is None:
        raise UsageError("there is no data: give x (arrays, a DataFrame, a tf.data.Dataset, a PyDataset or a generator)")
    if isinstance(x, (str, bytes, int, float)):
        raise UsageError(f"x must be data that fit takes, but it is {kind_of_value(x)}")
    lengths = {name: n for name, part in (("x", x), ("y", y)) for n in [_rows(part)] if n is not None}
    if 0 in lengths.values():
        raise UsageError(f"{next(k for k, v in lengths.items() if v == 0)} is empty: it has 0 rows")
    if len(set(lengths.values())) > 1:
        raise UsageError(f"x has {lengths['x']} rows but y has {lengths['y']}: they must belong together row by row")
    for name, part in (("x", x), ("y", y)):
        check_rows(name, part, y)
        if str(getattr(part, "dtype", None)) == "object" and not hasattr(part, "dask") and not all_text(part):
            from keras_magic.sources.trees import about_objects, to_numpy

            raise UsageError(f"{name} is an array of Python objects: {about_objects(to_numpy(part))}")


def check_rows(name: str, part: Any, y: Any) -> None:
    """A list of arrays is a list of inputs for Keras; where it can only be meant as rows, they are ragged."""
    if not isinstance(part, (list, tuple)) or not all(_rows(row) is not None for row in part):
        return
    meant = name == "y" or y is None or (hasattr(y, "__len__") and len(y) == len(part))
    if meant and len({_rows(row) for row in part}) > 1:
        from keras_magic.sources.trees import PAD, uneven

        raise UsageError(
            f"{name} is a list of {len(part)} arrays of unequal length ({uneven(part)}); fit takes a list of arrays for so many"
            f" {'inputs' if name == 'x' else 'targets'}. If they are rows, {PAD} and give one array"
        )


def check_limits(rows: Any, seconds: Any) -> None:
    check_count("rows", rows)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise UsageError(f"seconds must be a number above 0, but it is {seconds!r}")


def _rows(part: Any) -> int | None:
    """Rows of an array-like, None for anything else (datasets, dicts and lists are looked at leaf by leaf later)."""
    shape = getattr(part, "shape", None)
    if shape is None or not (hasattr(part, "dtype") or hasattr(part, "columns")):
        return None
    try:
        return int(shape[0]) if len(shape) else None
    except (TypeError, ValueError):
        return None


def all_text(part: Any) -> bool:
    return all(isinstance(value, (str, bytes)) for value in list(getattr(part, "flat", part))[:1000])


def kind_of_value(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
