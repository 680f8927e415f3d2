"""The image of the README: the first report of the quickstart, run in JupyterLab and seen by Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from tests.browser.conftest import FLAGS, ROOT, free_port, wait_for

WAIT = 300_000  # milliseconds for a kernel that imports TensorFlow, trains and tries fixes


def take(quickstart: Path, image: Path) -> None:
    """Run the quickstart up to its first report in a JupyterLab of its own; save the cell with its report as `image`."""
    from playwright.sync_api import sync_playwright

    book = nbformat.read(quickstart, 4)
    first = next(i for i, cell in enumerate(book.cells) if cell.source.startswith("%%diagnose"))
    book.cells = [cell for cell in book.cells[: first + 1] if cell.cell_type == "code"]
    for cell in book.cells:
        cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        nbformat.write(book, Path(home) / "quickstart.ipynb")
        with _lab(home) as address:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1120, "height": 1600}, device_scale_factor=1.5)
            page.set_default_timeout(WAIT)
            page.goto(f"{address}/lab/tree/quickstart.ipynb?reset")
            _run_all(page)
            page.keyboard.press("Control+b")  # folds the side bar away
            page.add_style_tag(content=".Toastify, .jp-cell-toolbar { visibility: hidden }")  # news, buttons of the cell
            cell = page.locator(".jp-Notebook .jp-CodeCell").last
            while "*" in cell.locator(".jp-InputPrompt").first.inner_text():  # the report is finished when the cell is
                page.wait_for_timeout(1000)
            _from_cell_to_code(page, cell, image)
            browser.close()


def _from_cell_to_code(page: Any, cell: Any, image: Path) -> None:
    """The part of the page from the cell to the end of its first fix."""
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()  # another cell is the chosen one
    page.mouse.move(1, 1)
    cell.evaluate("element => element.scrollIntoView()")
    page.wait_for_timeout(1000)
    whole, code = cell.bounding_box(), cell.locator(".km-code").first.bounding_box()
    height = code["y"] + code["height"] + 4 - whole["y"]
    page.screenshot(path=image, clip={"x": whole["x"], "y": whole["y"], "width": whole["width"], "height": height})


def _run_all(page: Any) -> None:
    """Press *Run All Cells* until the first cell has run; while the kernel still starts, it is lost."""
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    prompt = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first
    which_kernel = page.locator(".jp-Dialog .jp-mod-accept")  # asked before the session is known
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    while not any(mark in prompt.inner_text() for mark in "*123456789"):
        if which_kernel.is_visible():
            which_kernel.click()
        elif idle.count():
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run All Cells", exact=True).click()
        page.wait_for_timeout(3000)


@contextmanager
def _lab(folder: str) -> Iterator[str]:
    """Address of a JupyterLab without the user's settings."""
    port = free_port()
    folders = {f"JUPYTER_{kind}_DIR": f"{folder}/.{kind.lower()}" for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **folders, "IPYTHONDIR": f"{folder}/.ipython", "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
