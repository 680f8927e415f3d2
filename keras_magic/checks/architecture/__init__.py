"""Family KM3."""
