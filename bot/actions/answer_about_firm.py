"""What is on record of one's own firm (查询本企业): filings, payments, arrears, rating, quota."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from answers.parts import Button, Part
from bot.actions.base import Done, Talk
from bot.firm_facts import FACTS, overview
from bot.own_business import OwnBusinessAction
from bot.sentences import say
from bot.words import matching
from enterprises.binding import current_firm, list_bindings
from enterprises.service import access_firm_for
from enterprises.view import FirmView
from policy_rules.deadlines import announced_deadline

_BIND = (Button("绑定企业", "say", "绑定企业"),)
_MORE = {
    "filing": "什么时候申报",
    "paid": "今年交了多少税",
    "arrears": "有没有欠税",
    "quota": "发票额度还剩多少",
    "rating": "信用等级",
    "reliefs": "享受了哪些优惠",
}


class ActionAnswerAboutFirm(OwnBusinessAction):
    """Answers from the record of the bound firm; every look is audited by the service."""

    words = "own_firm"
    offered = _BIND

    def name(self) -> str:
        return "action_answer_about_firm"

    def has_matter(self, talk: Talk) -> bool:
        return current_firm(talk.session, identity_key=talk.identity_key, now=talk.now) is not None

    def carry_out(self, talk: Talk) -> Done:
        firm = current_firm(talk.session, identity_key=talk.identity_key, now=talk.now)
        if firm is None:
            return self._unbound(talk)
        topic = matching("firm_topics", talk.turn.text)
        view = access_firm_for(
            talk.session,
            identity_key=talk.identity_key,
            now=talk.now,
            purpose=topic or "overview",
            deadlines=_announced,
        )
        tell: Callable[[FirmView, date], list[str]] = FACTS.get(topic or "", overview)
        lines = tell(view, talk.today)
        head = say("utter_firm_head", firm=view.profile.name, on=f"{talk.today:%Y-%m-%d}")
        note = "utter_firm_sample" if view.profile.is_sample else "utter_firm_record"
        part = Part(
            text="\n".join((head, *lines)),
            kind="answer",
            title=view.profile.name,
            as_of=talk.today,
            caution=say(note),
            buttons=tuple(Button(q, "say", f"我们公司{q}") for t, q in _MORE.items() if t != topic),
        )
        return Done(talk.reply("firm_fact", part, facts={"firm": firm.enterprise_id}))

    def _unbound(self, talk: Talk) -> Done:
        if list_bindings(talk.session, identity_key=talk.identity_key, now=talk.now):
            buttons = (Button("选择企业", "say", "切换企业"),)
            return Done(talk.say("clarifying", "utter_no_firm_chosen", buttons=buttons))
        return Done(talk.say("refused_personal_data", "utter_firm_not_bound", buttons=_BIND))


def _announced(year: int, month: int) -> date | None:
    return announced_deadline(date(year, month, 1))
