"""What the exceptions of `fit` mean, and which findings explain one. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from keras_magic.facts import ModelFacts, TrainingFacts
from keras_magic.findings import Evidence, Finding

NO_NUMBER = r"could not convert|setting an array element with a sequence|must be real number|int\(\) argument|float\(\) argument"
ID = r"indices.*?= ?(-?\d+) is not in \[0, ?(\d+)\)"

UNCOMPILED = "the model is not compiled"

#: Contradictions that can end a fit before its first step, whatever the exception says.
_BEFORE_THE_FIRST_STEP = frozenset(
    {"input-shape", "output-units", "label-encoding", "loss-mismatch", "embedding-range", "not-compiled-after-change"}
)


@dataclass(frozen=True)
class Meaning:
    """What a message means.

    Args:
        pattern: found in the message; cause: slug; says: what it means, `{0}`, `{1}` are the groups of the pattern.
        title: what is wrong, in a few words; empty: the words of the cause.
        also: causes whose exact findings explain the same message better than its text does.
        todo: what to do, in words.
    """

    pattern: str
    cause: str
    says: str
    title: str = ""
    also: tuple[str, ...] = ()
    todo: str = ""

    @property
    def causes(self) -> tuple[str, ...]:
        """Causes of findings that explain such an exception."""
        return (self.cause, *self.also)


_SHAPE = ("output-units", "label-encoding", "loss-mismatch")
_LABEL = ("input-shape", "output-units", "loss-mismatch", "embedding-range")

#: The first whose pattern is found counts.
MEANINGS: tuple[Meaning, ...] = (
    Meaning(r"received monitor=(\S+?),? but Keras isn't able", "metric-mismatch", "no metric called {0} is measured"),
    Meaning(r"callback filepath: .*?Reason: \W*([\w/]+)", "metric-mismatch", "the file name uses {0}, which is not measured"),
    Meaning(
        r"filepath provided must end in",
        "metric-mismatch",
        "the file name of the callback has the wrong ending",
        "a wrong file name",
    ),
    Meaning(r"must call `?compile\(\)`?", "not-compiled-after-change", UNCOMPILED, UNCOMPILED, todo="Call compile before fit."),
    Meaning(r"Could not interpret loss identifier: (\S+)", "loss-mismatch", "Keras has no loss called {0}", "unknown loss {0}"),
    Meaning(
        r"Could not interpret metric identifier: (\S+)", "metric-mismatch", "Keras has no metric called {0}", "unknown metric {0}"
    ),
    Meaning(
        r"OOM when allocating|RESOURCE_EXHAUSTED|[Oo]ut of memory|Unable to allocate",
        "batch-size",
        "the memory does not hold what a step needs",
        "out of memory",
        todo="Use a smaller batch (half of it, or less), smaller inputs or a smaller network; reading the data in batches helps "
        "where the array itself is too large.",
    ),
    Meaning(r"ran out of data", "data-ended", "the data ended before the training did"),
    Meaning(
        r"generator must return a tuple",
        "label-encoding",
        "the generator must yield (x, y)",
        "the generator yields no pair of x and y",
        todo="Yield a tuple (x, y) of arrays for each batch.",
    ),
    Meaning(
        r"`?validation_split`? is only supported for",
        "input-shape",
        "validation_split can't cut a Dataset or a generator",
        "validation_split needs arrays",
        todo="Give validation_data; of a tf.data.Dataset cut it off with .take(n) and .skip(n).",
    ),
    Meaning(r"Received a label value of (\S+) which is outside", "label-encoding", "label {0} has no output unit", also=_LABEL),
    Meaning(ID, "embedding-range", "id {0} has no row in an Embedding of {1} rows"),
    Meaning(r"Unknown variable", "not-compiled-after-change", "the optimizer was built for other weights: compile again"),
    Meaning(
        r"No gradients provided for any variable|does not have any trainable",
        "frozen-weights",
        "no gradient reaches a weight: all layers are frozen, or a step between loss and weights has no derivative (argmax, round, "
        "casting to int, numpy, stop_gradient)",
        "nothing can be trained",
    ),
    Meaning(
        r"None values not supported", "label-encoding", "the loss was None, or there are no targets (y)", "no targets or no loss"
    ),
    Meaning(
        r"`?target`? and `?output`? must have the same (?:shape|rank)",
        "output-units",
        "output and target differ in shape",
        also=_SHAPE,
    ),
    Meaning(
        r"logits and labels must (?:have the same first dimension|be broadcastable)",
        "output-units",
        "output and labels differ",
        also=(*_SHAPE, "input-shape"),
    ),
    Meaning(
        r"`?output`? must have rank \(ndim\) `?target",
        "label-encoding",
        "the labels have an axis too many for this loss",
        also=_SHAPE,
    ),
    Meaning(
        r"must have the same shape up until the last dimension",
        "input-shape",
        "the output has more axes than the labels",
        also=_SHAPE,
    ),
    Meaning(
        r"Incompatible shapes|Dimensions must be equal|shapes.* incompatible",
        "input-shape",
        "two tensors differ in shape",
        also=_SHAPE,
    ),
    Meaning(
        r"expected (?:axis|shape|min_ndim|max_ndim|ndim)", "input-shape", "the data does not have the shape that a layer takes"
    ),
    Meaning(r"Matrix size-incompatible", "input-shape", "rows and weights differ in length"),
    Meaning(
        r"Invalid input shape|incompatible with the layer|Input shape|input_shape", "input-shape", "a layer can't take this shape"
    ),
    Meaning(
        r"[Nn]egative dimension size|size would be|would result in a non-positive", "input-shape", "a layer outgrows its input"
    ),
    Meaning(r"Data cardinality is ambiguous", "misaligned-labels", "x and y have different numbers of rows"),
    Meaning(
        r"could not convert string|Invalid dtype: (?:str|object)|NumPy array to a Tensor",
        "label-encoding",
        "something is no number",
        also=("nonfinite-input", "categorical-as-ordinal"),
    ),
    Meaning(
        r"Unrecognized data type",
        "input-shape",
        "fit can't take data of this type: give numpy arrays, a Dataset, a PyDataset or a generator",
        "data of a type that fit does not take",
    ),
)


def meaning_of(text: str) -> tuple[Meaning, re.Match[str]] | None:
    """What a message means, and where it says so; None for a message that is not known."""
    for meaning in MEANINGS:
        if found := re.search(meaning.pattern, text, re.DOTALL):
            return meaning, found
    return None


def telling_line(text: str, found: re.Match[str] | None, longest: int = 300) -> str:
    """The line of a message that says what is wrong, in one line."""
    start = found.start() if found is not None else 0
    line = text[text.rfind("\n", 0, start) + 1 :] if found is not None else text
    line = " ".join(line.partition("\n\nArguments received")[0].split())
    return line[:longest] + (" ..." if len(line) > longest else "")


def explains(finding: Finding, training: TrainingFacts | None) -> bool:
    """Whether a finding says why `fit` raised what it raised: about the same thing, and exact."""
    if training is None or not training.exception:
        return False
    text = training.exception.get("message", "")
    if finding.raises is not None:
        return bool(re.search(finding.raises, text, re.DOTALL))
    known, early = meaning_of(text), _BEFORE_THE_FIRST_STEP if training.steps_done == 0 else frozenset()
    return finding.level >= Evidence.MEASURED and finding.cause in (known[0].causes if known else early)


def measured_names(model: ModelFacts | None, training: TrainingFacts) -> list[str]:
    """Names that a callback may monitor, as far as they are known."""
    names = ["loss", *(m for head in (model.heads if model else ()) for m in head.metrics), *training.history]
    names = list(dict.fromkeys(n for n in names if not n.startswith("val_")))
    return [*names, *(f"val_{n}" for n in names)] if training.has_validation else names


def meant(name: str, known: list[str]) -> str | None:
    """The measured name that is most likely meant: Keras' short names, then the nearest spelling."""
    plain = {"acc": "accuracy"}
    part = name.removeprefix("val_")
    long = name.removesuffix(part) + plain.get(part, part)
    if long in known:
        return long
    return next(iter(difflib.get_close_matches(name, known, 1, 0.7)), None)


def wording(error: Mapping[str, str], meaning: Meaning, found: re.Match[str]) -> str:
    """What an exception means in the words of its `Meaning`."""
    return meaning.says.format(*(str(g).strip("'\"`,.") for g in found.groups()))
