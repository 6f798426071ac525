"""What SIGTERM does to requests of a replica that wait for Kafka: contract/test_draining.py has the rest."""

import contextlib
import time

from expectations import event_request, expect_no_content, line
from hourglass_process import request
from servers.process import wait_until

PROMPT = 30.0


def test_answers_that_waited_when_draining_began_say_that_the_connection_closes(make_cluster, stores):
    replica = make_cluster().add()
    now = int(time.time() * 1000)
    expect_no_content(replica.post(now, "ann"))
    waiting = {
        "POST": event_request(now, "ben"),
        "pipeline": event_request(now, "cid") + request("GET", "/nowhere"),
        "batch": request("POST", "/analytics/batch", body=line(now, "dan")),
        "strong read": request("GET", f"/analytics?timestamp={now}&consistency=strong"),
    }
    with contextlib.ExitStack() as stack:
        connections = {name: stack.enter_context(replica.connect()) for name in waiting}
        for connection in connections.values():
            connection.expect_open()
        stores.kafka.freeze()
        for name, connection in connections.items():
            connection.send(waiting[name])
        wait_until(lambda: replica.metric_lines("hourglass_queue_events ") == ["hourglass_queue_events 3"], "3 events to wait")
        replica.signal()
        wait_until(lambda: "stopping" in replica.stderr(), "it to stop")
        time.sleep(0.2)  # until each connection has been told; one that has not would make the test weaker only
        stores.kafka.thaw()
        first = connections["pipeline"].read_answer()
        assert first.status == 204 and not first.says_close
        statuses = {}
        for name, connection in connections.items():
            answer = connection.read_answer()
            statuses[name] = answer.status
            assert answer.says_close, name
            connection.expect_closed()
    assert statuses == {"POST": 204, "pipeline": 404, "batch": 200, "strong read": 200}
    assert replica.wait_exit(PROMPT) == 0
