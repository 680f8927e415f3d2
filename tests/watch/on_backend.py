"""Plain and watched trainings on the backend of KERAS_BACKEND, numpy inputs; run by test_backends.py in its own process."""

from __future__ import annotations

import keras

from keras_magic.watch.callback import Watch
from tests.watch import trainings as t

CASES = {
    "sequential": (t.sequential, t.tables, {}),
    "functional": (t.nested, t.nested_data, {}),
    "subclassed": (t.subclassed, t.tables, {}),
    "convolution": (t.convolution, t.images, {}),
    "recurrent": (t.recurrent, t.sequences, {}),
    "eager": (lambda: t.sequential(run_eagerly=True), t.tables, {}),
    "validation, ragged batch": (t.sequential, t.tables, {"validation_split": 0.05}),
    "two fits": (t.sequential, t.tables, {"fits": 2}),
}


def main() -> None:
    backend = keras.backend.backend()
    for name, (build, data, fit) in CASES.items():
        plain, _ = t.train(build, data, None, **fit)
        watched, watch = t.train(build, data, Watch, **fit)
        t.assert_identical(plain, watched)
        facts = watch.facts
        print(name, facts.missing)
        assert facts.initial_loss is not None, (name, facts.missing)
        assert facts.input_share is not None, (name, facts.missing)
        assert facts.batch_size == 16, (name, facts.batch_size)
        assert any(layer.gradient_norm for layer in facts.layers), (name, facts.missing)
        assert any(max(layer.update_ratio, default=0) > 0 for layer in facts.layers), (name, facts.missing)
        measured = any(layer.activation_std for layer in facts.layers)
        noted = backend == "tensorflow" and any("activations" in sentence for sentence in facts.missing)
        assert measured or noted, (name, facts.missing)
    print(f"identical on {backend}")


if __name__ == "__main__":
    main()
