"""KM904 untested versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_magic.facts import EnvironmentFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

Version = tuple[int, ...]

#: The newest versions on which the tests pass; .ci/versions runs them.
NEWEST: dict[str, Version] = {"Keras": (3, 15), "TensorFlow": (2, 21)}


@rule("KM904", "untested-versions", cause="tool", severity="info")
def untested_versions(environment: EnvironmentFacts) -> Iterator[Hit]:
    """Keras or TensorFlow is newer than the tests of keras_magic.

    Looks for:
        A minor version above the newest one that the tests were run on.
    Why:
        Graphs, compile settings and random states are read from parts of Keras that may change between minor versions. What cannot
        be read there is left out of the report, with its reason.
    Measured:
        The installed versions.
    Bad:
        pip install "keras==3.99"
    Good:
        pip install "keras==3.15.*" "tensorflow==2.21.*"
    Fix:
        Update keras_magic.
    Ignore when:
        The report names nothing that could not be measured.
    Sources:
        This project.
    """
    installed = {"Keras": environment.keras}
    if environment.backend == "tensorflow":
        installed["TensorFlow"] = environment.backend_version
    for name, version in installed.items():
        if tuple(int(part) for part in re.findall(r"\d+", version))[:2] > NEWEST[name]:
            tested = ".".join(map(str, NEWEST[name]))
            yield Hit(message=f"{name} {version} is newer than {tested}, the newest version that was tested.", level=Evidence.HINT)
