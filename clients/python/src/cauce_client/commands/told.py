"""What several commands tell of a month: what changed, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cauce_client.findings import in_words
from cauce_client.results import Difference, Me, Return
from cauce_client.screen import Screen
from cauce_contract.labels import Labels

USUAL = "reported"  # the status of a number that has no other


def tell_differences(differences: Sequence[Difference], screen: Screen, labels: Labels) -> None:
    """The cells that are not the same, as a table; nothing where all are."""
    if differences:
        screen.table(
            [screen.word(f"column_{each}") for each in ("place", "before", "after")],
            [
                (
                    "\n".join(filter(None, (in_words(each.pointer, labels), each.pointer))),
                    _cell(each.before, each.status_before),
                    _cell(each.after, each.status_after),
                )
                for each in differences
            ],
        )


def _cell(number: int | None, status: str | None) -> str:
    """A number, or a dash where there is none, with a status that is not the usual one."""
    said = "-" if number is None else str(number)
    return said if status in (None, USUAL) else f"{said} ({status})"


def tell_flags(
    programme: str, period: str, flags: Iterable[str], returned: Return | None, screen: Screen
) -> None:
    """What is left to do about a month, and how it is done.

    returned  why it was sent back, where that is known
    """
    month = {"programme": programme, "period": period}
    for flag in flags:
        match flag:
            case "needs_correction":
                screen.say("flag_needs_correction", **month)
            case "explanation_due":
                screen.say("flag_explanation_due", **month)
            case "returned" if returned:
                why = {"code": screen.name("return_code", returned.code), "text": returned.text}
                screen.say("flag_returned", **month, **why, until=str(returned.open_until))
            case _:
                screen.say("flagged_month", **month, flag=screen.name("flag", flag))


def warn_of_keys(me: Me, screen: Screen) -> None:
    """That a key ends soon, and what to do."""
    for kid, end in me.ending.items():
        screen.warn("key_ends", kid=kid, end=end)
