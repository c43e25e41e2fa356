"""The Django app of what runs."""

from django.apps import AppConfig


class RunnerConfig(AppConfig):
    """Runs, their journal, webhooks and workers."""

    name = "runner"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lend workers what they may not know: how runs start runs, and what goes when."""
        from runner.calls.host import SiteBlueprints
        from runner.calls.settling import settle
        from runner.queue import lent
        from runner.queue.upkeep import keep_up
        from runner.retention.sweep import from_time_to_time

        lent.callers.append(SiteBlueprints())
        lent.duties.append(settle)
        lent.chores.append(from_time_to_time)
        lent.chores.append(keep_up)
