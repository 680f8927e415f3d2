"""The version of keras_magic."""

__version__ = "0.1.0"
