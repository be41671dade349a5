"""The choice of tests for a change."""

from plant_pipeline_tests.changed import paths_of_tests


def test_a_change_in_a_room_needs_the_tests_of_that_room() -> None:
    assert paths_of_tests(["plant_pipeline/kpi/rules.py", "docs/naming.md"]) == ["plant_pipeline_tests/kpi"]


def test_a_query_is_tested_where_it_is_used() -> None:
    assert "plant_pipeline_tests/landing" in paths_of_tests(["sql/queries/quarantine/reject.sql"])


def test_a_source_is_tested_with_all_sources() -> None:
    assert paths_of_tests(["plant_pipeline/sources/voke/schema.py"]) == ["plant_pipeline_tests/sources"]


def test_a_file_of_the_root_has_a_test_of_its_own() -> None:
    assert paths_of_tests(["plant_pipeline/days.py", "README.md"]) == [
        "plant_pipeline_tests/test_days.py",
        "plant_pipeline_tests/test_readme.py",
    ]


def test_of_the_long_tests_only_a_changed_one_is_run() -> None:
    changed = ["plant_pipeline/energy/daily.py", "plant_pipeline_tests/whole/test_kill.py"]
    assert paths_of_tests(changed) == ["plant_pipeline_tests/energy", "plant_pipeline_tests/whole/test_kill.py"]
