import pytest
from wagtail.models import Page

from foundation.people.models import User
from tests.factories.people import UserFactory


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [1, 2])
def test_database_copy_is_fresh_after_a_transactional_test(run):
    assert User.objects.count() == 0
    assert Page.objects.filter(depth=1).exists()
    UserFactory()


@pytest.mark.django_db
def test_database_copy_is_rolled_back_after_a_plain_test():
    assert User.objects.count() == 0
