"""The table of backends in the README is what each backend that is installed gives (`.ci/backends` installs all)."""

from __future__ import annotations

import pytest

from tests import backends


@pytest.mark.slow
@pytest.mark.parametrize("backend", [name for name in backends.installed() if name != "tensorflow"])
def test_the_row_of_the_table(backend: str) -> None:
    row, text = backends.run(backend), backends.README.read_text("utf-8")
    assert backends.without_versions(row) in backends.without_versions(text)


def test_the_table_has_a_row_for_each_backend() -> None:
    text = backends.README.read_text("utf-8")
    rows = {name: f"| {title} 9.9, Keras 9.9 |{' yes |' * len(backends.POINTS)}" for name, title in backends.BACKENDS.items()}
    fresh = backends.updated(text, rows)
    assert all(row in fresh for row in rows.values())
    assert backends.updated(fresh, {}) == fresh
    table = text.partition(backends.BEGIN)[2].partition(backends.END)[0]
    assert all(f"| {title} " in table for title in backends.BACKENDS.values())
    assert " | ".join(backends.POINTS) in table
