"""One valid row of every model that an address can point at, all belonging to the sales rep's team and marked with a canary."""

import importlib
import pkgutil

import factory
from django.db import models

import tests.factories

CANARY = "CANARY7Q"
OWNER_FIELDS = {"owner", "user", "reporter", "author", "created_by", "uploaded_by", "by", "to", "person", "started_by", "principal", "asked_by", "learner"}
TEXT_FIELDS = {"name", "title", "heading", "statement", "body", "subject", "note", "reason", "display_name", "name_en", "title_en"}


def factories():
    """Every factory by the label of its model; the first one written for a model counts."""
    found = {}
    for module in pkgutil.iter_modules(tests.factories.__path__):
        loaded = importlib.import_module(f"tests.factories.{module.name}")
        for value in vars(loaded).values():
            if isinstance(value, type) and issubclass(value, factory.django.DjangoModelFactory) and value is not factory.django.DjangoModelFactory:
                found.setdefault(value._meta.model._meta.label_lower, value)
    return found


def make_sample(label, world, **more):
    """A row of the model: owned by the sales rep, in team A, with the canary in its words."""
    made_by = factories()[label]
    model = made_by._meta.model
    given = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and field.related_model._meta.label == "people.User" and field.name in OWNER_FIELDS:
            given[field.name] = world.sales_rep
        elif isinstance(field, models.ForeignKey) and field.related_model._meta.label == "people.Department" and field.name in {"department"}:
            given[field.name] = world.team_a
        elif isinstance(field, models.CharField | models.TextField) and field.name in TEXT_FIELDS and not field.choices:
            given[field.name] = f"{CANARY} {label.split('.')[1]}"[: field.max_length or 80]
    given.update(more)
    return made_by(**given)
