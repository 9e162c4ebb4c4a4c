/** Calls to the service; every failure becomes an ApiError with a sentence to show. */

import type {
  AppealView, Bureau, Conversation, KeptData, Message, Part, RatingValue, SignedAnswer,
} from "./types";
import { text } from "@/text";

const BASE = "/api/v1";
const TIMEOUT_MS = 20_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** Nothing was decided: the same call may be made again. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get retryAfterSeconds(): number | null {
    const seconds = Number(this.details["retry_after"]);
    return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  }
}

export const TOKEN_HEADER = "X-RunMiao-Conversation";

async function call<Result>(
  method: string, path: string, options: { token?: string | null; body?: unknown } = {},
): Promise<Result> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.token) headers[TOKEN_HEADER] = options.token;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(BASE + path, {
      method, headers, signal: abort.signal, cache: "no-store",
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
    const data = await response.json().catch(() => null);
    if (!response.ok) throw readError(response, data);
    return data as Result;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, "unreachable", text.errors.unreachable);
  } finally {
    clearTimeout(timer);
  }
}

function readError(response: Response, data: unknown): ApiError {
  const error = (data as { error?: { code?: string; message?: string; details?: object } } | null)?.error;
  const details = { ...(error?.details ?? {}) } as Record<string, unknown>;
  const header = response.headers.get("Retry-After");
  if (header !== null && details["retry_after"] === undefined) details["retry_after"] = header;
  const fallback = response.status >= 500 ? text.errors.service : text.errors.unexpected;
  return new ApiError(response.status, error?.code ?? "unexpected", error?.message ?? fallback, details);
}

export const api = {
  bureau: () => call<Bureau>("GET", "/bureau"),
  startConversation: () => call<Conversation>("POST", "/conversations", { body: {} }),
  conversation: (token: string) => call<Conversation>("GET", "/conversation", { token }),
  older: (token: string, before: number) =>
    call<{ messages: Message[]; has_more: boolean }>(
      "GET", `/conversation/messages?before=${before}&limit=30`, { token },
    ),
  say: (token: string, body: { text: string; client_message_id: string }) =>
    call<{ turn_id: string; message: Message }>("POST", "/conversation/turns", { token, body }),
  rate: (token: string, turnId: string, body: { value: RatingValue; comment?: string }) =>
    call<{ ok: boolean; offer: Part | null }>(
      "POST", `/conversation/turns/${encodeURIComponent(turnId)}/rating`, { token, body },
    ),
  consent: (token: string, agreed: boolean) =>
    call<{ consented: boolean }>("POST", "/conversation/consent", { token, body: { agreed } }),
  signOut: (token: string) => call<unknown>("POST", "/conversation/sign-out", { token, body: {} }),
  myData: (token: string) => call<{ items: KeptData[] }>("GET", "/conversation/my-data", { token }),
  exportMyData: (token: string) => call<unknown>("GET", "/conversation/my-data/export", { token }),
  deleteMyData: (token: string) =>
    call<{ text: string }>("DELETE", "/conversation/my-data", { token }),
  appealStatus: (body: { number: string; check_code: string }) =>
    call<AppealView>("POST", "/appeals/status", { body }),
  appealFeedback: (body: {
    number: string; check_code: string; satisfied: boolean; rating: number; comment: string;
  }) => call<AppealView>("POST", "/appeals/feedback", { body }),
  signedAnswer: (turnId: string, signature: string) =>
    call<SignedAnswer>(
      "GET", `/answers/${encodeURIComponent(turnId)}?s=${encodeURIComponent(signature)}`,
    ),
};

export function eventsUrl(after: number): string {
  return `${BASE}/conversation/events?after=${after}`;
}
