"""The house rules: light imports, one-way flow, a public surface that is complete, small magics."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keras_magic

ROOT = Path(__file__).parent.parent
HEAVY = ("keras", "tensorflow", "matplotlib", "sklearn", "numpy", "pandas", "jinja2", "ipywidgets", "anywidget")


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light():
    loaded = _python(f"import sys, keras_magic; print([m for m in {(*HEAVY, 'IPython')!r} if m in sys.modules])")
    assert loaded.strip() == "[]"


def test_loading_the_extension_is_light_and_quick():
    """Told by what is loaded and called beyond IPython itself, as seconds differ between machines."""
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance();"
        "from tests.calls import calls; before = set(sys.modules);"
        "made = calls(lambda: shell.run_line_magic('load_ext', 'keras_magic')); loaded = set(sys.modules) - before;"
        f"print(made, len(loaded), [m for m in {HEAVY!r} if m in loaded])"
    )
    made, loaded, heavy = _python(code).strip().split(" ", 2)
    assert heavy == "[]"
    assert int(loaded) < 60
    assert int(made) < 120_000


def test_public_names_are_complete():
    for name in keras_magic.__all__:
        assert getattr(keras_magic, name) is not None, name
    assert set(keras_magic._HOMES) <= set(keras_magic.__all__)
    assert sorted(keras_magic.__all__) == dir(keras_magic)


def test_public_names_are_documented():
    undocumented = [
        n for n in keras_magic.__all__ if not n.startswith("__") and not (getattr(keras_magic, n).__doc__ or "").strip()
    ]
    assert undocumented == []


def test_the_flow_goes_one_way():
    import os

    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"}, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_magics_stay_thin():
    assert len((ROOT / "keras_magic" / "magics.py").read_text("utf-8").splitlines()) < 150


# ---------------------------------------------------------------- one door to what Keras and TensorFlow do not publish

#: Private names of other libraries without a public counterpart: argparse lists its arguments nowhere else; of namedtuples they
#: are documented.
PUBLIC_BY_NOW = ("_actions", "_option_string_actions", "_replace", "_fields")
HIDDEN = ("keras.src", "tensorflow.python", "tensorflow.core")
ASKS = ("getattr", "hasattr", "setattr", "delattr")


def _is_private(name: object) -> bool:
    return isinstance(name, str) and name[:1] == "_" and not name.startswith("__") and name not in PUBLIC_BY_NOW


def _own_names(tree: ast.Module) -> set[str]:
    """Private names that the classes of a module define, and its modules of ours."""
    found = set()
    for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for node in ast.walk(kind):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
                found.add(node.attr)
    return found


def _is_self(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "super"
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _private_accesses(tree: ast.Module) -> Iterator[str]:
    own = _own_names(tree)
    ours = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_magic")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(HIDDEN):
            yield f"{node.lineno}: from {node.module}"
        elif isinstance(node, ast.Import):
            yield from (f"{node.lineno}: import {alias.name}" for alias in node.names if alias.name.startswith(HIDDEN))
        elif isinstance(node, ast.Attribute) and _is_private(node.attr) and node.attr not in own:
            if not _is_self(node.value) and not (isinstance(node.value, ast.Name) and node.value.id in ours):
                yield f"{node.lineno}: .{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKS:
            names = [argument.value for argument in node.args[1:2] if isinstance(argument, ast.Constant)]
            yield from (f"{node.lineno}: {node.func.id}(…, {name!r})" for name in names if _is_private(name))


def test_private_accesses_are_recognised():
    hidden = "from keras.src import x\nmodel._layers\ngetattr(model, '_trainable')\n"
    own = "class A:\n    def f(self, o):\n        self._a = o._a"
    code = hidden + own
    assert len(list(_private_accesses(ast.parse(code)))) == 3


def test_only_keras_adapter_touches_private_parts():
    found = [
        f"{path.relative_to(ROOT)}:{access}"
        for path in sorted((ROOT / "keras_magic").rglob("*.py"))
        if "keras_adapter" not in path.parts
        for access in _private_accesses(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


# ---------------------------------------------------------------- sizes

LONGEST_FILE, LONGEST_BODY = 400, 50


def test_files_stay_short():
    package = ROOT / "keras_magic"
    lines = {str(p.relative_to(package)): len(p.read_text("utf-8").splitlines()) for p in package.rglob("*.py")}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def _body_lines(function: ast.FunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


def test_functions_stay_short():
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in sorted((ROOT / "keras_magic").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and _body_lines(node) > LONGEST_BODY
    ]
    assert long == []
