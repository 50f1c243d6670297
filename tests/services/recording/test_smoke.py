from tests.services.recording.nights import *


def test_smoke(evenings, phone, mothers, cast):
    maths = evenings.assign("maths")
    r = evenings.record(cast.ada, phone.entry("a", "19:00-19:40", on=maths))
    assert [result_of(o) for o in r.outcomes] == ["applied"], r.outcomes
    print(evenings.sheet(), evenings.entry("a"))
    assert evenings.sheet()["written_minutes"] == 40
    assert evenings.results(cast.ada, phone.sleep("21:10")) == ["applied"]
    assert evenings.results(cast.ada, phone.entry("a", "19:00-19:50", on=maths)) == ["applied"]
    assert len(evenings.rows(models.EntryVersion)) == 2
