// What an editor takes over from a notice: the document as corrected, the chosen drafts under their ids.

import type { AcceptForm, DocumentCandidate, Proposal } from "../api/notices";

/** A document as it stands in the fields of a form. */
export type DocumentFields = Record<Exclude<keyof DocumentCandidate, "issuers">, string> & { issuers: string };

export interface Choice {
  key: string;
  chosen: boolean;
  id: string;
}

/** Whether the service takes it as the id of an entry. */
export function isEntryId(id: string): boolean {
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id.trim());
}

export function fieldsOf(document: DocumentCandidate): DocumentFields {
  return {
    id: document.id,
    number: document.number ?? "",
    title: document.title,
    issuers: document.issuers.join("、"),
    issued_on: document.issued_on ?? "",
    in_force_from: document.in_force_from ?? "",
    ended_on: document.ended_on ?? "",
    url: document.url ?? "",
  };
}

export function documentOf(fields: DocumentFields): DocumentCandidate {
  return {
    id: fields.id.trim(),
    number: fields.number.trim() || null,
    title: fields.title.trim(),
    issuers: fields.issuers.split(/[、，,;；\s]+/).filter(Boolean),
    issued_on: fields.issued_on || null,
    in_force_from: fields.in_force_from || null,
    ended_on: fields.ended_on || null,
    url: fields.url.trim() || null,
  };
}

export function choicesOf(proposal: Proposal): Choice[] {
  return proposal.skeletons.map(({ key, id }) => ({ key, id, chosen: false }));
}

/** What is sent: nothing of a registered document, and an id only where it was changed. */
export function acceptanceOf(proposal: Proposal, fields: DocumentFields, choices: Choice[]): AcceptForm {
  const proposed = new Map(proposal.skeletons.map(({ key, id }) => [key, id]));
  const document = documentOf(fields);
  const isAsProposed = JSON.stringify(document) === JSON.stringify(documentOf(fieldsOf(proposal.document)));
  return {
    document: proposal.known_as || isAsProposed ? null : document,
    skeletons: choices
      .filter((one) => one.chosen)
      .map(({ key, id }) => ({ key, id: id.trim() && id.trim() !== proposed.get(key) ? id.trim() : null })),
  };
}
