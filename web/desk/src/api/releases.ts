// Releases of the library: what waits, what the gate said, what went out.

import { call, withQuery } from "./client";
import type { Paged } from "./documents";

export type ReleaseState = "measuring" | "measured" | "published" | "discarded";

export interface ReleaseRow {
  id: number;
  /** Given when it is published. */
  number: number | null;
  kind: "forward" | "roll_back";
  kind_label: string;
  state: ReleaseState;
  state_label: string;
  note: string;
  opened_by: string;
  opened_at: string;
  entry_count: number;
  /** Of the gate; null where it has not said anything. */
  passed: boolean | null;
  measured_at: string | null;
  /** Published although the gate failed. */
  override: boolean;
  reason: string | null;
  decided_by: string | null;
  decided_at: string | null;
  /** Numbers of other releases. */
  rolls_back: number | null;
  rolled_back_by: number | null;
}

export interface Measure {
  name: string;
  label: string;
  guarded: boolean;
  before: number | null;
  after: number | null;
  dropped: boolean;
}

export interface CameOf {
  outcome: string;
  label: string;
  entries: string[];
  act: string | null;
}

export interface WorseQuestion {
  text: string;
  measures: string[];
  /** It made a guarded measure drop by more than is borne. */
  dropped: boolean;
  wanted: string[];
  before: CameOf;
  after: CameOf;
}

export interface Verdict {
  passed: boolean;
  tolerance: number;
  tolerance_label: string;
  questions: number;
  left_out: string[];
  better: number;
  measures: Measure[];
  worse: WorseQuestion[];
}

export interface ReleaseEntry {
  id: string;
  question: string;
  before: number | null;
  version: number | null;
  change: string;
  change_label: string;
  /** Whether rolling the release back brings this entry back. */
  comes_back: boolean;
}

export interface Release extends ReleaseRow {
  asked: number;
  total: number;
  fault: string | null;
  outdated: boolean;
  verdict: Verdict | null;
  entries: ReleaseEntry[];
  may: { measure: boolean; discard: boolean; publish: boolean; override: boolean; roll_back: boolean };
}

export interface WaitingEntry {
  id: string;
  question: string;
  version: number;
  before: number | null;
  /** It has a plan of its own and is not gathered. */
  publish_at: string | null;
}

export interface Releases extends Paged<ReleaseRow> {
  waiting: WaitingEntry[];
  candidate: Release | null;
  may_open: boolean;
}

export const releases = (query: { page?: number }) =>
  call<Releases>("GET", withQuery("/library/releases", { page: query.page }));
export const release = (id: number) => call<Release>("GET", `/library/releases/${id}`);
export const openRelease = (form: { note: string; entries: string[] }) =>
  call<Release>("POST", "/library/releases", form);
export const measureRelease = (id: number) => call<Release>("POST", `/library/releases/${id}/measure`, {});
export const publishRelease = (id: number) => call<Release>("POST", `/library/releases/${id}/publish`, {});
export const becauseRelease = (id: number, deed: "discard" | "override" | "roll-back", reason: string) =>
  call<Release>("POST", `/library/releases/${id}/${deed}`, { reason });
