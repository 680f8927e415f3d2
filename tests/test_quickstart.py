"""The quickstart: each story is broken, diagnosed with its own cause, and healthy after the repair."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
LAST = """
import json
reports = (wine_report, wine_repaired, digits_report, digits_repaired, churn_report, churn_repaired)
print(json.dumps([[f.cause for f in r.findings if str(f.severity) != "info"] for r in reports]))
"""


@pytest.mark.slow
def test_quickstart_is_broken_diagnosed_and_repaired(monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    book = nbformat.read(ROOT / "notebooks" / "quickstart.ipynb", 4)
    book.cells.append(nbformat.v4.new_code_cell(LAST))
    NotebookClient(book, timeout=300).execute()
    wine, wine_repaired, digits, digits_repaired, churn, churn_repaired = json.loads(book.cells[-1].outputs[-1].text)
    assert wine[0] == "input-not-scaled"
    assert "epochs-too-many" in digits
    assert churn[0] == "learning-rate-too-high"
    assert [wine_repaired, digits_repaired, churn_repaired] == [[], [], []]
