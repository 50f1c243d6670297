"""Work kept packed is the work that was packed, by whichever part it is asked for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from backend.services.figures.packed_work import ENDED, counted, finished_in, packed, rows_of, work_of

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["maths", "chinese", ""]),
        st.sampled_from(["written", "oral"]),
        st.sampled_from(["standard", "basic"]),
        st.integers(0, 60),
        st.none() | st.sampled_from([0, 10, 15]),
        st.sampled_from([each.value for each in ENDED]),
    ).map(list),
    max_size=40,
)


@given(rows=ROWS)
def test_what_was_packed_comes_out_again(rows: list[list[object]]) -> None:
    assert rows_of(packed(rows)) == rows_of(rows) == sorted(rows, key=repr)


@given(rows=ROWS, part=st.integers(0, 2))
def test_each_part_counts_every_row_once_and_rows_kept_the_old_way_alike(rows: list[list[object]], part: int) -> None:
    found = {name: counted(fours) for name, fours in work_of(packed(rows), part).items()}
    assert found == {name: counted(fours) for name, fours in work_of(rows, part).items()}
    expected = Counter((row[part], row[3], row[4], row[5]) for row in rows)
    assert expected == {
        (name, each.minutes, each.estimated_minutes, each.outcome.value): times
        for name, tally in found.items()
        for each, times in tally.items()
    }


@given(rows=ROWS)
def test_finished_work_is_counted_by_itself(rows: list[list[object]]) -> None:
    assert sum(map(finished_in, work_of(packed(rows), 0).values())) == sum(row[5] == "finished" for row in rows)
