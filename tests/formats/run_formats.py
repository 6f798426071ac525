"""Reads `keys/` and `hours/` by docs/formats/keys.md and hours.md."""

from dataclasses import dataclass, field

from fields import Reader, checksum, read_header, require, u64_at

PAGE = 4096
PAGE_BODY = 4088
KEY_HEADER, KEYS_A_PAGE, KEY_ENTRY = 80, 170, 24
HOUR_HEADER, GOLDEN = 128, 0x9E3779B97F4A7C15


def fingerprint_order(fingerprint):
    return u64_at(fingerprint, 0), u64_at(fingerprint, 8)


def page_at(data, name, offset, seed):
    page = data[offset:offset + PAGE]
    require(len(page) == PAGE, name, f"ends within the page at {offset}")
    require(u64_at(page, PAGE_BODY) == checksum(page[:PAGE_BODY], seed), name, f"checksum of the page at {offset}")
    return page[:PAGE_BODY]


def index_at(data, name, offset, pages, seed):
    """The 16 bytes of the index for each page; nothing may stand behind it and its checksum."""
    end = offset + pages * 16
    require(len(data) == end + 8, name, f"{len(data)} bytes in place of {end + 8}")
    require(u64_at(data, end) == checksum(data[offset:end], seed), name, "checksum of the index")
    return [data[at:at + 16] for at in range(offset, end, 16)]


def check_range(reader, covered):
    require((reader.u64(), reader.u64()) == (covered.first, covered.last), covered.name, "another range than its name")


def read_key_run(data, covered, identity):
    """{fingerprint: log time of its last occurrence}."""
    name = covered.name
    reader = read_header(data, name, b"HGKEYRUN", KEY_HEADER, identity.seed)
    check_range(reader, covered)
    count, latest = reader.u64(), reader.u64()
    require(reader.take(16) == identity.identity, name, "of another store")
    require(reader.take(8) == bytes(8), name, "bytes 64 to 71 are not zero")
    pages = -(-count // KEYS_A_PAGE)
    index = index_at(data, name, KEY_HEADER + pages * PAGE, pages, identity.seed)
    entries = []
    for number in range(pages):
        page = page_at(data, name, KEY_HEADER + number * PAGE, identity.seed + number)
        size = min(KEYS_A_PAGE, count - number * KEYS_A_PAGE) * KEY_ENTRY
        require(not any(page[size:]), name, f"page {number} is not filled up with zeros")
        require(page[:16] == index[number], name, f"page {number} does not begin as the index says")
        entries += [(page[at:at + 16], u64_at(page, at + 16)) for at in range(0, size, KEY_ENTRY)]
    order = [fingerprint_order(fingerprint) for fingerprint, _ in entries]
    require(all(a < b for a, b in zip(order, order[1:])), name, "entries are not sorted")
    require(latest == max((time for _, time in entries), default=latest), name, "another latest log time")
    return dict(entries)


@dataclass
class HourOfRun:
    totals: tuple = (0, 0, 0)
    users: list = field(default_factory=list)


@dataclass
class HourRun:
    covered: object
    next_sequence: int
    log_time: int
    removed_before: int
    hours: dict = field(default_factory=dict)


@dataclass
class Group:
    hour: int
    totals: tuple  # None where the hour goes on
    users: list


def unpack_distances(reader, count, width):
    packed = int.from_bytes(reader.take((count * width + 7) // 8), "little")
    distances = [packed >> (index * width) & ((1 << width) - 1) for index in range(count)]
    require(packed >> (count * width) == 0, reader.name, "bits behind the last distance")
    return distances


def read_groups(reader):
    """All groups of a page, up to the zero byte in place of flags or the end."""
    groups = []
    while not reader.at_end():
        flags = reader.byte()
        if flags == 0:
            require(not any(reader.data[reader.at:]), reader.name, "bytes behind the last group are not zero")
            break
        require(flags in (1, 3), reader.name, f"flags {flags} of a group")
        difference = reader.varint()
        require(not groups or difference > 0, reader.name, "two groups of one hour in a page")
        hour = difference + (groups[-1].hour if groups else 0)
        totals = (reader.varint(), reader.varint(), reader.varint()) if flags & 2 else None
        count = reader.varint()
        users = [reader.u64()] if count else []
        if count > 1:
            width = reader.byte()
            require(1 <= width <= 56 or width == 64, reader.name, f"distances of {width} bits")
            for distance in unpack_distances(reader, count - 1, width):
                require(distance > 0, reader.name, "a user stands twice in an hour")
                users.append(users[-1] + distance)
            require(users[-1] < 1 << 64, reader.name, "a hash above 64 bits")
        groups.append(Group(hour, totals, users))
    return groups


def add_groups(run, groups, name):
    """Joins the groups of a page with those of the pages before it."""
    require(groups, name, "is without groups")
    for position, group in enumerate(groups):
        last = next(reversed(run.hours), None)
        if group.totals is None:
            require(position == 0 and group.hour == last, name, "an hour goes on that has not begun")
            before = run.hours[last].users
            require(group.users and (not before or before[-1] < group.users[0]), name, "hashes are not sorted")
            before += group.users
        else:
            require(last is None or last < group.hour, name, "hours are not sorted")
            run.hours[group.hour] = HourOfRun(group.totals, group.users)


def check_hours(run, name, first_hour, last_hour, users):
    hours = list(run.hours)
    if hours:
        require((hours[0], hours[-1]) == (first_hour, last_hour), name, "another first or last hour than its header")
    else:
        require(first_hour > last_hour, name, "hours in the header, but none in the pages")
    require(sum(len(hour.users) for hour in run.hours.values()) == users, name, "another number of users")
    for number, hour in run.hours.items():
        expected = 0 if number < run.removed_before else hour.totals[0]
        require(len(hour.users) == expected, name, f"hour {number}: {len(hour.users)} users in place of {expected}")


def read_hour_run(data, covered, identity):
    name = covered.name
    reader = read_header(data, name, b"HGHOURUN", HOUR_HEADER, identity.seed)
    check_range(reader, covered)
    run = HourRun(covered, reader.u64(), reader.u64(), reader.u64())
    first_hour, last_hour, pages, users = reader.u64(), reader.u64(), reader.u64(), reader.u64()
    require(run.removed_before == covered.more, name, "another third number than its name")
    require(reader.take(16) == identity.identity, name, "of another store")
    require(reader.take(16) == bytes(16), name, "bytes 104 to 119 are not zero")
    index = index_at(data, name, HOUR_HEADER + pages * PAGE, pages, identity.seed + covered.first)
    for number in range(pages):
        seed = identity.seed + covered.first * GOLDEN + number
        where = f"{name}: page {number}"
        page = page_at(data, name, HOUR_HEADER + number * PAGE, seed)
        groups = read_groups(Reader(page, where))
        add_groups(run, groups, where)
        begins = groups[0].totals is not None
        expected = (groups[0].hour, 0 if begins else groups[0].users[0])
        require((u64_at(index[number], 0), u64_at(index[number], 8)) == expected, where, "does not begin as the index says")
    check_hours(run, name, first_hour, last_hour, users)
    return run
