"""One training from start to findings: measure, judge, try on copies, rank."""
