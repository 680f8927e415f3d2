"""Training loops without `fit`."""
