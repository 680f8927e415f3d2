"""Family KM6."""
