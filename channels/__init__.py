"""The taxpayer's doors (纳税人入口): the web chat, the public API, WeChat."""
