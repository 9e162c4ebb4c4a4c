// What the desk API gives and takes. The same names as docs/openapi and docs/glossary.

import type { AppealRow } from "./appeal_types";

export * from "./appeal_types";
export * from "./library_types";

export type Role = "agent" | "supervisor" | "oversight" | "deputy_head" | "editor" | "admin";

export interface Me {
  login: string;
  name: string;
  /** As given; `rights` adds what they include. */
  roles: Role[];
  rights: Role[];
  csrf_token: string;
  must_change: boolean;
  bureau: string;
  mode: "demo" | "production";
  library_approved: boolean;
}

export interface Counts {
  waiting: number;
  mine: number;
  overdue: number;
  due_today: number;
  escalated: number;
  undecided: number;
  alerts: number;
  wrong_answers: number;
  learning: number;
  bursts: number;
}

export type Certainty = "verified" | "secondary" | "unverified" | "open";

export interface Evidence {
  document_number: string | null;
  title: string;
  clause: string | null;
  holds_from: string | null;
  holds_to: string | null;
  tax_period_label: string | null;
  checked_on: string | null;
  certainty: Certainty;
  certainty_label: string;
  state_label: string | null;
  url: string | null;
}

export interface Part {
  kind: "text" | "answer" | "appeal" | "notice" | "sms" | "correction";
  text: string;
  outcome?: string | null;
  title?: string | null;
  evidence?: Evidence[];
  tax_period?: string | null;
  as_of?: string | null;
  clarification?: { question: string; options: string[] } | null;
  buttons?: { label: string; kind: string; value: string }[];
  related?: string[];
  caution?: string | null;
  machine_made?: boolean;
  rating?: string | null;
  rating_comment?: string | null;
  appeal?: { number: string; status_label: string; due_sentence: string } | null;
}

export interface Message {
  id: number;
  author: "taxpayer" | "bot" | "agent" | "system";
  author_name?: string | null;
  turn_id: string | null;
  at: string;
  body: Part;
  outcome_label?: string | null;
}

export type Holder = "bot" | "waiting" | "person";

export interface InboxRow {
  conversation_id: number;
  channel: string;
  channel_label: string;
  holder: Holder;
  waiting_since: string | null;
  gives_up_at: string | null;
  firm_name: string | null;
  last_text: string;
  last_author: Message["author"] | null;
  last_at: string;
  outcome: string | null;
  outcome_label: string | null;
  agent: string | null;
  agent_name: string | null;
}

export type InboxFilter = "waiting" | "mine" | "bot" | "all";

export interface InboxPage {
  rows: InboxRow[];
  total: number;
  page: number;
  per_page: number;
  counts: Record<InboxFilter, number>;
}

export interface FirmCard {
  enterprise_id: number;
  name: string;
  uscc_masked: string;
  role_label: string | null;
  is_sample: boolean;
  profile: { label: string; value: string }[];
  filings: { tax: string; period: string; state: string; state_label: string; due_on: string }[];
  next_deadline: { due_on: string; taxes: string[]; provisional: boolean } | null;
  arrears: { tax: string; period: string; amount: string; days: number }[];
  rating: { year: number; grade: string } | null;
  quota: { month: string; quota: string; used: string } | null;
  taxes_paid: { tax: string; amount: string }[];
  reliefs: { label: string; amount: string }[];
}

export interface Note {
  id: number;
  at: string;
  author: string;
  author_name: string;
  text: string;
}

export interface AppealBrief {
  number: string;
  kind_label: string;
  subject: string;
  status: string;
  status_label: string;
  due_sentence: string | null;
}

export interface Conversation {
  conversation_id: number;
  channel_label: string;
  holder: Holder;
  agent: string | null;
  agent_name: string | null;
  waiting_since: string | null;
  gives_up_at: string | null;
  firms_count: number;
}

export interface ConversationView {
  conversation: Conversation;
  messages: Message[];
  has_more: boolean;
  firm: FirmCard | null;
  firm_unchanged: boolean;
  appeals: AppealBrief[];
  notes: Note[];
}

export interface Suggestion {
  id: number;
  title: string;
  text: string;
  evidence: Evidence[];
  score: number;
  action: string | null;
}

export interface Suggestions {
  turn_id: string | null;
  question: string | null;
  stale: boolean;
  suggestions: Suggestion[];
}

export interface Overview {
  counts: Counts;
  overdue: AppealRow[];
  due_today: AppealRow[];
  escalated: AppealRow[];
  waiting: InboxRow[];
  outcomes: { outcome: string; label: string; count: number }[];
  questions_today: number;
  colleagues: { login: string; name: string }[];
}

export interface WrongAnswer {
  id: number;
  at: string;
  state: string;
  state_label: string;
  conversation_id: number | null;
  question: string;
  answer: string;
  comment: string | null;
  entries: { id: string; question: string }[];
  evidence: Evidence[];
  tax_period: string | null;
  note: string | null;
  handled_by: string | null;
}

export interface StaffRow {
  login: string;
  name: string;
  roles: Role[];
  disabled: boolean;
  locked: boolean;
  last_login_at: string | null;
}

/** One page of a list. */
export interface PageOf<Row> {
  rows: Row[];
  total: number;
  page: number;
  per_page: number;
}
