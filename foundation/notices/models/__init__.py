from foundation.notices.models.calendar import CalendarDay
from foundation.notices.models.digest import Digest
from foundation.notices.models.notice import MailState, Notice
from foundation.notices.models.preference import Channel, Preference, Rhythm

__all__ = ["CalendarDay", "Channel", "Digest", "MailState", "Notice", "Preference", "Rhythm"]
