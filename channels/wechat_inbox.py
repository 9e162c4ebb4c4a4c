"""What is done with a message or event of the platform (微信收件), once, whoever receives it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.keys import Services
from channels.rate_limits import RateLimit, RateLimited
from channels.taking_in import take_in
from channels.wechat_claims import CHANNEL
from channels.wechat_followers import (
    IDENTITY_PREFIX,
    follower_of,
    insert_once,
    note_clicked,
    note_spoken,
    option_for,
    set_options,
)
from channels.wechat_greeting import consent_options, consent_request, welcome
from channels.wechat_passive import close_receipt
from channels.wechat_tables import WechatFollower, WechatReceipt
from channels.wechat_text import Bubble, Option, Writer, fetch_options, plain
from channels.wechat_words import menu_sentence, option_label, say, unreadable
from channels.wechat_xml import Incoming
from consultations.ratings import rate_answer
from consultations.tables import Author, Conversation, Holder, Message, Turn, TurnState
from consultations.talk import (
    MAX_TEXT,
    EmptyText,
    TextTooLong,
    latest_conversation_of,
    open_conversation,
)
from core.errors import ServiceError
from core.masking import mask
from core.messages import sentence_for

#: What the platform hands over in place of a sticker, and its codes for small faces.
_STICKER = re.compile(r"【收到不支持的消息类型.*】|(?:\[[^\[\]\s]{1,10}\])+|(?:/:[^\s/]{1,8})+")
_READ = ("text", "voice")


@dataclass(frozen=True)
class Taken:
    """A message that was taken in: the turn to be run here, if it is a new one."""

    key: str
    conversation_id: int | None = None
    message_id: int | None = None
    new_turn_id: str | None = None


class Inbox:
    """Takes in what the platform sends. Every method works in the caller's transaction."""

    def __init__(self, services: Services, writer: Writer, passive_seconds: float) -> None:
        self._services = services
        self._writer = writer
        self._passive = timedelta(seconds=passive_seconds)
        self._limit = RateLimit(services.settings.messages_per_minute)

    def take_in(
        self, session: Session, incoming: Incoming, *, now: datetime, seconds: float
    ) -> Taken:
        """Take in a message; the same one again changes nothing.

        Args:
            session: Open session.
            incoming: The message.
            now: The moment.
            seconds: The same on a clock that never goes back, for the limit.
        """
        until = now + self._passive
        is_new = insert_once(
            session,
            WechatReceipt,
            key=incoming.key,
            openid=incoming.openid,
            first_seen=now,
            passive_until=until,
        )
        receipt = session.get_one(WechatReceipt, incoming.key, with_for_update=True)
        if not is_new:
            if receipt.settled_at is None:
                receipt.passive_until = until
            return Taken(incoming.key)
        visit = Visit(
            session,
            self._services,
            self._writer,
            incoming,
            receipt,
            follower_of(session, incoming.openid),
            now,
        )
        if incoming.event == "unsubscribe":
            return visit.leave()
        try:
            self._limit.take(incoming.openid, now=seconds)
        except RateLimited as error:
            return visit.reply(plain(say("too_fast", seconds=error.details["retry_after"])))
        return visit.event() if incoming.kind == "event" else visit.message()


@dataclass(frozen=True)
class Visit:
    """One new message or event of a follower, inside its transaction."""

    session: Session
    services: Services
    writer: Writer
    incoming: Incoming
    receipt: WechatReceipt
    follower: WechatFollower
    now: datetime

    def leave(self) -> Taken:
        """The user unsubscribed: nothing ends, but nothing is sent any more."""
        self.follower.unsubscribed_at = self.now
        return self.silence()

    def silence(self) -> Taken:
        """Answer ``success`` and nothing else."""
        close_receipt(self.receipt, None, now=self.now)
        return Taken(self.incoming.key)

    def reply(self, *bubbles: Bubble, options: list[Option] | None = None) -> Taken:
        """Answer at once; numbers of the message before stay good if this one has none."""
        written = self.writer.write(bubbles, own_options=options or ())
        close_receipt(self.receipt, written.text, now=self.now)
        if written.options:
            set_options(self.follower, written.options, now=self.now)
        return Taken(self.incoming.key)

    def event(self) -> Taken:
        """Follow, menu click or scan; other events are only acknowledged."""
        kind = self.incoming.event
        if kind not in ("subscribe", "click", "scan"):
            return self.silence()
        note_clicked(self.follower, now=self.now)
        if kind == "click":
            sentence = menu_sentence(self.incoming.event_key)
            return self.said(sentence) if sentence else self.reply(plain(say("unknown_key")))
        if self._consented() is not None:
            return self.reply(plain(say("welcome_back" if kind == "subscribe" else "scanned")))
        return self.reply(plain(welcome(self.services)), options=consent_options(""))

    def message(self) -> Taken:
        """Something that the user sent."""
        note_spoken(self.follower, now=self.now)
        text = self.incoming.text.strip()
        if self.incoming.kind not in _READ or (self.incoming.kind == "voice" and not text):
            return self.reply(plain(unreadable(self.incoming.kind)))
        if _STICKER.fullmatch(text):
            return self.reply(plain(unreadable("sticker")))
        option = option_for(self.follower, text, now=self.now)
        if option is None and text == option_label("held"):
            option = fetch_options()[0]  # may have been offered some messages ago
        return self.said(text) if option is None else self._choose(option, text)

    def said(self, text: str) -> Taken:
        """A sentence, typed or chosen: a turn of the talk, once the user has consented."""
        conversation = self._consented()
        if conversation is None:
            pending = mask(text).text[:MAX_TEXT]
            request = consent_request(self.services)
            return self.reply(plain(request), options=consent_options(pending))
        return self._take_turn(conversation, text)

    def _take_turn(self, conversation: Conversation, text: str) -> Taken:
        try:
            turn, *_ = take_in(
                self.session,
                conversation,
                keys=self.services.keys,
                text=text,
                client_message_id=self.incoming.key,
                now=self.now,
            )
        except (EmptyText, TextTooLong) as error:
            return self.reply(plain(sentence_for(error)))
        self.receipt.turn_id = turn.id
        message_id = self.session.scalar(
            select(Message.id).where(Message.turn_id == turn.id, Message.author == Author.TAXPAYER)
        )
        return Taken(self.incoming.key, conversation.id, message_id, turn.id)

    def _choose(self, option: dict[str, Any], text: str) -> Taken:
        kind, value = option["kind"], option["value"]
        conversation = self._consented()
        if kind == "agree":
            return self._agree(value)
        if kind == "decline":
            return self._decline()
        if conversation is None:
            return self.said(value if kind == "say" else text)
        if kind == "more":
            return self.reply(plain(value))
        if kind == "held":
            return self._fetch(conversation)
        if conversation.holder is Holder.PERSON:
            return self.said(text)  # a person asked for a number; the bot's buttons are past
        return self._rate(conversation, option) if kind == "rate" else self.said(value)

    def _agree(self, pending: str) -> Taken:
        conversation = self._talk()
        if conversation is None:
            conversation, _ = open_conversation(
                self.session, channel=CHANNEL, identity_key=self._identity_key, now=self.now
            )
        conversation.consented_at = conversation.consented_at or self.now
        self.session.flush()  # taking a turn reads the talk anew
        set_options(self.follower, [], now=self.now)
        if pending:
            return self._take_turn(conversation, pending)
        return self.reply(plain(say("consented")))

    def _decline(self) -> Taken:
        told = plain(say("declined", hotline=self.services.bureau.hotline))
        set_options(self.follower, [], now=self.now)
        return self.reply(told)

    def _rate(self, conversation: Conversation, option: dict[str, Any]) -> Taken:
        try:
            part = rate_answer(
                self.session,
                conversation,
                option["turn_id"],
                rating=option["value"],
                now=self.now,
            )
        except ServiceError as error:
            return self.reply(plain(sentence_for(error)))
        return self.reply(Bubble(None, part.to_json()))

    def _fetch(self, conversation: Conversation) -> Taken:
        """Give what has come meanwhile; a turn under way is waited for once more."""
        self.receipt.turn_id = self.session.scalar(
            select(Turn.id)
            .where(Turn.conversation_id == conversation.id, Turn.state == TurnState.WAITING)
            .order_by(Turn.received_at.desc())
            .limit(1)
        )
        return Taken(self.incoming.key)

    @property
    def _identity_key(self) -> str:
        return f"{IDENTITY_PREFIX}{self.incoming.openid}"

    def _talk(self) -> Conversation | None:
        return latest_conversation_of(
            self.session, identity_key=self._identity_key, channel=CHANNEL
        )

    def _consented(self) -> Conversation | None:
        conversation = self._talk()
        if conversation is None or conversation.consented_at is None:
            return None
        return conversation
