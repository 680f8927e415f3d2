"""Family KM5."""
