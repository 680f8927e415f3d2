"""KM111 training rows in the validation data."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM111", "leaked-rows", cause="data-leakage", severity="error")
def leaked_rows(data: DataFacts, *, share: float = 0.01, severe: float = 0.1) -> Iterator[Hit]:
    """Training rows in the validation data.

    Looks for:
        Validation rows that stand in the training rows as well.
    Why:
        The network memorises them: the validation score says how well it remembers, not how well it does on new rows.
    Measured:
        64-bit hashes of all rows (x only). Tables of few coarse columns and rows of few different values that repeat within the
        training data as well (boards, codes), where equal rows are to be expected, are left out.
    Bad:
        x, y = oversample(x, y); train_test_split(x, y)
    Good:
        xt, xv, yt, yv = train_test_split(x, y); xt, yt = oversample(xt, yt)
    Fix:
        Split first, then oversample, augment or cut windows; take rows that stand in both out of the training part. Where the
        validation data is the training data, hold rows back.
    Ignore when:
        The same rows are meant, such as a check that the network can overfit.
    Sources:
        Kaufman et al. 2012, Leakage in Data Mining.
    """
    validation = data.validation
    if validation is None or validation.leaked < share:
        return
    all_of_them = validation.covered > 0.99
    fix = fixes.hold_out() if all_of_them else fixes.separate_validation()
    yield Hit(
        message=f"{percent(validation.leaked)} of the {validation.rows or 0:,} validation rows are in the training data as well"
        + (", and no training row is missing among them: they are the same rows." if all_of_them else "."),
        evidence={"leaked": validation.leaked, "duplicates": data.duplicates, "covered": validation.covered},
        where=validation.source,
        severity=None if validation.leaked >= severe else "warning",
        level=Evidence.CONTRADICTION if validation.leaked >= severe else Evidence.PLAUSIBLE,
        fix=fix,
    )
