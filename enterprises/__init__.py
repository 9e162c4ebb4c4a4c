"""The enterprise record (企业档案): who a firm is, what it filed and paid, and who may see it."""
