"""Weakened variants of the protocol. Every one must be caught: that shows that the model looks where it hurts."""

PRODUCING = {
    "ack_early": "acknowledges when the record is queued, before the log has it",
    "monotone_eid": "takes every sequence that is not above the last one for a repeat; threads enqueue out of order",
    "no_eid": "counts what a producer has sent twice",
    "no_ik": "forgets Idempotency-Keys",
    "ik_counted": "measures the window of a key from the record that counted, not from any occurrence",
    "boot_until_pruned": "an expired producer identity still decides until some batch prunes it",
}
HOT = {
    "dedup_in_memory": "identities live in the worker and are empty after an assignment",
    "readback_short": "identities are rebuilt by reading back less than the window",
    "no_fence": "the script does not compare next",
    "gap_by_record": "asks for the first record at exactly next, and markers take offsets too",
    "rebuild_no_dedup": "Redis lost: counts where it begins to read, with no identities from before",
    "rebuild_unchecked": "Redis lost: serves hours without knowing that nothing of them lies before the beginning",
    "import_no_dedup": "Redis lost: copies totals and users from the cold store, but not the identities",
    "import_no_hour_next": "Redis lost: copies hours without their own next",
    "import_some_hours": "Redis lost: copies some of the hours that it then serves",
    "ttl_users": "the sets of users expire at the end of their hour, the counters stay",
    "ttl_hours": "all of an hour expires at its end, and late events begin it anew",
    "drop_unchecked": "drops an hour that the cold store has not got yet",
    "nil_is_zero": "reads missing state as zeros",
    "no_idle_check": "a worker at the end of a quiet log never looks whether Redis still has its state",
    "hot_zero_without_check": "cold store out of reach: begins with the empty state wherever the log begins",
    "pfadd_sum": "approximate mode: adds up what PFADD returns",
}
COLD = {
    "pg_no_cas": "a transaction that does not compare next",
    "commit_first": "writes progress before totals",
    "auto_reset": "retention has taken records that were not applied, and the worker skips them silently",
    "cold_zero_without_check": "a new cold store begins wherever the log begins",
    "log_start_after_store": "asks for the start of the log after it has found the store empty",
    "influx_lww": "one totals row for each hour: the last write wins",
    "influx_no_hour_next": "loads totals without their own next",
    "influx_set_unfiltered": "loads users that totals have not counted",
    "influx_count_users": "counts identity points beside totals when it reads",
    "influx_user_offset_missing_dup": "loads keys of records beyond progress",
    "day_without_next": "totals of a day have no next of their own",
    "day_by_hour_next": "an event counts in its day if the next of its hour says so",
    "day_users_unfiltered": "loads users of a day that its totals have not counted",
    "day_sum_of_hours": "a user who is new in an hour is taken to be new in its day",
    "dead_letter_after_progress": "copies foreign records after progress has passed them",
    "foreign_counted": "counts a line that carries no identity",
}
THINNING = {
    "thin_newest": "deletes the newest row too",
    "thin_unconfirmed": "deletes what a row supersedes whose write was never confirmed",
    "thin_young": "deletes at once, while queries run that began before the newest row was there",
    "thin_below_progress": "deletes every totals row below progress",
    "thin_keys_by_now": "deletes keys that left the window by the newest clock, not by one that is old enough",
    "load_unbounded": "takes any time between the queries of one load",
}
READING = {
    "no_mark": "fast reads do not remember what this replica has answered from",
    "strong_old_barrier": "takes a barrier from before the request",
    "strong_totals_first": "reads totals before the progress that vouches for them",
    "strong_next_elsewhere": "learns next in another read than the numbers",
}
IMPORTING = {
    "import_boot_random": "an import has a random identity",
    "import_no_hour_check": "imports into hours that hold events, however old the import before is",
    "import_unlimited": "sends for as long as it likes after it has asked",
}
MUTANTS = {**PRODUCING, **HOT, **COLD, **THINNING, **READING, **IMPORTING}

# These weaken the rebuild of Redis from the log, or show best with it.
FROM_LOG = ("readback_short", "rebuild_no_dedup", "rebuild_unchecked", "ik_counted")
