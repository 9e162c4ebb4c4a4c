"""Two bursts at once among ordinary days: found, told once each, and nothing else is."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.burst_traffic import make_traffic
from benchmarks.bursts import compare, library_of, write
from core.database import Sessions
from tests.appeals.heat_days import looked

NAMES = ("together-0", "together-1")


def test_two_bursts_at_once_are_found_among_ordinary_days_on_both_databases(
    database: Sessions,
) -> None:
    traffic = make_traffic(3)
    traffic.planted = [each for each in traffic.planted if each.name in NAMES]
    start = traffic.planted[0].start
    topics = {*list(traffic.topics)[20:80], *(each.topic for each in traffic.planted)}
    traffic.asks = [
        each
        for each in traffic.asks
        if each.topic.name in topics
        and start - timedelta(days=15) < each.at < start + timedelta(hours=8)
    ]
    topic_of, library = write(database, traffic), library_of(traffic)

    for hours in range(-1, 9):
        looked(database, start + timedelta(hours=hours, minutes=30), library)

    found = compare(database, traffic, topic_of)
    assert (found["found"], found["missed"], found["told_twice"]) == (2, [], 0)
    assert found["false_topics"] == []
    assert found["delay_minutes_worst"] <= 210
