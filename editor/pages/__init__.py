"""The pages that people read: lists, runs, the editor's frame, sign in, errors."""
