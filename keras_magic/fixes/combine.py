"""Several fixes as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from keras_magic.findings import Fix
from keras_magic.run import Run


def together(fixes: Sequence[Fix], title: str = "") -> Fix:
    """One fix that applies `fixes` in their order; named after the first. A single one is returned as it is.

    Args:
        title: what they do together; their titles one after the other when empty.
    """
    if len(fixes) == 1:
        return fixes[0]
    applicable = all(fix.transform is not None for fix in fixes)
    return Fix(
        name=fixes[0].name,
        title=title or "; then ".join([fixes[0].title, *(fix.title[:1].lower() + fix.title[1:] for fix in fixes[1:])]),
        code="\n\n".join(fix.template for fix in fixes),
        names=fixes[0].names,
        transform=(lambda run: reduce(lambda result, fix: fix.apply(result), fixes, run)) if applicable else None,
        safe=all(fix.safe for fix in fixes),
        write=_write(fixes),
    )


def _write(fixes: Sequence[Fix]) -> Callable[[Run], str] | None:
    """What those that change data have to write; each is given the run as the ones before it left it."""
    if all(fix.write is None for fix in fixes):
        return None

    def write(run: Run) -> str:
        parts = []
        for fix in fixes:
            parts += [fix.write(run)] if fix.write else []
            run = fix.apply(run)
        return "\n\n".join(parts)

    return write
