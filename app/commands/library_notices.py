"""``runmiao kb notice``: an official notice read into drafts that wait to be written (收录通知)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.commands.library_exchange import OPERATOR
from app.commands.ready import wire_ready
from core.database import in_transaction
from core.errors import InvalidInput
from core.settings import Settings
from knowledge_base.notices.keeping import keep_proposal
from knowledge_base.notices.proposal import Proposal, propose

#: So many documents that it names are shown.
_SHOWN = 12


def add_notice_verbs(verbs: Any) -> None:
    """Add the sub-command to the group ``kb``."""
    notice = verbs.add_parser("notice", help="读一份通知（TXT、网页、DOCX、PDF），列出能写成条目的")
    notice.add_argument("file", type=Path)
    notice.add_argument("--save", action="store_true", help="存为收录建议，由编辑在工作台处理")
    notice.add_argument("--json", action="store_true")
    notice.set_defaults(run=_notice)


def _notice(given: argparse.Namespace, settings: Settings) -> int:
    proposal = propose(_content(given.file))
    saved = _save(proposal, given.file.name, settings) if given.save else None
    _show(proposal)
    if saved is not None:
        told = "✓ 已存为收录建议" if saved["new"] else "· 这份文件以前存过，收录建议"
        print(f"{told} {saved['id']}，请编辑到工作台“收录通知”里处理")
    if given.json:
        found = {"digest": proposal.digest, "kind": proposal.kind, **proposal.body}
        print(json.dumps({**found, "saved": saved}, ensure_ascii=False))
    return 0


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(reason=f"读不了文件 {path}：{error.strerror}") from error


def _save(proposal: Proposal, name: str, settings: Settings) -> dict[str, Any]:
    parts = wire_ready(settings)
    row, is_new = in_transaction(
        parts.sessions,
        lambda session: keep_proposal(
            session, proposal, file_name=name, officer=OPERATOR, now=parts.clock()
        ),
    )
    return {"id": row.id, "new": is_new, "state": row.state.value}


def _show(proposal: Proposal) -> None:
    document, body = proposal.candidate, proposal.body
    print(f"{document.number or '（没有文号）'} {document.title}")
    print(f"发文单位 {'、'.join(document.issuers) or '没有找到'}")
    days = (document.issued_on, document.in_force_from, document.ended_on)
    issued, first, last = (day.isoformat() if day else "没有找到" for day in days)
    print(f"成文 {issued}，施行 {first}，终止 {last}")
    for note in body["notes"]:
        print(f"! {note}")
    print(
        f"条款 {len(body['clauses'])} 处，数值 {len(body['figures'])} 个，"
        f"提到的文件 {len(body['citations'])} 份，可写的条目 {len(body['skeletons'])} 条"
    )
    for each in body["citations"][:_SHOWN]:
        title = f"《{each['title']}》" if each["title"] else ""
        print(f"· {each['clause']} 提到 {title}{each['number'] or ''}{each['part'] or ''}")
    for each in body["skeletons"]:
        print(f"+ {each['key']} {each['clause']} {each['question']}")
