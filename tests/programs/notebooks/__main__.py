"""Run the notebooks in real kernels with `%%diagnose` on the cell that trains, and compare the findings with the planted causes.

    python -m tests.programs.notebooks [part of a name ...]
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
SECONDS = 600  # for one notebook
SHOW = "print(str(km_report))\nfor f in km_report.findings: print('FOUND', f.severity, f.cause)"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A notebook, the severities and causes that were found in it, in their order, and the report as text."""

    name: str
    causes: frozenset[str]
    found: tuple[tuple[str, str], ...]
    text: str

    @property
    def alarms(self) -> list[str]:
        """Causes of errors and warnings."""
        return [cause for severity, cause in self.found if severity != "info"]

    @property
    def place(self) -> int | None:
        """Position of the first true cause, 1 first."""
        return next((i for i, (_, cause) in enumerate(self.found, 1) if cause in self.causes), None)


def cells(source: str) -> Iterator[str]:
    """The cells of a notebook, its training under `%%diagnose`, followed by one that prints the report."""
    yield "%load_ext keras_magic"
    for part in re.split(r"(?m)^# %%", source):
        head, _, body = part.partition("\n")
        if "[markdown]" in head or not part.strip():
            continue
        if head.strip() == "train":
            yield f"%%diagnose -o km_report\n{body}"
            yield SHOW
        else:
            yield body


def run(name: str, causes: str) -> Row:
    """One notebook in a kernel of its own."""
    source = (HERE / f"{name}.py").read_text("utf-8")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells(source)])
    NotebookClient(book, timeout=SECONDS, kernel_name="python3", allow_errors=True).execute()
    outputs = next(cell.outputs for cell in book.cells if cell.source == SHOW)
    text = "".join(output.get("text", "") for output in outputs if output.output_type == "stream")
    found = tuple((a, b) for a, b in re.findall(r"(?m)^FOUND (\S+) (\S+)$", text))
    return Row(name=name, causes=frozenset(causes.split()), found=found, text=text)


def main(wanted: list[str]) -> None:
    with (HERE / "index.csv").open(encoding="utf-8") as file:
        index = [row for row in csv.DictReader(file) if not wanted or any(part in row["name"] for part in wanted)]
    rows = []
    for entry in index:
        rows.append(row := run(entry["name"], entry["causes"]))
        print(f"{row.name}: {row.text.splitlines()[0] if row.text else 'no report'}", *row.found, sep="\n    ", flush=True)
    faulty, healthy = [r for r in rows if r.causes], [r for r in rows if not r.causes]
    alarms = [cause in row.causes for row in faulty for cause in row.alarms]
    print(f"\nfaulty: {len(faulty)}; first finding true: {sum(r.place == 1 for r in faulty)}", end="; ")
    print(f"among three: {sum((r.place or 9) <= 3 for r in faulty)}; true errors and warnings: {sum(alarms)} of {len(alarms)}")
    print(f"healthy: {len(healthy)}; with an error or a warning: {sum(bool(r.alarms) for r in healthy)}")


if __name__ == "__main__":
    main(sys.argv[1:])
