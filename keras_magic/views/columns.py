"""Which columns of wide data a report shows first: those that its findings name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_NAMING = ("message", "where", "evidence")  # the parts of a finding that may name a column
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")  # no column: 1,547 or 0.11

Columns = Sequence[Mapping[str, Any]]


def is_named(columns: Columns, findings: Columns) -> list[bool]:
    """Whether a finding, or one folded under it, names each column."""
    said = " ".join(str(f[part]) for finding in findings for f in (finding, *finding["symptoms"]) for part in _NAMING)
    words = set(re.findall(r"[\w.$-]+", _NUMBER.sub("", said)))
    return [c["name"] in words or (len(c["name"]) > 3 and c["name"] in said) for c in columns]


def offenders(columns: Columns, findings: Columns) -> list[Mapping[str, Any]]:
    """The columns that a finding names first, then the others in their order."""
    named = is_named(columns, findings)
    return [columns[i] for i in sorted(range(len(columns)), key=lambda i: not named[i])]
