"""Whole programs with known faults, and healthy ones: ``load("faulty")``, ``load("healthy")``.

index.csv has a row for each: causes, domain, source, when it was first run, and whether rules were developed on it.
"""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["CAUSES", "Case", "load"]

ROOT = Path(__file__).parent

#: The root causes a case may name in ``TRUTH`` and ``ALSO``.
CAUSES: frozenset[str] = frozenset(
    {
        "nonfinite-input",
        "input-not-scaled",
        "preprocessing-mismatch",
        "categorical-as-ordinal",
        "outliers",
        "constant-feature",
        "label-encoding",
        "label-noise",
        "misaligned-labels",
        "class-imbalance",
        "unshuffled-data",
        "data-leakage",
        "distribution-shift",
        "too-little-data",
        "target-not-scaled",
        "single-class",
        "output-activation",
        "output-units",
        "loss-mismatch",
        "from-logits",
        "hidden-activation",
        "weight-init",
        "capacity-too-small",
        "capacity-too-large",
        "dropout",
        "regularization",
        "batchnorm",
        "frozen-weights",
        "input-shape",
        "metric-mismatch",
        "embedding-range",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "optimizer",
        "batch-size",
        "epochs-too-few",
        "epochs-too-many",
        "exploding-gradient",
        "vanishing-gradient",
        "dead-relu",
        "not-compiled-after-change",
    }
)


@cache
def _module(path: Path) -> ModuleType:
    """Execute a case file once (its name starts with a digit, so no import statement can)."""
    name = "_".join((__name__.replace(".", "_"), *path.relative_to(ROOT).with_suffix("").parts))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no loader for {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Case:
    """One case file. Attributes other than `name`, `path` and `kind` import the file when first read."""

    name: str
    path: Path
    kind: str

    @property
    def module(self) -> ModuleType:
        return _module(self.path)

    @property
    def source(self) -> str:
        return self.module.SOURCE

    @property
    def title(self) -> str:
        return self.module.TITLE

    @property
    def task(self) -> str:
        return self.module.TASK

    @property
    def truth(self) -> frozenset[str]:
        """Root causes; empty for a healthy case."""
        return frozenset(getattr(self.module, "TRUTH", ()))

    @property
    def also(self) -> frozenset[str]:
        """Defensible side findings."""
        return frozenset(getattr(self.module, "ALSO", ()))

    @property
    def build(self) -> Callable[..., dict[str, Any]]:
        return self.module.build

    @property
    def fixed(self) -> Callable[..., dict[str, Any]] | None:
        """The repaired twin; None for a healthy case."""
        return getattr(self.module, "fixed", None)

    @property
    def good(self) -> Callable[..., bool]:
        return self.module.good


def load(kind: str, held_back: bool = False) -> list[Case]:
    """The programs of one `kind` ("faulty" or "healthy"), by name.

    Args:
        held_back: those instead that no rule was written against (`developed_on` in index.csv).
    """
    if kind not in ("faulty", "healthy"):
        raise ValueError(f'kind is "faulty" or "healthy", not {kind!r}')
    with (ROOT / "index.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"] == kind and (row["developed_on"] == "no") == held_back]
    return [Case(row["name"], ROOT / kind / f"{row['name']}.py", kind) for row in rows]
