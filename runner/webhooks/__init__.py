"""Addresses that start runs: who may call them, what they take, and what they answer."""
