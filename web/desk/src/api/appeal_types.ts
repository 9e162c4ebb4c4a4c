// What the desk API says of appeals: lists, the case, alerts, requests, filing for somebody.

import type { FirmCard } from "./types";

export type AppealFilter =
  | "open"
  | "overdue"
  | "due_today"
  | "unaccepted"
  | "undecided"
  | "escalated"
  | "mine"
  | "all";

export type AppealVerb =
  | "accept"
  | "assign"
  | "reassign"
  | "refuse"
  | "inform"
  | "ask-for-more"
  | "supplement"
  | "answer"
  | "remind"
  | "transfer"
  | "transfer-out"
  | "receipt"
  | "take-back"
  | "close"
  | "object"
  | "uphold-objection"
  | "overrule-objection"
  | "ask-extension"
  | "grant-extension"
  | "deny-extension"
  | "merge"
  | "unmerge"
  | "call-back";

/** One thing that can be done now, and what has to be said with it. */
export interface AppealAction {
  verb: AppealVerb;
  label: string;
  needs: string[];
}

export interface AppealRow {
  number: string;
  version: number;
  kind: string;
  kind_label: string;
  subject: string;
  status: string;
  status_label: string;
  opened_at: string;
  due_on: string | null;
  due_label: string | null;
  days_left: number | null;
  due_state: "overdue" | "today" | "soon" | "ok" | "paused" | "done";
  provisional: boolean;
  assigned_to: string | null;
  assigned_name: string | null;
  priority: number;
  escalation_level: number;
  urges: number;
  unit: string | null;
  origin_label: string;
  verbs: AppealVerb[];
  waits_for?: string[];
}

export interface Coded {
  code: string;
  label: string;
}

export interface AppealsPage {
  rows: AppealRow[];
  total: number;
  page: number;
  per_page: number;
  counts: Record<AppealFilter, number>;
  kinds: Coded[];
  statuses: Coded[];
  units: string[];
}

export interface AppealMove {
  at: string;
  actor_name: string;
  verb: string;
  verb_label: string;
  note_public: string | null;
  note_internal: string | null;
}

export interface AppealEvidence {
  position: number;
  asked_text: string;
  asked_at: string | null;
  answer_text: string;
  outcome_label: string | null;
  sources: { document_number: string | null; title: string; clause: string | null }[];
  tax_period: string | null;
  entries: { id: string; version: number | null }[];
}

export interface AppealRequest {
  kind: "extension" | "objection";
  kind_label: string;
  state: "open" | "granted" | "denied" | "lapsed";
  state_label: string;
  asked_by: string;
  asked_at: string;
  is_mine: boolean;
  deciders: string[];
  new_due_label: string | null;
  reason: string;
  working_days: number | null;
  unit: string | null;
  decided_by: string | null;
  decided_at: string | null;
  decision: string | null;
}

export interface AppealTransfer {
  at: string;
  by: string;
  is_outside: boolean;
  from_unit: string | null;
  to_unit: string;
  telephone: string | null;
  reason: string;
  receipt_no: string | null;
  receipt_at: string | null;
  promised_on: string | null;
  returned_at: string | null;
  return_reason: string | null;
}

export interface AppealShort {
  number: string;
  subject: string;
  status: string;
  status_label: string;
  origin_label: string;
  opened_at: string;
  due_label: string | null;
  rating: number | null;
}

export interface Attachment {
  id: number;
  name: string;
  kind: "picture" | "pdf";
  size: number;
  at: string;
  by: "filer" | "bureau";
  is_internal?: boolean;
}

export interface AppealRules {
  pauses: boolean;
  answered_by: "agent" | "supervisor";
  extension_days: number;
  resolutions: Coded[];
  resolution_label: string | null;
  reopen_days: number;
  may_reopen: boolean;
  ladder: { rung: string; named: string; days_late: number }[];
}

export interface FirmThen {
  name: string;
  uscc: string;
  is_sample: boolean;
  as_of: string;
  rows: { label: string; value: string }[];
}

export interface AppealView extends AppealRow {
  actions: AppealAction[];
  detail: string;
  contact_hint: string | null;
  working_days: number;
  kind_source: string | null;
  status_meaning: string | null;
  paused_since: string | null;
  extensions: number;
  extended_working_days: number;
  answer_text: string | null;
  answered_at: string | null;
  closed_at: string | null;
  closing_label: string | null;
  called_back_at: string | null;
  reopenings: number;
  rating: number | null;
  rating_comment: string | null;
  conversation_id: number | null;
  source_name: string | null;
  consented_at: string | null;
  particulars: { name: string; label: string; value: string }[];
  firm: FirmCard | null;
  firm_unchanged: boolean;
  firm_then: FirmThen | null;
  chain: { holds: boolean; reason: string | null; moves: number; head: string };
  moves: AppealMove[];
  evidence: AppealEvidence[];
  attachments?: Attachment[];
  colleagues: { login: string; name: string }[];
  units: string[];
  rules: AppealRules;
  requests: AppealRequest[];
  transfers: AppealTransfer[];
  parent: AppealShort | null;
  repeats: AppealShort[];
}

/** What a dialog sends. */
export interface MoveForm {
  version: number;
  note?: string;
  assignee?: string;
  resolution?: string;
  unit?: string;
  telephone?: string;
  receipt?: string;
  promised_on?: string;
  working_days?: number;
  parent?: string;
  rating?: number;
  reopen?: boolean;
}

/** An open appeal that says much the same. */
export interface Alike {
  number: string;
  kind_label: string;
  subject: string;
  status: string;
  status_label: string;
  opened_at: string;
  due_on: string;
  nearness: number;
}

export interface Alert {
  id: number;
  number: string;
  subject: string;
  at: string;
  reason: string;
  reason_label: string;
  for_label: string;
  text: string;
  seen_at: string | null;
  seen_name: string | null;
}

export interface AlertsPage {
  rows: Alert[];
  total: number;
  unseen: number;
  page: number;
  per_page: number;
}

export interface WaitingRequest {
  kind: "extension" | "objection";
  kind_label: string;
  asked_by: string;
  asked_at: string;
  is_mine: boolean;
  reason: string;
  working_days: number | null;
  unit: string | null;
  new_due_label: string | null;
  too_late: boolean;
  appeal: AppealRow;
}

export interface FilingKind {
  code: string;
  family: string;
  label: string;
  meaning: string;
  working_days: number;
  promised: string;
  origins: string[];
  asks: { name: string; label: string; required: boolean }[];
}

export interface FilingKinds {
  kinds: FilingKind[];
  elsewhere: { code: string; label: string; told: string }[];
}

export type FilingOrigin = "agent" | "chamber" | "grid";

export interface FilingForm {
  origin: FilingOrigin;
  source_name: string;
  consented: boolean;
  contact: string;
  kind: string;
  subject: string;
  detail: string;
  particulars: Record<string, string>;
  still_file?: boolean;
  request_id?: string;
}

/** What the caller is told; the check code is shown here only. */
export interface FiledCard {
  number: string;
  check_code: string;
  status_label: string;
  due_sentence: string | null;
}
