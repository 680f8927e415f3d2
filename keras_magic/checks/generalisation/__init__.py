"""Family KM8."""
