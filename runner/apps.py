"""The Django app of what runs."""

from django.apps import AppConfig


class RunnerConfig(AppConfig):
    """Runs, their journal, webhooks and workers."""

    name = "runner"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lend workers what they may not know: how runs start runs, and what happens when."""
        from runner.actions.room import has_room
        from runner.calls.host import SiteBlueprints
        from runner.calls.settling import settle
        from runner.credentials.renewing import see_to_the_end
        from runner.credentials.taking import SiteCredentials
        from runner.listeners.listening import listen
        from runner.live import abroad
        from runner.outgoing.host import SiteMessages
        from runner.outgoing.pruning import prune
        from runner.outgoing.sender import keep_sending
        from runner.outgoing.telling import tell_endpoints
        from runner.queue import lent
        from runner.queue.upkeep import keep_up
        from runner.retention.sweep import from_time_to_time
        from runner.schedules.keeping import listen_to_calendars
        from runner.schedules.starting import start_due

        lent.callers.append(SiteBlueprints())
        lent.duties.append(settle)
        lent.messengers.append(SiteMessages())
        lent.keepers.append(SiteCredentials())
        lent.companions.append(keep_sending)
        lent.companions.append(abroad.keep)
        lent.companions.append(see_to_the_end)
        lent.consequences.append(tell_endpoints)
        lent.judges.append(has_room)
        # Runs that were under way come first.
        lent.chores.append(lent.Chore(from_time_to_time, first=20.0, again=30.0))
        lent.chores.append(lent.Chore(start_due, first=0.0, again=1.0))
        lent.chores.append(lent.Chore(listen, first=0.0, again=1.0))
        lent.chores.append(lent.Chore(keep_up, first=20.0, again=30.0))
        lent.chores.append(lent.Chore(prune, first=60.0, again=60.0))
        listen_to_calendars()
