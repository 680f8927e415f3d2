"""One probe per file. `measure(seen)` yields what to compute inside the step; reading it back is plain numpy."""
