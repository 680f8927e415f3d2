"""WCAG AA by the colours of the style sheet, without a browser: text on badges, quiet text, verdicts, buttons."""

from __future__ import annotations

import re
from functools import partial

import pytest

from keras_magic.views.html import template

STYLES = template("styles.html").module
#: Text and background of the hosts: JupyterLab light and dark, VS Code light and dark, Colab dark.
HOSTS = {
    "lab light": ("#212121", "#ffffff"),
    "lab dark": ("#e0e0e0", "#111111"),
    "vscode light": ("#3b3b3b", "#ffffff"),
    "vscode dark": ("#cccccc", "#1e1e1e"),
    "colab dark": ("#d5d5d5", "#383838"),
}


def parsed(color: str) -> tuple[list[float], float]:
    """Red, green, blue (0..255), and opacity."""
    if color.startswith("#"):
        return [int(color[i : i + 2], 16) for i in (1, 3, 5)], 1.0
    *rgb, opacity = map(float, re.findall(r"[\d.]+", color))
    return rgb, opacity


def over(top: str, under: str, opacity: float = 1.0) -> str:
    (ink, own), (paper, _) = parsed(top), parsed(under)
    share = own * opacity
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in zip(ink, paper, strict=True))


def luminance(color: str) -> float:
    parts = [v / 255 for v in parsed(color)[0]]
    r, g, b = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def ratio(text: str, background: str) -> float:
    light, dark = sorted((luminance(text), luminance(background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_that_of_wcag():
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("level", ["error", "warning", "info", "good"])
def test_badges(level):
    assert ratio("#ffffff", STYLES.tone[level]) >= 4.5


@pytest.mark.parametrize("host", HOSTS)
def test_text_of_the_host(host):
    text, paper = HOSTS[host]
    quiet = float(re.search(r"opacity:([\d.]+)", STYLES.quiet)[1])
    code = over(re.search(r"background-color:([^;]+)", STYLES.code)[1], paper)
    assert ratio(over(text, paper, quiet), paper) >= 4.5, "quiet text"
    assert ratio(text, code) >= 4.5, "code"
    tinted = map(partial(over, under=paper), STYLES.tint.values())
    assert min(ratio(text, behind) for behind in tinted) >= 4.5, "verdict"
