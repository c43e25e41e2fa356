"""Webhooks as OpenAPI has them: described by it, and drawn from it."""
