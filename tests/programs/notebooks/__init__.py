"""Notebooks written by people who had not seen the checks: cells begin with `# %%`, the one that trains with `# %% train`.

index.csv has a row for each: whether it is faulty, the causes that a fair judge accepts, its domain, and the set it came with.
"""
