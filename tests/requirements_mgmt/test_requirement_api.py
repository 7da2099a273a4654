from django.db import connection
from django.test.utils import CaptureQueriesContext

from requirements_mgmt.services import ask_confirmation


def test_pages_of_the_list_follow_each_other(world, client_of, requirement, written):
    for number in range(4):
        written(f"需求{number}")
    client = client_of(world.pm)
    first = client.get("/api/requirements", {"limit": 2}).json()
    second = client.get("/api/requirements", {"limit": 2, "after": first["next"]}).json()
    third = client.get("/api/requirements", {"limit": 2, "after": second["next"]}).json()
    codes = [row["code"] for page in (first, second, third) for row in page["items"]]
    assert codes == [f"E-SALES-00{n}" for n in range(1, 6)]
    assert third["next"] is None
    assert client.get("/api/requirements", {"rollout": "NONE"}).json()["items"] == []


def test_one_requirement_with_its_text(world, client_of, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    row = client_of(world.pm).get(f"/api/requirements/{requirement.pk}").json()
    assert (row["code"], row["confirmation"], row["statement"]) == (requirement.code, "waiting", requirement.statement)
    assert row["content_hash"] == requirement.content_hash


def test_rows_and_verbs_as_on_the_pages(world, client_of, requirement, client):
    assert client.get("/api/requirements").status_code in (302, 401)
    assert client_of(world.sales_rep).get("/api/requirements").status_code == 403
    assert client_of(world.outsider).get(f"/api/requirements/{requirement.pk}").status_code == 404
    assert client_of(world.outsider).get("/api/requirements").json()["items"] == []
    assert client_of(world.west_liaison).get(f"/api/requirements/{requirement.pk}").status_code == 404
    assert client_of(world.pm).post("/api/requirements").status_code == 405


def test_a_page_costs_the_same_for_few_and_many(world, client_of, requirement, written):
    client = client_of(world.pm)

    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/api/requirements").status_code == 200
        return len(seen)

    before = cost()
    for number in range(6):
        written(f"需求{number}")
    assert cost() == before
