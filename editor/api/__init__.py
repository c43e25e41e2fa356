"""The REST API of blueprints, runs and webhooks."""
