"""The campaign in short: one attempt of each part, and that it would notice what it looks for."""

from __future__ import annotations

import os
import time
import warnings

import pytest

from tests.campaign import parts
from tests.campaign.__main__ import PARTS, campaign
from tests.campaign.known import KNOWN
from tests.campaign.tally import BAD, MARK, Tally, interrupted, run, table, warned


def _assert_clean(tallies):
    assert not any(t.counts[name] for t in tallies for name in BAD), table(tallies)
    assert all(t.counts["tried"] == t.counts["fine"] + t.counts["clean errors"] for t in tallies)


@pytest.mark.slow
def test_nothing_breaks_moves_or_leaks():
    tallies = campaign(minutes=0, seed=20_000)
    _assert_clean(tallies)
    assert [t.part for t in tallies] == list(PARTS)


def test_a_fault_is_counted_with_its_seed():
    def broken(seed: int, tally: Tally) -> None:
        raise KeyError("ours")

    tally = run(Tally("broken"), 0, 7, broken)
    assert tally.counts["tracebacks"] == 1
    assert "broken seed 7: tracebacks: KeyError" in table([tally])


def test_what_does_not_end_is_counted(monkeypatch):
    def endless(seed: int, tally: Tally) -> None:
        try:
            while True:
                pass
        except BaseException:  # as a watched training keeps it
            pass

    monkeypatch.setattr("tests.campaign.tally.LIMIT", 0.05)
    assert run(Tally("endless"), 0, 7, endless).counts["hangs"] == 1


def test_a_warning_out_of_keras_magic_is_counted_and_one_of_others_is_not():
    tally = Tally("warned")
    with warned(tally, 7):
        warnings.warn("of another", UserWarning, stacklevel=1)
        exec(compile("import warnings; warnings.warn('ours', UserWarning)", f"{os.sep}keras_magic{os.sep}x.py", "exec"), {})
        exec(compile("import warnings; warnings.warn('old', DeprecationWarning)", f"{os.sep}keras_magic{os.sep}x.py", "exec"), {})
    assert tally.failures == ["warned seed 7: warnings: UserWarning: ours (x.py:1)"]


def test_an_interrupt_comes_while_it_works_or_not_at_all():
    def works() -> None:
        while True:
            time.sleep(0.01)

    assert interrupted(works, 0.05)
    assert not interrupted(lambda: None, 100.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_what_once_broke_does_not(name):
    assert KNOWN[name]()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (f"# a name\nprint('{MARK}')", True),
        (f"x = {MARK}", True),
        (f"broken ( {MARK}", True),
        (f"columns = ['print({MARK})']  # {MARK}", False),
    ],
)
def test_injected_code_is_noticed(code, found):
    assert parts.injected(code) is found
