"""The course: notebooks, pages and the builder of the site."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

from keras_magic.causes import CAUSES
from keras_magic.checks import all_rules
from notebooks import build, examples, pages
from notebooks.zoo import ZOO
from notebooks.zoo_page import Specimen, curve, missed
from tests.test_words import sentences_of_reports

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LESSONS = sorted((NOTEBOOKS / "lessons").glob("*.ipynb"))
CODES = {rule.code for rule in all_rules()}
SYMPTOMS = (NOTEBOOKS / "symptoms.md").read_text("utf-8")
PROSE = [p for p in (*NOTEBOOKS.rglob("*.md"), *NOTEBOOKS.parent.glob("*.md")) if p.name != "checks.md"]


def tagged(book, tag):
    return [c for c in book.cells if tag in c.metadata.get("tags", ())]


def test_there_are_ten_lessons():
    assert [p.name[:2] for p in LESSONS] == [f"{n:02}" for n in range(1, 11)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_has_its_parts(path):
    book = nbformat.read(path, 4)
    text = "\n".join(c.source for c in book.cells if c.cell_type == "markdown")
    for part in ("## The story", "## Predict first", "## Read the evidence", "## The fix", "## Exercise", "## Where it comes from"):
        assert part in text
    assert len(tagged(book, "check")) == len(tagged(book, "solution")) == 1
    assert tagged(book, "solution")[0].metadata["jupyter"]["source_hidden"] is True
    assert any(c.source.startswith("%%diagnose") for c in book.cells)
    assert re.search(r"mybinder\.org/v2/gh/[\w.-]+/[\w.-]+/HEAD\?labpath=notebooks/lessons/" + path.name, text)
    assert re.search(r"github/[\w.-]+/[\w.-]+/blob/HEAD/notebooks/lessons/" + path.name, text)


@pytest.mark.parametrize("path", [*LESSONS, NOTEBOOKS / "quickstart.ipynb"], ids=lambda p: p.stem)
def test_a_notebook_is_stored_with_its_outputs_and_without_errors(path):
    book = nbformat.read(path, 4)
    diagnosed = [c for c in book.cells if c.cell_type == "code" and c.source.startswith("%%diagnose")]
    assert diagnosed
    for cell in diagnosed:
        assert any("text/html" in o.get("data", {}) for o in cell.outputs), f"no saved report: {cell.source}"
    for cell in (c for c in book.cells if c.cell_type == "code" and ".plot(" in c.source):
        assert any("image/png" in o.get("data", {}) for o in cell.outputs), f"no saved figure: {cell.source}"
    for output in (o for c in book.cells for o in c.get("outputs", ())):
        if "text/html" in output.get("data", {}):
            text = output.data["text/plain"].strip()
            assert text, "a host that shows no HTML needs the text"
            assert not text.startswith("<IPython"), text
    assert not [o for c in book.cells for o in c.get("outputs", ()) if o.output_type == "error"]
    assert build.faults(path, book) == []


def first_cell(path):
    source = next(c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code")
    return "\n".join(line for line in source.splitlines() if not line.startswith("%"))


def test_the_first_cell_of_every_lesson_is_the_same():
    assert len({first_cell(path) for path in LESSONS}) == 1


@pytest.mark.parametrize(
    ("version", "says"), [("2.15.0", "needs Keras 3.10 or later; here is Keras 2.15.0"), ("3.9.2", "here is Keras 3.9.2")]
)
def test_the_first_cell_says_that_keras_is_too_old(monkeypatch, version, says):
    monkeypatch.setattr("keras.__version__", version)
    with pytest.raises(SystemExit, match=says):
        exec(first_cell(LESSONS[0]), {})


def test_the_first_cell_says_what_is_missing(monkeypatch):
    known = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in ("pandas", "keras_magic") else known(name))
    with pytest.raises(SystemExit, match=r"needs pandas, keras_magic\. Run %pip install"):
        exec(first_cell(LESSONS[0]), {})


def test_the_exercise_of_a_lesson_must_reject_the_wrong_and_accept_the_right_answer():
    book = nbformat.read(LESSONS[0], 4)
    tagged(book, "check")[0].outputs = [nbformat.v4.new_output("stream", text="Right: yes")]
    tagged(book, "solution")[0].outputs = [nbformat.v4.new_output("stream", text="Not yet: no")]
    assert [("accepts" in line, "rejects" in line) for line in build.faults(LESSONS[0], book)] == [(True, False), (False, True)]


def test_every_code_in_a_page_is_a_check():
    for path in PROSE:
        assert set(re.findall(r"KM[1-8]\d\d", path.read_text("utf-8"))) <= CODES, path.name
    for path in LESSONS:
        assert set(re.findall(r"KM[1-8]\d\d", "".join(c.source for c in nbformat.read(path, 4).cells))) <= CODES, path.name


#: Terms by which a report speaks, as they stand in its sentences -> the heading of the glossary that explains them.
TERMS = {
    r"accuracy": "accuracy", r"activation": "activation", r"augment": "augmentation", r"batch normali[sz]ation|BatchNorm":
    "batch normalisation", r"batch size|batch_size": "batch size", r"bias": "bias", r"channel": "channel", r"class_weight":
    "class weight", r"clip": "gradient clipping", r"compile": "compile", r"correlation": "correlation", r"cross-?entropy":
    "cross-entropy", r"Dropout": "Dropout", r"EarlyStopping": "early stopping", r"Embedding": "Embedding", r"epoch": "epoch",
    r"frozen": "frozen layer", r"generator": "generator", r"gradient": "gradient", r"hidden layer": "hidden layer", r"identifier":
    "identifier", r"imbalanced": "class imbalance", r"inference": "inference mode", r"initiali[sz]er": "initialiser", r"kernel":
    "kernel", r"label": "label", r"learning rate": "learning rate", r"logits": "logits", r"LSTM": "LSTM",
    r"mask": "masking", r"memorise": "overfitting", r"metric": "metric", r"momentum": "momentum", r"NaN": "NaN", r"one-hot":
    "one-hot", r"outlier": "outlier", r"padding": "padding", r"penalt": "regularisation", r"pool": "pooling", r"R²": "R²",
    r"recurrent": "recurrent layer", r"ReLU": "ReLU", r"saturate": "saturation", r"sigmoid": "sigmoid",
    r"softmax": "softmax", r"standard deviation": "standard deviation", r"tanh": "activation", r"target": "target",
    r"threshold": "threshold", r"trace": "tracing", r"unit": "unit", r"update": "update", r"validation": "validation data",
    r"vanish": "vanishing gradient", r"vocabulary": "vocabulary", r"weight": "weight",
}  # fmt: skip


def test_the_glossary_explains_every_term_by_which_a_report_speaks():
    said = "\n".join(sentences_of_reports())
    headings = re.findall(r"^## (.+)$", (NOTEBOOKS / "glossary.md").read_text("utf-8"), re.MULTILINE)
    assert headings == sorted(headings, key=str.casefold)
    assert [term for term in TERMS if not re.search(term, said)] == [], "no report says it"
    assert {*TERMS.values()} - {*headings} == set()


def test_the_zoo_plants_known_causes_and_names_existing_lessons():
    assert len(ZOO) == 40
    for failure in ZOO:
        assert set(failure.causes) <= set(CAUSES)
        assert pages.lesson_file(failure.lesson)
        compile(failure.code, failure.title, "exec")


def test_a_specimen_that_is_not_recognised_is_reported():
    wrong = Specimen(ZOO[0], (1.0, 0.5), (), (("KM999", "outliers"),))
    right = Specimen(ZOO[0], (1.0, float("nan")), (2.0, 3.0), (("KM203", ZOO[0].causes[0]),))
    assert len(missed([wrong, right])) == 1
    assert "polyline" in curve(right)
    assert "NaN" in curve(Specimen(ZOO[0], (float("nan"),), (), ()))


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_check_has_a_page_with_its_example_run(code):
    rule = next(r for r in all_rules() if r.code == code)
    page = pages.check_page(rule)
    assert page.startswith(f"# {code}: ")
    assert f"Cause: `{rule.cause}` ({CAUSES[rule.cause].title})." in page
    assert "the check says:" in page
    assert "the check stays silent." in page


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.code)
def test_the_examples_of_a_check_run(rule):
    for section in ("Bad", "Good"):
        if examples.is_code(rule.page[section]):
            examples.run(rule.code, section, rule.page[section])


def test_an_example_that_does_not_run_is_reported():
    with pytest.raises(AssertionError, match="AttributeError"):
        examples.run("KM203", "Bad", "model.fits(x, y)")
    with pytest.raises(AssertionError, match="should raise ValueError"):
        examples.run("KM104", "Bad", "model.summary()")
    assert {*examples.SETUP, *(code for code, _ in examples.RAISES)} <= CODES


@pytest.mark.slow
@pytest.mark.parametrize("name", examples.PAGES)
def test_the_code_blocks_of_a_page_run(name):
    book = build.execute(examples.as_notebook(name), NOTEBOOKS)
    assert len(book.cells) > 2
    assert any("text/html" in o.get("data", {}) for c in book.cells for o in c.outputs), "no report"


def test_every_page_with_code_blocks_is_run():
    with_code = {str(p.relative_to(NOTEBOOKS.parent)) for p in PROSE if examples.blocks(p.read_text("utf-8"))}
    assert with_code == {*examples.PAGES, "notebooks/zoo.md"}


def test_symptoms_and_causes_of_lessons_are_known():
    taught = [cause for causes in pages.LESSONS.values() for cause in causes]
    assert set(taught) == set(CAUSES) - {"tool"}
    assert len(taught) == len(set(taught))


def test_every_cause_is_reached_from_a_symptom_and_every_check_from_the_table():
    found = set(re.findall(r"KM\d{3}", SYMPTOMS))
    assert {rule.cause for rule in all_rules() if rule.code in found} == set(CAUSES)
    table = (NOTEBOOKS / "checks.md").read_text("utf-8")
    assert set(re.findall(r'<a id="km(\d{3})">', table)) == {code[2:] for code in CODES}


@pytest.mark.parametrize(
    "row", [line for line in SYMPTOMS.splitlines() if line.count("|") == 4 and "KM" in line], ids=lambda r: r[:40]
)
def test_a_symptom_leads_to_a_lesson_that_teaches_one_of_its_causes(row):
    causes = {rule.cause for rule in all_rules() if rule.code in row}
    lessons = {int(number) for number in re.findall(r"lessons/(\d\d)_", row)}
    assert lessons
    for number in lessons:
        assert causes & set(pages.LESSONS[number]), number


@pytest.mark.parametrize(
    "words",
    [
        "loss stays at 0.693", "loss: nan", "accuracy equals the largest class", "val_loss rises", "predicts the same value",
        "not learning",
        "overfitting", "no learning rate helps", "random guessing", "logits and labels must have the same shape",
    ],
)  # fmt: skip
def test_the_words_of_a_student_are_found(words):
    assert words in SYMPTOMS


def pages_with_text():
    for path in [*PROSE, NOTEBOOKS / "checks.md"]:
        yield path, path.read_text("utf-8")
    for path in [*LESSONS, NOTEBOOKS / "quickstart.ipynb"]:
        yield path, "\n\n".join(c.source for c in nbformat.read(path, 4).cells if c.cell_type == "markdown")


def anchors(text):
    """What a link into a page can name: its headings as a Git host writes them, and its own anchors."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_every_link_leads_somewhere():
    texts = {path.resolve(): text for path, text in pages_with_text()}
    broken, hosts = [], set()
    for path, text in texts.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" in link:
                hosts.add(link.split("/")[2])
                continue
            file, _, anchor = link.partition("#")
            aim = (path.parent / file).resolve() if file else path
            if not aim.exists() or (anchor and anchor not in anchors(texts.get(aim, ""))):
                broken.append((path.name, link))
    assert broken == []
    assert hosts == {"mybinder.org", "colab.research.google.com"}, "links to other hosts cannot be checked here"


def test_pages_read_on_a_host_that_knows_plain_markdown_only():
    for path, text in pages_with_text():
        assert not re.search(r"\{\w+\}`|^(```|:::)\{", text, re.MULTILINE), path.name


def test_every_command_of_a_page_is_there():
    for path, text in pages_with_text():
        for module in re.findall(r"python -m (tests[\w.]*|keras_magic[\w.]*)", text):
            assert importlib.util.find_spec(module), (path.name, module)
        for script in re.findall(r"python (notebooks/\S+\.py)", text):
            assert (NOTEBOOKS.parent / script).is_file(), (path.name, script)
