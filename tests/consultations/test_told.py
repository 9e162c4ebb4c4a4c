from __future__ import annotations

import pytest

from consultations.told import read_back

SHOWN = (
    "起征点是10万元（待核）。\n\n· 超过5万元的，按1.5%交，最多3次。\n"
    "· 尚未确定：押金是800元（请向街道办确认）\n怎么办：\n1. 3个工作日内登记"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("起征点是{{ a.b }}。", "起征点是10万元。"),
        ("超过{{ a.b }}的，按{{ a.c }}交，最多{{ a.d }}。", "超过5万元的，按1.5%交，最多3次。"),
        ("押金是{{ a.b }}", "押金是800元"),
        ("{{ a.b }}内登记", "3个工作日内登记"),
        ("最多{{ a.b }}", "最多3次"),
        ("押金是{{ a.b }}，可以退。", None),
        ("超过5万元的", "超过5万元的"),
        ("不退押金。", None),
    ],
)
def test_a_text_is_found_with_the_figures_that_stood_in_it(text: str, said: str | None) -> None:
    found = read_back(text, SHOWN)

    assert (found.removeprefix("1. ") if found else found) == said
