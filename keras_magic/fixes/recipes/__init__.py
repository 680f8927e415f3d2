"""Recipes: pure functions that change data. A trial calls them, and the code to paste holds their source.

A function named `fit_...` learns from training rows and returns a function of an array; the others change an array at once.
They take what `fit` takes for one input or target (an array, a frame), and return an array (`without_columns`
keeps a frame). See `fixes.place` and `fixes.paste`.
"""
