from __future__ import annotations

import pytest

from consultations.substance import differs


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("月销售额不超过10万元的免征增值税。", "月销售额未达到10万元的免征增值税。"),
        ("可以按1%开票。", "可以按3%开票。"),
        ("期限是3月31日。", "期限是6月30日。"),
        ("这种情况可以开专票。", "这种情况不可以开专票。"),
        ("小规模纳税人减按1%征收。", "带上身份证到办税服务厅办理变更。"),
    ],
)
def test_another_figure_limit_verdict_or_statement_is_substance(old: str, new: str) -> None:
    assert differs(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("小规模纳税人减按1%征收。", "小规模纳税人，减按1%征收"),
        ("您按季申报的，季度销售额30万元以下免征。", "按季申报的，季度销售额30万元以下免征。"),
    ],
)
def test_better_words_for_the_same_are_none(old: str, new: str) -> None:
    assert not differs(old, new)
