"""Whether the site can do its work, for load balancers and scripts."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from runner.journal.committer import committer
from runner.queue.worker import trouble_here


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and takes what runs write, 503 when it does not.

    Nothing is written for it: those who write all the time say whether they can.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _unavailable("does not answer")
    if committer().trouble or trouble_here():
        return _unavailable("takes no writes")
    return JsonResponse({"status": "ok"})


def _unavailable(database: str) -> JsonResponse:
    return JsonResponse({"status": "unavailable", "database": database}, status=503)
