"""Words of a source that our dictionaries learn: as another name of a value, or as a value of its own."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.models import Dictionary, DictionaryEntry, ImportBatch
from crm_core.services.dictionary_editing import add_entry, change_entry
from crm_core.services.importing.deciding import CannotDecide, match_words
from crm_core.services.importing.words import dictionary_of, is_choice
from foundation.people.models import User

EDIT = "crm_core.change_dictionary"


@transaction.atomic
def add_word(*, batch: ImportBatch, field: str, word: str, by: User, now: datetime) -> str:
    """Make a word a value of its field's dictionary and match it to that; gives the new code."""
    dictionary = _dictionary(field, by)
    if dictionary.key == "region":
        raise CannotDecide(_("Places are not added by an import."))
    entry = add_entry(dictionary=dictionary, data={"name": word[:80]}, by=by)
    match_words(batch=batch, words={(field, word): entry.code}, by=by, now=now)
    return entry.code


@transaction.atomic
def add_alias(*, batch: ImportBatch, field: str, word: str, code: str, by: User, now: datetime) -> None:
    """Match a word to a value, and let everybody's files know it as another name of that value."""
    dictionary = _dictionary(field, by)
    if not is_choice(field, code):
        raise CannotDecide(_("“%(code)s” is no value that can be chosen here.") % {"code": code})
    entry = DictionaryEntry.objects.get(dictionary=dictionary, code=code)
    if word not in (entry.aliases or []):
        change_entry(entry=entry, changes={"aliases": [*(entry.aliases or []), word]}, version=entry.version, by=by)
    match_words(batch=batch, words={(field, word): code}, by=by, now=now)


def _dictionary(field: str, by: User) -> Dictionary:
    if not by.has_perm(EDIT):
        raise CannotDecide(_("You may match words, not change the dictionaries."))
    found = Dictionary.objects.filter(key=dictionary_of(field)).first()
    if found is None:
        raise CannotDecide(_("This field has no dictionary."))
    return found
