"""The user's own words: variable names in the cell that trains, and expressions on a magic's line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

#: Arguments that only Keras' `fit` takes: they tell it from scikit-learn's.
_KERAS_ARGUMENTS = {
    "epochs",
    "batch_size",
    "validation_data",
    "validation_split",
    "callbacks",
    "verbose",
    "class_weight",
    "steps_per_epoch",
    "shuffle",
}


def names_in(source: str) -> dict[str, str]:
    """What the variables of the `fit` calls in some Python source are called.

    Args:
        source: Python code (magics already transformed).

    Returns:
        Some of {"model", "x", "y", "x_val", "y_val"} -> name. With several calls, only what they agree on; what is no
        variable (`load()`, `x[:100]`) has no name.
    """
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return {}
    fits = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "fit"]
    fits = [c for c in fits if _KERAS_ARGUMENTS & {k.arg for k in c.keywords}] or fits
    found = [dict(_names_of(call)) for call in fits]
    return {key: name for key, name in found[0].items() if all(names.get(key) == name for names in found)} if found else {}


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
    except SyntaxError:
        return False
    return True


def _names_of(call: ast.Call) -> Iterator[tuple[str, str]]:
    assert isinstance(call.func, ast.Attribute)
    keywords = {k.arg: k.value for k in call.keywords if k.arg}
    given = dict(zip(("x", "y"), call.args, strict=False))
    parts = {"model": call.func.value, **given, **{k: v for k, v in keywords.items() if k in ("x", "y")}}
    validation = keywords.get("validation_data")
    if isinstance(validation, (ast.Tuple, ast.List)):
        parts.update(zip(("x_val", "y_val"), validation.elts, strict=False))
    yield from ((key, ast.unparse(node)) for key, node in parts.items() if _is_variable(node))


def _is_variable(node: ast.AST) -> bool:
    """Something that can stand on the left of an assignment and reads well there: `x`, `data.x`, `data["x"]`."""
    if isinstance(node, ast.Attribute):
        return _is_variable(node.value)
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and _is_variable(node.value)
    return isinstance(node, ast.Name)
