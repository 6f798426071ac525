"""Why the returns of PFADD must not be added up: it tells whether any register changed, not how many users are new."""

from hashlib import blake2b

REGISTERS, MAX_RANK = 1 << 14, 51


def sum_of_pfadd_returns(users, batch):
    """What a counter holds that was raised by the return of each PFADD of `batch` users."""
    registers, counted = [0] * REGISTERS, 0
    for first in range(0, users, batch):
        changed = 0
        for user in range(first, first + batch):
            value = int.from_bytes(blake2b(str(user).encode(), digest_size=8).digest(), "big")
            register, rest, rank = value % REGISTERS, value // REGISTERS, 1
            while not rest & 1 and rank < MAX_RANK:
                rest >>= 1
                rank += 1
            if rank > registers[register]:
                registers[register], changed = rank, 1
        counted += changed
    return counted
