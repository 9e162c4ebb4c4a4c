// Official notices brought to the library, and what was read out of them for drafts.

import { call, withQuery } from "./client";
import type { Paged } from "./documents";

/** The service takes no larger file. */
export const MOST_MEGABYTES = 20;

export type ProposalState = "open" | "accepted" | "discarded";

export interface ProposalRow {
  id: number;
  state: ProposalState;
  state_label: string;
  file_name: string;
  kind: string;
  kind_label: string;
  number: string | null;
  title: string;
  is_official: boolean;
  /** The registered document that bears this number. */
  known_as: string | null;
  skeletons: number;
  proposed_by: string;
  proposed_at: string;
  decided_by: string | null;
  decided_at: string | null;
}

export interface DocumentCandidate {
  id: string;
  number: string | null;
  title: string;
  issuers: string[];
  issued_on: string | null;
  in_force_from: string | null;
  ended_on: string | null;
  url: string | null;
}

export interface Clause {
  /** Empty before the first clause. */
  path: string;
  level: number;
  text: string;
}

export interface FoundFigure {
  kind: string;
  kind_label: string;
  text: string;
  clause: string;
  around: string;
}

export interface Citation {
  number: string | null;
  title: string | null;
  clause: string;
  effect: "cited" | "changed" | "ended";
  effect_label: string;
  /** The registered document it is. */
  document: string | null;
}

export interface Skeleton {
  key: string;
  id: string;
  clause: string;
  question: string;
  similar: string[];
  yaml: string;
}

export interface Proposal extends Omit<ProposalRow, "skeletons"> {
  /** The same file was brought before. */
  again: boolean;
  reason: string | null;
  made: { document: string | null; registered: boolean; entries: string[] } | null;
  document: DocumentCandidate;
  topics: { code: string; label: string }[];
  notes: string[];
  clauses: Clause[];
  figures: FoundFigure[];
  citations: Citation[];
  skeletons: Skeleton[];
}

export interface AcceptForm {
  document: DocumentCandidate | null;
  skeletons: { key: string; id: string | null }[];
}

export function bringNotice(file: File): Promise<Proposal> {
  const form = new FormData();
  form.append("file", file);
  return call<Proposal>("POST", "/library/notices", form);
}
export const proposals = (query: { state?: string; page?: number }) =>
  call<Paged<ProposalRow>>("GET", withQuery("/library/notices", { state: query.state, page: query.page }));
export const proposal = (id: number) => call<Proposal>("GET", `/library/notices/${id}`);
export const acceptProposal = (id: number, form: AcceptForm) =>
  call<Proposal>("POST", `/library/notices/${id}/accept`, form);
export const discardProposal = (id: number, reason: string) =>
  call<Proposal>("POST", `/library/notices/${id}/discard`, { reason });
