"""Names that are on record are taken out of what editors are shown, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from consultations.learning.wording import anonymous
from core.database import Sessions, reading, transaction
from core.secrets import Keys
from enterprises.sample import load_sample
from enterprises.tables import Enterprise, Person
from tests.conftest import NOW


def test_names_and_codes_on_record_are_taken_out(database: Sessions, keys: Keys) -> None:
    with transaction(database) as session:
        load_sample(session, now=NOW, keys=keys, count=3)
    with reading(database) as session:
        firm = session.scalars(select(Enterprise).order_by(Enterprise.id)).first()
        person = session.scalars(select(Person).order_by(Person.id)).first()
        assert firm is not None and person is not None and len(person.name) > 2

        said = f"{person.name}问：{firm.name}（{firm.uscc}）这个季度要报税吗，13800138000"

        assert (
            anonymous(session, said) == "某人问：某企业（某信用代码）这个季度要报税吗，138****8000"
        )


def test_a_question_that_names_nobody_stays_as_it_is(database: Sessions) -> None:
    with reading(database) as session:
        assert anonymous(session, "小规模100%享受六税两费吗_") == "小规模100%享受六税两费吗_"
