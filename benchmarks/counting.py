"""What the database kept of the questions that were asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import exists, func, select

from consultations.tables import Answer, Author, Message, Turn, TurnState
from core.database import open_engine, open_sessions, reading


@dataclass(frozen=True)
class Kept:
    """Counts over the whole database."""

    turns: int
    answered: int  # of them; an answer is stored and shown
    degraded: int  # of them, without Rasa
    bubbles: int  # of taxpayers and bot
    repeated: int  # bubbles that say again what the same turn said already

    def since(self, before: Kept) -> Kept:
        """What came after ``before``."""
        earlier = asdict(before)
        return Kept(**{name: count - earlier[name] for name, count in asdict(self).items()})


def count_kept(database_url: str) -> Kept:
    """Count the turns, their answers and their bubbles."""
    engine = open_engine(database_url)
    with reading(open_sessions(engine)) as session:
        shown = select(Message.turn_id, Message.author, Message.body).order_by(Message.id)
        bubbles = [(turn, author, str(body)) for turn, author, body in session.execute(shown)]
        answered = select(func.count(Turn.id)).join(Answer, Answer.turn_id == Turn.id)
        answered = answered.where(
            Turn.state == TurnState.ANSWERED,
            exists().where(Message.turn_id == Turn.id, Message.author == Author.BOT),
        )
        found = Kept(
            turns=session.scalar(select(func.count(Turn.id))) or 0,
            answered=session.scalar(answered) or 0,
            degraded=session.scalar(answered.where(Turn.degraded)) or 0,
            bubbles=len(bubbles),
            repeated=len(bubbles) - len(set(bubbles)),
        )
    engine.dispose()
    return found


def steps_of_answers(database_url: str) -> dict[str, list[float]]:
    """What each answer took for each of its steps, in milliseconds, by step."""
    engine = open_engine(database_url)
    with reading(open_sessions(engine)) as session:
        kept = list(session.scalars(select(Answer.timings)))
    engine.dispose()
    names = dict.fromkeys(name for each in kept for name in each)
    return {name: [float(each[name]) for each in kept if name in each] for name in names}
