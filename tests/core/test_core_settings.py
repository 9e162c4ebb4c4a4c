"""Settings (设置), keys and the sentences of core's errors."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from core import errors, messages, secrets, settings
from core.errors import ServiceError
from core.messages import error_sentences, sentence_for
from core.secrets import CLEAR_ALPHABET, BrokenSeal, Keys, fingerprint, new_code, new_token
from core.settings import BadSetting, Settings, read_settings

PRODUCTION = {
    "RUNMIAO_MODE": "production",
    "RUNMIAO_SECRET_KEY": "k" * 32,
    "RUNMIAO_OPERATOR_TOKEN": "t" * 16,
    "RUNMIAO_BUREAU_FILE": "/etc/runmiao/bureau.yml",
    "RUNMIAO_PUBLIC_URL": "https://tax.example",
    "RUNMIAO_SMS_GATEWAY_URL": "https://sms.example/codes",
}


def test_without_any_variable_the_demo_runs_on_a_sqlite_file():
    read = read_settings({"PATH": "/bin", "RUNMIAO_HOME": "/opt"})

    assert read.is_demo
    assert read.resolved_database_url.startswith("sqlite:////")
    assert read.resolved_database_url.endswith("var/runmiao.db")
    assert read.hand_over_within == timedelta(minutes=5)


def test_values_come_from_the_environment_in_their_type():
    read = read_settings({"RUNMIAO_PORT": "9090", "RUNMIAO_DATABASE_URL": "postgresql://x/y"})

    assert read.port == 9090
    assert read.resolved_database_url == "postgresql://x/y"


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"RUNMIAO_PROT": "9090"}, "RUNMIAO_PROT"),
        ({"RUNMIAO_PORT": "many"}, "RUNMIAO_PORT"),
        ({"RUNMIAO_PORT": "²"}, "RUNMIAO_PORT"),
        ({"RUNMIAO_PORT": ""}, "RUNMIAO_PORT"),
        ({"RUNMIAO_PORT": "-1"}, "RUNMIAO_PORT"),
        ({"RUNMIAO_MODE": "test"}, "RUNMIAO_MODE"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environment, name):
    with pytest.raises(BadSetting) as refused:
        read_settings(environment)

    assert refused.value.details["name"] == name
    assert name in sentence_for(refused.value)


def test_production_with_everything_set_is_accepted():
    assert not read_settings(PRODUCTION).is_demo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RUNMIAO_SECRET_KEY", None),
        ("RUNMIAO_SECRET_KEY", "k" * 31),
        ("RUNMIAO_OPERATOR_TOKEN", None),
        ("RUNMIAO_OPERATOR_TOKEN", "short"),
        ("RUNMIAO_BUREAU_FILE", None),
        ("RUNMIAO_AS_OF", "2026-01-01"),
        ("RUNMIAO_PUBLIC_URL", None),
        ("RUNMIAO_PUBLIC_URL", "http://tax.example"),
        ("RUNMIAO_SMS_GATEWAY_URL", None),
        ("RUNMIAO_SMS_GATEWAY_URL", "http://sms.example/codes"),
    ],
)
def test_production_refuses_what_only_a_demo_may_have(name, value):
    environment = {key: kept for key, kept in PRODUCTION.items() if key != name}
    if value is not None:
        environment[name] = value

    with pytest.raises(BadSetting) as refused:
        read_settings(environment)

    assert refused.value.details["name"] == name


def test_what_is_printed_at_start_holds_no_secret():
    read = read_settings(PRODUCTION | {"RUNMIAO_WECHAT_APP_SECRET": "s3cret"})

    printed = read.public_values()

    assert set(printed) == {each.name for each in fields(Settings)}
    for hidden in ("k" * 32, "t" * 16, "s3cret"):
        assert hidden not in str(printed)
    assert printed["wechat_app_secret"] == "（已设置）"
    assert printed["wechat_aes_key"] == "（未设置）"


def test_every_setting_is_explained_and_every_secret_marked():
    for each in fields(Settings):
        assert each.metadata["help"]
        is_secret = each.name.endswith(("_key", "_token", "_secret"))
        assert each.metadata["secret"] == is_secret, each.name


def test_a_seal_opens_only_with_its_key_and_untouched(keys):
    sealed = keys.seal("13812345678")

    assert "13812345678" not in sealed
    assert keys.unseal(sealed) == "13812345678"
    for broken in (sealed[:-2] + "AA", "", "rubbish"):
        with pytest.raises(BrokenSeal):
            keys.unseal(broken)
    with pytest.raises(BrokenSeal):
        Keys("another key").unseal(sealed)


def test_a_signature_fits_only_its_text_and_purpose(keys):
    signature = keys.sign("link", "turn-1")

    keys.check_signature("link", "turn-1", signature)
    for purpose, text in (("link", "turn-2"), ("other", "turn-1")):
        with pytest.raises(BrokenSeal):
            keys.check_signature(purpose, text, signature)
    assert keys.keyed_hash("a", "x") != keys.keyed_hash("b", "x")


def test_codes_and_tokens_are_clear_and_do_not_repeat():
    codes = {new_code(6) for _ in range(500)}

    assert len(codes) > 490
    assert set("".join(codes)) <= set(CLEAR_ALPHABET)
    assert not set("01IO") & set(CLEAR_ALPHABET)
    assert new_token() != new_token()
    assert fingerprint("a") != fingerprint("b")


def test_every_error_of_core_has_its_sentence():
    codes = {
        each.code
        for module in (errors, settings, secrets)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ServiceError)
    }
    path = Path(messages.__file__).parent / "error_messages.yml"

    assert codes <= set(yaml.safe_load(path.read_text("utf-8")))
    assert codes <= set(error_sentences())


def test_a_code_without_a_sentence_is_told_as_the_unexpected_one():
    class Strange(ServiceError):
        code = "never_explained"

    assert sentence_for(Strange()) == sentence_for(ServiceError())
    assert "{" not in sentence_for(errors.InvalidInput())
