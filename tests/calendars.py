"""Years of the working calendar that were invented for tests."""

from __future__ import annotations

from core.calendar import Year, read_year

#: 2027 is not announced; nobody knows whether it will be like this.
INVENTED_2027 = """\
year: 2027
title: 为测试编造的2027年放假安排
number: 测试〔2026〕1号
link: https://example.org/2027
issued_on: 2026-11-20
checked_on: 2026-11-21
holidays:
  - {name: 元旦, from: 2027-01-01, to: 2027-01-03}
  - {name: 春节, from: 2027-02-05, to: 2027-02-12}
  - {name: 清明节, from: 2027-04-03, to: 2027-04-05}
  - {name: 劳动节, from: 2027-05-01, to: 2027-05-05}
  - {name: 端午节, from: 2027-06-09, to: 2027-06-09}
  - {name: 中秋节, from: 2027-09-15, to: 2027-09-15}
  - {name: 国庆节, from: 2027-10-01, to: 2027-10-07}
workdays:
  - 2027-02-14
  - 2027-02-20
  - 2027-05-08
  - 2027-09-26
  - 2027-10-09
"""


def invented_2027(*changes: tuple[str, str]) -> Year:
    """The invented year, with words exchanged."""
    text = INVENTED_2027
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_year(text, file="2027.yml")
