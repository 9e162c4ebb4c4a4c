// Bursts, and what is asked most.

import { call, withQuery } from "./client";
import type { Paged } from "./documents";

export interface Level {
  hours: number;
  people: number;
  usual: number;
}

export interface Burst {
  id: number;
  topic_id: number;
  question: string | null;
  began_at: string;
  found_at: string;
  ended_at: string | null;
  found: Level;
  now: Level;
  /** How many times the usual level, at most. */
  peak: number;
  examples: string[];
  asked: number;
  answered: number;
  library: "answers" | "partly" | "draft" | "silent";
  library_label: string;
  entries: { id: string; question: string }[];
  appeals: number;
  mergeable: number;
  case_number: string | null;
  draft_entry_id: string | null;
  may_draft: boolean;
  seen_at: string | null;
  seen_by: string | null;
  line: number[];
}

export interface May {
  open_case: boolean;
  draft: boolean;
  title: boolean;
}

export interface HeatPage {
  as_of: string;
  looked_at: string | null;
  days_known: number;
  days_needed: number;
  bursts: Burst[];
  may: May;
}

export interface HotRow {
  rank: number;
  topic_id: number;
  entry_id: string | null;
  question: string | null;
  people: number;
  before: number;
  trend: "up" | "down" | "same" | "new";
  trend_label: string;
  is_public: boolean;
  examples: string[];
  line: number[];
}

export interface HotPage {
  day: string;
  days: string[];
  fewest_people: number;
  rows: HotRow[];
  may: May;
}

export interface Proposal {
  id: string;
  question: string;
  similar: string[];
  topic: string | null;
  topics: { code: string; label: string }[];
}

export interface DraftForm {
  id: string;
  question: string;
  similar: string[];
  topic: string;
}

export interface Opened {
  number: string;
  merged: string[];
  left: { number: string; reason: string }[];
  burst: Burst;
}

export const heat = () => call<HeatPage>("GET", "/heat");
export const pastBursts = (page: number) => call<Paged<Burst>>("GET", withQuery("/heat/past", { page }));
export const hotList = (day: string) => call<HotPage>("GET", withQuery("/heat/hot", { day: day || undefined }));
export const seeBurst = (id: number) => call<Burst>("POST", `/heat/bursts/${id}/seen`, {});
export const openCase = (id: number) => call<Opened>("POST", `/heat/bursts/${id}/case`, {});
export const proposal = (id: number) => call<Proposal>("GET", `/heat/bursts/${id}/draft`);
export const beginDraft = (id: number, form: DraftForm) => call<Burst>("POST", `/heat/bursts/${id}/draft`, form);
export const giveTitle = (topic: number, title: string) => call<{ title: string }>("POST", `/heat/topics/${topic}/title`, { title });
