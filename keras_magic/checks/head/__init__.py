"""Family KM4."""
