from __future__ import annotations

import yaml
from sqlalchemy import select

from answers.engine import Engine
from answers.frame import Query
from consultations.ratings import rate_answer
from consultations.tables import Answer, Conversation, Correction, CorrectionVerdict
from core.database import reading, transaction
from knowledge_base.library import Library
from knowledge_base.store import current_revision
from knowledge_base.tables import LibraryEntry
from tests.desk.reviewing import desk_edit, edited, publish_reviewed, reviewers

QUESTION = "小规模纳税人每月或每季卖多少钱可以免增值税"


def first_entry(bench) -> str:
    with reading(bench.sessions) as session:
        return session.scalars(select(LibraryEntry.id).order_by(LibraryEntry.id)).first()


async def test_entries_are_listed_by_state_topic_and_search(bench, sign_in):
    editor = await sign_in("editor01")

    page = await editor.read("/library")
    found = await editor.read(f"/library?search={page['rows'][0]['question'][:6]}&topic=vat")

    assert page["total"] > 20 and len(page["rows"]) == 20
    assert page["states"] == [{"code": "published", "label": "已发布", "count": page["total"]}]
    assert {"code": "vat", "label": "增值税"} in page["topics"]
    assert found["rows"][0]["id"] == page["rows"][0]["id"]
    assert (await editor.read("/library?state=suspended"))["rows"] == []


async def test_an_edit_is_a_draft_until_it_is_published_and_then_answers(bench, sign_in):
    desk, entry_id = await reviewers(sign_in), first_entry(bench)
    editor = desk["editor01"]
    view = await editor.read(f"/library/{entry_id}")
    library = Library(bench.sessions)
    library.refresh()

    saved = await desk_edit(desk, entry_id, question="独角兽养殖场要不要交增值税？")
    before = library.snapshot.entries[entry_id].question
    published = await publish_reviewed(desk, entry_id)

    assert saved["version"] == view["version"] + 1
    assert (saved["state_label"], saved["verbs"][0]) == ("已发布，有未发布的修改", "submit")
    assert before == view["question"]
    assert (published["state_label"], published["versions"][0]["is_live"]) == ("已发布", True)
    assert published["versions"][0]["published_by"] == "示例编辑"
    assert library.refresh()
    reply = Engine(library).answer(Query("独角兽养殖场要不要交增值税", bench.now.date()))
    assert reply.entries[0]["id"] == entry_id


async def test_an_edit_over_somebody_elses_is_refused_with_the_name(bench, sign_in):
    one, two = await sign_in("editor01"), await sign_in("editor02")
    entry_id = first_entry(bench)
    view = await one.read(f"/library/{entry_id}")
    first = edited(view["yaml"], question="先保存的人写的问题？")
    await one.do(f"/library/{entry_id}", {"yaml": first, "version": view["version"]}, "PUT")

    second = {"yaml": edited(view["yaml"], question="后保存的？"), "version": view["version"]}
    error = await two.refused(f"/library/{entry_id}", second, "PUT")
    submit = await two.refused(f"/library/{entry_id}/submit", {"version": view["version"]})

    for refused in (error, submit):
        assert (refused["status"], refused["code"]) == (409, "entry_changed")
        assert refused["details"]["changed_by"] == "示例编辑"
        assert refused["details"]["version"] == view["version"] + 1
        assert "示例编辑" in refused["message"]
    assert (await one.read(f"/library/{entry_id}"))["question"] == "先保存的人写的问题？"


async def test_what_is_wrong_with_an_entry_is_told_with_its_line(bench, sign_in):
    editor, entry_id = await sign_in("editor01"), first_entry(bench)
    view = await editor.read(f"/library/{entry_id}")
    data = yaml.safe_load(view["yaml"])
    claim = data["claims"][0] | {"text": "按 {{ no.such.figure }} 征收", "surprise": 1}
    cases = {
        "claims: [": (None, "YAML"),
        edited(view["yaml"], claims=[claim]): ("claims.0.surprise", "没有这一项"),
        edited(view["yaml"], id="another-entry"): ("id", entry_id),
        edited(
            view["yaml"],
            claims=[
                each | {"text": "按 {{ no.such.figure }} 征收"} if place == 0 else each
                for place, each in enumerate(data["claims"])
            ],
        ): (None, "no.such.figure"),
        view["yaml"].replace("document: ", "document: un", 1): ("basis", "没有登记的文件"),
    }

    for text, (field, words) in cases.items():
        body = {"yaml": text, "version": view["version"]}
        error = await editor.refused(f"/library/{entry_id}", body, "PUT")
        assert (error["status"], error["code"]) == (422, "broken_entry")
        finding = error["details"]["findings"][0]
        assert finding["level"] == "error"
        assert finding["line"] and 1 <= finding["line"] <= len(text.splitlines()) + 1
        assert finding["field"] == field
        assert words in finding["message"]
    assert (await editor.read(f"/library/{entry_id}"))["version"] == view["version"]


async def test_faults_are_told_in_chinese(bench, sign_in):
    editor, entry_id = await sign_in("editor01"), first_entry(bench)
    view = await editor.read(f"/library/{entry_id}")
    claim = yaml.safe_load(view["yaml"])["claims"][0]
    broken = {
        "只能是": {"claims": [claim | {"certainty": "sure"}]},
        "至少要有 6 条": {"similar": ["一", "两个"]},
        "要写成日期": {"checked_on": "昨天"},
        "要写成列表": {"topics": "vat"},
        "缺少这一项": {"claims": [{k: v for k, v in claim.items() if k != "id"}]},
        "早于": {"claims": [claim | {"from": "2026-01-01", "to": "2020-01-01"}]},
    }

    for words, change in broken.items():
        body = {"yaml": edited(view["yaml"], **change), "version": view["version"]}
        error = await editor.refused(f"/library/{entry_id}", body, "PUT")
        told = [finding["message"] for finding in error["details"]["findings"]]
        assert any(words in message for message in told), told
        assert not any("should" in message for message in told), told


async def test_uncertain_claims_and_old_checks_are_warnings_only(bench, sign_in):
    editor, entry_id = await sign_in("editor01"), first_entry(bench)
    view = await editor.read(f"/library/{entry_id}")
    data = yaml.safe_load(view["yaml"])
    claims = [data["claims"][0] | {"certainty": "unverified"}, *data["claims"][1:]]
    text = edited(view["yaml"], claims=claims, checked_on="2024-01-01")

    saved = await editor.do(
        f"/library/{entry_id}", {"yaml": text, "version": view["version"]}, "PUT"
    )

    levels = {finding["level"] for finding in saved["findings"]}
    assert levels == {"warning"}
    lines = saved["yaml"].splitlines()
    old = next(each for each in saved["findings"] if each["field"] == "checked_on")
    assert lines[old["line"] - 1].startswith("checked_on:")
    unsure = next(each for each in saved["findings"] if each["field"] == data["claims"][0]["id"])
    assert data["claims"][0]["id"] in lines[unsure["line"] - 1]


async def test_a_preview_speaks_of_the_chosen_period(bench, sign_in):
    editor = await sign_in("editor01")
    entry_id = "vat-small-scale-threshold"

    then = await editor.read(f"/library/{entry_id}/preview?period=2025年四季度")
    now = await editor.read(f"/library/{entry_id}/preview?period=2026年三季度")
    ages_ago = await editor.read(f"/library/{entry_id}/preview?period=1995年")

    assert (then["tax_period"], now["tax_period"]) == ("2025年第四季度", "2026年第三季度")
    assert then["text"] and now["text"] and then["evidence"] and now["evidence"]
    assert "没有适用的结论" in ages_ago["text"]
    response = await editor.get(f"/library/{entry_id}/preview?period=一会儿")
    assert response.status == 400
    assert "一会儿" in (await response.json())["error"]["message"]


async def test_a_suspended_entry_stops_answering_and_is_resumed(bench, sign_in):
    editor, entry_id = await sign_in("editor01"), first_entry(bench)
    view = await editor.read(f"/library/{entry_id}")
    body = {"version": view["version"]}
    with reading(bench.sessions) as session:
        before = current_revision(session)

    unexplained = await editor.refused(f"/library/{entry_id}/suspend", body)
    suspended = await editor.do(f"/library/{entry_id}/suspend", body | {"reason": "新公告待核"})
    library = Library(bench.sessions)
    library.refresh()
    gone = entry_id not in library.snapshot.entries
    error = await editor.refused(f"/library/{entry_id}/suspend", body | {"reason": "再来一次"})
    again = await editor.do(f"/library/{entry_id}/resume", body | {"reason": "核过了"})

    assert unexplained["status"] == 400 and "请写明理由" in unexplained["message"]
    assert (suspended["state_label"], suspended["is_answered"]) == ("已暂停", False)
    assert suspended["moved"]["reason"] == "新公告待核"
    assert suspended["moved"]["by"] == "示例编辑"
    assert gone
    assert (error["status"], error["code"]) == (409, "entry_move_not_allowed")
    assert "已暂停" in error["message"] and "示例编辑已暂停" in error["message"]
    assert again["state"] == "published"
    with reading(bench.sessions) as session:
        assert current_revision(session) == before + 2


async def test_only_editors_change_the_library(bench, sign_in):
    entry_id = first_entry(bench)
    for login in ("agent01", "supervisor01"):
        page = await sign_in(login)
        view = await page.read(f"/library/{entry_id}")
        body = {"yaml": view["yaml"], "version": view["version"]}
        assert (await page.refused(f"/library/{entry_id}", body, "PUT"))["code"] == "role_needed"
        error = await page.refused(f"/library/{entry_id}/submit", {"version": view["version"]})
        assert error["code"] == "role_needed"
        assert (await page.refused("/library", {"yaml": view["yaml"]}))["code"] == "role_needed"
    assert (await page.get("/library/no-such-entry")).status == 404


async def test_a_wrong_answer_reaches_the_editor_with_its_evidence(bench, sign_in):
    talk_id, _ = bench.talk()
    turn_id = bench.ask(talk_id, QUESTION)
    with transaction(bench.sessions) as session:
        talk = session.get_one(Conversation, talk_id)
        rate_answer(session, talk, turn_id, rating="wrong", comment="标准不对", now=bench.now)
        used = session.get_one(Answer, turn_id).entries[0]["id"]
    editor, supervisor = await sign_in("editor01"), await sign_in("supervisor01")

    (report,) = (await editor.read("/wrong-answers?state=open"))["rows"]
    counted = (await editor.read(f"/library/{used}"))["wrong_answers"]
    settle = {"state": "right", "note": "依据现行有效，答复没有问题"}
    denied = await supervisor.refused(f"/wrong-answers/{report['id']}", settle)
    settled = await editor.do(f"/wrong-answers/{report['id']}", settle)
    twice = await editor.refused(f"/wrong-answers/{report['id']}", settle)

    assert (report["question"], report["comment"]) == (QUESTION, "标准不对")
    assert report["answer"] and report["evidence"] and report["tax_period"]
    assert [entry["id"] for entry in report["entries"]] == [used]
    assert counted == 1
    assert denied["code"] == "role_needed"
    assert (settled["state_label"], settled["handled_by"]) == ("没有问题", "示例编辑")
    assert (twice["status"], twice["details"]["who"]) == (409, "示例编辑")
    assert (await editor.read("/wrong-answers?state=open"))["rows"] == []


async def test_the_editor_sees_how_many_corrections_wait_and_were_told(bench, sign_in):
    talk_id, _ = bench.talk()
    turns = [bench.ask(talk_id, QUESTION) for _ in range(3)]
    with transaction(bench.sessions) as session:
        talk = session.get_one(Conversation, talk_id)
        used = session.get_one(Answer, turns[0]).entries[0]["id"]
        for turn_id, shown_at in zip(turns, (None, None, bench.now), strict=True):
            session.add(
                Correction(
                    turn_id=turn_id,
                    conversation_id=talk.id,
                    identity_key=talk.identity_key,
                    entry_id=used,
                    question=QUESTION,
                    verdict=CorrectionVerdict.WITHDRAWN,
                    changes=[],
                    told_at=bench.now,
                    queued_at=bench.now,
                    shown_at=shown_at,
                )
            )
    editor, others = await sign_in("editor01"), first_entry(bench)

    assert (await editor.read(f"/library/{used}"))["corrections"] == {"waiting": 2, "shown": 1}
    assert others != used
    untouched = await editor.read(f"/library/{others}")
    assert untouched["corrections"] == {"waiting": 0, "shown": 0}
