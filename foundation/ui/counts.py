"""How many rows a list has, as far as it is worth counting: the first page needs no count, a longer list is counted after it is shown."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

COUNT_CAP = 1_000  # to count on would take longer than to show the page, where a right has to be looked up for every row


@dataclass(frozen=True)
class Count:
    """A number of rows; ``more`` where there are more than that."""

    number: int
    more: bool = False

    @classmethod
    def of(cls, rows: QuerySet) -> "Count":
        """Counted by the database up to the cap."""
        number = rows.order_by().values("pk")[: COUNT_CAP + 1].count()
        return cls(min(number, COUNT_CAP), number > COUNT_CAP)

    @property
    def text(self) -> str:
        return f"{number_format(self.number, use_l10n=True, force_grouping=True)}{'+' if self.more else ''}"

    @property
    def words(self) -> str:
        if self.more:
            return _("more than %(count)s") % {"count": number_format(self.number, use_l10n=True, force_grouping=True)}
        return ngettext("%(count)s row", "%(count)s rows", self.number) % {"count": self.text}
