"""Identifiers that sort by time and cannot be guessed (UUID version 7, RFC 9562 section 5.7)."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_millisecond = 0
_counter = 0


def uuid7() -> UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, a 12 bit counter within the millisecond, 62 random bits.

    The counter (RFC 9562 section 6.2, method 1) keeps ids made by one process in order, so that rows written together
    read back in the order they were written. When it overflows the clock field moves one millisecond ahead.
    """
    global _last_millisecond, _counter
    with _lock:
        millisecond = time.time_ns() // 1_000_000
        if millisecond > _last_millisecond:
            _last_millisecond, _counter = millisecond, int.from_bytes(os.urandom(1), "big")
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_millisecond, _counter = _last_millisecond + 1, 0
        stamp, counter = _last_millisecond, _counter
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(stamp & ((1 << 48) - 1)) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | random)
