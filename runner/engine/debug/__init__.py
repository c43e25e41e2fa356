"""The debugger of a run: breakpoints, pauses, steps, and tokens that are edited in flight."""
