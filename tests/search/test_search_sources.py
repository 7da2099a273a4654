from foundation.search.services import find, sources


def test_every_searched_kind_has_a_gate_an_entry_and_a_page(db, admin):
    for kind, source in sources().items():
        assert source.entry or hasattr(source.model, "search_entry"), f"{kind} cannot be indexed again"
        assert source.url_of(1), f"{kind} has no page to open"
    assert len(find("合同", by=admin)) == 0
