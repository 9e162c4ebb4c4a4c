// What an editor is about to make of a group of questions, and what stands against it.

import type { Group, GroupKind } from "../api/learning";
import { group as words } from "../strings_learning";
import { isEntryId } from "./accepting";

export type Way = "similar" | "term" | "entry" | "dismiss";

export interface Making {
  way: Way;
  entryId: string;
  wordings: string[];
  id: string;
  question: string;
  similar: string[];
  topic: string;
  text: string;
  term: string;
  kind: string;
  reason: string;
}

const FIRST_WAY: Record<GroupKind, Way> = { similar: "similar", term: "term", entry: "entry", content: "dismiss" };

/** What the forms begin with: what was asked, and what is suggested. */
export function makingOf(group: Group): Making {
  const [first = "", ...others] = group.examples.map((one) => one.text);
  const near = group.nearest.map((one) => one.id);
  return {
    way: FIRST_WAY[group.kind],
    entryId: group.entry && near.includes(group.entry.id) ? group.entry.id : (near[0] ?? ""),
    wordings: first ? [first] : [],
    id: "",
    question: first,
    similar: others.slice(0, 9),
    topic: group.topic?.code ?? "",
    text: group.word ?? "",
    term: group.term ?? "",
    kind: group.term_kinds[0]?.code ?? "said",
    reason: "",
  };
}

export function kept(texts: string[]): string[] {
  return texts.map((one) => one.trim()).filter(Boolean);
}

function wordingProblem(text: string): string {
  const length = text.trim().length;
  if (length < 4 || length > 60) return words.problems.length;
  return /\d{11}|\*{3}/.test(text) ? words.problems.digits : "";
}

/** Why it cannot be sent as it stands; empty where nothing is seen. */
export function problemOf(making: Making): string {
  const wrong = (texts: string[]) => texts.map(wordingProblem).find(Boolean) ?? "";
  const isTerm = (text: string) => text.trim().length >= 2 && text.trim().length <= 14;
  switch (making.way) {
    case "similar":
      if (!making.entryId) return words.problems.target;
      return kept(making.wordings).length ? wrong(kept(making.wordings)) : words.problems.none;
    case "entry":
      if (!isEntryId(making.id)) return words.problems.id;
      return (making.topic ? "" : words.problems.topic) || wrong([making.question, ...kept(making.similar)]);
    case "term":
      return isTerm(making.text) && isTerm(making.term) ? "" : words.problems.text;
    case "dismiss":
      return making.reason.trim() ? "" : words.problems.reason;
  }
}
