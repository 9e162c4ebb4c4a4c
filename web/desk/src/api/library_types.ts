// The library as the desk API shows it: entries with their review, versions and moves.

export interface EntryRow {
  id: string;
  question: string;
  topics: string[];
  state: string;
  state_label: string;
  version: number;
  review_version: number | null;
  editor: string | null;
  changed_at: string | null;
  checked_on: string | null;
  open_claims: number;
  /** Why it is suspended, retired or was sent back. */
  reason: string | null;
  publish_at: string | null;
  missed: string | null;
  expires_on: string | null;
}

export interface LibraryPage {
  rows: EntryRow[];
  total: number;
  page: number;
  per_page: number;
  to_review: number;
  states: { code: string; label: string; count: number }[];
  topics: { code: string; label: string }[];
}

export interface Finding {
  level: "error" | "warning";
  line: number | null;
  field: string | null;
  message: string;
}

export type EntryVerb =
  | "submit"
  | "withdraw"
  | "return"
  | "approve"
  | "publish"
  | "cancel_schedule"
  | "suspend"
  | "resume"
  | "expire"
  | "cancel_expiry"
  | "roll_back"
  | "retire";

export interface EntryMove {
  verb: EntryVerb;
  path: string;
  label: string;
  allowed: boolean;
  why: string | null;
  version: number | null;
  fields: string[];
}

/** What a move needs besides the version. */
export interface MoveBody {
  reason?: string;
  note?: string;
  rendering?: string;
  publish_at?: string;
  expires_on?: string;
  to?: number;
}

export interface EntryVersion {
  version: number;
  state: "draft" | "returned" | "in_review" | "published" | "last_published" | "earlier";
  state_label: string;
  at: string;
  editor: string;
  rolls_back: number | null;
  note: string | null;
  returned: { by: string; at: string | null; reason: string } | null;
  publish_at: string | null;
  missed: string | null;
  published_at: string | null;
  published_by: string | null;
  is_live: boolean;
  can_roll_back: boolean;
}

export interface Approval {
  by: string;
  login: string;
  at: string;
  holds: boolean;
  why: string | null;
  approved_text: string | null;
}

export interface EntryReview {
  version: number;
  rolls_back: number | null;
  writers: string[];
  submitted_by: string;
  submitted_at: string | null;
  note: string | null;
  text: string;
  rendering: string;
  needed: number;
  missing: number;
  approvals: Approval[];
  may_approve: { login: string; name: string }[];
  i_may_approve: boolean;
  findings: Finding[];
}

export interface EntryView {
  id: string;
  question: string;
  state: string;
  state_label: string;
  is_answered: boolean;
  moved: { verb: string; label: string; by: string; at: string; reason: string | null } | null;
  version: number;
  published_version: number | null;
  review_version: number | null;
  yaml: string;
  findings: Finding[];
  versions: EntryVersion[];
  review: EntryReview | null;
  schedule: {
    publish: { version: number; at: string; by: string } | null;
    missed: { version: number; reason: string } | null;
    expires_on: string | null;
  };
  moves: EntryMove[];
  verbs: EntryVerb[];
  wrong_answers: number;
  /** People who were told what no longer holds: yet to be told, and told. */
  corrections: { waiting: number; shown: number };
}

export interface EntryRendering {
  version: number;
  text: string;
  rendering: string;
  yaml: string;
}

export interface EntryChange {
  field: string;
  label: string;
  kind: "added" | "removed" | "changed";
  before: string | null;
  after: string | null;
  substance: boolean;
  item: string | null;
  aspect: string | null;
  aspect_label: string | null;
}

export interface EntryDiff {
  from: number;
  to: number;
  substance: boolean;
  changes: EntryChange[];
}

/** Details of a refused change: somebody else was first, or there are faults. */
export interface EntryRefusal {
  changed_by?: string;
  changed_at?: string;
  version?: number;
  findings?: Finding[];
}

export type ExportFormat = "xlsx" | "csv" | "yaml";
