"""A month is told the same wherever it is checked."""

from __future__ import annotations

from typing import Any

import pytest

from support.centre import Centre, moved


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"programme": "MX-NLE-02"}, {"/programme"}),
        ({"period": "2026-08"}, {"/period"}),
        ({"programme": "MX-NLE-02", "period": "2026-08"}, {"/programme", "/period"}),
        ({"programme": "Canario"}, {"/programme"}),
    ],
)
async def test_a_document_sent_elsewhere_is_compared_with_nobody_s_months(
    centre: Centre, month: dict[str, Any], changes: dict[str, str], faults: set[str]
) -> None:
    """Neither with those of the address: what they say is not about this document."""
    await centre.programme("MX-NLE-01", since="2026-07")
    nle = await centre.state("MX-NLE")
    for period in ("2026-07", "2026-08"):
        alone = moved(month, "MX-NLE-01", period)
        alone["measures"]["relapses"]["value"] = 7 + int(period[-1])
        alone["measures"]["active_open"]["status"] = "series_break"
        alone["measures"]["active_open"]["note"] = "Se depuró el registro."
        assert (await nle.put(alone)).status_code == 201
    path = "/v1/submissions/MX-NLE-01/2026-09?dry_run=true"

    answer = await centre.http.put(path, json=month | changes, headers=await nle.headers())

    found = answer.json()
    assert {error["pointer"] for error in found["errors"]} == faults
    assert found["confirm"] == found["warnings"] == []
