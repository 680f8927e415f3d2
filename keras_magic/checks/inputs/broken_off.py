"""KM119 a data source that raises midway."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM119", "broken-off", cause="too-little-data", severity="error", headline="the data breaks off with an exception")
def broken_off(data: DataFacts) -> Iterator[Hit]:
    """Data that breaks off with an exception.

    Looks for:
        A generator, `tf.data` pipeline, `PyDataset` or `DataLoader` that raises while its batches are read.
    Why:
        `fit` meets the same exception at the same batch and stops there. What is said of the data holds for the rows before it.
    Measured:
        The batches are read in their order; the first exception is kept, with its batch and the rows read before.
    Bad:
        def __getitem__(self, i): return load(self.files[i])    # file 17 is cut short
    Good:
        the same, with the files opened once before training to see that all can be read
    Fix:
        Look at what makes this batch: a missing or broken file, an index beyond the end, a row that can't be read.
    Ignore when:
        Never.
    Sources:
        Definition.
    """
    for end in data.broken:
        seen = f"only the {counted(end.rows, 'row')} before it were seen" if end.rows else "nothing of it was seen"
        yield Hit(
            message=f"Batch {end.batch} of the {end.part} data raised {end.error.rstrip('.')}; {seen}.",
            evidence={"batch": end.batch, "rows": end.rows, "error": end.error},
            where=f"{end.part} data, batch {end.batch}",
            severity="error" if end.part == "training" else "warning",
            level=Evidence.CONTRADICTION,
            raises=re.escape(end.error.partition(": ")[2][:60]),
        )
