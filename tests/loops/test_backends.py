"""Loops on JAX and torch, each in a process of its own, where they are installed (`.ci/backends` installs both)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

INSTALLED = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]


@pytest.mark.slow
@pytest.mark.parametrize("backend", INSTALLED)
def test_loops_on_the_backend(backend: str) -> None:
    """Bit for bit the same loop, each update seen, each fault named and nothing said of the healthy ones."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-m", "tests.loops.on_backend"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False, env=environment)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert f"loops on {backend}" in done.stdout
