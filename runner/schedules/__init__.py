"""Schedules: kept in step with what is published, started when they are due, paused, backfilled."""
