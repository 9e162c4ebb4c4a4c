/** The talk as the page knows it (会话): what was said, who answers, what is still to be sent. */

import { reactive } from "vue";

import { api, ApiError, eventsUrl, TOKEN_HEADER } from "./api";
import { kept, keys, newUuid } from "./browser";
import { merge, unansweredTurn } from "./messages";
import { Outbox, Sender, type Delivery, type Waiting as Unsent } from "./outbox";
import { EventStream, type StreamEvent } from "./stream";
import type {
  Bureau, Conversation, Firm, Holder, HolderState, Message, Part, RatingValue, Stage, Waiting,
} from "./types";
import { text } from "@/text";

const SLOW_AFTER_MS = 8_000;

interface State {
  phase: "loading" | "failed" | "consent" | "declined" | "ready";
  failure: string;
  bureau: Bureau | null;
  token: string | null;
  messages: Message[];
  hasMore: boolean;
  loadingOlder: boolean;
  holder: Holder;
  waiting: Waiting | null;
  agentName: string | null;
  firm: Firm | null;
  firmsCount: number;
  degraded: boolean;
  turn: { id: string; stage: Stage } | null;
  line: "connecting" | "open" | "lost";
  online: boolean;
  unsent: Unsent[];
  sendingId: string | null;
  offers: Record<string, Part>;
  notice: string;
}

export const talk: State = reactive({
  phase: "loading", failure: "", bureau: null, token: kept.getItem(keys.token),
  messages: [], hasMore: false, loadingOlder: false, holder: "bot", waiting: null,
  agentName: null, firm: null, firmsCount: 0, degraded: false, turn: null,
  line: "connecting", online: navigator.onLine, unsent: [], sendingId: null, offers: {}, notice: "",
});

const outbox = new Outbox(kept, newUuid, () => new Date().toISOString());
const sender = new Sender(outbox, deliver, refreshUnsent);
/** Own messages that came over the stream while their sending was still under way. */
let heldBack: Message[] = [];
/** The last turn that was answered without Rasa. */
let degradedTurn: string | null = null;
let slowTimer: ReturnType<typeof setTimeout> | null = null;

const stream = new EventStream({
  url: () => eventsUrl(talk.messages[talk.messages.length - 1]?.id ?? 0),
  headers: () => ({ [TOKEN_HEADER]: talk.token ?? "" }),
  onEvent: takeEvent,
  onOpen: () => {
    talk.line = "open";
    void sender.flush();
  },
  onLost: () => (talk.line = "lost"),
  onRefused: () => void startAgain(),
});

/** Load the bureau and, for a returning visitor, the talk so far. */
export async function start(): Promise<void> {
  talk.phase = "loading";
  try {
    talk.bureau = await api.bureau();
    if (talk.token === null) {
      talk.phase = "consent";
      return;
    }
    const conversation = await api.conversation(talk.token);
    takeConversation(conversation);
    if (conversation.consented) open();
    else talk.phase = "consent";
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return startAgain();
    talk.failure = error instanceof ApiError ? error.message : text.errors.service;
    talk.phase = "failed";
  }
}

/** The visitor agrees to the notice; a talk is opened only now. */
export async function agree(): Promise<void> {
  if (talk.token === null) await openNewTalk();
  await api.consent(talk.token!, true);
  open();
}

export function decline(): void {
  talk.phase = "declined";
}

export function readNoticeAgain(): void {
  talk.phase = "consent";
}

export function say(said: string): void {
  if (said.trim() === "" || talk.phase !== "ready") return;
  outbox.add(said.trim());
  refreshUnsent();
  void sender.flush();
}

export function retry(id: string): void {
  outbox.retry(id);
  refreshUnsent();
  void sender.flush();
}

export function discard(id: string): void {
  outbox.remove(id);
  refreshUnsent();
}

export async function loadOlder(): Promise<void> {
  const first = talk.messages[0];
  if (first === undefined || talk.loadingOlder || talk.token === null) return;
  talk.loadingOlder = true;
  try {
    const page = await api.older(talk.token, first.id);
    talk.messages = merge(talk.messages, page.messages);
    talk.hasMore = page.has_more;
  } finally {
    talk.loadingOlder = false;
  }
}

export async function rate(turnId: string, value: RatingValue, comment: string): Promise<void> {
  const body = comment.trim() === "" ? { value } : { value, comment: comment.trim() };
  const { offer } = await api.rate(talk.token!, turnId, body);
  talk.messages = talk.messages.map((message) =>
    message.turn_id === turnId && message.body.kind === "answer"
      ? { ...message, body: { ...message.body, rating: value } }
      : message,
  );
  if (offer !== null) talk.offers[turnId] = offer;
}

export async function signOut(): Promise<void> {
  if (talk.token !== null) await api.signOut(talk.token);
  forget();
  talk.phase = "consent";
}

export async function withdrawConsent(): Promise<void> {
  await api.consent(talk.token!, false);
  stream.stop();
  talk.phase = "declined";
}

export async function deleteMyData(): Promise<string> {
  const { text: told } = await api.deleteMyData(talk.token!);
  forget();
  return told;
}

function open(): void {
  talk.phase = "ready";
  refreshUnsent();
  stream.start();
  void sender.flush();
}

async function openNewTalk(): Promise<void> {
  const conversation = await api.startConversation();
  talk.token = conversation.conversation_token ?? null;
  if (talk.token !== null) kept.setItem(keys.token, talk.token);
  takeConversation(conversation);
}

/** The token opens nothing any more; what was not sent yet is kept for the new talk. */
async function startAgain(): Promise<void> {
  const hadConsent = talk.phase === "ready";
  stream.stop();
  reset();
  if (!hadConsent) {
    talk.phase = "consent";
    return;
  }
  try {
    await agree();
    talk.notice = text.errors.ended;
  } catch (error) {
    talk.failure = error instanceof ApiError ? error.message : text.errors.service;
    talk.phase = "failed";
  }
}

function forget(): void {
  stream.stop();
  outbox.clear();
  kept.removeItem(keys.draft);
  reset();
  refreshUnsent();
}

function reset(): void {
  kept.removeItem(keys.token);
  heldBack = [];
  Object.assign(talk, {
    token: null, messages: [], hasMore: false, holder: "bot", waiting: null, agentName: null,
    firm: null, firmsCount: 0, turn: null, offers: {}, notice: "",
  });
}

function takeConversation(conversation: Conversation): void {
  talk.messages = merge(talk.messages, conversation.messages);
  talk.hasMore = conversation.has_more;
  talk.degraded = conversation.degraded;
  takeHolder(conversation);
  const open = unansweredTurn(talk.messages);
  if (open !== null && talk.holder === "bot") watchTurn(open, "searching");
}

function takeHolder(state: HolderState): void {
  talk.holder = state.holder;
  talk.waiting = state.waiting;
  talk.agentName = state.agent_name;
  talk.firm = state.firm;
  talk.firmsCount = state.firms_count;
  if (state.holder === "person") watchTurn(null);
}

function takeEvent(event: StreamEvent): void {
  const data: unknown = JSON.parse(event.data);
  if (event.event === "message") takeMessage(data as Message);
  else if (event.event === "holder") takeHolder(data as HolderState);
  else if (event.event === "status") {
    const status = data as { turn_id: string; stage: Stage };
    takeStage(status.turn_id, status.stage);
  }
}

function takeMessage(message: Message): void {
  if (message.author === "taxpayer" && talk.sendingId !== null) {
    heldBack.push(message);
    return;
  }
  talk.messages = merge(talk.messages, [message]);
  if (message.author !== "taxpayer" && message.turn_id === talk.turn?.id) watchTurn(null);
}

function takeStage(turnId: string, stage: Stage): void {
  if (stage === "done") {
    talk.degraded = degradedTurn === turnId;
    if (talk.turn?.id === turnId) watchTurn(null);
    return;
  }
  if (stage === "degraded") {
    talk.degraded = true;
    degradedTurn = turnId;
  }
  if (!isAnswered(turnId)) watchTurn(turnId, stage);
}

function isAnswered(turnId: string): boolean {
  return talk.messages.some((each) => each.turn_id === turnId && each.author !== "taxpayer");
}

function watchTurn(id: string | null, stage: Stage = "received"): void {
  if (slowTimer !== null) clearTimeout(slowTimer);
  slowTimer = null;
  talk.turn = id === null ? null : { id, stage };
  if (id === null || stage === "slow") return;
  slowTimer = setTimeout(() => {
    if (talk.turn?.id === id) talk.turn.stage = "slow";
  }, SLOW_AFTER_MS);
}

async function deliver(item: Unsent): Promise<Delivery> {
  if (talk.token === null || talk.phase !== "ready") return { kind: "later", afterSeconds: null };
  if (!navigator.onLine) return { kind: "later", afterSeconds: 5 };
  talk.sendingId = item.client_message_id;
  try {
    const { turn_id, message } = await api.say(talk.token, {
      text: item.text, client_message_id: item.client_message_id,
    });
    talk.messages = merge(talk.messages, [message]);
    if (talk.holder !== "person" && !isAnswered(turn_id) && talk.turn?.id !== turn_id) {
      watchTurn(turn_id);
    }
    return { kind: "delivered" };
  } catch (error) {
    return afterFailure(error);
  } finally {
    talk.sendingId = null;
    talk.messages = merge(talk.messages, heldBack);
    heldBack = [];
  }
}

function afterFailure(error: unknown): Delivery {
  if (!(error instanceof ApiError)) return { kind: "refused", reason: text.errors.unexpected };
  if (error.isPassing) return { kind: "later", afterSeconds: error.retryAfterSeconds };
  if (error.status === 401) {
    void startAgain();
    return { kind: "later", afterSeconds: 2 };
  }
  return { kind: "refused", reason: error.message };
}

function refreshUnsent(): void {
  talk.unsent = outbox.list();
}

addEventListener("online", () => {
  talk.online = true;
  stream.hurry();
  void sender.flush();
});
addEventListener("offline", () => (talk.online = false));
addEventListener("storage", refreshUnsent);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") stream.hurry();
});
