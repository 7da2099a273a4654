from django.urls import reverse

from foundation.usage.models import UsageEvent


def posted(client, url):
    """What the page's own form would send back."""
    form = client.get(url).context["form"]
    return {name: "on" if form[name].value() is True else form[name].value() for name in form.fields if form[name].value() not in (None, False)}


def test_the_second_to_save_the_rules_sees_both_versions(world, client_of):
    client, url = client_of(world.pm), reverse("crm_core:duplicate_rules")
    data = posted(client, url)
    weight = next(name for name in data if name.startswith("weight_"))
    assert client.post(url, data | {weight: 11}).status_code == 302
    answer = client.post(url, data | {weight: 22})
    assert answer.status_code == 409
    assert [(row.name, row.theirs, row.mine) for row in answer.context["conflict"]] == [(weight, "11", "22")]
    assert client.post(url, data | {weight: 22, "version": answer.context["form"].data["version"]}).status_code == 302
    assert UsageEvent.objects.filter(feature__key="crm.duplicate.rules", outcome="ok").count() == 2


def test_rules_that_are_not_filled_in_are_refused_not_an_error(world, client_of):
    assert client_of(world.pm).post(reverse("crm_core:duplicate_rules"), {}).status_code == 422
