"""What can go wrong, sorted by what the caller should do next.

* CauceError
  x Misconfigured        correct the address, the client id or the key
  x Unproven             do not rely on it: a receipt does not prove what it is shown for
  x Refused              change what was asked: `problem` is the service's own account of why
    + ContractViolation  correct the document: `problem.faults` lists everything wrong with it
    + AlreadyReported    a month stands there: send again as a replacement, with a reason
    + Overtaken          somebody replaced what you read: read it again before you send
    + Unrecognised       check the client id, the key and the clock: who calls was not believed
    + NotAllowed         ask national coordination: this client may not do that
  x Unavailable          try again later: sending twice is safe, nothing is stored twice
  x ServiceFault         tell the service's operators, with `trace_id` where there is one
"""

from __future__ import annotations

from cauce_client.problem import Problem
from cauce_client.words import text


class CauceError(Exception):
    """The root. `key` names its words in messages.toml; `figures` fill them in."""

    def __init__(self, key: str, **figures: object) -> None:
        super().__init__(key)
        self.key = key
        self.figures = figures

    def says(self, language: str) -> str:
        """The error for a reader: one sentence or several lines."""
        return text(language, self.key, **self.figures)

    def __str__(self) -> str:
        return self.says("en")


class Misconfigured(CauceError):
    """The address, the client id or the key cannot be right."""


class Unproven(CauceError):
    """A receipt does not prove what it is shown for."""


class Refused(CauceError):
    """The service understood and did not do it. Its words are in the language asked for."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.slug)
        self.problem = problem

    def says(self, language: str) -> str:
        del language  # the service chose its words by Accept-Language
        return str(self.problem)


class ContractViolation(Refused):
    """The document has errors, or findings that must be confirmed."""


class AlreadyReported(Refused):
    """There is another report of that month, and no ETag said that it is to be replaced."""


class Overtaken(Refused):
    """The ETag is not that of the revision in force."""


class Unrecognised(Refused):
    """The service did not accept the proof of who calls, nor a new token (401)."""


class NotAllowed(Refused):
    """The service knows this client, and does not let it do that (403)."""


class Unavailable(CauceError):
    """No answer, or one that says to come back later.

    retry_after  seconds that the service asked for, None where it did not say
    """

    def __init__(self, key: str, *, retry_after: int | None = None, **figures: object) -> None:
        super().__init__(key, **figures)
        self.retry_after = retry_after


class ServiceFault(CauceError):
    """The service failed, or answered what the interface does not have."""

    def __init__(self, key: str, *, trace_id: str = "", **figures: object) -> None:
        super().__init__(key, **figures)
        self.trace_id = trace_id
