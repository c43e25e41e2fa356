"""Credentials: kept sealed, chosen by name, taken by steps, and never shown again."""
