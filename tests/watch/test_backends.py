"""The same watcher on JAX and torch, each in a process of its own, where they are installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

INSTALLED = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", *INSTALLED])
def test_identical_on_the_backend(backend: str) -> None:
    """Bit for bit the same training, and every measurement there or accounted for."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-m", "tests.watch.on_backend"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"identical on {backend}" in done.stdout
