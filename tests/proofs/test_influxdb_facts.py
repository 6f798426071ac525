"""What the cluster takes for granted of InfluxDB, on 1.6 and on 2.x."""

import gzip
import random
import threading

import pytest

from servers.influxdb import Influx1, QueryError

HOUR_NS = 3_600 * 10**9
HOUR = 472_222 * HOUR_NS
LAST_HOUR = 2_562_046 * HOUR_NS  # the last whole hour before 2^63 ns
TOTALS = '"clicks", "impressions", "uniques"'


def totals(partition, next_offset, clicks, impressions, uniques, hour=HOUR):
    """A row of totals: its identity is (partition, hour, next), so no row ever replaces one of another state."""
    time = hour + next_offset % HOUR_NS
    return (f"totals,p={partition} next={next_offset}i,clicks={clicks}i,impressions={impressions}i,"
            f"uniques={uniques}i {time}")


def newest(influx, database, hour=HOUR, measurement="totals"):
    """{partition: (next, clicks, impressions, uniques)} as the cluster reads an hour."""
    rows = influx.rows(f'SELECT MAX("next") AS "next", {TOTALS} FROM "{measurement}" WHERE time >= {hour}'
                       f' AND time < {hour + HOUR_NS} GROUP BY "p"', database)
    return {row["p"]: (row["next"], row["clicks"], row["impressions"], row["uniques"]) for row in rows}


def written(influx, database, *lines):
    answer = influx.write(database, lines)
    assert answer.status == 204, answer
    return answer


def test_max_of_next_gives_the_columns_of_its_row(influx, database):
    """Rows of all columns that fall while `next` grows: the largest of each column would be another row's."""
    random_numbers = random.Random(7)
    lines, expected = [], {}
    for partition in range(4):
        offsets = random_numbers.sample(range(1, 10**6), 50)
        for offset in offsets:
            lines.append(totals(partition, offset, 10**7 - offset, offset % 97, offset % 89))
        top = max(offsets)
        expected[str(partition)] = (top, 10**7 - top, top % 97, top % 89)
    random_numbers.shuffle(lines)
    for first in range(0, len(lines), 37):
        written(influx, database, *lines[first:first + 37])
    assert newest(influx, database) == expected
    influx.restart()
    assert newest(influx, database) == expected, "from files too"


def test_max_of_next_beyond_an_hour_of_nanoseconds(influx, database):
    """next modulo the hour begins anew; the row of the largest `next` is then not the latest in time."""
    written(influx, database, totals(0, HOUR_NS - 1, 1, 1, 1), totals(0, HOUR_NS + 5, 2, 2, 2))
    assert newest(influx, database) == {"0": (HOUR_NS + 5, 2, 2, 2)}


def test_what_was_confirmed_is_read_at_once(influx, database):
    for offset in range(1, 200):
        written(influx, database, totals(0, offset, offset, 0, 1))
        assert newest(influx, database) == {"0": (offset, offset, 0, 1)}


def test_what_was_confirmed_survives_a_kill(influx, database):
    written(influx, database, totals(0, 5, 4, 3, 2))
    influx.restart(kill=True)
    assert newest(influx, database) == {"0": (5, 4, 3, 2)}


def test_hours_and_partitions_without_rows_are_no_rows(influx, database):
    assert newest(influx, database) == {}, "a measurement that does not exist is no error"
    written(influx, database, totals(3, 1, 1, 0, 1))
    assert newest(influx, database, HOUR + HOUR_NS) == {} and newest(influx, database, HOUR - HOUR_NS) == {}
    assert set(newest(influx, database)) == {"3"}


def test_an_identical_point_is_replaced_field_by_field(influx, database):
    written(influx, database, "m,p=1 a=5i,b=5i 7")
    written(influx, database, "m,p=1 a=3i 7")
    assert influx.rows('SELECT "a", "b" FROM "m"', database) == [{"time": 7, "a": 3, "b": 5}]
    written(influx, database, "m,p=1 a=3i 7", "m,p=2 a=3i 7", "m,p=1 a=3i 8")
    assert len(influx.rows('SELECT "a" FROM "m"', database)) == 3


def test_a_type_conflict_is_refused_and_the_other_points_are_kept(influx, database):
    written(influx, database, "m,p=1 a=5i 1")
    answer = influx.write(database, ["m,p=1 a=6i 2", 'm,p=1 a="text" 3', "m,p=1 a=7i 4"])
    assert answer.status in (400, 422) and b"field type conflict" in answer.body, answer
    assert [row["a"] for row in influx.rows('SELECT "a" FROM "m"', database)] == [5, 6, 7]


def test_a_malformed_line_is_refused(influx, database):
    """Whether the good lines of the batch are written differs: 1.6 does, 2.7 does not."""
    answer = influx.write(database, ["m,p=1 a=6i 2", "m,p=1 a= 3", "m,p=1 a=7i 4"])
    assert answer.status == 400 and b"parse" in answer.body, answer
    found = [row["a"] for row in influx.rows('SELECT "a" FROM "m"', database)]
    assert found in ([6, 7], [])


def test_a_body_may_be_compressed(influx, database):
    body = gzip.compress(b"m,p=1 a=6i 2\nm,p=1 a=7i 3")
    headers = {"Content-Encoding": "gzip"}
    parameters = {"db": database, "precision": "ns"}
    assert influx.request("POST", "/write", parameters, body, headers).status == 204
    assert influx.request("POST", "/write", parameters, body[:-9], headers).status in (400, 500)
    assert len(influx.rows('SELECT "a" FROM "m"', database)) == 2


def test_reserved_words_have_to_be_quoted(influx, database):
    written(influx, database, 'users,p=1 user="7f",offset=3i,key="k" 1')
    assert influx.rows('SELECT "user", "offset", "key" FROM "users"', database) == [
        {"time": 1, "user": "7f", "offset": 3, "key": "k"}]
    for bare in ('SELECT offset FROM "users"', 'SELECT "user" FROM users', 'SELECT key FROM "users"'):
        answer = influx.query(bare, database)
        assert answer.status == 400 and b"error parsing query" in answer.body, (bare, answer)


def test_an_error_in_a_query_may_be_a_200_and_ends_its_statements(influx, database):
    """So the results have to be as many as the statements."""
    written(influx, database, "m,p=1 a=5i 1")
    good, bad = 'SELECT "a" FROM "m"', 'SELECT MAX("a"), MIN("a"), "p" FROM "m"'
    answer = influx.query(f"{good};{bad};{good}", database)
    assert answer.status == 200
    results = answer.json["results"]
    assert "error" not in results[0] and "error" in results[1]
    assert all("series" not in result for result in results[2:])


def test_times_from_1970_to_2262(influx, database):
    written(influx, database, totals(0, 5, 1, 2, 3, 0), totals(0, 9, 4, 5, 6, LAST_HOUR))
    assert newest(influx, database, 0) == {"0": (5, 1, 2, 3)}
    assert newest(influx, database, LAST_HOUR) == {"0": (9, 4, 5, 6)}
    for beyond in (2**63 - 1, 2**63, 2**64):
        answer = influx.write(database, f"m,p=1 a=1i {beyond}")
        assert answer.status == 400, (beyond, answer)
    influx.restart()
    assert newest(influx, database, LAST_HOUR) == {"0": (9, 4, 5, 6)}


def test_integers_are_exact_to_63_bits(influx, database):
    top = 2**63 - 1
    written(influx, database, f"m,p=1 a={top}i 1", f"m,p=2 a=-{top}i 1")
    assert [row["a"] for row in influx.rows('SELECT "a" FROM "m"', database)] == [top, -top]
    assert influx.write(database, f"m,p=1 a={top + 1}i 2").status == 400
    assert influx.rows('SELECT MAX("a") AS "a" FROM "m"', database)[0]["a"] == top


def test_superseded_rows_are_deleted_by_tag_and_time_while_they_are_read(influx, database):
    """DELETE knows tags and times only; so it deletes what is older in time than the row that stays."""
    for partition in range(3):
        written(influx, database, *[totals(partition, offset, offset, 0, 1) for offset in range(1, 500)])
    for limit in range(50, 450, 50):
        influx.results(f'DELETE FROM "totals" WHERE "p" = \'1\' AND time >= {HOUR} AND time < {HOUR + limit}', database)
        written(influx, database, totals(1, 500 + limit, 500 + limit, 0, 1))
        assert newest(influx, database) == {
            "0": (499, 499, 0, 1), "1": (500 + limit, 500 + limit, 0, 1), "2": (499, 499, 0, 1)}
    left = influx.rows('SELECT "next" FROM "totals" WHERE "p" = \'1\'', database)
    assert len(left) == 499 - 399 + 8
    influx.restart(kill=True)
    assert newest(influx, database)["1"] == (900, 900, 0, 1)
    assert influx.rows('SELECT "next" FROM "totals" WHERE "p" = \'1\'', database) == left
    written(influx, database, totals(1, 7, 7, 0, 1))
    assert len(influx.rows('SELECT "next" FROM "totals" WHERE "p" = \'1\'', database)) == len(left) + 1


def test_a_reader_sees_whole_rows_that_only_grow_while_older_ones_are_deleted(influx, database):
    """Numbers are functions of `next` here, so that columns of two rows would be found out."""
    written(influx, database, totals(0, 1, 2, 3, 4))
    done, seen = threading.Event(), []

    def read():
        while not done.is_set():
            seen.append(newest(influx, database).get("0"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for offset in range(2, 300):
            written(influx, database, totals(0, offset, 2 * offset, 3 * offset, 4 * offset))
            if offset % 10 == 0:
                influx.results(f'DELETE FROM "totals" WHERE "p" = \'0\' AND time >= {HOUR} AND time < {HOUR + offset}',
                               database)
    finally:
        done.set()
        reader.join()
    assert len(seen) > 20 and None not in seen
    assert all((clicks, impressions, uniques) == (2 * at, 3 * at, 4 * at) for at, clicks, impressions, uniques in seen
               if at > 1)
    assert [row[0] for row in seen] == sorted(row[0] for row in seen)
    assert len(influx.rows('SELECT "next" FROM "totals"', database)) == 10


def test_delete_cannot_ask_for_fields(influx, database):
    written(influx, database, totals(0, 5, 1, 2, 3))
    with pytest.raises(QueryError):
        influx.results('DELETE FROM "totals" WHERE "next" < 9', database)
    assert newest(influx, database) == {"0": (5, 1, 2, 3)}


USERS = [(partition, number % 256, HOUR + number // 256 * 7) for partition in (0, 3) for number in range(0, 5000, 3)]


def users(partition, b, time, offset):
    return f'users,p={partition},b={b} off={offset}i,user="u" {time}'


def by_identity(identities):
    return ";".join(f'SELECT "off" FROM "users" WHERE "p"=\'{p}\' AND "b"=\'{b}\' AND time = {time}'
                    for p, b, time in identities)


def test_single_users_are_found_by_identity(influx, database):
    """A statement a user, many in one query, gives the same as loading all users of the hour."""
    written(influx, database, *[users(*identity, offset) for offset, identity in enumerate(USERS)])
    wanted = random.Random(11).sample(list(enumerate(USERS)), 200)
    strangers = [(partition, b, time + 1) for _, (partition, b, time) in wanted[:50]]
    results = influx.results(by_identity([identity for _, identity in wanted] + strangers), database)
    assert [series[0]["values"] if series else [] for series in results] == (
        [[[identity[2], offset]] for offset, identity in wanted] + [[]] * len(strangers))
    everything = {(int(row["p"]), int(row["b"]), row["time"]): row["off"]
                  for row in influx.rows(f'SELECT "off" FROM "users" WHERE time >= {HOUR} AND time < {HOUR + HOUR_NS}'
                                         ' GROUP BY "p", "b"', database)}
    assert everything == {identity: offset for offset, identity in enumerate(USERS)}


def test_alternatives_of_times_are_not_to_be_relied_on(influx, database):
    """`time = a OR time = b` finds nothing in 1.6, and says nothing about it."""
    written(influx, database, users(0, 1, HOUR, 5), users(0, 1, HOUR + 9, 6))
    rows = influx.rows(f'SELECT "off" FROM "users" WHERE "p"=\'0\' AND "b"=\'1\' AND'
                       f' (time = {HOUR} OR time = {HOUR + 9})', database)
    assert rows == [] if isinstance(influx, Influx1) else len(rows) <= 2
