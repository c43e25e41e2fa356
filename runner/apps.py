"""The Django app of what runs."""

from django.apps import AppConfig


class RunnerConfig(AppConfig):
    """Runs, their journal, webhooks and workers."""

    name = "runner"
    default_auto_field = "django.db.models.BigAutoField"
