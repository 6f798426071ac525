"""SipHash-2-4 with 64 and with 128 bits, from the paper of Aumasson and Bernstein and its reference for 128 bits."""

import functools

MASK = (1 << 64) - 1


def rotate(word, bits):
    return ((word << bits) | (word >> (64 - bits))) & MASK


def rounds(v0, v1, v2, v3, count):
    for _ in range(count):
        v0 = (v0 + v1) & MASK
        v1 = rotate(v1, 13) ^ v0
        v0 = rotate(v0, 32)
        v2 = (v2 + v3) & MASK
        v3 = rotate(v3, 16) ^ v2
        v0 = (v0 + v3) & MASK
        v3 = rotate(v3, 21) ^ v0
        v2 = (v2 + v1) & MASK
        v1 = rotate(v1, 17) ^ v2
        v2 = rotate(v2, 32)
    return v0, v1, v2, v3


def compress(key, data, v1_mark):
    """The state after the last word of data, before it is finalised."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")
    state = (k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ v1_mark, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573)
    whole = len(data) // 8 * 8
    padded = data[whole:].ljust(7, b"\0") + bytes([len(data) % 256])
    for at in range(0, whole + 8, 8):
        word = int.from_bytes(data[at:at + 8] if at < whole else padded, "little")
        v0, v1, v2, v3 = rounds(*state[:3], state[3] ^ word, 2)
        state = (v0 ^ word, v1, v2, v3)
    return state


def fold(state):
    return state[0] ^ state[1] ^ state[2] ^ state[3]


@functools.lru_cache(maxsize=100_000)  # the same users come again and again
def siphash64(key, data):
    v0, v1, v2, v3 = compress(key, data, 0)
    return fold(rounds(v0, v1, v2 ^ 0xFF, v3, 4))


def siphash128(key, data):
    """The 16 bytes; the first 8 are the low word."""
    v0, v1, v2, v3 = compress(key, data, 0xEE)
    state = rounds(v0, v1, v2 ^ 0xEE, v3, 4)
    low = fold(state)
    state = rounds(state[0], state[1] ^ 0xDD, state[2], state[3], 4)
    return low.to_bytes(8, "little") + fold(state).to_bytes(8, "little")
