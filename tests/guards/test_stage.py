"""The walking guards ask for the record that an address means: two records of different models may share a number by chance."""

from collections import defaultdict

import pytest

from tests.guards.routes import routes
from tests.guards.stage import MODEL_OF_NOUN, model_of


def models_of_beginnings():
    """For each beginning of an address up to its key: the models that its routes are walked with."""
    found = defaultdict(lambda: defaultdict(list))
    for route in routes():
        if route.is_ours and ":pk>" in route.path:
            found[route.path.partition(":pk>")[0]][model_of(route.name)].append(route.name)
    return {beginning: dict(models) for beginning, models in found.items() if len(models) > 1}


def test_addresses_with_one_beginning_take_one_model():
    assert not models_of_beginnings()


@pytest.mark.parametrize("name", ["crm_core:activity_log", "crm_core:billing_create"])
def test_negative_control_a_wrong_model_is_noticed(monkeypatch, name):
    monkeypatch.setitem(MODEL_OF_NOUN, name, "crm_core.activity")
    (models,) = models_of_beginnings().values()
    assert name in models["crm_core.activity"]
