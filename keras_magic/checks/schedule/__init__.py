"""Family KM7."""
