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

async function reach(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<Response> {
  const isForm = body instanceof FormData;
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  if (isIdle()) headers["X-RunMiao-Idle"] = "1";
  let response: Response;
  try {
    response = await fetch(`/api/v1/desk${path}`, {
      method,
      headers,
      body: isForm ? body : body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, "offline", t.common.offline);
  }
  noteServerTime(response.headers.get("Date"));
  if (response.ok) return response;
  if (response.status === 401 && path !== "/login") onSignedOut();
  throw errorIn(await response.json().catch(() => null), response.status);
}

interface ErrorBody {
  error?: { status?: number; code?: string; message?: string; details?: Record<string, unknown> };
}

function errorIn(body: ErrorBody | null, status: number): ApiError {
  const error = body?.error;
  return new ApiError(
    error?.status ?? status,
    error?.code ?? "unexpected",
    error?.message ?? t.common.unexpected,
    error?.details ?? {},
  );
}

export async function call<Result>(
  method: "GET" | "POST" | "PUT",
  path: string,
  body?: unknown,
): Promise<Result> {
  const response = await reach(method, path, body);
  return response.json().catch(() => null);
}

/** Send a form whose answer comes line by line: progress first, the result or the error last. */
export async function callInLines<Result, Step>(
  path: string,
  form: FormData,
  tell: (step: Step) => void,
): Promise<Result> {
  const reader = (await reach("POST", path, form)).body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let last: ({ result?: Result } & ErrorBody) | null = null;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new ApiError(0, "offline", t.common.offline);
    });
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      last = JSON.parse(line);
      if (!last?.result && !last?.error) tell(last as Step);
    }
  }
  if (last?.result) return last.result;
  throw errorIn(last, 0);
}

/** Fetch a file and hand it to the browser to keep. */
export async function download(path: string): Promise<void> {
  const response = await reach("GET", path);
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = decodeURIComponent(name ?? "");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The sentence for people, whatever was thrown. */
export function sentenceFor(error: unknown): string {
  return error instanceof ApiError ? error.message : t.common.unexpected;
}
