"""The headers that every public answer carries (安全响应头)."""

from __future__ import annotations

from aiohttp import web

#: The charts of the desk write styles into elements; nothing else needs to.
_STYLES = {True: "'self' 'unsafe-inline'", False: "'self'"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: what a handler set itself stays."""
    styles = _STYLES[request.path.startswith("/desk")]
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(styles=styles))
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
