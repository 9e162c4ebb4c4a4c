"""Build the small spaCy model (词表实体识别模型) that finds tax terms, amounts and periods.

Run before ``rasa train``: ``python -m bot.build_spacy_model var/spacy_zh_tax``. It runs in Rasa's
own environment, so it imports nothing of ours but the patterns beside it.
"""

import argparse
from pathlib import Path

import spacy
from spacy.language import Language

from bot.number_patterns import (
    amount_patterns,
    counting_patterns,
    identifier_patterns,
    period_patterns,
)

DICTIONARY = Path(__file__).parent / "dictionary"


def read_terms(folder: Path = DICTIONARY) -> dict[str, list[str]]:
    """Read the term lists (词表), one file for each entity type.

    Args:
        folder: Where the lists stand; each line begins with a term, as jieba wants it.

    Returns:
        The terms by the name of their file.
    """
    return {
        path.stem: [
            line.split()[0] for line in path.read_text("utf-8").splitlines() if line.strip()
        ]
        for path in sorted(folder.glob("*.txt"))
    }


def build_language(terms: dict[str, list[str]]) -> Language:
    """Build the spaCy pipeline (识别管道): single characters and one list of patterns.

    Every character is a token of its own. An entity can then never cross the border of a word,
    whatever jieba made of the sentence, and the longest term wins: 增值税专用发票 is an invoice,
    not a tax. What Rasa is not told to keep (term, identifier, counting) only wins against shorter
    words inside it: 财务报表 is no 财务, and 六个人 is no 个人.

    Args:
        terms: The terms by entity type.

    Returns:
        The pipeline, ready to be saved.
    """
    language = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "char"}}})
    ruler = language.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    patterns: list[dict] = [
        {"label": entity, "pattern": term} for entity, listed in terms.items() for term in listed
    ]
    patterns += [{"label": "amount", "pattern": pattern} for pattern in amount_patterns()]
    patterns += [{"label": "period", "pattern": pattern} for pattern in period_patterns()]
    patterns += [{"label": "identifier", "pattern": pattern} for pattern in identifier_patterns()]
    patterns += [{"label": "counting", "pattern": pattern} for pattern in counting_patterns()]
    ruler.add_patterns(patterns)
    return language


def main() -> None:
    """Build the model and save it where the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, help="folder to write, e.g. var/spacy_zh_tax")
    target = parser.parse_args().target
    target.parent.mkdir(parents=True, exist_ok=True)
    build_language(read_terms()).to_disk(target)


if __name__ == "__main__":
    main()
