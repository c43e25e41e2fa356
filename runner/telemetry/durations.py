"""A histogram that one thread fills: without a lock it costs a third of the library's own."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString


class Durations:
    """Counts values by bounds, for each combination of labels.

    Only the committer's thread may observe; any may collect.
    """

    def __init__(
        self,
        name: str,
        about: str,
        labels: Sequence[str],
        *,
        buckets: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        self._name, self._about, self._labels = name, about, labels
        self._bounds = list(buckets)
        # For each combination: how many values up to each bound, how many above all, and their sum.
        self._rows: dict[tuple[str, ...], list[float]] = {} if labels else {(): self._none()}
        registry.register(self)

    def observe(self, value: float, *labels: str) -> None:
        """Count a value."""
        row = self._rows.get(labels)
        if row is None:
            row = self._rows[labels] = self._none()
        row[bisect_left(self._bounds, value)] += 1
        row[-1] += value

    def observe_all(self, values: list[float], *labels: str) -> None:
        """Count many values, which are sorted in their place: a search for each bound is enough."""
        row = self._rows.get(labels)
        if row is None:
            row = self._rows[labels] = self._none()
        values.sort()
        below = 0
        for place, bound in enumerate(self._bounds):
            counted, below = below, bisect_right(values, bound, below)
            row[place] += below - counted
        row[-2] += len(values) - below
        row[-1] += sum(values)

    def _none(self) -> list[float]:
        return [0.0] * (len(self._bounds) + 2)

    def collect(self) -> Iterator[Metric]:
        """Give what was counted, as Prometheus wants it: each bound with all below it."""
        family = HistogramMetricFamily(self._name, self._about, labels=self._labels)
        bounds = [*map(floatToGoString, self._bounds), "+Inf"]
        for labels, row in list(self._rows.items()):
            counts, total = row[:-1], row[-1]
            buckets = [(bound, sum(counts[: at + 1])) for at, bound in enumerate(bounds)]
            family.add_metric(labels, buckets, total)
        yield family
