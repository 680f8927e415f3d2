"""Family KM2."""
