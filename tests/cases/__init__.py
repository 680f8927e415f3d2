"""`bad()`, `good()` and `near()` of each rule: facts on which it must fire or stay silent."""
