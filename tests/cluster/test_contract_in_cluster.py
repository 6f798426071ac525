"""The tests of the contract that speak of no data directory, once more, against a replica of a cluster.

Their fixture `server` is replaced by a replica, whose `totals()` reads strongly. Left out is what a cluster promises
otherwise: tests that start servers of their own, hours after 2262, and that every read is a strong one.
"""

import importlib
import inspect
import types

import pytest

MODULES = ["test_events", "test_batch", "test_batch_lines", "test_idempotency", "test_reading", "test_errors",
           "test_precedence"]
QUICK = {"test_batch", "test_idempotency", "test_reading"}  # of these what is one case runs always
HOW = {"more": {"--events-max-future": "forever"}}  # many of the tests name hours far in the future
OTHERWISE = {
    # test_cluster_contract.py says how it is in a cluster.
    "test_with_the_embedded_engine_every_read_sees_what_was_acknowledged_before",
    "test_the_headers_of_an_answer",
    # Of an hour that only InfluxDB has, a fast read waits no longer than read.fast_wait.
    "test_requests_of_one_connection_take_effect_in_their_order",
    "test_a_read_never_tears_and_misses_nothing_while_others_write",
    "test_the_answer_is_200_text_plain_with_three_lines",
    "test_timestamp_is_1_to_20_decimal_digits_up_to_the_last_of_year_9999",
    "test_the_range_of_timestamps_in_json_is_the_same",
}


def copy_of(test, module):
    """With marks of its own. Many cases take long, as a strong read of a past hour waits for InfluxDB."""
    copy = types.FunctionType(test.__code__, test.__globals__, test.__name__, test.__defaults__, test.__closure__)
    marks = list(getattr(test, "pytestmark", []))
    if module not in QUICK or any(mark.name == "parametrize" for mark in marks):
        marks.append(pytest.mark.long.mark)
    copy.pytestmark = marks
    return copy


def promised_by_both():
    for module in MODULES:
        for name, test in vars(importlib.import_module(module)).items():
            if name.startswith("test_") and name not in OTHERWISE:
                if "start_server" not in inspect.signature(test).parameters:
                    yield name, copy_of(test, module)


@pytest.fixture
def server(cluster):
    return cluster.replicas[0]


globals().update(promised_by_both())
