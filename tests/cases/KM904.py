from keras_magic.checks.tool.untested_versions import NEWEST
from keras_magic.facts import EnvironmentFacts

MAJOR, MINOR = NEWEST["Keras"]


def versions(keras: str, backend: str = "tensorflow", backend_version: str = "2.19.1"):
    return {"environment": EnvironmentFacts(keras=keras, backend=backend, backend_version=backend_version)}


def bad():
    return versions(f"{MAJOR}.{MINOR + 1}.0")


def good():
    return versions(f"{MAJOR}.{MINOR}.1")


def near():
    """The version of another backend says nothing of TensorFlow's; a late patch is no minor version."""
    return versions(f"{MAJOR}.{MINOR}.99", "jax", "2.99")
