// Questions that may teach the library, in groups; and the terms that editors keep.

import { call, download, withQuery } from "./client";
import type { Paged } from "./documents";

export type GroupState = "open" | "accepted" | "dismissed";
export type GroupKind = "similar" | "term" | "entry" | "content";
export type TermState = "proposed" | "in_force" | "refused" | "withdrawn";

interface Coded<Code extends string = string> {
  code: Code;
  label: string;
}
export interface Counted<Code extends string> extends Coded<Code> {
  count: number;
}
interface Tally {
  label: string;
  count: number;
}

export interface NamedEntry {
  id: string;
  question: string;
  /** It has a version that is not published. */
  edited: boolean;
}

export interface GroupRow {
  id: number;
  version: number;
  state: GroupState;
  state_label: string;
  kind: GroupKind;
  kind_label: string;
  topic: Coded | null;
  talks: number;
  questions: number;
  first_at: string;
  last_at: string;
  entry: NamedEntry | null;
  score: number;
  word: string | null;
  term: string | null;
  /** Decided about before, and asked often since. */
  returned: boolean;
  settled_by: string | null;
  settled_at: string | null;
  reason: string | null;
  lead: string;
}

export interface GroupPage extends Paged<GroupRow> {
  states: Counted<GroupState>[];
  kinds: Counted<GroupKind>[];
  topics: Coded[];
}

export interface Example {
  text: string;
  asked_at: string;
  channel: string;
  signals: string[];
  outcome: string | null;
  rating: string | null;
  answered_with: NamedEntry | null;
  agent_entry: NamedEntry | null;
  now: { outcome: string; entry: NamedEntry | null };
}

export interface Group extends Omit<GroupRow, "lead"> {
  made: (NamedEntry & { version: number; live: boolean }) | { text: string; term: string; state_label: string } | null;
  examples: Example[];
  channels: Tally[];
  signals: Tally[];
  nearest: (NamedEntry & { score: number })[];
  topics: Coded[];
  term_kinds: Coded[];
}

export interface Term {
  id: number;
  text: string;
  term: string;
  kind: string;
  kind_label: string;
  state: TermState;
  state_label: string;
  proposed_by: string;
  proposed_at: string;
  decided_by: string | null;
  decided_at: string | null;
  ended_by: string | null;
  ended_at: string | null;
  reason: string | null;
  is_own: boolean;
  /** The files of the thesaurus say the same by now. */
  in_files: boolean;
  said_by: { id: string; question: string }[];
  said_by_count: number;
}

export interface TermPage extends Paged<Term> {
  states: Counted<TermState>[];
  kinds: Coded[];
}

export interface GroupQuery {
  state?: string;
  kind?: string;
  topic?: string;
  page?: number;
}

export const groups = (query: GroupQuery) =>
  call<GroupPage>("GET", withQuery("/learning", { state: query.state, kind: query.kind, topic: query.topic, page: query.page }));
export const group = (id: number) => call<Group>("GET", `/learning/${id}`);
export const collectNow = () => call<{ noted: number }>("POST", "/learning/collect");

/** What an editor makes of a group, by the last part of the address. */
export type Decision =
  | { verb: "similar"; form: { entry_id: string; wordings: string[] } }
  | { verb: "entry"; form: { id: string; question: string; similar: string[]; topic: string } }
  | { verb: "term"; form: { text: string; term: string; kind: string } }
  | { verb: "dismiss"; form: { reason: string } }
  | { verb: "reopen"; form: Record<string, never> };

export const decide = (id: number, version: number, decision: Decision) =>
  call<Group>("POST", `/learning/${id}/${decision.verb}`, { version, ...decision.form });

export const terms = (query: { state?: string; page?: number }) =>
  call<TermPage>("GET", withQuery("/terms", { state: query.state, page: query.page }));
export const proposeTerm = (form: { text: string; term: string; kind: string }) => call<Term>("POST", "/terms", form);
export const decideTerm = (id: number, verb: "approve" | "refuse" | "withdraw", reason = "") =>
  call<Term>("POST", `/terms/${id}/${verb}`, { reason });
export const exportTerms = () => download("/terms/export");
