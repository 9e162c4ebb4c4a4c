"""The law as code (政策规则): dated figures and small formulas on Decimal."""
