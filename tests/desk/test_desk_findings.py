"""What the check finds is told to the editor before publishing, with its line, against the rest."""

from __future__ import annotations

from typing import Any

import yaml

from core.database import transaction
from knowledge_base.register import Ending, end_document
from knowledge_base.schema import DocumentState
from tests.desk.bench import Bench

ENTRY = "vat-small-scale-threshold"


def yaml_with(whole: str, **claim: Any) -> str:
    data = yaml.safe_load(whole)
    new = {"id": "planted", "from": "2026-01-01", "certainty": "unverified", **claim}
    data["traps"] = [*data.get("traps", []), new]
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


async def saved_with(editor, **claim: Any) -> list[dict[str, Any]]:
    """Save a draft with a further trap; gives what is found of it."""
    view = await editor.read(f"/library/{ENTRY}")
    text = yaml_with(view["yaml"], **claim)
    saved = await editor.do(f"/library/{ENTRY}", {"yaml": text, "version": view["version"]}, "PUT")
    return [each for each in saved["findings"] if each["field"] == "planted"]


async def test_a_typed_figure_may_stand_in_a_draft_but_is_an_error(bench: Bench, sign_in) -> None:
    found = await saved_with(await sign_in("editor01"), text="小规模按月起征点是10万元。")

    error = next(each for each in found if each["level"] == "error")
    assert "vat.small_scale.monthly_threshold" in error["message"]
    assert error["line"] > 1
    assert error["in_draft"] is True


async def test_a_claim_against_another_entry_names_that_entry(bench: Bench, sign_in) -> None:
    editor = await sign_in("editor01")
    other = await editor.read("/library/vat-threshold-exact")
    claim = yaml.safe_load(other["yaml"])["claims"][0]
    opposite = claim["text"].replace("仍然免征", "不免征")
    assert opposite != claim["text"]
    same = {key: claim[key] for key in ("from", "to", "when", "basis") if key in claim}

    found = await saved_with(editor, text=opposite, **same)

    assert any(
        "矛盾" in each["message"] and "vat-threshold-exact" in each["message"] for each in found
    )


async def test_a_claim_on_a_document_that_ended_is_an_error(bench: Bench, sign_in) -> None:
    with transaction(bench.sessions) as session:
        ending = Ending(DocumentState.SUSPENDED, "停止执行")
        end_document(session, "mof-sta-2026-10", ending, editor="editor02", now=bench.now)
    editor = await sign_in("editor01")

    findings = (await editor.read(f"/library/{ENTRY}"))["findings"]

    assert any(
        each["level"] == "error" and "mof-sta-2026-10" in each["message"] for each in findings
    )


async def test_a_preview_leaves_out_what_rests_on_a_document_that_ended(
    bench: Bench, sign_in
) -> None:
    editor, path = await sign_in("editor01"), f"/library/{ENTRY}/preview?period=2026年三季度"
    before = await editor.read(path)
    with transaction(bench.sessions) as session:
        ending = Ending(DocumentState.SUSPENDED, "停止执行")
        end_document(session, "mof-sta-2026-10", ending, editor="editor02", now=bench.now)

    after = await editor.read(path)

    assert "10万元" in before["text"] or "30万元" in before["text"]
    assert "2026年第10号" not in str(after["evidence"])
