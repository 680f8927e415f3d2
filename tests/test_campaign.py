"""The campaign in short: one attempt of each part, and that it would notice what it looks for."""

from __future__ import annotations

import pytest

from tests.campaign import parts
from tests.campaign.__main__ import PARTS, campaign
from tests.campaign.tally import BAD, MARK, Tally, run, table


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
