"""The learning-rate finder: `find.lr_find` sweeps, verifies by short trainings and says how sure the answer is."""
