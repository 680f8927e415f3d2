"""The user's own words: variable names in the cell that trains, and expressions on a magic's line."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

#: Arguments that only Keras' `fit` takes: they tell it from scikit-learn's.
_KERAS_ARGUMENTS = {
    "epochs", "batch_size", "validation_data", "validation_split", "callbacks", "verbose", "class_weight", "steps_per_epoch",
    "shuffle",
}  # fmt: skip

#: Of these, what a fix may change in a variable of the user's.
_SETTINGS = {"epochs", "batch_size", "validation_split", "class_weight", "steps_per_epoch"}


#: What a `fit` is given -> the name that it gets in code to paste where it is no variable.
PARTS = {
    "model": "model",
    "x": "x_train",
    "y": "y_train",
    "sample_weight": "sample_weight",
    "x_val": "x_val",
    "y_val": "y_val",
    "val_weight": "val_weight",
    "val_data": "val_data",
}

_SHORT = 30  # characters of an expression that may stand in a sentence

ALIKE = 3.0  # a test part whose largest value is within this factor of that of the training part was prepared as it was


def one_line(text: str, most: int = 200) -> str:
    """Text from the user's data (a column, a class) for one line of code or of a view, without invisible characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def expression(text: str) -> str | None:
    """What is given as the name of a variable, as one Python expression in one line; None where it is none."""
    return ast.unparse(ast.parse(text, mode="eval").body) if isinstance(text, str) and _parses(text) else None


def names_in(source: str) -> dict[str, str]:
    """What the variables of the `fit` calls in some Python source are called.

    Args:
        source: Python code (magics already transformed).

    Returns:
        Some of the keys of `PARTS` -> name. With several calls, only what they agree on. A conversion of a variable
        (`np.asarray(y)`) stands for the variable, and "y as given" is the conversion; what is no variable (`load()`,
        `x[:100]`) gets a name that the source does not use, and "setup" is then the code that assigns it. Also "callbacks"
        (an expression) and, of a single call: names of variables that are given as other arguments ("epochs" -> "EPOCHS"),
        "result" (the variable that takes the history) and "loop" (the code of the loop whose data it trains on).
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    fits = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "fit"]
    fits = [c for c in fits if _KERAS_ARGUMENTS & {k.arg for k in c.keywords}] or fits
    given = [{key: ast.unparse(node) for key, node in _parts_of(call).items()} for call in fits]
    agreed = {key: text for key, text in given[0].items() if all(g.get(key) == text for g in given)} if given else {}
    found = _with_setup(agreed, taken={node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
    callbacks = {ast.unparse(k.value) for c in fits for k in c.keywords if k.arg == "callbacks"}
    found |= {"callbacks": callbacks.pop()} if len(callbacks) == 1 else {}
    return {**found, **_around(tree, fits[0])} if len(fits) == 1 else found


def _around(tree: ast.Module, call: ast.Call) -> dict[str, str]:
    """The other variables of a call of `fit`, and the statements that it stands in."""
    found = {k.arg: k.value.id for k in call.keywords if k.arg in _SETTINGS and isinstance(k.value, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and node.value is call and len(node.targets) == 1 and _is_variable(node.targets[0]):
            found["result"] = ast.unparse(node.targets[0])
        if isinstance(node, ast.For) and any(part is call for part in ast.walk(node)) and _feeds(node, call):
            found["loop"] = ast.unparse(node)  # the innermost comes last
    return {str(key): text for key, text in found.items()}


def _feeds(loop: ast.For, call: ast.Call) -> bool:
    """The data of a call changes from one pass of the loop to the next."""
    bound = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    data = [node for key, node in _parts_of(call).items() if key != "model"]
    return bool(bound & {n.id for part in data for n in ast.walk(part) if isinstance(n, ast.Name)})


def of_objects(arguments: Mapping[str, Any], namespaces: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What the caller's variables are called that hold the very objects that a training is given.

    Args:
        arguments: those of `fit`, and `model`; namespaces: the caller's, the innermost first.

    Returns:
        Keys of `PARTS` and "callbacks" -> name, as `names_in` gives them; none for what is in no variable.
    """
    parts = {key: arguments.get(key) for key in ("model", "x", "y", "sample_weight", "callbacks")}
    held = arguments.get("validation_data")
    variables: dict[int, str] = {}
    for namespace in namespaces:
        for name, value in namespace.items():
            if name.isidentifier() and not name.startswith("_"):
                variables.setdefault(id(value), name)
    if id(held) in variables:
        parts["val_data"] = held
    elif isinstance(held, (tuple, list)):
        parts |= dict(zip(("x_val", "y_val", "val_weight"), held, strict=False))
    return {key: variables[id(value)] for key, value in parts.items() if value is not None and id(value) in variables}


def selectors_in(namespaces: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """(name, object) of the variables that hold a fitted selector of features of scikit-learn, such as SelectKBest."""
    found: dict[str, Any] = {}
    for namespace in namespaces:
        for name, value in namespace.items():
            of_sklearn = type(value).__module__.startswith("sklearn.feature_selection")
            if of_sklearn and not name.startswith("_") and hasattr(value, "scores_") and hasattr(value, "score_func"):
                found.setdefault(name, value)
    return tuple(found.items())


def with_test_part(found: dict[str, str], namespace: Mapping[str, Any]) -> dict[str, str]:
    """The names with those of the test part, where the namespace holds one of the same form and size as the training part.

    Args:
        found: as from `names_in`; namespace: the user's variables, before the cell runs.
    """
    parts = {f"{key}_test": re.sub("train", "test", found[key]) for key in ("x", "y") if "train" in found.get(key, "")}
    taken = {found.get("x_val"), found.get("y_val"), found.get("x"), found.get("y")}
    if taken & {*parts.values()} or not _alike(namespace.get(found.get("x", "")), namespace.get(parts.get("x_test", ""))):
        return found
    return {**found, **{key: name for key, name in parts.items() if name in namespace}}


def _alike(train: Any, test: Any) -> bool:
    """Arrays or frames of the same columns and kind, with values of about the same size."""
    try:
        if type(train) is not type(test) or train.shape[1:] != test.shape[1:] or not len(train):
            return False
        if list(getattr(train, "columns", ())) != list(getattr(test, "columns", ())):
            return False
        if hasattr(train, "columns"):
            return list(train.dtypes) == list(test.dtypes)
        ours, theirs = (float(abs(part).max()) for part in (train, test))
        return train.dtype == test.dtype and theirs <= ALIKE * ours and ours <= ALIKE * theirs
    except Exception:  # whatever else goes by such a name
        return False


def _with_setup(parts: dict[str, str], taken: set[str]) -> dict[str, str]:
    """Names for expressions; those that are no variables are assigned together, before any of them changes."""
    trees = {key: ast.parse(text, mode="eval").body for key, text in parts.items()}
    variables = {key: name for key, tree in trees.items() if key != "model" and (name := _converted(tree))}
    found = {key: text for key, text in parts.items() if _is_variable(trees[key])} | variables
    found |= {f"{key} as given": parts[key] for key in variables}
    fresh = {key: _free(PARTS[key], taken) for key in parts if key not in found}
    if not fresh:
        return found
    values = [f"({parts[key]})" if "\n" in parts[key] else parts[key] for key in fresh]
    return {**found, **fresh, "setup": f"{', '.join(fresh.values())} = {', '.join(values)}"}


def _converted(node: ast.expr) -> str | None:
    """The variable that a call turns into an array of floats or copies: changed values go through it as they are."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or any(k.arg != "dtype" for k in node.keywords):
        return None
    function, types = node.func.attr, [*node.args, *(k.value for k in node.keywords)]
    if function in ("asarray", "array", "constant", "convert_to_tensor") and node.args:
        variable, types = node.args[0], types[1:]
    elif function == "astype" and len(types) == 1:
        variable = node.func.value
    else:
        return None
    floats = all("float" in ast.unparse(kind) for kind in types)
    return ast.unparse(variable) if floats and _is_variable(variable) else None


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def named(model: str | None = None, x: str | None = None, y: str | None = None) -> dict[str, str]:
    """Names from expressions, for those that are variables."""
    given = {"model": model, "x": x, "y": y}
    trees = {key: ast.parse(text, mode="eval").body for key, text in given.items() if text}
    return {key: ast.unparse(tree) for key, tree in trees.items() if _is_variable(tree)}


def expressions(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Split a magic's words into Python expressions: positional ones and `key=expression` ones.

    Blanks inside brackets do not split, commas between arguments may be there or not.

    Raises:
        ValueError: the words end inside an expression; the message is that part.
    """
    positional: list[str] = []
    keywords: dict[str, str] = {}
    pending = ""
    for word in words:
        pending = f"{pending} {word}".strip()
        text = pending.rstrip(",")
        key, value = _keyword(text)
        if not value or not _parses(value):
            continue
        if key:
            keywords[key] = value
        else:
            positional.append(value)
        pending = ""
    if pending.strip(","):
        raise ValueError(pending)
    return positional, keywords


def _keyword(text: str) -> tuple[str, str]:
    match = re.match(r"([A-Za-z_]\w*)\s*=(?!=)(.*)", text, re.DOTALL)
    return (match[1], match[2].strip()) if match else ("", text)


def _parses(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):  # ValueError: a NUL
        return False
    return True


def _parts_of(call: ast.Call) -> dict[str, ast.expr]:
    """The expressions that a `fit` is given, by the keys of `PARTS`."""
    assert isinstance(call.func, ast.Attribute)
    keywords = {k.arg: k.value for k in call.keywords if k.arg}
    given = {} if any(isinstance(a, ast.Starred) for a in call.args) else dict(zip(("x", "y"), call.args, strict=False))
    parts = {"model": call.func.value, **given, **{k: v for k, v in keywords.items() if k in ("x", "y", "sample_weight")}}
    validation = keywords.get("validation_data")
    if isinstance(validation, (ast.Tuple, ast.List)):
        parts.update(zip(("x_val", "y_val", "val_weight"), validation.elts, strict=False))
    elif validation is not None:
        parts["val_data"] = validation
    return {key: node for key, node in parts.items() if not (isinstance(node, ast.Constant) and node.value is None)}


def _is_variable(node: ast.AST) -> bool:
    """Something that can stand on the left of an assignment and reads well there: `x`, `data.x`, `data["x"]`."""
    if isinstance(node, ast.Attribute):
        return _is_variable(node.value)
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and _is_variable(node.value)
    return isinstance(node, ast.Name)


def _expressions_of(setup: str) -> dict[str, str]:
    """The names of ours in code to paste -> what the user gave `fit` in their place."""
    if not setup:
        return {}
    statement = ast.parse(setup).body[0]
    assert isinstance(statement, ast.Assign)
    several = isinstance(statement.targets[0], ast.Tuple)
    sides = [getattr(side, "elts", [side]) if several else [side] for side in (statement.targets[0], statement.value)]
    return {ast.unparse(name): ast.unparse(value) for name, value in zip(*sides, strict=True)}


def in_words_of_the_user(text: str, names: Mapping[str, str]) -> str:
    """A message with the user's variables or short expressions in place of the arguments `x` and `y` of `fit`.

    Args:
        text: one message; names: as `names_in` gives them.
    """
    made = _expressions_of(names.get("setup", ""))
    given = {key: made.get(names[key], names[key]) for key in ("x", "y") if key in names}
    known = {key: text for key, text in given.items() if text != key and len(text) <= _SHORT}
    if not known:
        return text
    return re.sub(r"(?<![\w.'\"`/=])([xy])(?![\w'\"`=(/])(?!\.\w)", lambda found: known.get(found[1], found[1]), text)


class Names:
    """The user's variable names, as `names.names_in` finds them, with fallbacks: `model`, `x`, `y`, `x_val`, `y_val`, ..."""

    def __init__(self, names: Mapping[str, str] | None) -> None:
        self._names = {key: text for key, given in (names or {}).items() if (text := expression(given))}

    def __getattr__(self, key: str) -> str:
        return self._names.get(key, key)

    @property
    def held_out(self) -> str:
        """The argument of `fit` with the validation data, or dots where it has no names."""
        return f"validation_data=({self.x_val}, {self.y_val})" if {"x_val", "y_val"} <= set(self._names) else "..."


class _Marks:
    """Stands for the user's variables in code that is written before they are known: `f"{YOUR.model}.fit({YOUR.x})"`."""

    def __getattr__(self, key: str) -> str:
        return f"\ue000{key}\ue001"


YOUR = _Marks()


def with_names(text: str, names: Mapping[str, str]) -> str:
    """The text with variables in place of the marks that `YOUR` made."""
    known = Names(names)
    return re.sub("\ue000(\\w+)\ue001", lambda mark: getattr(known, mark[1]), text)
