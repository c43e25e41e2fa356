"""Writes the events of runs, many runs in one commit, and reads them back."""
