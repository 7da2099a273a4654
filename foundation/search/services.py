"""Put rows into the index in the transaction that writes them, and find them again."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.module_loading import import_string

from foundation.formulas import without_controls
from foundation.people.access import access_of
from foundation.people.roles import Scope
from foundation.search.models import SearchDocument, SearchWord
from foundation.search.tokens import Phrase, body_tokens, owner_token, query_phrases, stands_in, title_tokens, variants_of, words_of
from foundation.text import fold
from foundation.ui.addresses import address_of
from foundation.visibility import ExistsEach

CANDIDATES = 100
FURTHER = 100  # documents that are read on where most of those found may not be shown by this text
IN_BODY = 5  # the distance of what stands in a text only
KEY = 200
LAST = "\U0010ffff"
_SHOWN = ("kind", "object_id", "title", "title_tokens", "subtitle", "code", "updated_at")
NOTED_MOST = 50_000
_noted: set[str] = set()
_CHANGED = ["title", "title_key", "subtitle", "code", "owner", "department", "title_tokens", "body_tokens", "updated_at"]


@dataclass(frozen=True)
class Entry:
    """What shall be findable of one row; ``codes`` are numbers and phones by which people ask for it, the first is shown."""

    title: str
    body: str = ""
    subtitle: str = ""
    codes: tuple[str, ...] = ()
    owner: Any = None
    department: Any = None
    names: tuple[str, ...] = ()  # other names, found like the title


@dataclass(frozen=True)
class Source:
    """A kind of row that search offers, as settings.SEARCH_SOURCES lists it."""

    model: type[models.Model]
    label: Any
    permission: str = ""
    url: str = ""
    icon: str = ""
    entry: str = ""
    veil: str = ""  # dotted path of (documents, text, by=) -> object ids of what this text must not find
    mask: str = ""  # dotted path of (documents, by=) -> {object id: code to show instead}
    subtitle: str = ""  # dotted path of (documents) -> {object id: second line in the reader's language}

    @property
    def kind(self) -> str:
        return self.model._meta.label_lower

    def entry_of(self, row: models.Model) -> Entry | None:
        """What to index of a row: the function that settings name, else the model's own ``search_entry``."""
        if not self.entry:
            return own_entry(row)
        found: Entry | dict[str, Any] | None = import_string(self.entry)(row)
        return Entry(**found) if isinstance(found, dict) else found

    def url_of(self, object_id: int) -> str:
        """The row's page: the name that settings give, else ``app:model_detail``."""
        try:
            return address_of(self.url or f"{self.model._meta.app_label}:{self.model._meta.model_name}_detail", object_id)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True)
class Hit:
    """One found row, ready to be shown."""

    kind: str
    object_id: int
    title: str
    subtitle: str
    code: str
    updated_at: datetime
    label: Any = ""
    url: str = ""
    icon: str = ""


@dataclass
class Hits:
    """Found rows, best first; ``counts`` per kind are exact unless ``is_capped``. What is merely similar stands apart."""

    rows: list[Hit] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    is_capped: bool = False
    similar: list[Hit] = field(default_factory=list)
    did_you_mean: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Hit:
        return self.rows[place]


def sources() -> dict[str, Source]:
    """Every kind that search offers, by its label in lower case."""
    found = {}
    for item in settings.SEARCH_SOURCES:
        source = Source(**{**item, "model": apps.get_model(item["model"])})
        if not hasattr(source.model._default_manager, "visible_to"):
            raise ImproperlyConfigured(f"{item['model']} has no visible_to and must not be searched.")
        found[source.kind] = source
    return found


# --- keeping the index -------------------------------------------------------------------------
def index(
    obj: models.Model,
    *,
    title: str = "",
    body: str = "",
    subtitle: str = "",
    codes: Iterable[str] = (),
    owner: Any = None,
    department: Any = None,
) -> None:
    """Make a row findable, or renew what was; without a title the row's own ``search_entry`` says what counts."""
    entry = Entry(title, body, subtitle, tuple(codes), owner, department) if title else own_entry(obj)
    if entry is None:
        unindex(obj)
    else:
        bulk_index([(obj, entry)])


def own_entry(obj: models.Model) -> Entry | None:
    """What the row itself says is findable of it; nothing while it must not be found."""
    found: Entry | dict[str, Any] | None = obj.search_entry()  # type: ignore[attr-defined]
    return Entry(**found) if isinstance(found, dict) else found


def unindex(obj: models.Model) -> None:
    """Take a row out of the index; call it before or after its deletion."""
    if obj.pk is not None:
        SearchDocument.objects.filter(kind=obj._meta.label_lower, object_id=obj.pk).delete()


def bulk_index(rows: Iterable[tuple[models.Model, Entry]], *, batch: int = 500) -> int:
    """Index many rows, as an import or a rebuild does, in batches of one statement; gives their number."""
    done, waiting = 0, []
    for obj, entry in rows:
        waiting.append(document_of(obj, entry))
        if len(waiting) >= batch:
            done += _write(waiting)
            waiting = []
    return done + _write(waiting)


def document_of(obj: models.Model, entry: Entry) -> SearchDocument:
    """The document of a row, not yet written; for loads that write very many at once."""
    return SearchDocument(**document_fields(obj, entry))


def document_fields(obj: models.Model, entry: Entry) -> dict[str, Any]:
    """What a row's document holds, by field."""
    codes = [without_controls(str(code)) for code in entry.codes if code]
    title = without_controls(str(entry.title))  # PostgreSQL stores no NUL
    owner = getattr(entry.owner, "pk", entry.owner)
    words = title_tokens(title, codes, [without_controls(str(name)) for name in entry.names if name])
    return {
        "kind": obj._meta.label_lower,
        "object_id": obj.pk,
        "title": title[:300],
        "title_key": fold(title)[:200],
        "subtitle": without_controls(str(entry.subtitle or ""))[:300],
        "code": codes[0][:80] if codes else "",
        "owner_id": owner,
        "department_id": getattr(entry.department, "pk", entry.department),
        "title_tokens": f"{owner_token(owner)} {words}" if owner else words,
        "body_tokens": body_tokens(f"{entry.subtitle}\n{entry.body}"),
        "updated_at": timezone.now(),
    }


def _write(documents: list[SearchDocument]) -> int:
    # One row twice in a statement is an error on PostgreSQL: the later one counts.
    once = {(document.kind, document.object_id): document for document in documents}
    if once:
        note_words(" ".join(document.title + " " + document.subtitle for document in once.values()))
        SearchDocument.objects.bulk_create(once.values(), update_conflicts=True, unique_fields=["kind", "object_id"], update_fields=_CHANGED)
    return len(once)


def note_words(text: str) -> None:
    """Remember the Latin words of names, so that a word typed with one slip can be guessed; words known to this process cost nothing."""
    new = words_of(text) - _noted
    if not new:
        return
    rows = [SearchWord(variant=variant, word=word) for word in sorted(new) for variant in sorted(variants_of(word))]
    SearchWord.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    if len(_noted) < NOTED_MOST:
        transaction.on_commit(lambda: _noted.update(new))


def reindex(source: Source, *, batch: int = 500) -> int:
    """Rebuild the documents of one kind and drop those whose rows are gone; gives the number of rows indexed."""
    rows = source.model._default_manager.order_by("pk").iterator(chunk_size=batch)
    hidden: list[int] = []

    def entries() -> Iterator[tuple[models.Model, Entry]]:
        for row in rows:
            entry = source.entry_of(row)
            if entry is None:
                hidden.append(row.pk)
            else:
                yield row, entry

    done = bulk_index(entries(), batch=batch)
    SearchDocument.objects.filter(kind=source.kind, object_id__in=hidden).delete()
    alive = source.model._default_manager.filter(pk=OuterRef("object_id"))
    SearchDocument.objects.filter(kind=source.kind).exclude(Exists(alive)).delete()
    return done


# --- finding -----------------------------------------------------------------------------------
def find(text: str, *, by: Any, kinds: Iterable[str] | None = None, limit: int = 20, guess: bool = False) -> Hits:
    """Rows that the person may see and in which everything typed stands; a common word ends early and says so.

    Names are asked for first, one's own before those of others: where they are many, nothing else is. With ``guess`` names one slip away follow, see foundation.search.guessing.
    """
    phrases = query_phrases(text)
    offered = _offered(by, kinds)
    if not phrases or not offered:
        return Hits()
    asked = without_controls(fold(text))
    cap = max(CANDIDATES, limit)
    allowed = SearchDocument.objects.filter(_permitted(offered, by)).order_by().only(*_SHOWN)
    found, is_capped = _candidates(allowed, phrases, cap, _own(offered, by))
    if is_capped:  # among so many the names that begin with it must not be lost
        found |= {row.pk: row for row in allowed.filter(_begins(asked[:KEY])).order_by("title_key", "pk")[:limit]}
    shown = _found_openly(found.values(), offered, text, by)
    if is_capped and len(shown) < limit:
        more = {row.pk: row for row in allowed.matching(phrases).exclude(pk__in=list(found))[: FURTHER + 1]}
        is_capped = len(more) > FURTHER
        shown += _found_openly(more.values(), offered, text, by)
    distances = {row.pk: _distance(row, asked, phrases) for row in shown}
    best = sorted(shown, key=lambda row: (distances[row.pk], -row.updated_at.timestamp(), -row.pk))
    counts = dict(Counter(row.kind for row in (best[:cap] if is_capped else best)))
    hits = Hits(rows=_hits(best[:limit], offered, by), counts=counts, is_capped=is_capped)
    if guess and not is_capped and not any(distance < IN_BODY for distance in distances.values()):
        similar = import_string("foundation.search.guessing.guess")(text, allowed=allowed, known=set(distances))
        hits.similar = _hits(similar.rows[:limit], offered, by)
        hits.did_you_mean = similar.texts
    return hits


def _own(offered: dict[str, Source], by: Any) -> list[int]:
    """Those whose rows a person meets first: the person, and whom the person stands in for; nobody for who sees more than the own."""
    access = access_of(by)
    scopes = [(scope, post) for kind in offered for scope, post in access.scope_posts(kind)]
    return sorted({post.user_id for _scope, post in scopes}) if all(scope == Scope.OWN for scope, _post in scopes) else []


def _candidates(allowed: Any, phrases: list[Phrase], cap: int, own: list[int]) -> tuple[dict[int, SearchDocument], bool]:
    """One's own names, all names, then texts, until one of these has more than so many; documents by their keys, and whether there are more."""
    steps = [allowed.matching(phrases, titles_only=True), allowed.matching(phrases)]
    found: dict[int, SearchDocument] = {}
    for rows in [allowed.matching(phrases, titles_only=True, of=own), *steps] if own else steps:
        read = {row.pk: row for row in rows[: cap + 1]}
        found |= read
        if len(read) > cap:
            return found, True
    return found, False


def _found_openly(rows: Iterable[SearchDocument], offered: dict[str, Source], text: str, by: Any) -> list[SearchDocument]:
    """The rows without those that a masked value alone has found."""
    listed = list(rows)
    hidden: set[tuple[str, int]] = set()
    for kind, source in offered.items():
        if source.veil and (mine := [row for row in listed if row.kind == kind]):
            hidden |= {(kind, key) for key in import_string(source.veil)(mine, text, by=by)}
    return [row for row in listed if (row.kind, row.object_id) not in hidden]


def _hits(rows: list[SearchDocument], offered: dict[str, Source], by: Any) -> list[Hit]:
    """The rows ready to be shown: masked codes in place of whole ones, second lines in the reader's language."""
    codes: dict[tuple[str, int], str] = {}
    subtitles: dict[tuple[str, int], str] = {}
    for kind, source in offered.items():
        mine = [row for row in rows if row.kind == kind] if source.mask or source.subtitle else []
        if mine and source.mask:
            codes |= {(kind, key): code for key, code in import_string(source.mask)(mine, by=by).items()}
        if mine and source.subtitle:
            subtitles |= {(kind, key): words for key, words in import_string(source.subtitle)(mine).items()}
    return [_hit(row, offered[row.kind], codes, subtitles) for row in rows]


def _begins(asked: str) -> Q:
    """Titles that begin so, in the form for which the database uses its index (SQLite folds case in LIKE, and compares plainly)."""
    return Q(title_key__gte=asked, title_key__lt=asked + LAST) if connection.vendor == "sqlite" else Q(title_key__startswith=asked)


def _offered(by: Any, kinds: Iterable[str] | None) -> dict[str, Source]:
    if not getattr(by, "is_authenticated", False) or not by.is_active:
        return {}
    wanted = None if kinds is None else {kind.lower() for kind in kinds}
    return {
        kind: source for kind, source in sources().items() if (wanted is None or kind in wanted) and (not source.permission or by.has_perm(source.permission))
    }


def _permitted(offered: dict[str, Source], by: Any) -> Q:
    """The permission filter: of each kind only documents whose row exists and is visible, asked row by row by primary key."""
    condition = Q(pk__in=[])
    for kind, source in offered.items():
        visible = source.model._default_manager.visible_to(by)  # type: ignore[attr-defined]
        condition |= Q(kind=kind) & Q(ExistsEach(visible.order_by().filter(pk=OuterRef("object_id"))))
    return condition


def _distance(row: SearchDocument, asked: str, phrases: list[Phrase]) -> int:
    """How far a document is from what was typed: the code itself, the title, its start, its inside, its other names and pinyin, else the body."""
    title = fold(row.title)
    if row.code and fold(row.code) == asked:
        return 0
    if title == asked:
        return 1
    if title.startswith(asked):
        return 2
    if asked in title:
        return 3
    return 4 if all(stands_in(row.title_tokens, phrase) for phrase in phrases) else IN_BODY


def _hit(row: SearchDocument, source: Source, codes: dict[tuple[str, int], str], subtitles: dict[tuple[str, int], str]) -> Hit:
    key = (row.kind, row.object_id)
    return Hit(
        kind=row.kind,
        object_id=row.object_id,
        title=row.title,
        subtitle=subtitles.get(key, row.subtitle),
        code=codes.get(key, row.code),
        updated_at=row.updated_at,
        label=source.label,
        url=source.url_of(row.object_id),
        icon=source.icon,
    )
