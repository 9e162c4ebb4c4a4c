/** How an appeal is told on its page: who has to act, how far it is, how much time is left. */

import type { AppealView } from "./types";
import { appealText } from "@/text_appeal";

export const LOW_RATING = 3;

const STEP_OF: Record<string, number> = {
  submitted: 0, accepted: 1, working: 2, waiting: 2, merged: 2, transferred: 2, answered: 3, closed: 4,
};

export interface Step {
  label: string;
  state: "done" | "now" | "ahead";
}

/** The five steps; none for a case that ended on another way. */
export function stepsOf(view: AppealView): Step[] {
  const reached = STEP_OF[view.status];
  if (reached === undefined) return [];
  const isOver = view.status === "closed";
  return appealText.steps.map((label, at) => ({
    label,
    state: at < reached || isOver ? "done" : at === reached ? "now" : "ahead",
  }));
}

/** Who acts now, as a name; null once it is over. */
export function whoActs(view: AppealView): string | null {
  switch (view.status) {
    case "waiting":
    case "answered":
      return appealText.who.you;
    case "transferred":
      return view.handed_to?.receipt_at ? view.handed_to.office : appealText.who.bureau;
    case "closed":
    case "withdrawn":
    case "refused":
      return null;
    default:
      return appealText.who.bureau;
  }
}

/** 承诺 11月25日（周三）前答复, or why no date runs. */
export function promiseOf(due: string, promise: string): string {
  return due.endsWith("前") ? `${due}${promise}` : due;
}

/** How many days are left, in the words of the chip beside the promise. */
export function daysLeft(view: AppealView): string {
  const days = view.working_days_left;
  if (days === null) return "";
  if (view.is_late) return days < 0 ? appealText.left.late(-days) : appealText.left.justLate;
  return days <= 0 ? appealText.left.today : appealText.left.days(days);
}

/** The colour family of a status. */
export function toneOf(view: AppealView): "calm" | "busy" | "urgent" | "good" | "over" {
  if (view.status === "waiting" || view.is_late) return "urgent";
  if (view.status === "answered") return "good";
  if (whoActs(view) === null) return "over";
  return view.status === "submitted" || view.status === "accepted" ? "calm" : "busy";
}
