"""Listeners: what comes from outside starts runs; one worker at a time listens to each."""
