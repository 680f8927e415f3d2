"""Train the failures of the zoo, check that each is recognised, and write the page with their curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from notebooks.pages import lesson_file
from notebooks.zoo import PRELUDE, ZOO, Failure

WIDTH, HEIGHT = 150, 60
INTRO = """# Zoo of failures

Forty broken trainings in miniature. Each is a few lines after the same beginning (at the end of the page); the curve is its loss (solid) and its validation loss
(dashed), on a logarithmic scale where it spans more than two powers of ten. *Found as* names the check that `%%diagnose` reports for it, among its first three findings.
"""


@dataclass(frozen=True)
class Specimen:
    """A failure after its training: losses per epoch, and the codes and causes that the report gives, in order."""

    failure: Failure
    loss: tuple[float, ...]
    val_loss: tuple[float, ...]
    found: tuple[tuple[str, str], ...]

    @property
    def recognised(self) -> bool:
        """One of the first three findings is a planted cause."""
        return any(cause in self.failure.causes for _, cause in self.found[:3])


def train(failure: Failure) -> Specimen:
    """Train one failure under `keras_magic.watch()`."""
    import keras

    import keras_magic as km

    keras.utils.set_random_seed(1)
    space: dict = {}
    exec(PRELUDE, space)
    with km.watch() as report:
        try:
            exec(failure.code.replace("epochs=", "verbose=0, epochs="), space)
        except Exception as error:
            print(f"{failure.title}: training raised {type(error).__name__}")
    history = getattr(report.history, "history", None) or {}
    found = tuple((f.rule, f.cause) for f in report.findings if f.cause != "tool")
    keras.backend.clear_session()
    return Specimen(failure, tuple(history.get("loss", ())), tuple(history.get("val_loss", ())), found)


def curve(specimen: Specimen) -> str:
    """The losses as a small SVG image."""
    lines = [values for values in (specimen.loss, specimen.val_loss) if values]
    known = [v for values in lines for v in values if math.isfinite(v)]
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    if not known:
        return f'{text}<text x="8" y="34" font-family="sans-serif" font-size="12" fill="#888">NaN, or an exception</text></svg>'
    scale = math.log10 if min(known) > 0 and max(known) > 100 * min(known) else float
    low, high = min(map(scale, known)), max(map(scale, known))

    def points(values: Sequence[float]) -> str:
        step = (WIDTH - 12) / max(1, len(values) - 1)
        reach = (high - low) or 1.0
        return " ".join(
            f"{6 + i * step:.1f},{HEIGHT - 6 - (HEIGHT - 12) * ((scale(v) - low) / reach if high > low else 0.5):.1f}"
            for i, v in enumerate(values)
            if math.isfinite(v)
        )

    for values, dash in zip(lines, ("", ' stroke-dasharray="4 3"'), strict=False):
        text += f'<polyline fill="none" stroke="#1f77b4" stroke-width="2"{dash} points="{points(values)}"/>'
    return text + "</svg>"


def zoo(folder: Path, *, save: bool) -> list[str]:
    """Train them all, and write `zoo.md` and `images/zoo/*.svg` below `folder` if `save`; returns those that are not recognised."""
    specimens = [train(failure) for failure in ZOO]
    if save:
        _write(folder, specimens)
    return missed(specimens)


def _write(folder: Path, specimens: Sequence[Specimen]) -> None:
    images = folder / "images" / "zoo"
    images.mkdir(parents=True, exist_ok=True)
    for number, specimen in enumerate(specimens, 1):
        (images / f"{number:02}.svg").write_text(curve(specimen), "utf-8")
    (folder / "zoo.md").write_text(page(specimens), "utf-8")


def missed(specimens: Sequence[Specimen]) -> list[str]:
    """One line for each specimen whose planted cause is not among the first three findings."""
    return [f"zoo: {s.failure.title}: found {list(s.found[:3])}, planted {s.failure.causes}" for s in specimens if not s.recognised]


def page(specimens: Sequence[Specimen]) -> str:
    """The zoo as Markdown."""
    lines = [INTRO]
    for number, specimen in enumerate(specimens, 1):
        failure = specimen.failure
        first = next(((code, cause) for code, cause in specimen.found if cause in failure.causes), None)
        place = f"[{first[0]}](checks.md#{first[0].lower()}), `{first[1]}`" if first else "not found"
        lesson = f"[lesson {failure.lesson}](lessons/{lesson_file(failure.lesson)}.ipynb)"
        lines += [
            f"## {number}. {failure.title}",
            f"![loss](images/zoo/{number:02}.svg)",
            f"```python\n{failure.code.strip()}\n```",
            f"Found as {place}. More in {lesson}.",
        ]
    return "\n\n".join([*lines, "## The beginning", f"```python\n{PRELUDE.strip()}\n```"]) + "\n"
