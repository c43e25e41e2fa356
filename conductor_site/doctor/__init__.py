"""Looks a deployment over: what is well, what is not, and how to mend it. It changes nothing."""
