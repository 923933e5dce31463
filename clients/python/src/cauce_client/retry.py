"""Whether to send a request again, and when."""

from __future__ import annotations

ATTEMPTS = 4
FIRST_WAIT = 0.5  # seconds; doubled for each further one
LONGEST_WAIT = 30  # seconds that a caller is kept waiting in one go


def pause(attempt: int, retry_after: int | None, chance: float) -> float | None:
    """Seconds to wait before sending again; None where it is better to give up.

    attempt      how often it was sent
    retry_after  seconds that the service asked for: never less is waited, and what is longer
                 than LONGEST_WAIT is left to the caller
    chance       0..1, new each time. It spreads those who were turned away together, so that
                 32 states do not come back in the same instant.
    """
    if attempt >= ATTEMPTS:
        return None
    if retry_after is None:
        return FIRST_WAIT * 2.0 ** (attempt - 1) * (1 + chance) / 2
    return None if retry_after > LONGEST_WAIT else retry_after * (1 + chance / 4)
