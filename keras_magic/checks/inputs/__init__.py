"""Family KM1."""
