"""
What every table is made of: the metadata with its names, columns of text, moments and days.

Legal moments are text, ISO 8601 UTC with ``Z``, so that they sort and can be read in ten years.
"""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware moment, kept as ``YYYY-MM-DDTHH:MM:SSZ``."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Write; a moment without zone is a fault of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Read as UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Day(sa.types.TypeDecorator[date]):
    """A local calendar day, kept as ``YYYY-MM-DD``."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Write."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> date | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Read."""
        return None if value is None else date.fromisoformat(value)


Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def text_column(name: str, **options: Any) -> sa.Column[str]:
    """Return a column of text that must not be NULL, unless `options` say so."""
    return sa.Column(name, sa.Text, nullable=options.pop("nullable", False), **options)
