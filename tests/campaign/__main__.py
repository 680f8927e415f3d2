"""`python -m tests.campaign [--minutes 10] [--seed N]`: tries generated things on keras_magic and prints what came of them.

The exit status is 1 where anything broke, differed, was injected or leaked; each such line names the seed that makes it again:
`--part inputs --seed N --minutes 0`.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.campaign import parts
from tests.campaign.tally import BAD, Tally, run, table

PARTS = {"inputs": 0.25, "lines": 0.2, "models": 0.25, "interrupts": 0.15, "names": 0.15}


def campaign(minutes: float, seed: int, chosen: list[str] | None = None, tries: float = float("inf")) -> list[Tally]:
    """Each part for its share of the time, at least once and at most so many times."""
    shares = {name: share for name, share in PARTS.items() if name in (chosen or PARTS)}
    whole = sum(shares.values())
    return [run(Tally(name), 60 * minutes * share / whole, seed, getattr(parts, name), tries) for name, share in shares.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first attempt; the clock's by default")
    parser.add_argument("--tries", type=int, default=sys.maxsize, help="attempts of each part at most")
    parser.add_argument("--part", action="append", choices=list(PARTS))
    given = parser.parse_args()
    tallies = campaign(given.minutes, given.seed, given.part, given.tries)
    print(f"first seed {given.seed}, {given.minutes:g} minutes\n{table(tallies)}")
    sys.exit(any(t.counts[name] for t in tallies for name in BAD))


if __name__ == "__main__":
    main()
