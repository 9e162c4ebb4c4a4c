import pytest

from channels.rate_limits import RateLimit, RateLimited, TooManyLooks
from core.settings import Settings


def test_a_minutes_worth_may_come_at_once_and_then_no_more():
    limit = RateLimit(20)

    for _ in range(20):
        limit.take("a", now=100.0)

    with pytest.raises(RateLimited) as refused:
        limit.take("a", now=100.0)
    assert refused.value.details["retry_after"] == 3


def test_after_the_time_told_one_more_is_let_in():
    limit = RateLimit(20)
    for _ in range(20):
        limit.take("a", now=100.0)

    limit.take("a", now=103.0)

    with pytest.raises(RateLimited):
        limit.take("a", now=103.0)


def test_one_visitor_does_not_use_up_another_ones_share():
    limit = RateLimit(1)
    limit.take("a", now=0.0)

    limit.take("b", now=0.0)


def test_a_flood_of_names_does_not_fill_the_memory():
    limit = RateLimit(5)

    for number in range(50_000):
        limit.take(str(number), now=number / 1000)

    assert len(limit._buckets) <= 20_000


def test_the_refusal_can_have_its_own_sentence():
    limit = RateLimit(1, TooManyLooks)
    limit.take("a", now=0.0)

    with pytest.raises(TooManyLooks):
        limit.take("a", now=0.0)


class TestAtTheDoor:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(messages_per_minute=3)

    async def test_the_fourth_message_in_a_minute_has_to_wait(self, door):
        await door.open()
        for _ in range(3):
            assert (await door.say("开票限额是多少"))[0] == 202

        status, error = await door.say("开票限额是多少")

        assert (status, error["error"]["code"]) == (429, "rate_limited")
        assert int(door.response.headers["Retry-After"]) == error["error"]["details"]["retry_after"]
        assert "秒" in error["error"]["message"]

    async def test_many_talks_from_one_address_are_slowed_down(self, door):
        statuses = [(await door.call("POST", "/conversations", {}))[0] for _ in range(8)]

        assert statuses[:6] == [201] * 6
        assert 429 in statuses

    async def test_a_new_secret_for_every_message_does_not_help(self, door):
        statuses = []
        for number in range(25):
            door.token = f"made up {number}"
            statuses.append((await door.say("开票限额是多少"))[0])

        assert statuses[-1] == 429

    async def test_behind_a_proxy_of_this_machine_visitors_are_told_apart(self, door):
        for _ in range(8):
            await door.call(
                "POST", "/conversations", {}, headers={"X-Forwarded-For": "198.51.100.7"}
            )

        status, _ = await door.call(
            "POST", "/conversations", {}, headers={"X-Forwarded-For": "198.51.100.8"}
        )

        assert status == 201
