"""Lists, search and the account page: a large base against one of 10,000 accounts, behind the same server in the same moment.

Where fewer than 100,000 are asked for, the small base has a tenth of them. CPU is of web and database together; wall is told, not judged.
"""

from statistics import median

from bench.frame import LARGE, SMALL, Figure

ROUNDS, TIMES = 5, 8
SAME = 1.3
BARE = 7
MOST_QUERIES = 25
PEOPLE = (("seed.boss", "sees all"), ("seed.rep.001", "a representative"))
PAGES = (
    ("list, first page", "/crm/accounts/"),
    ("list, filtered", "/crm/accounts/?level=A"),
    ("list, 2 hanzi", "/crm/accounts/?q=%E9%91%AB%E6%B3%B0"),
    ("search, 2 rare hanzi", "/search/?q=%E9%91%AB%E6%B3%B0"),
    ("search, 2 common hanzi", "/search/?q=%E7%A7%91%E6%8A%80"),
    ("search, 5 letters", "/search/?q=tianj"),
    ("search, phone tail", "/search/?q=8695"),  # of customer 67, whom the representative owns in every base; few on the small one
    ("search, phone tail of many", "/search/?q=695"),  # a page full of rows on both
    ("account with 50 activities", "/crm/accounts/{account}/"),
    ("contacts, first page", "/crm/contacts/"),
)


def pages(stand):
    large = stand.rows
    small = min(SMALL, large // 10)
    urls = {}
    for name, rows in (("small", small), ("large", large)):
        urls[name] = stand.new_database(f"pages_{name}_{large}")
        made = stand.seed(urls[name], rows)
        if name == "large":
            yield Figure(f"minutes to seed {rows:,} accounts with all that hangs on them", made["seconds"] / 60, 15 if large >= LARGE else None)
    with stand.serve(urls["small"], urls["large"]) as (little, big):
        for username, words in PEOPLE:
            little.enter(username)
            big.enter(username)
            yield from _compare(little, big, words)
        big.enter("seed.boss")
        ours, bare = [], []
        for _round in range(ROUNDS):
            ours.append(big.measure("/crm/accounts/", TIMES).cpu)
            bare.append(big.measure(f"/bare/?after={large // 2}", TIMES * 6).cpu)
        yield Figure("CPU of the list page : a bare Django view of 25 rows by key", median(ours) / median(bare), BARE)


def _compare(little, big, words):
    for name, path in PAGES:
        cpu, wall, most = [], [], 0
        for _round in range(ROUNDS):
            first = little.measure(path.format(account=3), TIMES)
            second = big.measure(path.format(account=3), TIMES)
            cpu.append((first.cpu, second.cpu))
            wall.append(second.wall / first.wall)
            most = max(most, first.queries, second.queries)
        yield Figure(f"{name} ({words}): CPU, large : small", median(b for _a, b in cpu) / max(median(a for a, _b in cpu), 1e-6), SAME)
        yield Figure(f"{name} ({words}): wall, large : small", median(wall))
        yield Figure(f"{name} ({words}): queries", most, MOST_QUERIES)


CASES = [pages]
