"""An invented month of questions (合成的一个月): rhythms, a season, a holiday, noise, bursts."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from core.calendar import current_calendar, is_workday
from core.clock import CHINA
from policy_rules.deadlines import filing_deadline

TOPICS, WITH_ENTRY, PEOPLE = 200, 150, 5000
WARM_UP = timedelta(days=42)
MONTH = (date(2026, 10, 1), date(2026, 10, 30))
#: People by hour of a working day, of a day off, and of a topic of the evening; any scale.
_WORK = (1, 1, 1, 1, 1, 2, 4, 8, 30, 60, 62, 48, 22, 30, 52, 56, 50, 34, 18, 14, 12, 9, 5, 2)
_OFF = (1, 1, 1, 1, 1, 1, 2, 4, 9, 14, 15, 13, 10, 10, 13, 13, 12, 10, 9, 10, 10, 8, 5, 2)
_EVENING = (1, 1, 1, 1, 1, 1, 2, 4, 9, 12, 12, 12, 16, 12, 12, 12, 14, 20, 34, 44, 46, 36, 16, 5)
_THINGS = (
    "茶砖", "竹椅", "蜂箱", "渔网", "陶罐", "草帽", "木梳", "铜锣", "皮影", "风筝",
    "油伞", "石磨", "糖画", "棉布", "藤筐", "纸扇", "瓷碗", "砚台", "香炉", "花灯",
    "灯笼", "算盘", "马鞍", "竹笛", "二胡", "唢呐", "蜡烛", "肥皂", "毛毡", "羊皮",
    "鹿茸", "蚕丝", "麻绳", "水车", "磨盘", "木桶", "铁锅", "铜壶", "砂锅", "粽叶",
    "艾草", "荷叶", "莲子", "藕粉", "豆酱", "米酒", "醪糟", "腊肉", "火腿", "咸蛋",
    "松花", "银耳",
)  # fmt: skip
_DEEDS = (
    "开票要选哪个编码", "卖到外省怎么缴税", "损坏了还能抵扣吗", "寄售收入何时申报",
    "出租给邻居要登记吗", "退货以后税款怎么退", "送人也要算收入吗", "库存盘亏怎样处理",
    "直播带货有什么规定", "委托加工由谁代扣", "展会现场成交找谁备案", "境外客户汇款怎么入账",
    "预收定金几时确认", "赠品搭配如何拆价", "合伙人分红扣多少", "租车拉货凭啥报销",
    "临时雇工工资怎么报", "补贴到账要不要交", "搬迁补偿免不免", "旧机器转让按几个点",
    "积分兑换怎么做账", "分期收款哪天算", "样品寄出视同什么", "质保金扣下怎么冲",
    "水电分摊能列支吗", "商标转让走什么流程", "农户手里收购拿啥票", "仓库漏雨赔款算啥",
    "网店改名要变更吗", "停业三个月零报行吗", "投资款退回咋处理", "股东借款会罚吗",
    "房租押金开收据吗", "餐补打卡计个税吗", "残疾员工加计多少", "研发试制料能扣吗",
    "快递代收款怎么记", "平台佣金发票在哪要", "老客户返利红冲吗", "团购券核销时点",
    "清算剩余财产先缴啥", "注销前欠票咋办", "跨区设摊预缴几成", "合同作废印花退不退",
    "电子档案存几年", "发票遗失登报吗", "税盘锁死去哪解", "扣款失败重复划走",
    "三方协议签不上", "实名认证人脸不过", "密码忘了法人在外地", "申报表第九栏填啥",
)  # fmt: skip
_WAYS = (
    "{thing}{deed}",
    "请问{thing}{deed}",
    "我想问{thing}{deed}呢",
    "{deed}，是{thing}的",
    "{thing}的话{deed}",
)


@dataclass(frozen=True)
class Topic:
    """One matter: how much it is asked, and when."""

    name: str
    entry_id: str | None
    thing: str
    deed: str
    level: float
    evening: bool
    season: float
    off: float
    drift: float

    def wording(self, rng: random.Random) -> str:
        return rng.choice(_WAYS).format(thing=self.thing, deed=self.deed)


@dataclass(frozen=True)
class Planted:
    """One burst: so many more people from ``start`` on, spread over ``hours``."""

    name: str
    topic: str
    start: datetime
    hours: float
    people: int


@dataclass(frozen=True)
class Ask:
    """One question of one person."""

    at: datetime
    person: int
    topic: Topic
    text: str


@dataclass
class Traffic:
    """Everything asked, in order, with what was planted."""

    asks: list[Ask] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    topics: dict[str, Topic] = field(default_factory=dict)


def make_traffic(seed: int, *, first: date = MONTH[0], last: date = MONTH[1]) -> Traffic:
    """Invent the traffic of one seed."""
    rng = random.Random(seed)
    traffic = Traffic(topics={each.name: each for each in _topics(rng)})
    traffic.planted = list(_bursts(rng, list(traffic.topics.values()), first, last))
    usual = [each for each in traffic.topics.values() if each.level > 0]
    day = first - WARM_UP
    while day <= last:
        everybody = rng.gammavariate(100, 0.01)
        tide = 1.8 if day == first + timedelta(days=13) else 1.0  # a day on which all ask more
        for topic in usual:
            noise = everybody * tide * rng.gammavariate(20, 0.05)
            traffic.asks += _day_of(topic, day, noise, rng)
        day += timedelta(days=1)
    for burst in traffic.planted:
        traffic.asks += _asks_of(burst, traffic.topics[burst.topic], rng)
    traffic.asks += _one_who_insists(usual, first, last, rng)
    traffic.asks.sort(key=lambda ask: ask.at)
    return traffic


def _topics(rng: random.Random) -> Iterator[Topic]:
    things, deeds = rng.sample(_THINGS, len(_THINGS)), rng.sample(_DEEDS, len(_DEEDS))
    with_entry = rng.sample(range(TOPICS), WITH_ENTRY)
    # Those without an entry are told by their words alone, which nothing else says.
    words = {number: place for place, number in enumerate(set(range(TOPICS)) - set(with_entry))}
    for number in range(TOPICS):
        is_filing = rng.random() < 0.3
        yield Topic(
            name=f"t{number}",
            entry_id=f"bench-{number}" if number in with_entry else None,
            thing=things[words[number]] if number in words else f"{number}号",
            deed=deeds[words[number]] if number in words else "办法从哪天起执行",
            level=150.0 * (number + 1) ** -1.2,
            evening=rng.random() < 0.15,
            season=rng.uniform(1.8, 3.2) if is_filing else rng.uniform(0.9, 1.3),
            off=rng.lognormvariate(0, 0.3),
            drift=rng.gauss(0, 0.004),
        )
    yield Topic("new-words", None, "算盘珠", "算不算文物还要不要缴税", 0.0, False, 1, 1, 0)
    yield Topic("new-entry", "bench-new", "铁壶", "新政什么时候能享受", 0.0, False, 1, 1, 0)


def _day_of(topic: Topic, day: date, noise: float, rng: random.Random) -> list[Ask]:
    shape = _EVENING if topic.evening else _WORK if is_workday(day) else _OFF
    weight = 1.0
    if not is_workday(day):
        in_holiday = day in current_calendar().years[day.year].days_off
        weight = topic.off * (0.22 if in_holiday else 0.35)
    else:
        weight = _season(topic, day)
    drift = math.exp(topic.drift * (day - MONTH[0]).days)
    found = []
    for hour, share in enumerate(shape):
        mean = topic.level * weight * noise * drift * share / sum(shape)
        for _ in range(_poisson(mean, rng)):
            at = _moment(day, hour + rng.random())
            found += _asking(topic, at, rng.randrange(PEOPLE), rng)
    return found


def _season(topic: Topic, day: date) -> float:
    last, _ = filing_deadline(day.year, day.month)
    left = sum(is_workday(day + timedelta(days=n)) for n in range(1, max((last - day).days, 0) + 1))
    if day > last or left > 6:
        return 1.0
    return 1.0 + (topic.season - 1.0) * (1.0 if left < 2 else 0.6)


def _poisson(mean: float, rng: random.Random) -> int:
    bound, product, count = math.exp(-mean), rng.random(), 0
    while product > bound:
        product *= rng.random()
        count += 1
    return count


def _asking(topic: Topic, at: datetime, person: int, rng: random.Random) -> list[Ask]:
    """A person asks, and one in seven asks again, up to three times."""
    again = rng.randint(1, 3) if rng.random() < 0.15 else 0
    return [
        Ask(at + timedelta(minutes=4 * n), person, topic, topic.wording(rng))
        for n in range(again + 1)
    ]


def _moment(day: date, hour: float) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(hours=hour)


def _asks_of(burst: Planted, topic: Topic, rng: random.Random) -> list[Ask]:
    found = []
    for _ in range(burst.people):
        # A slow one swells; the others come at once and fade a little.
        part = math.sqrt(rng.random()) if burst.name == "slow" else rng.random() ** 1.3
        at = burst.start + timedelta(hours=burst.hours * part)
        if burst.hours > 20 and china_hour(at) not in range(8, 21):
            at = _moment(at.astimezone(CHINA).date(), rng.uniform(9, 18))
        found += _asking(topic, at, rng.randrange(PEOPLE), rng)
    return [ask for ask in found if ask.at >= burst.start]


def china_hour(at: datetime) -> int:
    """The hour on a Chinese clock."""
    return at.astimezone(CHINA).hour


def _bursts(rng: random.Random, topics: list[Topic], first: date, last: date) -> Iterator[Planted]:
    """Twenty bursts on different topics."""
    days = [first + timedelta(days=n) for n in range((last - first).days - 2)]
    work = [day for day in days if is_workday(day)]
    off = [day for day in days if not is_workday(day)]
    season = [day for day in work if _season(topics[0], day) != 1.0]
    left = topics[:TOPICS]

    def taken(low: int, high: int) -> Topic:
        chosen = rng.choice([each for each in left if low <= int(each.name[1:]) < high])
        left.remove(chosen)
        return chosen

    def at(day: date, low: float, high: float) -> datetime:
        return _moment(day, rng.uniform(low, high))

    for number in range(4):
        topic = taken(8, 40)
        people = round(12 + topic.level * rng.uniform(1.0, 2.0))
        yield Planted(f"middle-{number}", topic.name, at(rng.choice(work), 9, 14), 5, people)
    for number in range(2):
        topic = taken(0, 3)
        people = round(topic.level * rng.uniform(0.9, 1.3))
        yield Planted(f"top-{number}", topic.name, at(rng.choice(work), 9, 11), 8, people)
    for number in range(3):
        topic = taken(120, 200)
        start = at(rng.choice(work), 8, 16)
        yield Planted(f"small-{number}", topic.name, start, 4, rng.randint(12, 22))
    yield Planted("new-words", "new-words", at(rng.choice(work), 9, 14), 6, 30)
    yield Planted("new-entry", "new-entry", at(rng.choice(work), 9, 14), 5, 20)
    yield Planted("slow", taken(50, 80).name, at(rng.choice(work[:-2]), 8, 9), 48, 45)
    yield Planted("night", taken(60, 120).name, at(rng.choice(days), 1, 3), 2, 11)
    together = at(rng.choice(work), 10, 15)
    yield Planted("together-0", taken(20, 60).name, together, 4, rng.randint(20, 30))
    yield Planted("together-1", taken(60, 120).name, together, 4, rng.randint(14, 24))
    yield Planted("day-off", taken(60, 120).name, at(rng.choice(off), 10, 16), 4, 13)
    holiday = rng.choice([day for day in off if day <= date(2026, 10, 7)])
    yield Planted("holiday", taken(30, 90).name, at(holiday, 9, 15), 6, 16)
    topic = taken(8, 30)
    people = round(15 + topic.level * topic.season)
    yield Planted("season", topic.name, at(rng.choice(season), 9, 12), 6, people)
    yield Planted("short", taken(20, 60).name, at(rng.choice(work), 9, 16), 0.75, 16)
    topic = taken(25, 50)
    long_people = round(30 + 3 * topic.level * 3)
    yield Planted("long", topic.name, at(rng.choice(work[:-4]), 8, 10), 72, long_people)


def _one_who_insists(topics: list[Topic], first: date, last: date, rng: random.Random) -> list[Ask]:
    """Three people who ask the same fifty times within two hours: no bursts."""
    found = []
    for topic in rng.sample(topics[60:], 3):
        start = _moment(first + timedelta(days=rng.randrange((last - first).days)), 10)
        person = rng.randrange(PEOPLE)
        found += [
            Ask(start + timedelta(minutes=2 * n), person, topic, topic.wording(rng))
            for n in range(50)
        ]
    return found
