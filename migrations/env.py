"""How Alembic reaches the database (迁移环境); the URL is handed in by ``app.migrate``."""

from __future__ import annotations

from alembic import context

from app.tables import all_metadata
from core.database import UtcDateTime

config = context.config


def plain_moment(kind: str, item: object, _: object) -> str | bool:
    """A migration stands by itself: moments are written as what they are in the database."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def run() -> None:
    """Run the migrations on the connection that was handed in."""
    connection = config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=all_metadata(),  # type: ignore[arg-type]
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=plain_moment,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
