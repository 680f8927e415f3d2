"""Run the notebooks and build the documentation site.

    python notebooks/build.py run [NAME ...]      execute notebooks and save their outputs
    python notebooks/build.py check [NAME ...]    execute them, save nothing; fail on an error or a wrong exercise
    python notebooks/build.py zoo [--check]       train the zoo of failures, check that each is recognised, write its page
    python notebooks/build.py screenshot          take the image of the README: the first report of the quickstart, run in JupyterLab, as Chromium shows it
    python notebooks/build.py site [--repository ORG/REPO]    build the site into build/site/_build/html

NAME is a part of a notebook's path. A notebook must run without an error. The exercise of a lesson must reject the answer that the notebook
is delivered with and accept its hidden solution.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
SITE = ROOT / "build" / "site"
PLACEHOLDER = "ORG/REPO"  # stands for the repository in links to Binder and Colab
AT_ONCE = 2  # notebooks that run side by side
TIMEOUT = 300  # seconds for one cell


def notebooks(names: list[str]) -> list[Path]:
    """The notebooks whose path holds one of `names`; all of them without names."""
    found = [*sorted(HERE.glob("*.ipynb")), *sorted((HERE / "lessons").glob("*.ipynb"))]
    return [path for path in found if not names or any(name in str(path.relative_to(HERE)) for name in names)]


def executed(path: Path) -> Any:
    """The notebook with its outputs from a fresh kernel, without what changes from run to run.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised.
    """
    import nbformat

    return stable(execute(nbformat.read(path, 4), path.parent))


def execute(book: Any, folder: Path) -> Any:
    """The notebook with its outputs, run in `folder` by a fresh kernel that draws its figures into the notebook."""
    from nbclient import NotebookClient

    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment["TF_CPP_MIN_LOG_LEVEL"] = "3"
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    client = NotebookClient(book, timeout=TIMEOUT, resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    return book


def stable(book: Any) -> Any:
    """The notebook without timestamps, widget states and messages on stderr, so that a new run changes few lines."""
    book.metadata = {"kernelspec": book.metadata["kernelspec"], "language_info": {"name": "python"}}
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not _passing(o)]
    return book


def _passing(output: Any) -> bool:
    """An output that only tells of the run: a log message, a line or bar of progress, an empty display."""
    if output.output_type == "stream":
        return output.name == "stderr" or not output.text.strip() or output.text.lstrip()[0] in "█░"
    data = output.get("data", {})
    if "".join(data.get("text/plain", "")).endswith("· done"):  # the line of the live view
        return True
    return "application/vnd.jupyter.widget-view+json" in data or set(data) == {"text/plain"} and not data["text/plain"].strip()


def faults(path: Path, book: Any) -> list[str]:
    """What is wrong with an executed notebook, one line each."""
    if path.parent.name != "lessons":
        return []
    printed = {tag: "".join(_text(c) for c in book.cells if tag in c.metadata.get("tags", ())) for tag in ("check", "solution")}
    found = []
    if not printed["check"].startswith("Not yet:"):
        found.append(f"{path.name}: the exercise accepts the answer that it is delivered with: {printed['check']!r}")
    if not printed["solution"].startswith("Right:"):
        found.append(f"{path.name}: the exercise rejects its own solution: {printed['solution']!r}")
    return found


def _text(cell: Any) -> str:
    return "".join(o.text for o in cell.get("outputs", ()) if o.output_type == "stream")


def run(names: list[str], save: bool) -> list[str]:
    """Execute notebooks; returns what is wrong."""
    import nbformat

    def one(path: Path) -> list[str]:
        started = time.perf_counter()
        try:
            book = executed(path)
        except Exception as error:
            return [f"{path.name}: {_plain(str(error))[-1500:]}"]
        found = faults(path, book)
        print(f"{path.name}: {'; '.join(found) or 'fine'} ({time.perf_counter() - started:.0f} s)", flush=True)
        if save:
            nbformat.write(book, path)
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [line for lines in pool.map(one, notebooks(names)) for line in lines]


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# ---------------------------------------------------------------- site


def site(repository: str) -> list[str]:
    """Build the site; returns what is wrong (a broken link, a page that cannot be read)."""
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(HERE, SITE, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "build.py", "examples.py", "pages.py", "screenshot.py", "zoo*.py", "checks.md"))
    from notebooks.pages import write_pages

    write_pages(SITE)
    for path in SITE.rglob("*"):
        if path.suffix in (".md", ".ipynb"):
            path.write_text(_for_the_site(path.read_text("utf-8"), repository), "utf-8")
    book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    options = ["build", "--warningiserror", "--keep-going", "--quiet", str(SITE)]
    done = subprocess.run([*book, *options], capture_output=True, text=True, check=False)
    print(f"site: {SITE / '_build' / 'html' / 'index.html'}")
    return [_plain(done.stdout + done.stderr)[-6000:]] if done.returncode else []


def _for_the_site(text: str, repository: str) -> str:
    """A page with the repository's name; links to the table of checks lead to the pages of the checks, which only the site has."""
    text = re.sub(r"checks\.md#km(\d+)", r"checks/KM\1.md", text.replace(PLACEHOLDER, repository))
    return text.replace("](checks.md)", "](checks/README.md)").replace("](../checks.md)", "](../checks/README.md)")


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "check", "zoo", "screenshot", "site"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--check", action="store_true", help="with zoo: write nothing")
    parser.add_argument("--repository", default=PLACEHOLDER, help="owner/name, for the links to Binder and Colab")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT))
    if options.what == "site":
        found = site(options.repository)
    elif options.what == "zoo":
        from notebooks.zoo_page import zoo

        found = zoo(HERE, save=not options.check)
    elif options.what == "screenshot":
        from notebooks.screenshot import take

        take(HERE / "quickstart.ipynb", HERE / "images" / "report.png")
        found = []
    else:
        found = run(options.names, save=options.what == "run")
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
