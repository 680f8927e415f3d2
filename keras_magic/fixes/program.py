"""The code to paste for a repaired run: complete Python that follows the user's own, in the user's names.

Data is changed by what each fix writes for it. The model is written out where it is a plain stack of built-in layers; else the
user's own is made again with its changes, so that nested models, shared and custom layers stay as they are. `compile` and `fit`
are written in full. Where only the user's own class can make the repaired model, the training is a comment: run as it is, it
would go on with the weights of the failed one.
"""

from __future__ import annotations

import ast
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import keras  # noqa: TID253 - this module is imported only when code is written for a run

from keras_magic.errors import UnsupportedError
from keras_magic.findings import Fix
from keras_magic.fixes import source
from keras_magic.fixes._words import comment
from keras_magic.fixes.callbacks import callback_source, callbacks_code
from keras_magic.fixes.models import compile_settings, edited
from keras_magic.fixes.network import by_hand, layers_differ, model_code, short
from keras_magic.fixes.place import is_arrays
from keras_magic.names import Names
from keras_magic.run import Run


def program(original: Run, fixes: Sequence[Fix], *, trains: bool = True) -> str:
    """The code of a repair.

    Args:
        original: the run as it was captured; fixes: applied in this order.
        trains: whether the code ends in a training; else a model is made only where the changes need another one.

    Raises:
        UnsupportedError: a fix can be applied by hand only.
    """
    data, run = _setup(original), original
    titles, written = [comment(fix.title) for fix in fixes], set()
    for fix, title in zip(fixes, titles, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy's, on values that the report is about
            text, run = fix.write(run) if fix.write else "", fix.apply(run)
        if text.strip():
            data.append(f"{title}\n{text}")
            written.add(title)
    compiled = run.model is not None and run.model.compiled
    needed = trains or len(written) < len(set(titles)) or _shapes(run.model) != _shapes(original.model)
    training = _training(original, run, trains) if compiled and needed else ""
    if not compiled and len(written) < len(set(titles)):
        raise UnsupportedError("without a compiled model there is only data to change")
    said = [title for title in titles if title not in written]
    code = _imports_first("\n\n".join([*data, "\n".join([*said, training])]))
    for title in titles:
        code = code.replace(f"{title}\n\n", f"{title}\n")
    ast.parse(code)
    return code


def fold_program(original: Run) -> str:
    """The loop over the folds of a cross-validation, in which each fold trains a new model.

    Raises:
        UnsupportedError: the user's own code has to build the model.
    """
    name = Names(original.names).model
    new = edited(original)
    if not name.isidentifier() or by_hand(original, new, name):
        raise UnsupportedError("build and compile the model again before each fit")
    lines = [model_code(original, new), _compile(original, new)]
    if "former." in lines[-1]:
        lines.insert(0, f"former = {name}   # your own loss or optimizer is taken from it")
    inside = textwrap.indent("\n\n".join(lines), "    ")
    function = f'def new_model({name}):\n    """The model with new weights, compiled as before."""\n{inside}\n    return {name}'
    again = f"{name} = new_model({name})"
    text = f"{again}   # before the fit of each fold"
    if "loop" in original.names:
        loop = ast.parse(original.names["loop"]).body[0]
        assert isinstance(loop, ast.For)
        loop.body.insert(0, ast.parse(again).body[0])
        text = ast.unparse(loop)
    return f"import keras\n\n\n{function}\n\n\n{text}"


def _shapes(model: Any) -> list[Any]:
    return [tuple(weight.shape) for weight in model.weights] if model is not None else []


def _training(original: Run, run: Run, trains: bool) -> str:
    """The repaired model, compiled and, where it is to be, trained; a comment where the user has to build the model."""
    settings, name = _compile(original, run), Names(original.names).model
    lines, fit = _fit(original, run) if trains else ([], "")
    if trains and (_lost(original, run) or fit != _fit(original, original)[1]):
        lines = ["# use this call in place of your own, which trains without the change", *lines]
    fit = "\n".join([*lines, fit])
    former = f"former = {name}   # your own loss or optimizer is taken from it" if "former." in settings else ""
    words = by_hand(original, run, name)
    model = model_code(original, run) if not words or layers_differ(original, run) else ""
    parts = [part for part in (model, settings, fit) if part]
    if not words:
        return "\n\n".join([*([former] if former else []), *parts])
    return "\n".join([*([former] if former else []), *words, _commented("\n".join(parts))])


def _lost(original: Run, run: Run) -> bool:
    """What changed is in variables that the user's own cell does not read: it was given as an expression."""
    held, now = (tuple(r.fit_arguments.get("validation_data") or ()) if _validates(r) else () for r in (original, run))
    before = {"x": original.x, "y": original.y, **dict(zip(("x_val", "y_val"), held, strict=False))}
    after = {"x": run.x, "y": run.y, **dict(zip(("x_val", "y_val"), now, strict=False))}
    ours = {name.strip() for name in original.names.get("setup", "").partition("=")[0].split(",")}
    return any(original.names.get(key) in ours and after.get(key) is not value for key, value in before.items())


def _validates(run: Run) -> bool:
    return run.fit_arguments.get("validation_data") is not None and is_arrays(run.fit_arguments["validation_data"])


def _commented(text: str) -> str:
    return "\n".join(line if line.startswith("#") else f"#     {line}".rstrip() for line in text.splitlines())


def _setup(run: Run) -> list[str]:
    """Names for what `fit` was given without one, and for the parts of validation data that came as one variable."""
    names, data = Names(run.names), run.fit_arguments.get("validation_data")
    lines = ["# for the cell that trains, from now on", run.names["setup"]] if "setup" in run.names else []
    if "val_data" in run.names and data is not None and is_arrays(data):
        lines.append(f"{', '.join(getattr(names, key) for key in _validation_keys(run))} = {names.val_data}")
    return ["\n".join(lines)] if lines else []


def _validation_keys(run: Run) -> list[str]:
    """The parts of validation data in arrays: x, y and, where there are any, weights."""
    return ["x_val", "y_val", "val_weight"][: len(run.fit_arguments["validation_data"])]


def _imports_first(text: str) -> str:
    """Each import once, at the top; each function once."""
    tree, lines = ast.parse(text), text.splitlines()
    seen: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if (source_of_node := ast.unparse(node)) in seen:
                lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)  # type: ignore[operator]
            seen.add(source_of_node)
    imports = {line for line in lines if line.startswith(("import ", "from "))} | {"import keras"}
    body = "\n".join(line for line in lines if line not in imports)
    while "\n\n\n" in body:
        body = body.replace("\n\n\n", "\n\n")
    head = [line for line in sorted(imports, key=lambda line: (line.startswith("from "), line)) if _used(line, body)]
    return "\n".join(head) + "\n\n" + body.strip("\n")


def _used(line: str, body: str) -> bool:
    """A name that is imported is used in code, not only in comments."""
    code = "\n".join(part for part in body.splitlines() if not part.startswith("#"))
    return f"{line.split()[-1]}." in code or f"{line.split()[-1]}(" in code


# ---------------------------------------------------------------- compile and fit


def _compile(original: Run, run: Run) -> str:
    """The whole call of `compile`; what is the user's own object is taken from their model before it is replaced."""
    settings = compile_settings(run)
    if settings is None:
        return ""
    name = Names(original.names).model
    parts, notes = [f"optimizer={source.optimizer_source(settings['optimizer']) or _own_optimizer(original, settings)}"], []
    if settings.get("loss") is not None:
        parts.append(f"loss={source.setting_source(settings['loss'], keras.losses) or 'former.loss'}")
    for key in ("metrics", "weighted_metrics"):
        text = source.setting_source(settings.get(key), keras.metrics)
        if text is None:
            notes.append(f"   # and {key}= as you have it")
        elif text != "None":
            parts.append(f"{key}={text}")
    if settings.get("loss_weights") is not None:
        parts.append(f"loss_weights={settings['loss_weights']!r}")
    if settings.get("run_eagerly"):
        parts.append("run_eagerly=True")
    return _call(f"{name}.compile", parts) + "".join(notes)


def _own_optimizer(original: Run, settings: Mapping[str, Any]) -> str:
    """An optimizer of the user's own class, made again with what changed of its settings."""
    before = (compile_settings(original) or {})["optimizer"].get_config()
    now = settings["optimizer"].get_config()
    changes = "".join(f", {key!r}: {short(now[key])}" for key in now if str(now[key]) != str(before.get(key)))
    config = "former.optimizer.get_config()"
    return f"type(former.optimizer).from_config({'{**' + config + changes + '}' if changes else config})"


#: Arguments of fit that are written with their values where they differ from the default.
_PLAIN = {"epochs": 1, "batch_size": None, "validation_split": 0.0, "shuffle": True, "class_weight": None, "initial_epoch": 0,
          "steps_per_epoch": None, "validation_steps": None, "validation_batch_size": None, "validation_freq": 1,
          "verbose": "auto"}  # fmt: skip


def _fit(original: Run, run: Run) -> tuple[list[str], str]:
    """(assignments to the user's own variables where these hold what changed, the whole call of `fit`)."""
    names, given, before = Names(original.names), run.fit_arguments, original.fit_arguments
    lines, callbacks = callbacks_code(original, run)
    parts = [_given(original, "x")] if original.y is None else [_given(original, "x"), _given(original, "y")]
    if given.get("sample_weight") is not None:
        parts.append(f"sample_weight={_given(original, 'sample_weight')}")
    if given.get("validation_data") is not None:
        held = [_given(original, key) for key in _validation_keys(run)] if _validates(run) else []
        one = not held or "val_data" in original.names
        parts.append(f"validation_data={names.val_data if one else '(' + ', '.join(held) + ')'}")
        if held and one and given["validation_data"] is not before.get("validation_data"):
            lines.append(f"{names.val_data} = ({', '.join(held)})")
    for key, default in _PLAIN.items():
        value, variable = given.get(key, default), original.names.get(key)
        if variable and value != before.get(key, default):
            lines.append(f"{variable} = {source.value_source(value)}")
        if variable or (value is not None and value != default):
            parts.append(f"{key}={variable or source.value_source(value)}")
    texts = [callback_source(callback) for callback in run.callbacks] if callbacks is None else []
    shown = f"[{', '.join(filter(None, texts))}]" if any(texts) else callbacks
    parts += [f"callbacks={shown}"] if shown else []
    note = "   # and your other callbacks" if None in texts else ""
    result = f"{original.names['result']} = " if "result" in original.names else ""
    return lines, _call(f"{result}{names.model}.fit", parts) + note


def _given(run: Run, key: str) -> str:
    """What the user's own call gives, where that is a variable or a conversion of one."""
    return run.names.get(f"{key} as given") or str(getattr(Names(run.names), key))


def _call(function: str, parts: Sequence[str], width: int = 110) -> str:
    line = f"{function}({', '.join(parts)})"
    return line if len(line) <= width else f"{function}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
