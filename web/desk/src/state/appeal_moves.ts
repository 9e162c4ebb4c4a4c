// What a move asks for: which group its button stands in, which fields its dialog has, what is missing.

import type { AppealAction, AppealVerb, MoveForm } from "../api/types";
import { t } from "../strings";

export type Group = "work" | "flow" | "watch";

/** Every verb with its group, in the order of the buttons. */
const GROUPS: Record<AppealVerb, Group> = {
  accept: "work",
  answer: "work",
  inform: "work",
  "ask-for-more": "work",
  supplement: "work",
  "ask-extension": "work",
  "call-back": "work",
  close: "work",
  refuse: "work",
  transfer: "flow",
  "transfer-out": "flow",
  receipt: "flow",
  "take-back": "flow",
  object: "flow",
  assign: "flow",
  reassign: "flow",
  merge: "flow",
  unmerge: "flow",
  remind: "watch",
  "grant-extension": "watch",
  "deny-extension": "watch",
  "uphold-objection": "watch",
  "overrule-objection": "watch",
};
const ORDER = Object.keys(GROUPS) as AppealVerb[];

/** The buttons of a case, group by group; a verb this page does not know is left out. */
export function grouped(actions: AppealAction[]): { group: Group; actions: AppealAction[] }[] {
  const sorted = actions
    .filter((one) => one.verb in GROUPS)
    .sort((one, other) => ORDER.indexOf(one.verb) - ORDER.indexOf(other.verb));
  return (["work", "flow", "watch"] as const)
    .map((group) => ({ group, actions: sorted.filter((one) => GROUPS[one.verb] === group) }))
    .filter((one) => one.actions.length);
}

/** What rows of lists may start; the case itself says what it needs. */
const OF_ROWS: Partial<Record<AppealVerb, string[]>> = {
  accept: [],
  assign: ["assignee"],
  reassign: ["assignee", "reason"],
  remind: ["note"],
  "grant-extension": [],
  "deny-extension": ["reason"],
  "uphold-objection": ["unit"],
  "overrule-objection": ["reason"],
};

/** A move that is started from a list. */
export function rowAction(verb: AppealVerb, label: string): AppealAction {
  return { verb, label, needs: OF_ROWS[verb] ?? [] };
}

/** Where a case may be merged into; elsewhere it has been answered, or has a parent itself. */
const PARENTS = ["submitted", "accepted", "working", "waiting"];

export function mayBeParent(one: { status: string }): boolean {
  return PARENTS.includes(one.status);
}

export interface Fields {
  note: "needed" | "optional" | "none";
  assignee: "needed" | "optional" | "none";
  resolution: boolean;
  unit: boolean;
  telephone: boolean;
  receipt: boolean;
  promisedOn: boolean;
  workingDays: boolean;
  parent: boolean;
  rating: boolean;
}

const TEXTS = ["text", "reason", "note"];

/** The fields of a dialog, from what the move needs. */
export function fieldsOf(action: AppealAction, at: { status?: string; supervises: boolean }): Fields {
  const has = (need: string) => action.needs.includes(need);
  // Closing needs that a receipt is there; it is not asked for again.
  const receipt = has("receipt") && action.verb === "receipt";
  const named = t.appeal.dialogs[action.verb]?.note !== undefined;
  return {
    note: TEXTS.some(has) ? "needed" : named ? "optional" : "none",
    assignee: has("assignee") ? "needed" : action.verb === "accept" && at.supervises ? "optional" : "none",
    resolution: has("resolution"),
    unit: has("unit"),
    telephone: has("telephone"),
    receipt,
    promisedOn: receipt && at.status === "transferred",
    workingDays: has("working_days"),
    parent: has("parent"),
    rating: has("rating"),
  };
}

/** What is typed and chosen in a dialog. */
export interface Filled {
  note: string;
  assignee: string;
  resolution: string;
  unit: string;
  telephone: string;
  receipt: string;
  promisedOn: string;
  workingDays: number | null;
  parent: string;
  rating: number;
  reopen: boolean;
}

export const LOWEST_GOOD_RATING = 3;

/** What is still missing, by field; empty where the dialog can be sent. */
export function missing(
  action: AppealAction,
  fields: Fields,
  filled: Filled,
  most: { days: number },
): Partial<Record<keyof Filled, string>> {
  const need = t.appeal.need;
  const found: Partial<Record<keyof Filled, string>> = {};
  const note = filled.note.trim();
  const noteLabel = t.appeal.dialogs[action.verb]?.note ?? "";
  if (fields.note === "needed" && !note) found.note = need.note(noteLabel);
  else if (note.includes("〔")) found.note = t.appeal.templateLeft;
  if (fields.assignee === "needed" && !filled.assignee) found.assignee = need.assignee;
  if (fields.resolution && !filled.resolution) found.resolution = need.resolution;
  if (fields.unit && !filled.unit.trim()) found.unit = need.unit;
  if (fields.telephone && !filled.telephone.trim()) found.telephone = need.telephone;
  if (fields.receipt && !filled.receipt.trim()) found.receipt = need.receipt;
  const days = filled.workingDays ?? 0;
  if (fields.workingDays && !(Number.isInteger(days) && days >= 1 && days <= most.days))
    found.workingDays = need.working_days(most.days);
  if (fields.parent && !filled.parent) found.parent = need.parent;
  if (fields.rating && !filled.rating) found.rating = need.rating;
  else if (fields.rating && filled.rating < LOWEST_GOOD_RATING && !note) found.note = need.low_rating;
  return found;
}

/** What is sent: only what the move asks for. */
export function bodyOf(fields: Fields, filled: Filled, version: number): MoveForm {
  const body: MoveForm = { version };
  if (fields.note !== "none") body.note = filled.note.trim();
  if (fields.assignee !== "none" && filled.assignee) body.assignee = filled.assignee;
  if (fields.resolution) body.resolution = filled.resolution;
  if (fields.unit) body.unit = filled.unit.trim();
  if (fields.telephone) body.telephone = filled.telephone.trim();
  if (fields.receipt) body.receipt = filled.receipt.trim();
  if (fields.promisedOn && filled.promisedOn) body.promised_on = filled.promisedOn;
  if (fields.workingDays) body.working_days = filled.workingDays ?? 0;
  if (fields.parent) body.parent = filled.parent;
  if (fields.rating) Object.assign(body, { rating: filled.rating, reopen: filled.reopen });
  return body;
}
