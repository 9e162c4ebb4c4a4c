// Live changes from the service: one stream for the whole page, opened again when it breaks.

import { onScopeDispose, ref } from "vue";

export interface Change {
  kind: "inbox" | "conversation" | "appeal" | "counts" | "library";
  conversation_id?: number;
  number?: string;
}

type Listener = (change: Change) => void;

const KINDS: Change["kind"][] = ["inbox", "conversation", "appeal", "counts", "library"];
const listeners = new Set<Listener>();
let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let broken = false;

export const connected = ref(true);

function tell(change: Change): void {
  for (const listener of listeners) listener(change);
}

/** Pauses between attempts grow to half a minute. */
export function pauseAfter(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(attempt, 5));
}

export function openLive(attempt = 0): void {
  closeLive();
  source = new EventSource("/api/v1/desk/events");
  source.onopen = () => {
    connected.value = true;
    attempt = 0;
    // What happened while the line was down is read again rather than guessed.
    if (broken) for (const kind of KINDS) tell({ kind });
    broken = false;
  };
  for (const kind of KINDS)
    source.addEventListener(kind, (event) => tell({ ...JSON.parse((event as MessageEvent).data), kind }));
  source.onerror = () => {
    source?.close();
    broken = true;
    connected.value = false;
    retry = setTimeout(() => openLive(attempt + 1), pauseAfter(attempt));
  };
}

export function closeLive(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
}

/** Hear changes while the component lives. */
export function onChange(listener: Listener): void {
  listeners.add(listener);
  onScopeDispose(() => listeners.delete(listener));
}
