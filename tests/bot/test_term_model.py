"""The term lists (词表) and the spaCy model built from them, in Rasa's own environment."""

import json
import subprocess
from pathlib import Path

import pytest

DICTIONARY = Path("bot/dictionary")
NLU_PYTHON = Path(".venv-nlu/bin/python")
KEPT = {
    "tax",
    "policy",
    "taxpayer_type",
    "invoice_type",
    "amount",
    "period",
    "region",
    "role",
    "subject",
    "action_kind",
}

SENTENCES = {
    "2025年三季度开了28万普票和三十万专票": [
        ("2025年三季度", "period"),
        ("28万", "amount"),
        ("普票", "invoice_type"),
        ("三十万", "amount"),
        ("专票", "invoice_type"),
    ],
    "去年第四季度营业额1.5亿": [("去年第四季度", "period"), ("1.5亿", "amount")],
    "今年上半年收了285000": [("今年上半年", "period"), ("285000", "amount")],
    "代开300元要多少税": [("代开", "action_kind"), ("300元", "amount")],
    "上季度卖了30w": [("上季度", "period"), ("30w", "amount")],
    "7到9月的增值税": [("7到9月", "period"), ("增值税", "tax")],
    "增值税专用发票怎么红冲": [("增值税专用发票", "invoice_type"), ("红冲", "action_kind")],
    "六个人的公司哪个税要交": [("公司", "subject")],
    "财务报表怎么报": [],
    "我的电话是13800138000": [],
    "发票号码24312000000012345678": [],
}

SCRIPT = """
import json, sys, time
import jieba
from bot.build_spacy_model import build_language, read_terms
terms = read_terms()
for path in sorted(__import__("pathlib").Path("bot/dictionary").glob("*")):
    jieba.load_userdict(str(path))
cut = [term for listed in terms.values() for term in listed if jieba.lcut(term) != [term]]
language = build_language(terms)
found = {
    text: [(ent.text, ent.label_) for ent in language(text).ents]
    for text in json.load(sys.stdin)
}
started = time.perf_counter()
language("1" * 5000)
print(json.dumps({"cut": cut, "found": found, "long_seconds": time.perf_counter() - started}))
"""


@pytest.fixture(scope="module")
def term_model() -> dict:
    done = subprocess.run(
        [NLU_PYTHON, "-W", "ignore", "-c", SCRIPT],
        input=json.dumps(list(SENTENCES)),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("text", SENTENCES)
def test_terms_amounts_and_periods_are_found(term_model, text):
    found = [(value, label) for value, label in term_model["found"][text] if label in KEPT]

    assert found == SENTENCES[text]


def test_jieba_keeps_every_term_whole(term_model):
    assert term_model["cut"] == []


def test_five_thousand_digits_cost_little(term_model):
    assert term_model["long_seconds"] < 5


def test_there_are_at_least_eight_hundred_terms_each_once():
    terms = [line for path in DICTIONARY.iterdir() for line in path.read_text("utf-8").split()]

    assert len(terms) >= 800
    assert len(terms) == len(set(terms))


def test_nothing_but_term_lists_stands_in_the_dictionary_folder():
    # jieba reads every file there as a dictionary, a README too.
    assert {path.suffix for path in DICTIONARY.iterdir()} == {".txt"}
