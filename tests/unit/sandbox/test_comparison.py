"""What the demo says when bridge and truth differ."""

from typing import Any

from sandbox.desk.comparison import Difference, as_table, compare, rows_at_several_keys


def a_source(lsst: int | None = 11, ztf: str | None = None, selected: str = "yes", live: str = "yes") -> dict[str, Any]:
    return {"lsst": lsst, "ztf": ztf, "selected": selected, "live": live, "magnitude": "yes", "reason": ""}


def an_alias(
    object_id: str = "11", survey: str = "lsst", tides_id: int = 1, active: bool = True, pk_4most: int | None = 501
) -> dict[str, Any]:
    row = {"survey": survey, "object_id": object_id, "tides_id": tides_id}
    return row | {"active": active, "pk_4most": pk_4most}


def a_row(key: int = 501, is_active: bool = True, name: str = "TiDES26aaa") -> dict[str, Any]:
    return {"id": key, "is_active": is_active, "name": name}


def found(*arguments: list[dict[str, Any]]) -> list[str]:
    return [one.bridge for one in compare(*arguments)[0]]


def test_a_live_target_with_the_same_key_agrees() -> None:
    differences, agreed = compare([a_source()], [an_alias()], [a_row()])
    assert differences == []
    assert agreed == {"selected: yes": 1, "live: yes": 1}


def test_a_selected_object_that_is_not_in_the_master_is_a_difference() -> None:
    assert compare([a_source()], [], [])[0] == [
        Difference("11", "selected yes", "no"),
        Difference("11", "live yes", "no"),
    ]


def test_an_object_that_must_not_be_selected_and_is_in_the_master_is_a_difference() -> None:
    assert found([a_source(selected="no", live="no")], [an_alias(active=False, pk_4most=None)], []) == ["yes"]


def test_either_is_not_judged() -> None:
    unsure = [a_source(selected="either", live="either")]
    assert found(unsure, [], []) == found(unsure, [an_alias()], [a_row()]) == []


def test_a_live_target_that_is_inactive_at_4most_is_a_difference() -> None:
    assert "not active under the key 501" in found([a_source()], [an_alias()], [a_row(is_active=False)])[0]


def test_a_live_target_with_another_key_at_4most_is_two_differences() -> None:
    first, second = found([a_source()], [an_alias()], [a_row(key=777)])
    assert "not active under the key 501" in first
    assert second == "active at 4MOST"


def test_a_faded_target_that_is_still_active_at_4most_is_a_difference() -> None:
    differences = found([a_source(live="no")], [an_alias(active=False)], [a_row()])
    assert differences == ["inactive, but active at 4MOST under the key 501"]


def test_one_source_in_both_surveys_must_be_one_target() -> None:
    source = [a_source(lsst=11, ztf="ZTF26aaaaaaa")]
    one = [an_alias(), an_alias("ZTF26aaaaaaa", "ztf")]
    two = [an_alias(), an_alias("ZTF26aaaaaaa", "ztf", tides_id=2, pk_4most=502)]
    assert found(source, one, [a_row()]) == []
    assert found(source, two, [a_row(), a_row(502)]) == ["several targets: [1, 2]"]


def test_a_name_with_two_active_rows_at_4most_is_a_double() -> None:
    assert rows_at_several_keys([a_row(1), a_row(2), a_row(3, is_active=False)]) == [
        Difference("TiDES26aaa", "one row at 4MOST", "rows [1, 2]")
    ]


def test_a_long_table_says_how_much_it_left_out() -> None:
    assert as_table([Difference("11", "live yes", "no")] * 5, limit=2).endswith("… and 3 more")
