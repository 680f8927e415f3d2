"""Run the notebooks in real kernels with `%%diagnose` on the cell that trains, and compare the findings with the planted causes.

    python -m tests.programs.notebooks [--set N] [--save DIR] [part of a name ...]

`--save` keeps each report as text, to be read sentence by sentence.
"""

from __future__ import annotations

import argparse
import csv
import re
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
    """A notebook, the severities and causes that were found in it, in their order, and the report as text.

    `planted` holds for each fault the causes that a fair judge accepts.
    """

    name: str
    planted: tuple[frozenset[str], ...]
    found: tuple[tuple[str, str], ...]
    text: str

    @property
    def causes(self) -> frozenset[str]:
        """All that is true."""
        return frozenset().union(*self.planted)

    @property
    def complete(self) -> bool:
        """Every planted fault is among the first five findings."""
        return all(any(cause in fault for _, cause in self.found[:5]) for fault in self.planted)

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
    planted = tuple(frozenset(fault.split()) for fault in causes.split(";") if fault.strip())
    return Row(name=name, planted=planted, found=found, text=text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of names")
    parser.add_argument("--set", help="only the notebooks of this set")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    wanted = options.names
    with (HERE / "index.csv").open(encoding="utf-8") as file:
        index = list(csv.DictReader(file))
    index = [row for row in index if not wanted or any(part in row["name"] for part in wanted)]
    index = [row for row in index if options.set in (None, row["set"])]
    rows = []
    for entry in index:
        rows.append(row := run(entry["name"], entry["causes"]))
        if options.save:
            options.save.mkdir(parents=True, exist_ok=True)
            (options.save / f"{row.name}.txt").write_text(row.text, "utf-8")
        print(f"{row.name}: {row.text.splitlines()[0] if row.text else 'no report'}", *row.found, sep="\n    ", flush=True)
    faulty, healthy = [r for r in rows if r.causes], [r for r in rows if not r.causes]
    alarms = [cause in row.causes for row in faulty for cause in row.alarms]
    print(f"\nfaulty: {len(faulty)}; first finding true: {sum(r.place == 1 for r in faulty)}", end="; ")
    print(f"among three: {sum((r.place or 9) <= 3 for r in faulty)}; all planted: {sum(r.complete for r in faulty)}", end="; ")
    print(f"true errors and warnings: {sum(alarms)} of {len(alarms)}")
    print(f"healthy: {len(healthy)}; with an error or a warning: {sum(bool(r.alarms) for r in healthy)}")


if __name__ == "__main__":
    main()
