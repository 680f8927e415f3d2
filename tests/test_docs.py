"""The pages of the checks and what is made from them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import keras_magic as km
from keras_magic import docs
from keras_magic.checks import all_rules
from keras_magic.rules import FAMILIES, SECTIONS

TABLE = Path(__file__).parent.parent / "notebooks" / "checks.md"


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.code)
def test_every_check_has_its_whole_page(rule):
    assert set(rule.page) == set(SECTIONS)
    assert all(len(text) > 5 for text in rule.page.values())
    assert len(rule.title) < 100
    assert rule.title in km.explain(rule.code).html.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")


def test_the_table_is_in_step():
    assert docs.main(["--check", "--file", str(TABLE)]) == 0, "run python -m keras_magic.docs --write"


def test_check_notices_and_write_repairs_a_stale_table(tmp_path):
    stale = tmp_path / "checks.md"
    stale.write_text(f"# Title\n{docs.BEGIN}\nold\n{docs.END}\nrest\n", encoding="utf-8")
    assert docs.main(["--check", "--file", str(stale)]) == 1
    assert docs.main(["--write", "--file", str(stale)]) == 0
    assert docs.main(["--check", "--file", str(stale)]) == 0
    assert stale.read_text("utf-8").endswith("\nrest\n")


def test_missing_markers_are_said():
    with pytest.raises(km.UsageError, match="markers"):
        docs.updated("# no table here")


def test_explain_takes_code_name_cause_and_family():
    rule = all_rules()[0]
    assert km.explain(rule.code.lower()).rules == (rule,)
    assert km.explain(rule.name).rules == (rule,)
    assert rule in km.explain(rule.cause).rules
    assert len(km.explain(rule.code[:3]).rules) == sum(r.code.startswith(rule.code[:3]) for r in all_rules())


def test_explain_names_the_nearest():
    rule = all_rules()[0]
    with pytest.raises(km.UsageError, match=rule.name):
        km.explain(rule.name[:-2])


def test_the_table_holds_every_check_and_family():
    table = docs.table()
    assert all(f"[{r.code}]" in table for r in all_rules())
    assert all(FAMILIES[int(r.code[2])] in table for r in all_rules())


def test_without_docstrings_the_page_says_so():
    code = "import keras_magic as km; from keras_magic.checks import all_rules; print(km.explain(all_rules()[0].code))"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=False)
    assert "-OO drops docstrings" in done.stdout, done.stderr
