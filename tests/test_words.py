"""Messages in the user's own words: names of variables, the metric, numbers rounded to what matters."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from keras_magic.assessment import number, numbers_apart, reached
from keras_magic.causes import CAUSES
from keras_magic.checks import all_rules
from keras_magic.engine import judge
from keras_magic.facts import Facts, OutcomeFacts
from keras_magic.names import in_words_of_the_user
from keras_magic.testing import run_rule
from keras_magic.words import counted, either

#: Words that are not the field's: a copy, an image, again, reported, memorised, low confidence, ...
PRIVATE = re.compile(
    r"(?<![a-z])(twins?|pictures?|anew|told|by[ _]a[ _]hair|by[ _]heart|free[ _]code|mailbox|start[ _]weights|hands[ _]on"
    r"|stands?[ _]behind|melts?|look(s|ed)?[ _]behind|the bench|deviations? away|can't be told)(?![a-z])",
    re.IGNORECASE,
)
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1547, "1,547"), (151123.4, "151,000"), (0.1054, "0.105"), (1.71e10, "1.7e10"), (1e-5, "1e-5"), (-0.0, "0"),
        (float("inf"), "infinity"), (float("nan"), "NaN"), (None, "?"), (2.0, "2"), (-433.0, "-433"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_to_what_matters(value, written):
    assert number(value) == written


@pytest.mark.parametrize(
    ("two", "written"),
    [
        ((13.0, -0.0632), ("13", "0")), ((1.6, -0.0632), ("1.6", "-0.1")), ((1_000_016.0, 1_000_000.0), ("1,000,016", "1,000,000")),
        ((180_412.0, 30_100.0), ("180,000", "30,000")), ((2e9, 1e6), ("2e9", "1e6")), ((4e-8, 1e-8), ("4e-8", "1e-8")),
        ((0.5, 0.5), ("0.5", "0.5")), ((float("inf"), 1.0), ("infinity", "1")),
    ],
)  # fmt: skip
def test_two_numbers_end_at_the_same_place(two, written):
    assert numbers_apart(*two) == written


@pytest.mark.parametrize("code", [r.code for r in all_rules()])
def test_messages_keep_to_words_that_users_know(code):
    for hit in run_rule(code, **importlib.import_module(f"tests.cases.{code}").bad()):
        assert not re.search(r"\bskill\b", hit.message), hit.message


def sentences_of_reports() -> Iterator[str]:
    """Titles of all causes and checks, and what the checks say of their bad examples."""
    yield from (cause.title for cause in CAUSES.values())
    for rule in all_rules():
        yield rule.title
        for hit in run_rule(rule.code, **importlib.import_module(f"tests.cases.{rule.code}").bad()):
            yield f"{hit.message} {hit.fix.title if hit.fix else ''}"


def words(text: str) -> set[str]:
    return {*re.findall(r"[a-z][a-z-]*[a-z]", text.lower())}


def test_every_word_of_a_report_is_everyday_english_or_stands_in_the_glossary():
    code = re.compile(r"\S*[_=(\[/.]\w\S*|'[^']*'|[A-Z]\w*[A-Z]\w*")  # names of variables, layers and arguments
    said = {word for text in sentences_of_reports() for word in words(code.sub(" ", text))}
    known = words((ROOT / "notebooks" / "glossary.md").read_text("utf-8"))
    plain = (ROOT / "tests" / "plain_words.txt").read_text("utf-8").split()
    stems = {word[:6] for word in known}  # initialiser, initialised
    new = {word for word in said - known - {*plain} if len(word) < 6 or word[:6] not in stems}
    assert new == set(), "explain a term in notebooks/glossary.md; add a word that everybody knows to tests/plain_words.txt"
    assert plain == sorted({*plain})


def _texts() -> Iterator[tuple[str, str]]:
    """(place, line) of everything that is read: code, templates, pages, and the cells of the lessons."""
    package = [p for p in sorted((ROOT / "keras_magic").rglob("*")) if p.suffix in (".py", ".html", ".css", ".js", ".json")]
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "notebooks").rglob("*.md"))]
    for path in [*package, *pages]:
        yield from ((f"{path.relative_to(ROOT)}:{i}", line) for i, line in enumerate(path.read_text("utf-8").splitlines(), 1))
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for i, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
            yield from ((f"{path.relative_to(ROOT)}, cell {i}", line) for line in "".join(cell["source"]).splitlines())


def test_names_comments_and_pages_keep_to_the_words_of_the_field():
    assert [f"{place}: {line.strip()}" for place, line in _texts() if PRIVATE.search(line)] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x is not scaled: column 3 of x reaches 5", "X_train is not scaled: column 3 of X_train reaches 5"),
        ("No relation between x and y was found.", "No relation between X_train and labels was found."),
        ("give `x`, x=1 or x.shape", "give `x`, x=1 or x.shape"),
        ("exact", "exact"),
    ],
)
def test_variables_are_called_as_the_user_calls_them(text, shown):
    assert in_words_of_the_user(text, {"x": "X_train", "y": "labels"}) == shown
    assert in_words_of_the_user(text, {}) == text


def test_a_short_expression_stands_for_itself():
    names = {"x": "x_train", "y": "y_train", "setup": "x_train, y_train = df.to_numpy(), y[train]"}
    assert in_words_of_the_user("x is not scaled; y is", names) == "df.to_numpy() is not scaled; y[train] is"
    names = {"x": "x_train", "y": "y_train", "setup": "x_train, y_train = table[:, :3], (df.age > 0).to_numpy().astype(int)"}
    assert in_words_of_the_user("x has 3 rows, y has 4", names) == "table[:, :3] has 3 rows, y has 4", "none that is long"


def test_a_finding_speaks_of_the_users_variable():
    facts = Facts(**importlib.import_module("tests.cases.KM203").bad())
    plain = next(f for f in judge(facts, select=("KM203",)).findings)
    named = next(f for f in judge(replace(facts, names={"x": "X_train"}), select=("KM203",)).findings)
    assert re.search(r"\bx\b", plain.message)
    assert "X_train" in named.message
    assert not re.search(r"\bx\b", named.message)


def test_what_was_reached_is_said_in_the_terms_of_the_task():
    classes = OutcomeFacts(task="binary", train=1.0, validation=0.6, accuracy={"train": 1.0, "validation": 0.8})
    assert reached(classes) == "100 % right in training, 80 % in validation"
    assert reached(OutcomeFacts(task="regression", train=0.98, validation=-0.001)) == "R² 0.98 in training, 0.00 in validation"


#: Pieces of English grammar. Chosen by a condition, they make a sentence that cannot be translated as a whole.
PIECES = {"", "s", "es", "y", "ies", "a", "an", "is", "are", "was", "were", "has", "have", "does", "do"}


def pieced(source):
    """Lines that choose between endings or small words by themselves: `f"layer{'s' if n > 1 else ''}"`, `'s'[: n != 1]`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Constant) and node.value.value in PIECES:
            yield node.lineno
        if isinstance(node, ast.IfExp) and isinstance(node.body, ast.Constant) and isinstance(node.orelse, ast.Constant):
            both = {str(node.body.value).strip(), str(node.orelse.value).strip()}
            if both <= PIECES and both != {""}:
                yield node.lineno


def test_only_one_module_decides_about_singular_and_plural():
    package = Path(importlib.import_module("keras_magic").__file__).parent
    found = [f"{p.relative_to(package)}:{line}" for p in sorted(package.rglob("*.py")) for line in pieced(p.read_text("utf-8"))]
    templates = sorted((package / "views" / "templates").glob("*.html"))
    found += [
        p.name
        for p in templates
        if re.search(r"""["'](?:s|es|is|are|a|an)?["'] if [^%}]* else ["'](?:s|es|is|are)["']""", p.read_text("utf-8"))
    ]
    assert templates
    assert found == [], "use keras_magic.words"
    assert list(pieced("f\"{n} layer{'s' if n > 1 else ''}\"")) == [1]
    assert list(pieced("f\"{n} row{'s'[: n != 1]}\"")) == [1]
    assert list(pieced("x = 'few' if n < 3 else 'many'")) == []


def test_words_for_one_and_for_several():
    assert [counted(n, "epoch") for n in (0, 1, 1200)] == ["0 epochs", "1 epoch", "1,200 epochs"]
    assert counted(2, "batch", "batches") == "2 batches"
    assert [either(n, "is", "are") for n in (1, 2)] == ["is", "are"]
