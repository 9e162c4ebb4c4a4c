"""The register of rules (规则登记): every rule that can be computed, by id."""

from __future__ import annotations

from policy_rules import vat
from policy_rules.facts import Need
from policy_rules.sentences import say
from policy_rules.verdicts import Reason, Rule, Verdict

__all__ = ["RULES", "Need", "Reason", "Rule", "Verdict"]

_ALL = (
    Rule(
        id="vat_small_scale",
        title=say("vat_small_scale", "title"),
        amount="sales_yuan",
        facts=(
            "taxpayer_type",
            "subject",
            "filing_cycle",
            "sales_yuan",
            "tax_included",
            "invoice_type",
            "special_invoice_yuan",
        ),
        judge=vat.small_scale,
    ),
)

RULES: dict[str, Rule] = {rule.id: rule for rule in _ALL}
