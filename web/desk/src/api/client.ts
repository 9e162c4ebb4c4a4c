// One way to the desk API: JSON, the session cookie, the CSRF header, and errors that can be shown.

import { t } from "../strings";
import { noteServerTime } from "../time";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

let csrfToken = "";
let onSignedOut: () => void = () => undefined;

export function useCsrfToken(token: string): void {
  csrfToken = token;
}

/** What happens when the service says that the session is over. */
export function whenSignedOut(action: () => void): void {
  onSignedOut = action;
}

// A page that refreshes itself must not keep an unattended desk signed in.
const IDLE_AFTER = 60_000;
let lastTouched = Date.now();
for (const kind of ["pointerdown", "keydown", "wheel"])
  globalThis.addEventListener?.(kind, () => (lastTouched = Date.now()), { passive: true });

function isIdle(): boolean {
  return Date.now() - lastTouched > IDLE_AFTER;
}

type Query = Record<string, string | number | null | undefined>;

export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (!pairs.length) return path;
  return `${path}?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

export async function call<Result>(
  method: "GET" | "POST" | "PUT",
  path: string,
  body?: unknown,
): Promise<Result> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  if (isIdle()) headers["X-RunMiao-Idle"] = "1";
  let response: Response;
  try {
    response = await fetch(`/api/v1/desk${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, "offline", t.common.offline);
  }
  noteServerTime(response.headers.get("Date"));
  const data = await response.json().catch(() => null);
  if (response.ok) return data as Result;
  const error = data?.error;
  if (response.status === 401 && path !== "/login") onSignedOut();
  throw new ApiError(
    response.status,
    error?.code ?? "unexpected",
    error?.message ?? t.common.unexpected,
    error?.details ?? {},
  );
}

/** The sentence for people, whatever was thrown. */
export function sentenceFor(error: unknown): string {
  return error instanceof ApiError ? error.message : t.common.unexpected;
}
