"""What stands in the log, and the periods that events are counted in."""

from typing import NamedTuple, Optional, Tuple

from cluster_model.bounds import DAY_HOURS

CLICK, IMPRESSION = 0, 1


class Event(NamedTuple):
    """A well-formed record. `intent` is what the client meant to be counted once: only the oracle looks at it."""

    time: int
    boot: object
    sequence: int
    key: Optional[Tuple]
    hour: int
    kind: int
    user: int
    intent: object


class Foreign(NamedTuple):
    """A line that could be counted, but without the identity of a producer: for the dead-letter topic."""

    time: int
    hour: int
    kind: int
    user: int


class Marker(NamedTuple):
    """A control record: takes an offset, is never delivered."""

    time: int


class Period(NamedTuple):
    span: str
    number: int


def hour_period(hour):
    return Period("hour", hour)


def day_period(hour):
    """The day that an hour is in."""
    return Period("day", hour // DAY_HOURS)
