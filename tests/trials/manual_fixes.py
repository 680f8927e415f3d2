"""The right fix for each developed case, chosen by hand: does applying it make the case's own `good` true?

python -m tests.trials.manual_fixes [part of a name ...]
"""

from __future__ import annotations

import sys
import time

from keras_magic import fixes as f
from keras_magic.findings import Fix
from keras_magic.run import Run
from tests.programs import Case, load

HAND: dict[str, list[Fix]] = {
    "001": [f.scale_inputs(), f.scale_targets()],
    "003": [f.replace_head(activation="linear")],
    "004": [f.replace_initializers("auto")],
    "005": [f.set_from_logits(True)],
    "006": [f.replace_hidden_activations()],
    "007": [f.realign_labels(-3)],
    "008": [f.set_learning_rate(0.1)],
    "009": [f.shuffle_data()],
    "010": [f.drop_outliers()],
    "011": [f.set_epochs(15)],
    "012": [f.set_dropout(0.1)],
    "013": [f.set_learning_rate(0.02)],
    "014": [f.balance_classes()],
    "015": [f.encode_categoricals([0, 1])],
    "016": [f.transpose_inputs((1, 0), reshape=(5, 40))],
    "101": [f.replace_head(activation="sigmoid", loss="binary_crossentropy")],
    "102": [f.set_learning_rate(0.003)],
    "103": [f.map_labels()],
    "104": [f.replace_head(units=3, activation="softmax", loss="sparse_categorical_crossentropy")],
    "105": [f.set_learning_rate(0.002)],
    "106": [f.drop_nonfinite()],
    "107": [f.undo_scaling(low=0.0, high=255.0)],
    "108": [f.drop_nonfinite()],
    "111": [f.rescale_validation()],
    "113": [f.scale_inputs(), f.scale_targets(), f.replace_loss("mean_squared_error")],
    "114": [f.widen(48)],
    "115": [f.remove_regularization(1e-5)],
    "116": [f.fix_batchnorm()],
    "117": [f.unfreeze()],
    "118": [f.replace_metric("mae")],
    "119": [f.set_embedding_size(91)],
    "120": [f.replace_optimizer("adam")],
    "121": [f.set_batch_size(32)],
    "122": [f.replace_hidden_activations()],
    "123": [f.clip_gradients(0.5)],
    "125": [f.add_early_stopping(8)],
    "126": [f.narrow(1 / 64), f.add_early_stopping(5)],
    "127": [f.recompile()],
}


def repaired_by_hand(case: Case) -> bool:
    """Apply the fixes of `HAND` and train at full length."""
    parts = case.build(seed=0)
    run = Run(
        model=parts["model"],
        x=parts["x"],
        y=parts["y"],
        fit_arguments={"verbose": 0, **parts["fit"]},
        initial_weights=tuple(w.numpy() for w in parts["model"].weights) if parts["model"].built else None,
    )
    for fix in HAND[case.name[:3]]:
        run = fix.apply(run)
    return case.good(run.fit(), run.model, run.x, run.y)


if __name__ == "__main__":
    for case in load("faulty"):
        if case.name[:3] in HAND and (len(sys.argv) < 2 or any(word in case.name for word in sys.argv[1:])):
            start = time.perf_counter()
            try:
                outcome = "good" if repaired_by_hand(case) else "STILL BAD"
            except Exception as error:
                outcome = f"{type(error).__name__}: {error}"[:300]
            print(f"{case.name:32} {time.perf_counter() - start:5.1f} s  {outcome}", flush=True)
