from collections.abc import Mapping
from datetime import time
from pathlib import Path

import pytest

from plant_pipeline.config import Settings
from plant_pipeline.errors import UsageError
from plant_pipeline.sources.settings import load_settings

_NOWHERE = Path("/nonexistent")


def _load(**variables: str) -> Settings:
    return load_settings(variables, _NOWHERE)


def _refusal(variables: Mapping[str, str]) -> str:
    with pytest.raises(UsageError) as refused:
        load_settings(variables, _NOWHERE)
    return str(refused.value)


# -- what is not configured --
def test_nothing_configured_is_no_source_and_no_delivery_and_refused_only_when_a_source_is_needed() -> None:
    settings = _load()
    assert settings.sources == {}
    assert settings.raptor_maps is None
    with pytest.raises(UsageError, match="plant-pipeline sandbox"):
        settings.require_any_source()


def test_empty_and_blank_values_count_as_absent() -> None:
    settings = _load(RAVENWITS_TOKEN="", VOKE_BASE_URL=" ", FLEXMEASURES_EMAIL="\t", RM_API_TOKEN="", WAREHOUSE_URL="")
    assert settings.sources == {}
    assert settings.raptor_maps is None
    assert settings.warehouse_url is None


def test_blanks_around_a_value_are_cut() -> None:
    assert _load(RAVENWITS_TOKEN=" key\n").sources["ravenwits"].token == "key"


# -- half configured: every missing alternative is named --
@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"VOKE_BASE_URL": "https://v.example"}, ["voke", "VOKE_TOKEN or VOKE_API_KEY"]),
        ({"VOKE_ORG_ID": "o-1"}, ["VOKE_BASE_URL", "VOKE_TOKEN or VOKE_API_KEY"]),
        ({"VOKE_API_KEY": "k"}, ["VOKE_BASE_URL"]),
        ({"RAVENWITS_EMAIL": "a@b.example"}, ["ravenwits", "RAVENWITS_PASSWORD is missing", "RAVENWITS_TOKEN"]),
        ({"RAVENWITS_PASSWORD": "p"}, ["RAVENWITS_EMAIL is missing", "RAVENWITS_TOKEN"]),
        (
            {"RAVENWITS_BASE_URL": "https://r.example"},
            ["RAVENWITS_TOKEN", "RAVENWITS_EMAIL", "RAVENWITS_PASSWORD"],
        ),
        ({"FLEXMEASURES_TOKEN": "t"}, ["flexmeasures", "FLEXMEASURES_BASE_URL"]),
        (
            {"FLEXMEASURES_BASE_URL": "https://f.example"},
            ["FLEXMEASURES_TOKEN", "FLEXMEASURES_EMAIL", "FLEXMEASURES_PASSWORD"],
        ),
        ({"FLEXMEASURES_ACCOUNT_ID": "3"}, ["FLEXMEASURES_BASE_URL", "FLEXMEASURES_TOKEN"]),
        ({"RM_API_TOKEN": "t"}, ["raptor_maps", "RAPTOR_INTEGRATION_ID"]),
        ({"RAPTOR_INTEGRATION_ID": "7"}, ["RM_API_TOKEN", "RAPTOR_CLIENT_ID", "RAPTOR_CLIENT_SECRET"]),
        ({"RAPTOR_CLIENT_ID": "i"}, ["RAPTOR_CLIENT_SECRET is missing", "RM_API_TOKEN", "RAPTOR_INTEGRATION_ID"]),
        ({"RAPTOR_BASE_URL": "https://m.example"}, ["RM_API_TOKEN", "RAPTOR_INTEGRATION_ID"]),
    ],
)
def test_half_configured_names_what_is_missing(variables: Mapping[str, str], named: list[str]) -> None:
    message = _refusal(variables)
    assert [name for name in named if name not in message] == []


def test_all_problems_are_told_at_once_and_each_once() -> None:
    message = _refusal(
        {"VOKE_BASE_URL": "https://v.example", "RM_API_TOKEN": "t", "RAPTOR_MAX_PART_BYTES": "0", "ARCHIVE_URL": "C:"}
    )
    for expected in ("VOKE_TOKEN", "RAPTOR_INTEGRATION_ID", "RAPTOR_MAX_PART_BYTES must be above 0", "ARCHIVE_URL"):
        assert message.count(expected) == 1


# -- malformed values --
@pytest.mark.parametrize(
    "url",
    [
        "api.example.com",
        "ftp://a.example",
        "https://",
        "http://a.example:0",
        "http://a.example:99999",
        "https://a b.example",
        "https://[::1",
        "https://user:hunter22@a.example",
        "https://a.example/?key=hunter22",
        "https://a.example/#part",
    ],
)
def test_an_address_that_paths_cannot_be_appended_to_is_refused_without_repeating_it(url: str) -> None:
    message = _refusal({"VOKE_BASE_URL": url, "VOKE_TOKEN": "t"})
    assert "VOKE_BASE_URL" in message
    assert "hunter22" not in message


def test_a_webhook_may_carry_its_key_in_the_query_and_keeps_its_last_slash() -> None:
    assert _load(ALERT_WEBHOOK_URL="https://h.example/x?k=1").alert_webhook_url == "https://h.example/x?k=1"
    assert _load(ALERT_WEBHOOK_URL="https://h.example/x/").alert_webhook_url == "https://h.example/x/"
    assert "ALERT_WEBHOOK_URL" in _refusal({"ALERT_WEBHOOK_URL": "h.example"})


@pytest.mark.parametrize("token", ["tök", "a\nb", "a\x00b"])
def test_a_token_that_no_header_can_carry_is_refused_without_repeating_it(token: str) -> None:
    message = _refusal({"RAVENWITS_TOKEN": token})
    assert "RAVENWITS_TOKEN" in message
    assert token not in message


@pytest.mark.parametrize("number", ["-1", "1.5", "many", "٣", "9" * 30])
def test_what_is_no_whole_number_is_refused(number: str) -> None:
    assert "RAPTOR_MAX_PART_BYTES" in _refusal({"RAPTOR_MAX_PART_BYTES": number})


@pytest.mark.parametrize("account", ["helios", "3.0", "-3"])
def test_an_account_id_is_a_number(account: str) -> None:
    variables = {"FLEXMEASURES_BASE_URL": "https://f.example", "FLEXMEASURES_TOKEN": "t"}
    assert "FLEXMEASURES_ACCOUNT_ID" in _refusal({**variables, "FLEXMEASURES_ACCOUNT_ID": account})


def test_the_warehouse_has_to_be_postgresql() -> None:
    assert "WAREHOUSE_URL" in _refusal({"WAREHOUSE_URL": "mysql://db"})
    assert _load(WAREHOUSE_URL="postgresql://u:p@db/w").warehouse_url == "postgresql://u:p@db/w"
    assert _load(WAREHOUSE_URL="postgresql:///plants").warehouse_url == "postgresql:///plants"
    for password in ("se@cret", "sec/ret", "sec#ret"):
        refusal = _refusal({"WAREHOUSE_URL": f"postgresql://u:{password}@db/w"})
        assert "WAREHOUSE_URL" in refusal
        assert not {*password.replace("/", "@").replace("#", "@").split("@")} & {*refusal.split()}
    assert "secret" not in _refusal({"WAREHOUSE_URL": "postgresql://u:secret"})


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("WAREHOUSE_URL", "postgresql://u@db/w?sslmode=require&password=hunter22"),
        ("WAREHOUSE_URL", "postgresql://u@db/w?sslpassword=hunter22"),
        ("DAGSTER_POSTGRES_URL", "postgresql+psycopg2://u@db/w?password=hunter22"),
    ],
)
def test_a_password_in_the_query_of_an_address_is_refused_as_nothing_hides_it_there(name: str, address: str) -> None:
    refused = _refusal({name: address})
    assert refused.startswith(f"{name} has a password behind its `?`")
    assert "hunter22" not in refused


def test_an_archive_is_not_another_folder_because_of_a_sign_in_its_name() -> None:
    for url in ("file:///data/a#b/archive", "file:///data/a?b/archive", "s3://bucket/a#b"):
        assert _refusal({"ARCHIVE_URL": url}) == "ARCHIVE_URL has a ? or # in it: write %3F and %23"
    assert _load(ARCHIVE_URL="file:///data/a%23b").archive_url == "file:///data/a%23b"


@pytest.mark.parametrize("name", ["PLANT_PIPELINE_HOME", "DAGSTER_HOME", "PLANT_CROSSWALK"])
def test_a_home_folder_that_nobody_has_is_one_sentence(name: str) -> None:
    said = f"{name} begins with a home folder that is not known: write the whole path"
    assert _refusal({name: "~nobody-at-all/here"}) == said


@pytest.mark.parametrize(
    "name", ["PLANT_PIPELINE_TRAILING_DAYS", "PLANT_PIPELINE_ONBOARDING_DAYS", "READING_RETENTION_DAYS"]
)
def test_days_end_after_a_hundred_years(name: str) -> None:
    assert _refusal({name: "36501"}) == f"{name} must be at most 36500"
    assert "36500" in repr(_load(**{name: "36500"}))


# -- what is configured --
def test_ravenwits_and_raptor_maps_have_default_addresses() -> None:
    settings = _load(RAVENWITS_TOKEN="key", RM_API_TOKEN="t", RAPTOR_INTEGRATION_ID="7")
    assert settings.sources["ravenwits"].base_url == "https://api.ravenwits.com"
    assert settings.raptor_maps is not None
    assert settings.raptor_maps.base_url == "https://api.raptormaps.com"
    assert settings.raptor_maps.integration_id == "7"
    assert settings.raptor_max_part_bytes == 5_000_000_000


def test_raptor_maps_by_client_id_and_secret_and_a_smaller_part() -> None:
    settings = _load(
        RAPTOR_CLIENT_ID="i", RAPTOR_CLIENT_SECRET="s", RAPTOR_INTEGRATION_ID="7", RAPTOR_MAX_PART_BYTES="1000"
    )
    assert settings.raptor_maps is not None
    assert (settings.raptor_maps.client_id, settings.raptor_maps.client_secret) == ("i", "s")
    assert settings.raptor_max_part_bytes == 1000


def test_host_is_remembered_in_lower_case_without_port_and_the_address_loses_its_last_slash() -> None:
    source = _load(VOKE_BASE_URL="https://API.Voke.example:8443/", VOKE_API_KEY="k", VOKE_ORG_ID="o-1").sources["voke"]
    assert (source.base_url, source.host, source.account) == (
        "https://API.Voke.example:8443",
        "api.voke.example",
        "o-1",
    )


def test_the_account_of_flexmeasures_is_its_number_or_else_the_e_mail() -> None:
    variables = {
        "FLEXMEASURES_BASE_URL": "https://f.example",
        "FLEXMEASURES_EMAIL": "etl@f.example",
        "FLEXMEASURES_PASSWORD": "secret-1",
    }
    assert _load(**variables).sources["flexmeasures"].account == "etl@f.example"
    assert _load(**variables, FLEXMEASURES_ACCOUNT_ID="3").sources["flexmeasures"].account == "3"


def test_folders_follow_the_home(tmp_path: Path) -> None:
    settings = _load(PLANT_PIPELINE_HOME=str(tmp_path), PLANT_CROSSWALK="decisions.csv")
    assert settings.home == tmp_path
    assert settings.archive_url == f"file://{tmp_path}/archive"
    assert settings.crosswalk_path == Path("decisions.csv")
    assert _load().home == Path.cwd() / ".plant_pipeline"


def test_no_secret_is_in_any_repr() -> None:
    secrets = {
        "RAVENWITS_EMAIL": "etl@r.example",
        "RAVENWITS_PASSWORD": "hush-pw-r",
        "VOKE_TOKEN": "hush-token-v",
        "VOKE_API_KEY": "hush-key-v",
        "FLEXMEASURES_TOKEN": "hush-token-f",
        "RM_API_TOKEN": "hush-token-m",
        "RAPTOR_CLIENT_ID": "hush-id-m",
        "RAPTOR_CLIENT_SECRET": "hush-secret-m",
        "WAREHOUSE_URL": "postgresql://u:hush-pw-w@db/w",
        "ALERT_WEBHOOK_URL": "https://h.example/hush-hook",
    }
    settings = _load(
        **secrets,
        VOKE_BASE_URL="https://v.example",
        FLEXMEASURES_BASE_URL="https://f.example",
        RAPTOR_INTEGRATION_ID="7",
    )
    shown = repr(settings) + str(settings) + "".join(map(repr, settings.sources.values())) + repr(settings.raptor_maps)
    assert "hush" not in shown
    assert set(settings.sources) == {"ravenwits", "voke", "flexmeasures"}


# -- the file --
def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# comment\nRAVENWITS_TOKEN=from-file\nVOKE_BASE_URL='https://v.example'\nVOKE_TOKEN=\"tok#en\"\n", "utf-8"
    )
    sources = load_settings({"RAVENWITS_TOKEN": "from-environment"}, tmp_path).sources
    assert sources["ravenwits"].token == "from-environment"
    assert (sources["voke"].base_url, sources["voke"].token) == ("https://v.example", "tok#en")


def test_a_variable_set_to_nothing_switches_off_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RAVENWITS_TOKEN=from-file\nVOKE_TOKEN=\n", "utf-8")
    assert set(load_settings({}, tmp_path).sources) == {"ravenwits"}
    assert load_settings({"RAVENWITS_TOKEN": ""}, tmp_path).sources == {}


def test_a_file_that_begins_with_a_byte_order_mark_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RAVENWITS_TOKEN=key\n", "utf-8-sig")
    assert load_settings({}, tmp_path).sources["ravenwits"].token == "key"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('VOKE_ORG_ID=o\nRAVENWITS_TOKEN="key\n', "2"),
        ("RAVENWITS_TOKEN='key'key\n", "1"),
        ("# ours\n\nRAVENWITS_TOKEN key\nexport VOKE_ORG_ID=o\n= 3\n", "3, 5"),
    ],
)
def test_a_line_of_the_file_that_says_nothing_is_told_and_not_left_out(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / ".env").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=rf"\.env is malformed in line {line}: write NAME=value") as refused:
        load_settings({}, tmp_path)
    assert "key" not in str(refused.value)


def test_a_folder_called_env_is_no_file_of_variables(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert load_settings({}, tmp_path).sources == {}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("RAVENWITS_TOKEN=kéy\n".encode("latin-1"))
    with pytest.raises(UsageError, match=r"\.env cannot be read"):
        load_settings({}, tmp_path)


def test_the_process_and_the_current_folder_are_read_by_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("VOKE_BASE_URL=https://v.example\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOKE_TOKEN", "from-process")
    assert load_settings().sources["voke"].token == "from-process"


def test_what_days_are_computed_from_is_kept_for_ever_or_for_a_year_and_a_month_at_least() -> None:
    settings = _load(READING_RETENTION_DAYS="400")
    kept = (settings.reading_retention_days, settings.forecast_retention_days, settings.sample_retention_days)
    assert kept == (400, None, None)
    refused = _refusal({"SAMPLE_RETENTION_DAYS": "399"})
    assert refused == "SAMPLE_RETENTION_DAYS must be at least 400, or not set: then all is kept"


def test_a_variable_with_choices_takes_no_other_value_and_names_what_it_needs() -> None:
    server = {"FLEXMEASURES_BASE_URL": "https://f.example", "FLEXMEASURES_TOKEN": "t"}
    settings = _load(**server, FLEXMEASURES_ASSETS="public")
    assert settings.sources["flexmeasures"].others == {"FLEXMEASURES_ASSETS": "public"}
    assert settings.choices_of("flexmeasures") == {"FLEXMEASURES_ASSETS": "public"}
    assert "FLEXMEASURES_ASSETS must be one of own, public, accessible" in _refusal(
        {**server, "FLEXMEASURES_ASSETS": "all"}
    )
    assert "FLEXMEASURES_ASSETS=accessible needs FLEXMEASURES_ACCOUNT_ID: set it too" in _refusal(
        {**server, "FLEXMEASURES_ASSETS": "accessible"}
    )


def test_the_night_has_a_time_of_day_and_a_zone() -> None:
    settings = _load()
    assert (settings.nightly_time, settings.nightly_zone, settings.onboarding_days) == (time(3, 30), "UTC", 30)
    settings = _load(NIGHTLY_SYNC_TIME="23:05", NIGHTLY_SYNC_ZONE="Asia/Kathmandu", PLANT_PIPELINE_ONBOARDING_DAYS="0")
    assert (settings.nightly_time, settings.nightly_zone, settings.onboarding_days) == (
        time(23, 5),
        "Asia/Kathmandu",
        0,
    )
    for text in ("24:00", "3:30", "0330", "03:30:00", "03:30Z", "half past three"):
        assert "NIGHTLY_SYNC_TIME must be a time of day" in _refusal({"NIGHTLY_SYNC_TIME": text})
    for zone in ("+02:00", "Europe/Nowhere", "localtime"):
        assert "NIGHTLY_SYNC_ZONE must be a time zone" in _refusal({"NIGHTLY_SYNC_ZONE": zone})


# -- values in files --
def test_a_value_may_stand_in_a_file_whose_last_line_end_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("to ken-1\r\n", "utf-8")
    (tmp_path / "url").write_text("postgresql://u:p@db/w\n", "utf-8-sig")  # as Windows' editor writes it
    settings = _load(RAVENWITS_TOKEN_FILE=str(tmp_path / "token"), WAREHOUSE_URL_FILE=str(tmp_path / "url"))
    assert settings.sources["ravenwits"].token == "to ken-1"
    assert settings.warehouse_url == "postgresql://u:p@db/w"


def test_a_value_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush-file", "utf-8")
    refused = _refusal({"RAVENWITS_TOKEN": "hush-plain", "RAVENWITS_TOKEN_FILE": str(tmp_path / "token")})
    assert refused == "RAVENWITS_TOKEN and RAVENWITS_TOKEN_FILE are both set: keep one of them"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "names a file that cannot be read (No such file or directory)"),
        (b"hush\xff", "names a file that cannot be read (it has to be a text file in UTF-8)"),
        (b" \n", "names an empty file"),
    ],
)
def test_a_file_without_a_value_is_told_in_one_sentence_that_repeats_nothing(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "hush-name"  # who mixes the two up writes the secret here
    if content is not None:
        file.write_bytes(content)
    assert _refusal({"ALERT_WEBHOOK_URL_FILE": str(file)}) == f"ALERT_WEBHOOK_URL_FILE {said}"


def test_a_secret_of_a_file_is_in_no_message_about_it(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("mysql://u:hush@db", "utf-8")
    (tmp_path / "token").write_text("hush\nhush", "utf-8")
    refused = _refusal({"WAREHOUSE_URL_FILE": str(tmp_path / "url"), "VOKE_TOKEN_FILE": str(tmp_path / "token")})
    assert "WAREHOUSE_URL must start with" in refused
    assert "VOKE_TOKEN holds a character" in refused
    assert "hush" not in refused


def test_the_environment_hides_the_file_that_env_names_for_the_same_variable(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file", "utf-8")
    (tmp_path / ".env").write_text(f"RAVENWITS_TOKEN_FILE={tmp_path / 'token'}\n", "utf-8")
    assert load_settings({}, tmp_path).sources["ravenwits"].token == "from-file"
    assert load_settings({"RAVENWITS_TOKEN": "from-environment"}, tmp_path).sources["ravenwits"].token == (
        "from-environment"
    )
    assert load_settings({"RAVENWITS_TOKEN": ""}, tmp_path).sources == {}
