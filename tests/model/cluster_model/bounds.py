"""The sizes of the small world. Time is in ticks; how long a query may take is in steps of the scheduler."""

PARTITIONS = 2
HOUR = 20  # ticks
DAY_HOURS = 3  # hours of a day: few, so that a short history has several days
SKEW = 2  # ticks that the clock of a partition's leader may be off
WINDOW = 40  # ticks of log time that identities and keys are remembered
MESSAGE_TIMEOUT = 8  # ticks after which a producer gives a record up
SLACK = 2 * SKEW + 2  # log time may run back by 2 * SKEW between two leaders

QUERY_STEPS = 120  # whoever waits longer for a query, or between the queries of one load, starts again
THIN_AGE_STEPS = QUERY_STEPS  # how long a row must have been known before what it supersedes may be deleted

# An importer trusts an identity that was seen IMPORT_KNOWN ticks ago at most, and sends for IMPORT_LIMIT ticks at most
# after it has asked. Its last record, with a copy that lands late, then falls within the window.
IMPORT_KNOWN = 10
IMPORT_LIMIT = 12
assert IMPORT_KNOWN + IMPORT_LIMIT + 2 * MESSAGE_TIMEOUT < WINDOW

HOT_BATCH = 6  # offsets of a batch, at most
COLD_BATCH = 8
STEPS = 900  # of the scheduler in one history
