import pytest
from django.utils import timezone

from crm_core.models import Pipeline
from crm_core.models.book import forget
from crm_core.services.account import create_account


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def account(sales_rep, now):
    """The rep's own account."""
    return create_account(data={"name": "青山科技有限公司", "name_en": "Green Hill Ltd"}, by=sales_rep, now=now)


@pytest.fixture
def pool_account(world, sales_manager, now):
    """An account in the pool of East sales."""
    return create_account(data={"name": "无主贸易公司"}, by=sales_manager, now=now, pool=world.sales)


@pytest.fixture
def pipeline(db):
    return Pipeline.objects.get(name="标准销售")


@pytest.fixture
def stages(pipeline):
    return list(pipeline.stages.all())


@pytest.fixture(autouse=True)
def _fresh_settings():
    """What one test changed in dictionaries and fields is not what the next one reads."""
    forget()
    yield
    forget()
