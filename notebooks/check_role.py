"""Sphinx extension: {check}`KM203` links to the page of a check."""

from __future__ import annotations

from typing import Any

from docutils import nodes


def _check(name: str, raw: str, text: str, line: int, inliner: Any, options: Any = None, content: Any = None) -> tuple[list, list]:
    from sphinx.addnodes import pending_xref

    reference = pending_xref("", refdomain="std", reftype="doc", reftarget=f"/checks/{text}", refexplicit=True, refwarn=True)
    reference += nodes.inline("", text, classes=["xref", "doc"])
    return [reference], []


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_role("check", _check)
    return {"parallel_read_safe": True}
