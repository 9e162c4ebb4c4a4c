"""``runmiao kb export``, ``import``, ``template``, ``terms``: the library as files to exchange."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.migrate import latest_revision, revision_of
from app.wiring import Parts, wire
from core.database import in_transaction, reading
from core.errors import InvalidInput
from core.settings import Settings
from knowledge_base.exchange.columns import words
from knowledge_base.exchange.exchange import FORMATS, read_path, write_file, write_files
from knowledge_base.exchange.faults import ExchangeRefused
from knowledge_base.exchange.judge import Brought
from knowledge_base.exchange.taking_along import WHICH, library_of
from knowledge_base.exchange.taking_over import TakenOver, registered_documents, take_over
from knowledge_base.kept_terms import terms_in_force, terms_yaml

#: The editor of what is imported on the command line: nobody of the staff, so anyone may approve.
OPERATOR = "operator"


def add_exchange_verbs(verbs: Any) -> None:
    """Add the sub-commands to the group ``kb``."""
    export = verbs.add_parser("export", help="导出条目和文件：YAML 或 CSV 文件夹，或一个 XLSX、zip")
    export.add_argument("target", type=Path, help="文件夹，或 ….xlsx、….csv.zip、….yaml.zip")
    export.add_argument("--format", choices=FORMATS, help="不写就看文件名；文件夹默认 yaml")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--published", dest="which", action="store_const", const=WHICH[0])
    which.add_argument("--latest", dest="which", action="store_const", const=WHICH[1],
                       help="每个条目的最新一版，包括草稿；默认只导出已发布的")  # fmt: skip
    export.set_defaults(run=_export, which=WHICH[0])
    taking = verbs.add_parser("import", help="导入为草稿；有一处问题就什么也不导入")
    taking.add_argument("source", type=Path, help="导出的文件或文件夹")
    taking.add_argument("--dry-run", action="store_true", help="只检查，说出会改什么，不写入")
    taking.add_argument("--json", action="store_true")
    taking.set_defaults(run=_import)
    terms = verbs.add_parser("terms", help="导出工作台保留的用语，可以并入词表文件")
    terms.add_argument("file", type=Path, help="….yml")
    terms.set_defaults(run=_terms)
    template = verbs.add_parser("template", help="写一个空的 XLSX 模板，带填写说明")
    template.add_argument("file", type=Path)
    template.set_defaults(run=_template)


def _export(given: argparse.Namespace, settings: Settings) -> None:
    parts = _wired(settings)
    with reading(parts.sessions) as session:
        entries, documents = library_of(session, which=given.which)
    target: Path = given.target
    format = given.format or _format_of(target)
    if target.suffix in (".xlsx", ".zip"):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(write_file(entries, documents, format=format))
    elif format == "xlsx":
        raise InvalidInput(reason="XLSX 要写成一个文件，文件名以 .xlsx 结尾")
    else:
        for name, content in write_files(entries, documents, format=format).items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    print(f"✓ 已导出 {len(entries)} 个条目、{len(documents)} 份文件到 {target}")


def _format_of(target: Path) -> str:
    if target.suffix == ".xlsx":
        return "xlsx"
    return "csv" if target.name.endswith(".csv.zip") else "yaml"


def _template(given: argparse.Namespace, _: Settings) -> None:
    given.file.write_bytes(write_file([], [], format="xlsx"))
    print(f"✓ 已写出模板 {given.file}")


def _terms(given: argparse.Namespace, settings: Settings) -> None:
    parts = _wired(settings)
    with reading(parts.sessions) as session:
        text, count = terms_yaml(session), len(terms_in_force(session))
    given.file.write_text(text, "utf-8")
    print(f"✓ 已导出 {count} 条使用中的用语到 {given.file}")


def _import(given: argparse.Namespace, settings: Settings) -> int:
    parts = _wired(settings)
    with reading(parts.sessions) as session:
        registered = registered_documents(session)
    try:
        brought = read_path(given.source, registered=registered, progress=_show_progress)
        done = _take(parts, brought, source=_digest(given.source), dry_run=given.dry_run)
    except ExchangeRefused as refused:
        for fault in refused.faults:
            print(f"✗ {fault}")
        if given.json:
            faults = [each.to_json() for each in refused.faults]
            print(json.dumps({"imported": False, "faults": faults}, ensure_ascii=False))
        raise
    _tell(done, dry_run=given.dry_run)
    if given.json:
        result = {"imported": not given.dry_run, "faults": [], **done.to_json()}
        print(json.dumps(result, ensure_ascii=False))
    return 0


def _wired(settings: Settings) -> Parts:
    parts = wire(settings)
    if revision_of(parts.database) != latest_revision():
        raise InvalidInput(reason="数据库还不是当前版本，请先执行 runmiao migrate")
    return parts


def _take(parts: Parts, brought: Brought, *, source: str, dry_run: bool) -> TakenOver:
    def work(session: Session) -> TakenOver:
        return take_over(
            session,
            brought,
            source=source,
            editor=OPERATOR,
            now=parts.clock(),
            progress=_show_progress,
            dry_run=dry_run,
        )

    if dry_run:
        with reading(parts.sessions) as session:
            return work(session)
    return in_transaction(parts.sessions, work)


def _digest(source: Path) -> str:
    """The digest of a file, or of every file in a folder."""
    paths = [source] if source.is_file() else sorted(source.rglob("*"))
    told = hashlib.sha256()
    for path in paths:
        if path.is_file():
            told.update(path.read_bytes())
    return told.hexdigest()


def _tell(done: TakenOver, *, dry_run: bool) -> None:
    for each in done.new:
        print(f"+ {each.entry_id} {each.question}")
    for each in done.changed:
        print(f"~ {each.entry_id} 第{each.version}版：{'、'.join(each.fields)}")
    for name, fields in done.kept_documents.items():
        print(f"! 文件 {name} 正被已发布的条目引用，没有改动（{'、'.join(fields)}不同）")
    print(
        f"{'只检查，没有写入：' if dry_run else '✓ 已存为草稿：'}新增 {len(done.new)} 条，"
        f"更新 {len(done.changed)} 条，未变 {done.unchanged} 条；"
        f"文件新增 {len(done.new_documents)} 份，更新 {len(done.changed_documents)} 份，"
        f"未变 {done.unchanged_documents} 份"
    )


def _show_progress(step: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{words()['steps'][step]} {done}/{total}", end="", file=sys.stderr, flush=True)
