"""What is proposed for questions that were not answered, by the whole library."""

from __future__ import annotations

from collections import Counter

import pytest

from consultations.learning.judging import Asked, Verdict, judge
from consultations.learning.nearness import Gathering
from consultations.learning.wording import without_firms
from consultations.learning_tables import ProposalKind
from knowledge_base.files import read_library
from knowledge_base.library import Snapshot, build_snapshot
from knowledge_base.normalise import comparable


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    files = read_library()
    return build_snapshot([(each, 1) for each in files.entries.values()], files.documents, 1)


def judged(
    snapshot: Snapshot,
    *texts: str,
    talks: int | None = None,
    answered: tuple[str, ...] = (),
    by_agents: tuple[str, ...] = (),
) -> Verdict:
    asked = Asked(texts, talks or len(texts), Counter(answered), Counter(by_agents))
    return judge(asked, snapshot)


def test_an_entry_that_is_near_may_want_the_wording(snapshot: Snapshot) -> None:
    told = judged(snapshot, "个转企怎么办理", "个转企税务要办什么", "个转企以后发票怎么办")

    assert (told.kind, told.entry_id) == (
        ProposalKind.SIMILAR,
        "registration-sole-trader-to-company",
    )


@pytest.mark.parametrize(
    "texts",
    [
        ("养蜂人卖蜂箱要交税吗", "蜂箱卖了要不要交税", "卖蜂箱要交税吗"),
        ("卖虚拟币要交税吗", "虚拟币赚了钱要交税吗"),
        ("蓝猫申报怎么做", "蓝猫怎么申报", "蓝猫这个月忘记申报了"),
        ("今天天气怎么样",),
    ],
)
def test_where_nothing_is_near_an_entry_is_missing(
    snapshot: Snapshot, texts: tuple[str, ...]
) -> None:
    told = judged(snapshot, *texts)

    assert (told.kind, told.word) == (ProposalKind.ENTRY, None)


@pytest.mark.parametrize(
    ("texts", "word", "entry_id"),
    [
        (("票盒子锁死了咋弄", "票盒子锁死怎么解锁"), "票盒子", "invoice-device-clear"),
        (("税小二怎么登录", "税小二登不上去怎么办"), "税小二", "service-etax-login"),
    ],
)
def test_a_word_that_recurs_where_a_term_would_be_understood_is_found(
    snapshot: Snapshot, texts: tuple[str, ...], word: str, entry_id: str
) -> None:
    told = judged(snapshot, *texts)

    assert (told.kind, told.word, told.entry_id) == (ProposalKind.TERM, word, entry_id)
    entry = snapshot.entries[entry_id]
    assert told.term in comparable(" ".join((entry.question, *entry.similar)))


def test_what_one_person_says_alone_is_no_word_of_people(snapshot: Snapshot) -> None:
    told = judged(snapshot, "票盒子锁死了咋弄", "票盒子锁死怎么解锁", talks=1)

    assert told.kind is not ProposalKind.TERM


def test_what_agents_answer_with_counts_more_than_what_is_near(snapshot: Snapshot) -> None:
    told = judged(snapshot, "这个咋整啊", by_agents=("invoice-lost-paper",))

    assert (told.kind, told.entry_id) == (ProposalKind.SIMILAR, "invoice-lost-paper")


def test_an_entry_that_was_found_and_did_not_help_is_to_be_looked_at(snapshot: Snapshot) -> None:
    asked = "发票丢了怎么办"
    near = judged(snapshot, asked).entry_id or ""

    told = judged(snapshot, asked, answered=(near,), by_agents=(near,))

    assert (told.kind, told.entry_id) == (ProposalKind.CONTENT, near)


def test_an_entry_that_was_answered_wrongly_is_not_proposed(snapshot: Snapshot) -> None:
    told = judged(snapshot, "个转企怎么办理", answered=("invoice-lost-paper",))

    assert told.entry_id == "registration-sole-trader-to-company"


def test_wordings_of_an_entry_that_the_library_lacks_gather_by_matter() -> None:
    """Wordings of 40 entries, one after another, put into groups by a library without them."""
    files = read_library()
    entries = sorted(files.entries.values(), key=lambda each: each.id)
    held = entries[::20][:40]
    names = {each.id for each in held}
    kept = [(each, 1) for each in entries if each.id not in names]
    gathering = Gathering(build_snapshot(kept, files.documents, 1).index)
    asked = [(each.id, text) for n in range(4) for each in held for text in [each.similar[n]]]

    groups: dict[int, list[str]] = {}
    for number, (entry_id, text) in enumerate(asked):
        groups.setdefault(gathering.put(text, number), []).append(entry_id)

    pure = sum(Counter(ids).most_common(1)[0][1] for ids in groups.values()) / len(asked)
    assert pure >= 0.85
    assert len(groups) <= 0.75 * len(asked)


def test_what_nobody_knows_tells_questions_apart_that_are_asked_alike(snapshot: Snapshot) -> None:
    beehives = ("养蜂人卖蜂箱要交税吗", "蜂箱卖了要不要交税", "卖蜂箱要交税吗")
    coins = ("虚拟币赚了钱要交税吗", "卖虚拟币要交税吗")
    gathering = Gathering(snapshot.index)

    groups = [gathering.put(text, number) for number, text in enumerate((*beehives, *coins))]

    assert groups == [0, 0, 0, 3, 3]


def test_the_same_questions_give_the_same_groups() -> None:
    files = read_library()
    entries = list(files.entries.values())[:100]
    index = build_snapshot([(each, 1) for each in entries], files.documents, 1).index
    texts = [text for each in entries[:15] for text in each.similar]

    once, again = Gathering(index), Gathering(index)

    numbered = list(enumerate(texts))
    assert [once.put(text, n) for n, text in numbered] == [
        again.put(text, n) for n, text in numbered
    ]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("我是合肥宏达商贸有限公司的会计，怎么申报", "我是某企业的会计，怎么申报"),
        ("李四在芜湖市镜湖区李记经营部上班", "李四在某企业上班"),
        ("请问有限公司和个体户有什么区别", "请问有限公司和个体户有什么区别"),
        ("一人有限公司注销怎么办", "一人有限公司注销怎么办"),
        ("个体户转成有限公司怎么办", "个体户转成有限公司怎么办"),
        ("农民专业合作社免税吗", "农民专业合作社免税吗"),
    ],
)
def test_what_looks_like_the_name_of_a_firm_is_taken_out(said: str, shown: str) -> None:
    assert without_firms(said) == shown
