/** What the service sends and takes: the shapes of docs/openapi.yml. */

export type Certainty = "verified" | "secondary" | "unverified" | "open";
export type RatingValue = "useful" | "not_solved" | "wrong";
export type Holder = "bot" | "waiting" | "person";
export type Stage = "received" | "understanding" | "searching" | "slow" | "degraded" | "done";

export interface Evidence {
  document_number: string | null;
  title: string;
  clause: string | null;
  holds_from: string | null;
  holds_to: string | null;
  tax_period_label?: string | null;
  checked_on: string | null;
  certainty: Certainty;
  certainty_label: string;
  state_label: string | null;
  url: string | null;
}

export interface PartButton {
  label: string;
  kind: "say" | "rate" | "link";
  value: string;
}

export interface AppealNote {
  number: string;
  check_code?: string | null;
  status_label?: string | null;
  due_sentence?: string | null;
  promise?: string | null;
}

export interface Part {
  kind: "text" | "answer" | "appeal" | "notice" | "sms" | "correction";
  text: string;
  outcome: string | null;
  title: string | null;
  evidence: Evidence[];
  tax_period: string | null;
  as_of: string | null;
  clarification: { question: string; options: string[] } | null;
  buttons: PartButton[];
  related: string[];
  caution: string | null;
  machine_made: boolean;
  rating: RatingValue | null;
  appeal: AppealNote | null;
}

export interface Message {
  id: number;
  author: "taxpayer" | "bot" | "agent" | "system";
  turn_id: string | null;
  at: string;
  body: Part;
}

export interface Waiting {
  since: string;
  place: number;
  gives_up_at: string;
}

export interface HolderState {
  holder: Holder;
  waiting: Waiting | null;
  agent_name: string | null;
  firm: Firm | null;
  firms_count: number;
}

export interface Firm {
  name: string;
  uscc_masked: string;
  role_label: string;
}

export interface Conversation extends HolderState {
  conversation_token?: string;
  consented: boolean;
  messages: Message[];
  has_more: boolean;
  degraded: boolean;
}

export interface Hall {
  name: string;
  address: string;
  telephone: string;
  hours: string;
}

export interface Bureau {
  name: string;
  region: string;
  hall: Hall[];
  hotline: string;
  working_hours_text: string;
  open_now: boolean;
  next_opening_text: string;
  mode: "demo" | "production";
  library_approved: boolean;
  notices: { sample: string; privacy: string; impostor: string; consent: string };
  suggestions: string[];
}

export interface KeptData {
  kind: string;
  label: string;
  explains: string;
  count: number;
  retention_days: number | null;
}

export interface AppealMove {
  at: string;
  verb: string;
  label: string;
  note: string | null;
}

export interface Attachment {
  id: number | string;
  name: string;
  kind: "picture" | "pdf";
  size: number;
  at: string;
  by?: "filer" | "bureau";
}

export interface AppealView {
  number: string;
  kind_label: string;
  subject: string;
  status: string;
  status_label: string;
  meaning: string;
  next: string;
  opened_at: string;
  due_text: string | null;
  provisional: boolean;
  promise: string;
  working_days_left: number | null;
  is_late: boolean;
  is_merged: boolean;
  asked: { at: string; text: string } | null;
  answer: string | null;
  answered_at: string | null;
  resolution_label: string | null;
  handed_to: {
    office: string; telephone: string | null; at: string;
    receipt_no: string | null; receipt_at: string | null; promised_on: string | null;
  } | null;
  confirm_by: string | null;
  rating: number | null;
  rating_comment: string | null;
  reopenings: number;
  reopening: { until: string | null; times_left: number; refusal: string | null } | null;
  urges: number;
  urge_again: string | null;
  moves: AppealMove[];
  verbs: string[];
  version: number;
  attachments?: Attachment[];
}

/** What opens an appeal without a talk. */
export interface AppealKey {
  number: string;
  check_code: string;
}

export type AppealVerb = "supplement" | "urge" | "withdraw" | "rate" | "reopen" | "confirm";

export interface HotItem {
  rank: number;
  question: string;
  entry_id: string | null;
  trend: "up" | "down" | "same" | "new";
  asked: string | null;
}

export interface HotList {
  as_of: string;
  days: number;
  items: HotItem[];
  note: string | null;
}

export interface SignedAnswer {
  turn_id: string;
  question: string;
  at: string;
  parts: Part[];
}
