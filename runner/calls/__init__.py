"""Runs that start runs: calls, error blueprints, and what starts after others."""
