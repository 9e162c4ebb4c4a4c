/** One appeal on its page (诉求页): opened by number and check code, acted on, kept fresh. */

import { reactive } from "vue";

import { api, ApiError } from "./api";
import { keptForTab } from "./browser";
import type { AppealKey, AppealVerb, AppealView } from "./types";
import { text } from "@/text";
import { appealText } from "@/text_appeal";

/** A page that comes back into view asks again, but not at every flick. */
const FRESH_FOR_MS = 15_000;
const DRAFT = "runmiao.appeal.draft";

interface State {
  key: AppealKey | null;
  view: AppealView | null;
  busy: AppealVerb | "look" | null;
  failure: string;
  notice: string;
  stale: boolean;
  /** Until when the number is locked, or looks are too many; in milliseconds. */
  waitUntil: number;
  lockedNumber: string;
}

export const current: State = reactive({
  key: null, view: null, busy: null, failure: "", notice: "", stale: false, waitUntil: 0, lockedNumber: "",
});

let seenAt = 0;

/** Look with what was typed; a failure stands in ``current.failure``. */
export async function look(key: AppealKey): Promise<void> {
  if (current.busy !== null) return;
  current.busy = "look";
  current.failure = "";
  try {
    take(await api.appealStatus(key));
    current.key = key;
    current.notice = "";
  } catch (error) {
    current.failure = lookFailure(error, key.number);
  } finally {
    current.busy = null;
  }
}

/** Make a move; returns the sentence of the failure, or an empty one. */
export async function act(verb: AppealVerb, said: Record<string, unknown>, done: string): Promise<string> {
  const { key, view } = current;
  if (key === null || view === null || current.busy !== null) return appealText.errors.busy;
  current.busy = verb;
  current.notice = "";
  try {
    take(await api.appealAct(verb, { ...key, version: view.version, ...said }));
    current.notice = done;
    return "";
  } catch (error) {
    return await actFailure(error);
  } finally {
    current.busy = null;
  }
}

/** Ask again, silently; what is typed stays. */
export async function refresh(): Promise<void> {
  const { key } = current;
  if (key === null) return;
  seenAt = Date.now();
  try {
    const view = await api.appealStatus(key);
    const isNewer = current.view === null || view.version >= current.view.version;
    if (current.key === key && isNewer) take(view);
  } catch (error) {
    current.stale = error instanceof ApiError && error.status === 0;
    if (error instanceof ApiError && error.code === "check_code_locked") leave(appealText.errors.gone);
  }
}

export function refreshIfOld(): void {
  const isOld = Date.now() - seenAt > FRESH_FOR_MS;
  if (document.visibilityState === "visible" && isOld && current.busy === null) void refresh();
}

/** Close the page; nothing of the appeal stays in memory. */
export function leave(failure = ""): void {
  Object.assign(current, { key: null, view: null, busy: null, failure, notice: "", stale: false });
}

/** What was typed for one field of one appeal, kept in this tab until it is sent. */
export const drafts = {
  read: (number: string, field: string) => keptForTab.getItem(`${DRAFT}.${number}.${field}`) ?? "",
  write(number: string, field: string, typed: string): void {
    const name = `${DRAFT}.${number}.${field}`;
    if (typed === "") keptForTab.removeItem(name);
    else keptForTab.setItem(name, typed);
  },
};

function take(view: AppealView): void {
  current.view = view;
  current.stale = false;
  seenAt = Date.now();
}

async function actFailure(error: unknown): Promise<string> {
  if (!(error instanceof ApiError)) return text.errors.service;
  if (error.status === 0) return appealText.errors.unreachable;
  if (error.code === "appeal_changed" || error.code === "appeal_move_refused") {
    await refresh();
    return error.code === "appeal_changed" ? appealText.errors.changed : error.message;
  }
  return error.message;
}

function lookFailure(error: unknown, number: string): string {
  if (!(error instanceof ApiError)) return text.errors.service;
  if (error.code === "check_code_locked") {
    const minutes = Number(error.details["minutes"]) || 30;
    current.waitUntil = Date.now() + minutes * 60_000;
    current.lockedNumber = number;
    return "";
  }
  if (error.status === 429 && error.retryAfterSeconds !== null) {
    current.waitUntil = Date.now() + error.retryAfterSeconds * 1000;
    current.lockedNumber = "";
    return "";
  }
  return error.status === 0 ? appealText.errors.unreachable : error.message;
}
