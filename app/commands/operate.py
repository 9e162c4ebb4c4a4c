"""``runmiao serve``, ``migrate``, ``staff``, ``audit``, ``backup``, ``restore``: operation."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.backup import backup, restore
from app.migrate import migrate, write_migration
from app.serve import serve
from app.wiring import wire
from core.audit import AuditLine, first_broken_line
from core.database import reading, transaction
from core.errors import InvalidInput
from core.settings import Settings
from desk.passwords import new_password
from desk.roles import ROLES
from desk.staff import create_staff, reset_password


def add_to(commands: Any) -> None:
    """Add the sub-commands."""
    serving = commands.add_parser("serve", help="运行服务")
    serving.add_argument("--without-rasa", action="store_true", help="Rasa 由别的进程看护")
    serving.set_defaults(run=_serve)

    migrating = commands.add_parser("migrate", help="把数据库升级到当前版本")
    migrating.add_argument("--write", metavar="说明", help="（开发用）按表结构写一个新的迁移")
    migrating.add_argument("--number", help="（开发用）新迁移的编号，如 0002")
    migrating.set_defaults(run=_migrate)

    staff = commands.add_parser("staff", help="坐席账号")
    verbs = staff.add_subparsers(required=True, metavar="动作")
    create = verbs.add_parser("create", help="新建账号；正式环境的第一个管理员由此产生")
    create.add_argument("login")
    create.add_argument("--name", required=True, help="显示给纳税人的称呼")
    create.add_argument("--role", required=True, action="append", choices=ROLES)
    create.add_argument("--ask-password", action="store_true", help="自己输入密码，不随机生成")
    create.set_defaults(run=_create_staff)
    reset = verbs.add_parser("reset", help="重设密码，并结束这个账号的登录")
    reset.add_argument("login")
    reset.set_defaults(run=_reset_staff)

    audit = commands.add_parser("audit", help="审计记录")
    deeds = audit.add_subparsers(required=True, metavar="动作")
    checking = deeds.add_parser("check", help="核对前后相链：有没有被改过、删过中间的行")
    checking.set_defaults(run=_check_audit)

    saving = commands.add_parser("backup", help="备份数据库和 Rasa 记录")
    saving.add_argument("target", type=Path, help="备份放到这个目录")
    saving.set_defaults(run=_backup)
    bringing = commands.add_parser("restore", help="从备份恢复")
    bringing.add_argument("source", type=Path, help="备份文件")
    bringing.add_argument("--force", action="store_true", help="覆盖现有数据库")
    bringing.set_defaults(run=_restore)


def _serve(given: argparse.Namespace, settings: Settings) -> None:
    for name, value in settings.public_values().items():
        if not settings.is_demo:
            print(f"  {name} = {value}", file=sys.stderr)
    asyncio.run(serve(settings, with_rasa=not given.without_rasa))


def _migrate(given: argparse.Namespace, settings: Settings) -> None:
    parts = wire(settings)
    if given.write:
        if not given.number:
            raise InvalidInput(reason="--write 要同时写 --number，如 0002")
        write_migration(parts.database, given.write, given.number)
    else:
        migrate(parts.database)
    print("✓ 数据库已是当前版本")


def _create_staff(given: argparse.Namespace, settings: Settings) -> None:
    password = getpass.getpass("密码：") if given.ask_password else new_password()
    parts = wire(settings)
    migrate(parts.database)
    with transaction(parts.sessions) as session:
        create_staff(
            session,
            login=given.login,
            name=given.name,
            roles=given.role,
            password=password,
            now=parts.clock(),
        )
    print(f"✓ 已新建账号 {given.login}（{'、'.join(given.role)}）")
    if not given.ask_password:
        print(f"  初始密码 {password}，只显示这一次")


def _reset_staff(given: argparse.Namespace, settings: Settings) -> None:
    parts = wire(settings)
    with transaction(parts.sessions) as session:
        _, password = reset_password(session, given.login, by="operator", now=parts.clock())
    print(f"✓ {given.login} 的新密码 {password}，只显示这一次")


def _check_audit(_: argparse.Namespace, settings: Settings) -> int:
    parts = wire(settings)
    with reading(parts.sessions) as session:
        broken = first_broken_line(session)
        lines = session.scalar(select(func.count(AuditLine.id)))
    if broken is not None:
        print(f"✗ 审计记录从第 {broken} 行起与前面对不上：这一行被改过，或者它前面有行被删过")
        return 1
    print(f"✓ 审计记录 {lines} 行，前后相连，没有发现改动")
    return 0


def _backup(given: argparse.Namespace, settings: Settings) -> None:
    print(f"✓ 已备份到 {backup(settings, given.target)}")


def _restore(given: argparse.Namespace, settings: Settings) -> None:
    restore(settings, given.source, force=given.force)
    print("✓ 已恢复。请重新启动服务")
