"""How pages write numbers and values for people."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from runner.models import Run

register = template.Library()


@register.filter
def seconds(value: float | None) -> str:
    """Write a duration: `<0.1 ms`, `0.4 ms`, `120 ms`, `2.5 s`, `3 min 20 s`, `2 h 5 min`."""
    if value is None:
        return "–"
    if value < 0.0001:
        return "<0.1 ms"
    if value < 0.01:
        return f"{value * 1000:.1f} ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    if value < 3600:
        return f"{int(value // 60)} min {int(value % 60)} s"
    return f"{int(value // 3600)} h {int(value % 3600 // 60)} min"


@register.filter
def took(run: Run) -> str:
    """Write how long a run took, or has taken by now."""
    if run.started is None:
        return "–"
    return seconds(((run.finished or timezone.now()) - run.started).total_seconds())


@register.filter
def ago(moment: datetime | None) -> str:
    """Write how long ago something was: `just now`, `5 min ago`, `2 days ago`, a date."""
    if moment is None:
        return "–"
    passed = (timezone.now() - moment).total_seconds()
    if passed < 45:
        return "just now"
    if passed < 3600:
        return f"{max(1, round(passed / 60))} min ago"
    if passed < 86_400:
        return f"{round(passed / 3600)} h ago"
    if passed < 14 * 86_400:
        days = round(passed / 86_400)
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{timezone.localtime(moment):%-d %b %Y}"
