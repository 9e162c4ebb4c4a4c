// Every call of the desk, one function each.

import { call, withQuery } from "./client";
import type {
  ConversationView,
  Counts,
  InboxFilter,
  InboxPage,
  Me,
  Message,
  Note,
  Overview,
  PageOf,
  Role,
  StaffRow,
  Suggestions,
  WrongAnswer,
} from "./types";

export const login = (login: string, password: string) =>
  call<Me>("POST", "/login", { login, password });
export const logout = () => call<{ ok: true }>("POST", "/logout", {});
export const me = () => call<Me>("GET", "/me");
export const changePassword = (old: string, fresh: string) =>
  call<Me>("POST", "/me/password", { old, new: fresh });
export const counts = () => call<Counts>("GET", "/counts");

export const inbox = (query: { filter: InboxFilter; search?: string; page?: number }) =>
  call<InboxPage>("GET", withQuery("/inbox", query));
export const conversation = (id: number, knownFirm?: number) =>
  call<ConversationView>("GET", withQuery(`/conversations/${id}`, { known_firm: knownFirm }));
export const olderMessages = (id: number, before: number) =>
  call<{ messages: Message[]; has_more: boolean }>(
    "GET",
    withQuery(`/conversations/${id}/messages`, { before }),
  );
export const acceptTalk = (id: number, knownFirm?: number) =>
  call<ConversationView>(
    "POST",
    withQuery(`/conversations/${id}/accept`, { known_firm: knownFirm }),
    {},
  );
export const handBack = (id: number, knownFirm?: number) =>
  call<ConversationView>(
    "POST",
    withQuery(`/conversations/${id}/hand-back`, { known_firm: knownFirm }),
    {},
  );
export const reply = (
  id: number,
  body: {
    text: string;
    suggestion_id: number | null;
    sent_as: "as_is" | "edited" | "own";
    client_message_id: string;
  },
) => call<{ message: Message }>("POST", `/conversations/${id}/reply`, body);
export const addNote = (id: number, text: string) =>
  call<{ note: Note }>("POST", `/conversations/${id}/note`, { text });
export const suggestions = (id: number, fresh = false) =>
  call<Suggestions>("GET", withQuery(`/conversations/${id}/suggestions`, { fresh: fresh ? 1 : null }));
export const useSuggestion = (
  id: number,
  action: "inserted" | "edited" | "sent" | "dismissed",
  reason?: string,
) => call<{ ok: true }>("POST", `/suggestions/${id}`, { action, reason });

export const overview = () => call<Overview>("GET", "/supervisor/overview");

export const wrongAnswers = (query: { state?: string; page?: number }) =>
  call<PageOf<WrongAnswer>>(
    "GET",
    withQuery("/wrong-answers", query),
  );
export const settleWrongAnswer = (id: number, state: "fixed" | "right", note: string) =>
  call<WrongAnswer>("POST", `/wrong-answers/${id}`, { state, note });

export const staff = () => call<{ rows: StaffRow[]; unfilled: Role[] }>("GET", "/staff");
export const createStaff = (body: { login: string; name: string; roles: Role[] }) =>
  call<{ staff: StaffRow; password: string }>("POST", "/staff", body);
export const changeStaff = (login: string, verb: "disable" | "enable" | "reset") =>
  call<{ staff: StaffRow; password: string | null }>("POST", `/staff/${login}/${verb}`, {});
export const giveRoles = (login: string, roles: Role[]) =>
  call<{ staff: StaffRow }>("POST", `/staff/${login}/roles`, { roles });
