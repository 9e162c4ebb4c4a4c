// The register of documents, what rests on them, and what ends soon.

import { call, withQuery } from "./client";
import type { Certainty } from "./types";

export type DocumentState = "in_force" | "partly_repealed" | "repealed" | "suspended" | "unknown";
export type EndState = "partly_repealed" | "repealed" | "suspended";

export interface Paged<Row> {
  rows: Row[];
  total: number;
  page: number;
  per_page: number;
}

export interface DocumentRow {
  id: string;
  number: string | null;
  title: string;
  issuers: string[];
  issued_on: string | null;
  state: DocumentState;
  state_label: string;
  last_day: string | null;
  certainty: Certainty;
  certainty_label: string;
  checked_on: string;
  entries: number;
  topics: string[];
}

export interface DocumentsPage extends Paged<DocumentRow> {
  states: { code: DocumentState; label: string; count: number }[];
  topics: { code: string; label: string }[];
}

export interface DocumentName {
  id: string;
  number: string | null;
  title: string;
}

export interface Ending {
  state: EndState;
  state_label: string;
  ended_on: string | null;
  clauses: string[];
  replaced_by: string | null;
  reason: string;
  login: string;
  by: string;
  at: string;
}

export interface DocumentView extends DocumentRow {
  in_force_from: string | null;
  ended_on: string | null;
  ended_clauses: string[];
  url: string | null;
  note: string | null;
  replaces: DocumentName[];
  replaced_by: DocumentName[];
  /** How it was ended at the desk. */
  ending: Ending | null;
  relied_on: Record<RelyingKind, number>;
}

export interface RelyingEntry {
  id: string;
  question: string;
  state: string;
  state_label: string;
  version: number;
  claims: string[];
  /** Places of short answers, from 0. */
  shorts: number[];
  handling: boolean;
  /** By claim, the figures through which it rests on the document. */
  through: Record<string, string[]>;
}

export interface RelyingFigure {
  id: string;
  title: string;
  values: { from: string; to: string | null; value: string }[];
}

export interface RelyingAnswer {
  turn_id: string;
  conversation_id: number;
  at: string;
  question: string;
  outcome: string;
  entry_id: string | null;
  version: number | null;
  claims: string[];
}

export interface ToldReminder {
  enterprise_id: number;
  due_on: string;
  told_at: string;
}

export interface Relying {
  entries: RelyingEntry;
  figures: RelyingFigure;
  answers: RelyingAnswer;
  reminders: ToldReminder;
}

export type RelyingKind = keyof Relying;

export interface EndForm {
  state: EndState;
  reason: string;
  ended_on?: string;
  clauses?: string[];
  replaced_by?: string;
}

export type EndKind = "claim" | "short_answer" | "parameter" | "document" | "entry";

export interface EndingRow {
  kind: EndKind;
  kind_label: string;
  subject: string;
  entry: string | null;
  title: string;
  last_day: string;
  days_left: number;
  /** Whether something takes its place the next day. */
  followed: boolean;
}

export interface ExpiringPage extends Paged<EndingRow> {
  within: number;
  days: { day: string; count: number }[];
  kinds: { code: EndKind; label: string; count: number }[];
  /** What ends within 90, 30 and 7 days with nothing to follow. */
  counts: Record<string, number>;
  ended: EndingRow[];
  ended_total: number;
  warnings: { new: number };
}

export const documents = (query: { search?: string; state?: string; topic?: string; page?: number }) =>
  call<DocumentsPage>("GET", withQuery("/documents", query));
export const document = (id: string) => call<DocumentView>("GET", `/documents/${id}`);
export const relying = <Kind extends RelyingKind>(id: string, kind: Kind, page = 1) =>
  call<Paged<Relying[Kind]>>("GET", withQuery(`/documents/${id}/${kind}`, { page }));
export const endDocument = (id: string, form: EndForm) =>
  call<DocumentView>("POST", `/documents/${id}/end`, form);
export const restoreDocument = (id: string, reason: string) =>
  call<DocumentView>("POST", `/documents/${id}/restore`, { reason });

export const expiring = (query: { within?: string; kind?: string; page?: number }) =>
  call<ExpiringPage>("GET", withQuery("/library/expiring", query));
