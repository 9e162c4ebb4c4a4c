/** Calls to the service; every failure becomes an ApiError with a sentence to show. */

import type {
  AppealKey, AppealVerb, AppealView, Attachment, Bureau, Conversation, HotList, KeptData, Message, Part,
  RatingValue, SignedAnswer,
} from "./types";
import { text } from "@/text";

const BASE = "/api/v1";
const TIMEOUT_MS = 20_000;
const UPLOAD_TIMEOUT_MS = 180_000;

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

interface Options {
  token?: string | null;
  body?: unknown;
}

async function call<Result>(method: string, path: string, options: Options = {}): Promise<Result> {
  return (await request(method, path, options, (response) => response.json())) as Result;
}

async function request<Result>(
  method: string, path: string, options: Options, read: (response: Response) => Promise<Result>,
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
    if (!response.ok) throw readError(response, await response.json().catch(() => null));
    return await read(response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, "unreachable", text.errors.unreachable);
  } finally {
    clearTimeout(timer);
  }
}

/** Send a form with a file; only XMLHttpRequest tells how far an upload is. */
function upload(
  path: string, fields: Record<string, string | File>, token: string | null,
  onProgress: (percent: number) => void,
): Promise<{ attachment: Attachment }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const sending = new XMLHttpRequest();
  sending.open("POST", BASE + path);
  sending.timeout = UPLOAD_TIMEOUT_MS;
  sending.responseType = "text";
  sending.setRequestHeader("Accept", "application/json");
  if (token) sending.setRequestHeader(TOKEN_HEADER, token);
  sending.upload.onprogress = ({ loaded, total }) => onProgress(Math.floor((loaded / Math.max(total, 1)) * 100));
  return new Promise((resolve, reject) => {
    const lost = () => reject(new ApiError(0, "unreachable", text.errors.unreachable));
    sending.onerror = sending.ontimeout = sending.onabort = lost;
    sending.onload = () => {
      const { status, responseText } = sending;
      const data = parsed(responseText);
      if (status >= 200 && status < 300 && data !== null) resolve(data as { attachment: Attachment });
      else reject(readError({ status, headers: { get: (name) => sending.getResponseHeader(name) } }, data));
    };
    sending.send(form);
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function readError(
  response: { status: number; headers: { get(name: string): string | null } }, data: unknown,
): ApiError {
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
  appealStatus: (body: AppealKey) =>
    call<AppealView>("POST", "/appeals/status", { body }),
  appealAct: (verb: AppealVerb, body: AppealKey & { version: number } & Record<string, unknown>) =>
    call<AppealView>("POST", `/appeals/${verb}`, { body }),
  addToAppeal: (key: AppealKey, file: File, onProgress: (percent: number) => void) =>
    upload("/appeals/attachments", { ...key, file }, null, onProgress).then((made) => made.attachment),
  appealFile: (id: Attachment["id"], body: AppealKey) =>
    request("POST", `/appeals/attachments/${encodeURIComponent(id)}`, { body }, (response) => response.blob()),
  pendingFiles: (token: string) =>
    call<{ attachments: Attachment[] }>("GET", "/conversation/attachments", { token }),
  addPendingFile: (token: string, file: File, onProgress: (percent: number) => void) =>
    upload("/conversation/attachments", { file }, token, onProgress).then((made) => made.attachment),
  removePendingFile: (token: string, id: Attachment["id"]) =>
    call<unknown>("DELETE", `/conversation/attachments/${encodeURIComponent(id)}`, { token }),
  hot: () => call<HotList>("GET", "/hot"),
  signedAnswer: (turnId: string, signature: string) =>
    call<SignedAnswer>(
      "GET", `/answers/${encodeURIComponent(turnId)}?s=${encodeURIComponent(signature)}`,
    ),
};

export function eventsUrl(after: number): string {
  return `${BASE}/conversation/events?after=${after}`;
}
