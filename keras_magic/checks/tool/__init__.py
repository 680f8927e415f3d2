"""Family KM9."""
