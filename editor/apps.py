"""The Django app of what people draw."""

from django.apps import AppConfig


class EditorConfig(AppConfig):
    """Blueprints, their versions, their API and pages."""

    name = "editor"
    default_auto_field = "django.db.models.BigAutoField"
