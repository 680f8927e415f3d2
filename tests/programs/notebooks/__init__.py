"""Notebooks written by people who had not seen the checks: cells begin with `# %%`, the one that trains with `# %% train`.

index.csv has a row for each: whether it is faulty; for each planted fault (apart by semicolons) the causes that a fair judge accepts;
its domain; the set it came with; when it was first run, and whether rules were developed on it since.
"""
