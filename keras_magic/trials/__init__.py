"""Short trainings of copies that show what a change does."""
