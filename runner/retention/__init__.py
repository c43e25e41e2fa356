"""What the site keeps of what is over, and for how long: journals, rows of runs, deliveries.

Nothing that a run which lives may need is ever removed.
"""
