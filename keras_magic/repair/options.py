"""What a search may try: the fixes of the findings, and what a careful person would try where no finding says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras_magic import fixes
from keras_magic.causes import CAUSES
from keras_magic.facts import Facts
from keras_magic.findings import Evidence, Finding, Fix, Severity
from keras_magic.fixes.combine import together
from keras_magic.run import Run

MOST_CANDIDATES = 12

#: Fixes that settle the same question: of the certain ones only the first is applied unseen.
RIVALS = ("replace-head", "replace-loss", "set-from-logits", "labels-to-integers", "labels-to-one-hot", "labels-to-binary")


@dataclass(frozen=True)
class Option:
    """A fix that may be tried, with the finding that it comes from (None for what a careful person would try next)."""

    fix: Fix
    finding: Finding | None = None

    @property
    def cause(self) -> str:
        return self.finding.cause if self.finding else "tool"


def joined(options: Sequence[Option]) -> Option:
    """Several options as one, under the finding of the first."""
    return Option(together([o.fix for o in options]), options[0].finding)


def is_removed_unseen(finding: Finding) -> bool:
    """A contradiction, which is removed without a trial of its own."""
    return finding.level is Evidence.CONTRADICTION and finding.severity is not Severity.INFO


def of_findings(findings: Sequence[Finding]) -> tuple[list[Option], list[Option]]:
    """Fixes of exact contradictions in causal order, and the others, the likeliest first; each kind of fix once."""
    usable = [Option(f.fix, f) for f in findings if f.fix is not None and f.fix.transform is not None]
    certain = [o for o in usable if o.finding and is_removed_unseen(o.finding)]
    # what changed since compile shows on the user's model
    certain.sort(key=lambda o: (o.fix.name != "recompile", CAUSES[o.cause].stage))
    settled: set[tuple[str, str | None]] = set()
    first = []
    for option in certain:
        question = "head" if option.fix.name in RIVALS else option.fix.title
        key = (question, option.finding.where if option.finding else None)
        if key not in settled:
            settled.add(key)
            first.append(option)
    rest = sorted((o for o in usable if o not in first), key=lambda o: -(o.finding.level if o.finding else 0))
    unique = {(o.fix.name, o.fix.title): o for o in reversed(rest)}
    titles = {o.fix.title for o in first}
    return first, [o for o in reversed(unique.values()) if o.fix.title not in titles][:MOST_CANDIDATES]


def next_steps(run: Run, facts: Facts, task: str, *, memorised: bool) -> list[Option]:
    """What a careful person would try on a network that does not learn, when no finding says what to do.

    Args:
        task: "regression" or a kind of classification.
        memorised: it does far better on training rows than on others.
    """
    model = facts.model
    scales = bool(model and model.scales_inputs)
    images = facts.data is not None and any(i.role == "image" for i in facts.data.inputs)
    hidden = {layer.activation for layer in model.layers[:-1]} if model else set()
    ideas = [
        fixes.augment_images() if memorised and images else None,
        fixes.add_dropout() if memorised else None,
        None if scales else fixes.scale_inputs(),
        fixes.scale_targets() if task == "regression" else fixes.balance_classes(),
        fixes.replace_optimizer("adam"),
        fixes.replace_hidden_activations("relu") if hidden & {"sigmoid", "softmax", "tanh", "linear"} else None,
        fixes.replace_initializers("auto"),
        fixes.set_batch_size(32) if (run.fit_arguments.get("batch_size") or 32) > 128 else None,
        fixes.widen(4),
    ]
    return [Option(fix.named(run.names)) for fix in ideas if fix is not None]


def of_own_loss(run: Run, facts: Facts) -> list[Option]:
    """Where the user computes the loss, nobody sees to it that targets and predictions fit together."""
    heads = facts.model.heads if facts.model else ()
    if not _own_loss(run.model):
        return []
    linear = len(heads) == 1 and heads[0].activation in (None, "linear") and (heads[0].units or 1) > 1
    task = facts.outcome.task if facts.outcome else None
    softmax = fixes.replace_head(activation="softmax") if linear and task in ("binary", "multiclass") else None
    return [Option(fix.named(run.names)) for fix in (softmax, fixes.align_targets()) if fix is not None]


def _own_loss(model: Any) -> bool:
    """The user computes the loss: Keras does not see to it that targets and predictions have one shape."""
    import keras

    own_step = type(model).train_step is not keras.Model.train_step or type(model).compute_loss is not keras.Model.compute_loss
    return own_step or (callable(model.loss) and not type(model.loss).__module__.startswith("keras"))
