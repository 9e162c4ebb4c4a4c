"""A bureau's own record is taken over whole, or refused with every fault named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.audit import AuditLine, first_broken_line
from core.database import Base, Sessions, transaction
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding import confirm_binding, current_firm, start_binding
from enterprises.import_values import words
from enterprises.importing import Imported, ImportRefused, import_firms, read_import
from enterprises.kinds import FilingStatus, Role, Subject, Tax
from enterprises.sample import load_sample
from enterprises.tables import Enterprise, EnterpriseRole, Filing, Person
from enterprises.uscc import make_uscc

TODAY = date(2026, 9, 17)  # the Chinese day of ``now``
PHONE, OTHER_PHONE = "19900008001", "19900008002"
FIRM: dict[str, Any] = {
    "uscc": make_uscc(70_001, kind="92"),
    "name": "彩旗小店",
    "subject": "sole_trader",
    "taxpayer_type": "small_scale",
    "filing_cycle": "quarterly",
    "industry": "零售业",
    "region_code": "990101",
    "region_name": "示例区",
    "competent_authority": "示例区税务所",
    "registered_on": "2024-03-01",
    "status": "normal",
    "headcount": 3,
    "assets_yuan": 120000.5,
    "is_small_low_profit": False,
}
CLERK = {"role": "tax_clerk", "name": "示例周", "phone": PHONE}
FILING = {
    "tax": "vat",
    "period_first": "2026-04-01",
    "period_last": "2026-06-30",
    "due_on": "2026-07-15",
    "state": "filed",
    "filed_on": "2026-07-10",
    "sales_yuan": "250000",
}


@pytest.fixture
def take(sessions: Sessions, keys: Keys, now: datetime, tmp_path: Path) -> Callable[..., Imported]:
    """Import records as JSON lines."""

    def take(*records: dict[str, Any], at: datetime = now) -> Imported:
        path = tmp_path / "firms.jsonl"
        path.write_text("\n".join(json.dumps(each) for each in records), "utf-8")
        with transaction(sessions) as session:
            return import_firms(session, read_import(path), keys=keys, now=at)

    return take


def refusals(take: Callable[..., Imported], *records: dict[str, Any]) -> list[str]:
    with pytest.raises(ImportRefused) as refused:
        take(*records)
    return [str(fault) for fault in refused.value.faults]


def count(sessions: Sessions, table: type[Base]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def holders(sessions: Sessions, role: Role = Role.TAX_CLERK) -> list[tuple[str, str, date | None]]:
    with sessions() as session:
        rows = session.scalars(
            select(EnterpriseRole).where(EnterpriseRole.role == role).order_by(EnterpriseRole.id)
        )
        return [(row.person.name, row.person.phone_hint, row.until) for row in rows]


def test_a_firm_comes_with_its_people_and_filings_and_phones_are_sealed(
    take, sessions: Sessions, keys: Keys
) -> None:
    done = take(FIRM | {"roles": [CLERK], "filings": [FILING]})

    assert (done.added, done.roles_begun, done.filings) == (1, 1, 1)
    with sessions() as session:
        firm = session.scalars(select(Enterprise)).one()
        assert (firm.name, firm.subject, firm.is_sample) == ("彩旗小店", Subject.SOLE_TRADER, False)
        assert (firm.registered_on, firm.assets_yuan) == (date(2024, 3, 1), Decimal("120000.50"))
        person = session.scalars(select(Person)).one()
        assert keys.unseal(person.phone_sealed) == PHONE
        filing = session.scalars(select(Filing)).one()
        assert (filing.tax, filing.state) == (Tax.VAT, FilingStatus.FILED)
        assert (filing.sales_yuan, filing.tax_payable_yuan) == (Decimal(250_000), None)
        assert PHONE not in str([vars(row) for row in (firm, person, filing)])
        [line] = session.scalars(select(AuditLine))
        assert (line.actor, line.deed) == ("operator", "enterprises.firm.imported")
        assert first_broken_line(session) is None


def test_the_clerk_of_an_imported_firm_binds_it_and_loses_it_when_the_file_names_another(
    take, sessions: Sessions, keys: Keys, settings: Settings, now: datetime
) -> None:
    take(FIRM | {"roles": [CLERK]})
    known = {"identity_key": "web:zhou", "keys": keys, "now": now, "settings": settings}
    with transaction(sessions) as session:
        sent = start_binding(session, uscc=FIRM["uscc"], role=Role.TAX_CLERK, **known)
        assert confirm_binding(session, code=sent.demo_code, **known).firm().name == "彩旗小店"

    tomorrow = now + timedelta(days=1)
    take(FIRM | {"roles": [CLERK | {"name": "示例吴", "phone": OTHER_PHONE}]}, at=tomorrow)

    with sessions() as session:
        assert current_firm(session, identity_key="web:zhou", now=tomorrow) is None
    assert holders(sessions) == [
        ("示例周", "199****8001", TODAY),
        ("示例吴", "199****8002", None),
    ]


def test_the_same_file_again_changes_nothing(take, sessions: Sessions) -> None:
    record = FIRM | {"roles": [CLERK], "filings": [FILING]}
    take(record)

    done = take(record)

    assert done == Imported(unchanged=1)
    assert (count(sessions, EnterpriseRole), count(sessions, AuditLine)) == (1, 1)


def test_a_profile_and_a_filing_become_those_of_the_file_and_roles_it_does_not_name_stay(
    take, sessions: Sessions
) -> None:
    pending = FILING | {"state": "overdue", "filed_on": None, "sales_yuan": None}
    take(FIRM | {"roles": [CLERK], "filings": [pending]})

    done = take(FIRM | {"name": "彩旗大店", "filings": [FILING]})

    assert (done.changed, done.roles_begun, done.roles_ended, done.filings) == (1, 0, 0, 1)
    with sessions() as session:
        assert session.scalars(select(Enterprise.name)).all() == ["彩旗大店"]
        assert session.scalars(select(Filing.filed_on)).all() == [date(2026, 7, 10)]
    assert holders(sessions) == [("示例周", "199****8001", None)]


def test_a_new_phone_is_a_new_person_and_the_wrong_one_of_the_same_day_is_gone(
    take, sessions: Sessions
) -> None:
    take(FIRM | {"roles": [CLERK]})

    done = take(FIRM | {"roles": [CLERK | {"phone": OTHER_PHONE}]})

    assert (done.roles_begun, done.roles_ended) == (1, 1)
    assert holders(sessions) == [("示例周", "199****8002", None)]


def test_several_people_may_hold_one_role_and_one_person_several(take, sessions: Sessions) -> None:
    second = CLERK | {"name": "示例吴", "phone": OTHER_PHONE}

    take(FIRM | {"roles": [CLERK, second, CLERK | {"role": "finance_officer"}]})

    assert [name for name, _, _ in holders(sessions)] == ["示例周", "示例吴"]
    assert [name for name, _, _ in holders(sessions, Role.FINANCE_OFFICER)] == ["示例周"]
    assert count(sessions, Person) == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"uscc": FIRM["uscc"][:-1]}, "第2行 统一社会信用代码：统一社会信用代码应为18位"),
        ({"name": ""}, "第2行 名称：没有填写"),
        ({"name": "彩" * 121}, "第2行 名称：最多 120 个字"),
        ({"subject": "公司"}, "第2行 主体类型：只能写企业、个体工商户、合伙企业"),
        ({"region_code": "99-01"}, "第2行 行政区划代码：要写 6 至 12 位数字"),
        ({"registered_on": "2026-02-30"}, "第2行 登记日期：要写成 2026-01-31 这样的日期"),
        ({"headcount": 2.5}, "第2行 从业人数：要写 0 到"),
        ({"assets_yuan": "-1"}, "第2行 资产总额：要写成元"),
        ({"assets_yuan": "NaN"}, "第2行 资产总额：要写成元"),
        ({"assets_yuan": "1e30"}, "第2行 资产总额：要写成元"),
        ({"assets_yuan": "1.005"}, "第2行 资产总额：要写成元"),
        ({"is_small_low_profit": "也许"}, "第2行 是否小型微利企业：只能写 是 或 否"),
        ({"colour": "red"}, "第2行 colour：没有这一列"),
        ({"roles": [CLERK | {"phone": "12345"}]}, "第2行 办税员手机：手机号写法有误"),
        ({"roles": [CLERK | {"name": None}]}, "第2行 办税员姓名：没有填写"),
        ({"roles": [CLERK | {"role": "boss"}]}, "第2行 roles[0].role：只能写法定代表人"),
        ({"roles": "示例周"}, "第2行 roles：要写成列表"),
        ({"filings": [FILING | {"tax": "tea"}]}, "第2行 filings[0].tax：只能写增值税"),
        ({"filings": [FILING | {"period_last": "2026-03-31"}]}, "所属期的止日早于起日"),
        ({"filings": [FILING | {"filed_on": None}]}, "第2行 filings[0].filed_on：已申报"),
        ({"filings": [FILING | {"state": "pending"}]}, "第2行 filings[0].filed_on：已申报"),
        ({"filings": [FILING, FILING]}, "第2行 filings[1]：同一税种、同一所属期写了两次"),
        ({"uscc": FIRM["uscc"]}, "第2行 统一社会信用代码：与第 1 行重复"),
    ],
)
def test_a_fault_is_named_by_row_and_column_and_nothing_of_the_file_is_taken(
    take, sessions: Sessions, changes: dict[str, Any], told: str
) -> None:
    second = FIRM | {"uscc": make_uscc(70_002, kind="92")} | changes

    faults = refusals(take, FIRM | {"roles": [CLERK]}, second)

    assert len(faults) == 1 and told in faults[0]
    assert [count(sessions, table) for table in (Enterprise, Person, AuditLine)] == [0, 0, 0]


def test_every_fault_is_told_at_once_and_no_phone_among_them(take) -> None:
    bad = FIRM | {"name": "", "headcount": "", "roles": [CLERK | {"phone": "1990000800"}]}

    faults = refusals(take, bad, bad)

    assert len(faults) == 6
    assert "1990000800" not in "".join(faults)


def test_the_code_of_a_sample_firm_is_refused_and_the_rest_undone(
    take, sessions: Sessions, keys: Keys, now: datetime
) -> None:
    with transaction(sessions) as session:
        load_sample(session, now=now, keys=keys, count=2)
        taken = session.scalars(select(Enterprise.uscc)).first()

    faults = refusals(take, FIRM, FIRM | {"uscc": taken})

    assert faults == ["第2行 统一社会信用代码：这个代码已被示例企业占用"]
    assert count(sessions, Enterprise) == 2


def csv_of(records: list[dict[str, Any]], columns: list[str] | None = None) -> str:
    """The records under Chinese headings, as a spreadsheet saves them."""
    written = io.StringIO()
    writer = csv.DictWriter(written, columns or list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return written.getvalue()


SPREADSHEET = {words()["columns"][name]: value for name, value in FIRM.items()} | {
    "主体类型": "个体工商户",
    "纳税人类型": "小规模纳税人",
    "申报周期": "按季申报",
    "登记日期": "2024/3/1",
    "状态": "正常",
    "资产总额": "120,000.50",
    "是否小型微利企业": "否",
    "办税员姓名": "示例周",
    "办税员手机": PHONE,
    "财务负责人姓名": "",
    "财务负责人手机": "",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_spreadsheet_with_chinese_headings_says_the_same(
    take, sessions: Sessions, keys: Keys, now: datetime, tmp_path: Path, encoding: str
) -> None:
    take(FIRM | {"roles": [CLERK]})
    path = tmp_path / "企业.csv"
    path.write_bytes(csv_of([SPREADSHEET]).encode(encoding))

    with transaction(sessions) as session:
        done = import_firms(session, read_import(path), keys=keys, now=now)

    assert done == Imported(unchanged=1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (csv_of([SPREADSHEET | {"颜色": "红"}]), ["第1行 颜色：没有这一列"]),
        (
            csv_of([{k: v for k, v in SPREADSHEET.items() if k != "名称"}]),
            ["第1行 名称：缺这一列"],
        ),
        (csv_of([SPREADSHEET]).rstrip() + ",多的\r\n", ["第2行：这一行的列数比表头多"]),
        (csv_of([SPREADSHEET | {"办税员手机": ""}]), ["第2行 办税员手机：没有填写"]),
        (csv_of([SPREADSHEET]).splitlines()[0], ["文件：一户也没有"]),
        ("", [f"第1行 {label}：缺这一列" for label in words()["columns"].values()]),
    ],
)
def test_a_spreadsheet_is_refused_with_the_place_of_each_fault(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    path = tmp_path / "firms.csv"
    path.write_text(text, "utf-8", newline="")

    with pytest.raises(ImportRefused) as refused:
        read_import(path)

    assert [str(fault) for fault in refused.value.faults] == told


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("firms.xlsx", b"PK", "文件：文件名要以 .csv 或 .jsonl 结尾"),
        ("firms.csv", b"\xff\xff\xff", "文件：不是 UTF-8 或 GB18030 编码的文字"),
        ("firms.jsonl", b"[1, 2]", "第1行：不是一个 JSON 对象"),
        ("firms.jsonl", b"{", "第1行：不是一个 JSON 对象"),
        ("firms.jsonl", b"\n\n", "文件：一户也没有"),
        ("gone.jsonl", None, "文件：打不开，请核对路径和权限"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ImportRefused) as refused:
        read_import(path)

    assert [str(fault) for fault in refused.value.faults] == [told]
