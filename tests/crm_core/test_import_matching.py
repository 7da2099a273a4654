"""Which record a row means is asked by index: a chunk never reads the whole base."""

import pytest
from django.db import connection

from crm_core.models import Account, Contact
from crm_core.services.account import create_account
from crm_core.services.importing.matching import Matches

# PostgreSQL chooses by the size of the tables, which are empty here; SQLite by what the statement allows.
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan of small tables says nothing on PostgreSQL")]


def plans_of(work, table):
    """How the database reads a table in each statement of the work."""
    found = []

    def explain(execute, sql, params, many, context):
        if sql.startswith("SELECT") and f'FROM "{table}"' in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                found.append("\n".join(str(line) for line in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        work()
    return found


def reads_all(plan, table):
    return f"SCAN {table}" in plan


ROWS = [
    {"name": f"公司{number}", "external_key": f"erp:K{number}", "credit_code": f"C{number}", "email": f"p{number}@example.cn", "account_id": number}
    for number in range(60)
]


@pytest.mark.parametrize("model", [Account, Contact])
def test_no_statement_reads_the_whole_table(model, sales_rep, now):
    create_account(data={"name": "公司1", "credit_code": "", "external_key": "erp:K2"}, by=sales_rep, now=now)
    table = model._meta.db_table
    plans = plans_of(lambda: Matches(model=model, sees=sales_rep, rows=ROWS, with_similar=False), table)
    assert len(plans) >= 3
    assert [plan for plan in plans if reads_all(plan, table)] == []


def test_plans_negative_control(sales_rep):
    plans = plans_of(lambda: list(Account.objects.filter(address="x")), "crm_core_account")
    assert reads_all(plans[0], "crm_core_account")
