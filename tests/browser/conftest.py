"""JupyterLab and Notebook 7 in a real Chromium. Debian's (`apt-get install chromium`), or the one that CHROMIUM names."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "build" / "browser"
HERE = ("http://127.0.0.1:", "file:", "data:", "blob:", "about:")


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=90_000)  # a kernel may take its time to import TensorFlow
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "these tests need Chromium: apt-get install -y chromium fonts-dejavu-core, or set CHROMIUM to its path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Variables for servers of our own, without the user's settings."""
    home = tmp_path_factory.mktemp("jupyter")
    folders = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "IPYTHONDIR": str(home / "ipython"),
        **folders,
    }


@pytest.fixture(scope="session")
def server(environment, tmp_path_factory):
    """A Jupyter server; gives (address, folder of notebooks)."""
    home = tmp_path_factory.mktemp("server")
    notebooks = home / "notebooks"
    notebooks.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={notebooks}"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/api/status", process)
            yield address, notebooks
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def notebook(server):
    """Write a notebook from cells and give its name."""

    def write(name: str, *cells: str, outputs: dict | None = None) -> str:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        if outputs is not None:
            book.cells[0].outputs = [nbformat.v4.new_output("display_data", data=outputs)]
            book.cells[0].execution_count = 1
        nbformat.write(book, server[1] / name)
        return name

    return write


@pytest.fixture
def page(chromium, request):
    scheme = getattr(request, "param", "light")
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(90_000)
    yield page
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{request.node.name.replace('/', '-')}.png")
    context.close()


@pytest.fixture
def elsewhere(page):
    """The addresses beyond this machine that the page asked for."""
    asked: list[str] = []
    page.context.on("request", lambda request: None if request.url.startswith(HERE) else asked.append(request.url))
    return asked


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen) -> None:
    """Until a server of ours answers."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended at once"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(f"{url} did not answer")
