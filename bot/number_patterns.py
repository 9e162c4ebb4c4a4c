"""How amounts (金额), periods (所属期) and long numbers look, one character a token, for spaCy.

No pattern is open-ended: a message of five thousand digits must not cost five thousand squared.
"""

from itertools import product

Pattern = list[dict]

DIGIT = {"TEXT": {"REGEX": "^[0-9]$"}}
FIGURE = {"TEXT": {"REGEX": "^[0-9.,]$"}}
CHINESE_FIGURE = {"TEXT": {"REGEX": "^[一二三四五六七八九十两百千零几半多来]$"}}
FIRST_CHINESE_FIGURE = {"TEXT": {"REGEX": "^[一二三四五六七八九十两百千上]$"}}
COUNTED = {"TEXT": {"REGEX": "^[0-9一二三四五六七八九十两百几多哪那这每有找派换排]$"}}
SCALE = {"TEXT": {"REGEX": "^[万亿千百wW]$"}}
GREAT_SCALE = {"TEXT": {"REGEX": "^[万亿]$"}}
LESSER_SCALE = {"TEXT": {"REGEX": "^[万千百多几]$"}}
YUAN = {"TEXT": {"REGEX": "^[元块]$"}}
MONEY = {"TEXT": "钱"}
LETTER_OR_DIGIT = {"TEXT": {"REGEX": "^[0-9A-Za-z-]$"}}

RELATIVE_YEARS = (
    "今年",
    "去年",
    "前年",
    "明年",
    "上年",
    "本年",
    "当年",
    "上年度",
    "本年度",
    "今年度",
)
HALVES = ("上半年", "下半年", "全年")
MONTHS_NEARBY = ("本月", "当月", "上月", "下月", "上个月", "这个月", "下个月", "这月")
QUARTERS_NEARBY = (
    "上季度",
    "上个季度",
    "上一季度",
    "上一个季度",
    "本季度",
    "这季度",
    "这个季度",
    "当季",
    "当季度",
    "下季度",
    "下个季度",
    "前三季度",
    "前三个季度",
)
SPANS = ("近一年", "近两年", "近三年", "最近一年", "最近三年", "上一年度", "上一年", "往年")
CHINESE_MONTHS = (
    "一月",
    "二月",
    "三月",
    "四月",
    "五月",
    "六月",
    "七月",
    "八月",
    "九月",
    "十月",
    "十一月",
    "十二月",
)


def _exactly(text: str) -> Pattern:
    return [{"TEXT": character} for character in text]


def _perhaps(token: dict) -> dict:
    return {**token, "OP": "?"}


def _runs(first: dict, following: dict, shortest: int, longest: int) -> list[Pattern]:
    """Write out every length: runs of optional tokens would cost spaCy far more."""
    return [[first, *[following] * (length - 1)] for length in range(shortest, longest + 1)]


def amount_patterns() -> list[Pattern]:
    """List how an amount of money (金额) is written.

    Returns:
        Patterns for 28万, 1.5亿, 300元, 三十万, 五百块钱, 30w and bare numbers of 5 to 9 digits.
    """
    more = {"TEXT": "多"}
    money = [_perhaps(YUAN), _perhaps(MONEY)]
    patterns: list[Pattern] = []
    for figure in _runs(DIGIT, FIGURE, 1, 12):
        patterns.append([*figure, _perhaps(more), SCALE, _perhaps(LESSER_SCALE), *money])
        patterns.append([*figure, YUAN, _perhaps(MONEY)])
    for figure, rest in product(_runs(DIGIT, FIGURE, 1, 4), _runs(DIGIT, DIGIT, 1, 4)):
        patterns.append([*figure, SCALE, *rest, *money])
    for figure in _runs(FIRST_CHINESE_FIGURE, CHINESE_FIGURE, 1, 6):
        patterns.append([*figure, GREAT_SCALE, *money])
        patterns.append([*figure, YUAN, MONEY])
        patterns.append([*figure, {"TEXT": "元"}])
        for rest in _runs(CHINESE_FIGURE, CHINESE_FIGURE, 1, 4):
            patterns.append([*figure, GREAT_SCALE, *rest, *money])
    return patterns + _runs(DIGIT, FIGURE, 5, 9)


def identifier_patterns() -> list[Pattern]:
    """List long runs of letters and digits (编号), which are never an amount.

    Returns:
        Patterns for 10 to 24 characters; the longest match wins over any amount inside.
    """
    return _runs(LETTER_OR_DIGIT, LETTER_OR_DIGIT, 10, 24)


def counting_patterns() -> list[Pattern]:
    """List where 个 only counts (量词): 六个人 and 哪个税 hold neither 个人 nor 个税.

    Returns:
        One pattern for people and one for taxes.
    """
    return [[COUNTED, {"TEXT": "个"}, {"TEXT": counted}] for counted in "人税"]


def period_patterns() -> list[Pattern]:
    """List how a tax period (所属期) is said.

    Returns:
        Patterns for a year, a part of a year and both together: 去年, 三季度, 7到9月, 2025年上半年.
    """
    years = _years()
    parts = _parts_of_a_year()
    joints: list[Pattern] = [[], _exactly("的"), _exactly("度")]
    together = [[*year, *joint, *part] for year, joint, part in product(years, joints, parts)]
    spans = [_exactly(words) for words in (*SPANS, *MONTHS_NEARBY, *QUARTERS_NEARBY)]
    bare_year: Pattern = [{"TEXT": "2"}, {"TEXT": "0"}, {"TEXT": {"REGEX": "^[12]$"}}, DIGIT]
    return [*years, *parts, *together, *spans, bare_year]


def _years() -> list[Pattern]:
    suffix: Pattern = [{"TEXT": "年"}, _perhaps({"TEXT": "度"})]
    full: Pattern = [{"TEXT": "2"}, {"TEXT": "0"}, {"TEXT": {"REGEX": "^[0-3]$"}}, DIGIT, *suffix]
    short: Pattern = [{"TEXT": {"REGEX": "^[12]$"}}, DIGIT, *suffix]
    chinese: Pattern = [{"TEXT": {"REGEX": "^[零〇一二三四五六七八九]$"}}] * 2
    spoken: Pattern = [*chinese, {"TEXT": "年"}]
    spoken_full: Pattern = [
        *_exactly("二"),
        {"TEXT": {"REGEX": "^[零〇]$"}},
        *chinese,
        {"TEXT": "年"},
    ]
    return [full, short, spoken, spoken_full, *[_exactly(year) for year in RELATIVE_YEARS]]


def _parts_of_a_year() -> list[Pattern]:
    ordinal = {"TEXT": {"REGEX": "^[一二三四1234]$"}}
    quarter: Pattern = [
        _perhaps({"TEXT": "第"}),
        ordinal,
        _perhaps({"TEXT": "个"}),
        *_exactly("季度"),
    ]
    short_quarter: Pattern = [{"TEXT": {"REGEX": "^[Qq]$"}}, {"TEXT": {"REGEX": "^[1-4]$"}}]
    month_end = [{"TEXT": "月"}, _perhaps({"TEXT": "份"})]
    month = [DIGIT, _perhaps(DIGIT)]
    until = {"TEXT": {"REGEX": "^[-到至~—]$"}}
    months = [*month, _perhaps({"TEXT": "月"}), until, *month, *month_end]
    spoken = [[*_exactly(words), _perhaps({"TEXT": "份"})] for words in CHINESE_MONTHS]
    halves = [_exactly(words) for words in HALVES]
    return [quarter, short_quarter, [*month, *month_end], months, *spoken, *halves]
