"""The highest number that a holder of a lock has shown."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from db.models.columns import Base, Stamped


class Fence(Stamped, Base):
    __tablename__ = "fences"

    what: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
