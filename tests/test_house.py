"""The house rules: light imports, one-way flow, a public surface that is complete, small magics."""

from __future__ import annotations

import subprocess
import sys
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
    """Under 150 ms beyond IPython itself; the best of three, as the machine may be busy."""
    code = (
        "import sys, time; from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance();"
        "before = set(sys.modules); start = time.perf_counter(); shell.run_line_magic('load_ext', 'keras_magic');"
        f"print(time.perf_counter() - start, [m for m in {HEAVY!r} if m in set(sys.modules) - before])"
    )
    runs = [_python(code).split(" ", 1) for _ in range(3)]
    assert {loaded.strip() for _, loaded in runs} == {"[]"}
    assert min(float(seconds) for seconds, _ in runs) < 0.15


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
