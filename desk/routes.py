"""Every address of the desk's API (工作台接口)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from desk import (
    appeal_alerts_api,
    appeal_filing_api,
    appeals_api,
    attachments_api,
    calendar_api,
    documents_api,
    events,
    figures_api,
    heat_api,
    learning_api,
    library_api,
    library_exchange_api,
    library_moves,
    login_api,
    models_api,
    notices_api,
    releases_api,
    staff_api,
    supervisor_api,
    talks_api,
    terms_api,
)
from desk.door import Handler

API = "/api/v1/desk"
_TALK = "/conversations/{id:[0-9]+}"
_ENTRY = "/library/{id:[a-z0-9-]+}"
_NOTICE = "/library/notices/{id:[0-9]{1,9}}"
_RELEASE = "/library/releases/{id:[0-9]{1,9}}"
_GROUP = "/learning/{id:[0-9]{1,9}}"
_BURST = "/heat/bursts/{id:[0-9]{1,9}}"
_DOCUMENT = "/documents/{id:[a-z0-9-]+}"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/login", login_api.log_in),
    ("POST", "/logout", login_api.log_out),
    ("GET", "/me", login_api.me),
    ("POST", "/me/password", login_api.change_password),
    ("GET", "/counts", login_api.counts),
    ("GET", "/events", events.stream_events),
    ("GET", "/inbox", talks_api.show_inbox),
    ("GET", _TALK, talks_api.show_talk),
    ("GET", f"{_TALK}/messages", talks_api.show_messages),
    ("POST", f"{_TALK}/accept", talks_api.accept),
    ("POST", f"{_TALK}/hand-back", talks_api.give_back),
    ("POST", f"{_TALK}/reply", talks_api.reply),
    ("POST", f"{_TALK}/note", talks_api.note),
    ("GET", f"{_TALK}/suggestions", talks_api.show_suggestions),
    ("POST", "/suggestions/{id:[0-9]{1,9}}", talks_api.use_suggestion),
    ("GET", "/appeals", appeals_api.show_appeals),
    ("POST", "/appeals", appeal_filing_api.file_appeal),
    ("POST", "/appeals/similar", appeal_filing_api.show_similar),
    ("GET", "/appeal-kinds", appeal_filing_api.show_kinds),
    ("GET", "/appeal-alerts", appeal_alerts_api.show_alerts),
    ("GET", "/appeal-requests", appeal_alerts_api.show_requests),
    ("POST", "/appeal-alerts/{id:[0-9]{1,9}}/seen", appeal_alerts_api.see),
    ("GET", "/appeals/{number}", appeals_api.show_appeal),
    ("GET", "/appeals/{number}/similar", appeal_filing_api.show_repeats),
    ("GET", "/appeals/{number}/extension", appeals_api.preview_extension),
    ("POST", "/appeals/{number}/contact", appeals_api.show_contact),
    ("POST", "/appeals/{number}/attachments", attachments_api.add_attachment),
    ("GET", "/appeals/{number}/attachments/{id:[0-9]{1,9}}", attachments_api.show_attachment),
    ("POST", f"/appeals/{{number}}/{{verb:{appeals_api.VERBS}}}", appeals_api.move),
    ("GET", "/calendar/{year:20[0-9]{2}}", calendar_api.show_calendar),
    ("POST", "/calendar/compare", calendar_api.compare_calendar),
    ("POST", "/calendar", calendar_api.import_calendar),
    ("GET", "/figures", figures_api.show_figures),
    ("GET", "/figures/export", figures_api.export_figures),
    ("GET", "/heat", heat_api.show_heat),
    ("GET", "/heat/past", heat_api.show_past),
    ("GET", "/heat/hot", heat_api.show_hot),
    ("POST", f"{_BURST}/seen", heat_api.see),
    ("POST", f"{_BURST}/case", heat_api.open_parent),
    ("GET", f"{_BURST}/draft", heat_api.show_proposal),
    ("POST", f"{_BURST}/draft", heat_api.draft),
    ("POST", "/heat/topics/{id:[0-9]{1,9}}/title", heat_api.title),
    ("GET", "/supervisor/overview", supervisor_api.show_overview),
    ("GET", "/library", library_api.show_library),
    ("POST", "/library/import", library_exchange_api.import_library),
    ("GET", "/library/export", library_exchange_api.export_library),
    ("GET", "/library/template", library_exchange_api.show_template),
    ("POST", "/library/notices", notices_api.bring_notice),
    ("GET", "/library/notices", notices_api.show_notices),
    ("GET", _NOTICE, notices_api.show_notice),
    ("POST", f"{_NOTICE}/accept", notices_api.accept_notice),
    ("POST", f"{_NOTICE}/discard", notices_api.discard_notice),
    ("GET", "/library/releases", releases_api.show_releases),
    ("POST", "/library/releases", releases_api.open_candidate),
    ("GET", _RELEASE, releases_api.show_release),
    ("POST", f"{_RELEASE}/measure", releases_api.measure_candidate),
    ("POST", f"{_RELEASE}/discard", releases_api.discard_candidate),
    ("POST", f"{_RELEASE}/publish", releases_api.publish_candidate),
    ("POST", f"{_RELEASE}/override", releases_api.override_gate),
    ("POST", f"{_RELEASE}/roll-back", releases_api.roll_back),
    ("GET", "/library/expiring", documents_api.show_expiring),
    ("GET", _ENTRY, library_api.show_entry),
    ("POST", "/library", library_api.add_entry),
    ("PUT", _ENTRY, library_api.save_entry),
    ("GET", f"{_ENTRY}/preview", library_api.show_preview),
    ("GET", f"{_ENTRY}/rendering", library_api.show_rendering),
    ("GET", f"{_ENTRY}/diff", library_api.show_diff),
    ("POST", f"{_ENTRY}/{{verb:{library_moves.PATHS}}}", library_api.move_entry),
    ("GET", "/documents", documents_api.show_documents),
    ("GET", _DOCUMENT, documents_api.show_document),
    ("GET", f"{_DOCUMENT}/{{kind:{documents_api.RELYING}}}", documents_api.show_relying),
    ("POST", f"{_DOCUMENT}/end", documents_api.end),
    ("POST", f"{_DOCUMENT}/restore", documents_api.restore),
    ("GET", "/learning", learning_api.show_groups),
    ("POST", "/learning/collect", learning_api.collect_now),
    ("GET", _GROUP, learning_api.show_group),
    ("POST", f"{_GROUP}/similar", learning_api.add_similar),
    ("POST", f"{_GROUP}/entry", learning_api.add_new_entry),
    ("POST", f"{_GROUP}/term", learning_api.add_term),
    ("POST", f"{_GROUP}/dismiss", learning_api.dismiss_group),
    ("POST", f"{_GROUP}/reopen", learning_api.reopen_group),
    ("GET", "/terms", terms_api.show_terms),
    ("POST", "/terms", terms_api.add_term),
    ("GET", "/terms/export", terms_api.export_terms),
    ("POST", f"/terms/{{id:[0-9]{{1,9}}}}/{{verb:{terms_api.VERBS}}}", terms_api.decide_term),
    ("GET", "/wrong-answers", library_api.show_wrong_answers),
    ("POST", "/wrong-answers/{id:[0-9]{1,9}}", library_api.settle_wrong_answer),
    ("GET", "/models", models_api.show_models),
    ("POST", "/models", models_api.try_model),
    ("POST", "/models/roll-back", models_api.roll_back_model),
    ("POST", "/models/{id:[0-9]{1,9}}/release", models_api.release_model),
    ("GET", "/staff", staff_api.show_staff),
    ("POST", "/staff", staff_api.add_staff),
    ("POST", "/staff/{login}/roles", staff_api.give_roles),
    ("POST", "/staff/{login}/{verb:disable|enable|reset}", staff_api.change_staff),
)


def add_desk_routes(app: web.Application) -> None:
    """Add the desk's API; ``app[SERVICES]`` must be there already."""
    app[events.STREAMS] = set()
    app[login_api.HASHING] = asyncio.Semaphore(2)
    app[attachments_api.IN_TURN] = asyncio.Semaphore(1)
    app[library_exchange_api.IN_TURN] = asyncio.Semaphore(1)
    app[figures_api.IN_TURN] = asyncio.Semaphore(1)
    app[notices_api.IN_TURN] = asyncio.Semaphore(1)
    app[learning_api.IN_TURN] = asyncio.Semaphore(1)
    app[library_api.GATE_IN_TURN] = asyncio.Semaphore(1)
    for method, path, handler in ROUTES:
        app.router.add_route(method, f"{API}{path}", handler)
    app.on_shutdown.append(events.end_streams)
