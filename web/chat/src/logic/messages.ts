/** The bubbles of a talk, in the order of their ids, each once. */

import type { Message } from "./types";

export function merge(known: readonly Message[], more: readonly Message[]): Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of more) byId.set(message.id, message);
  return [...byId.values()].sort((one, other) => one.id - other.id);
}

/** Whether the last question still waits for the bot: its turn has no reply yet. */
export function unansweredTurn(messages: readonly Message[]): string | null {
  const last = messages[messages.length - 1];
  return last !== undefined && last.author === "taxpayer" ? last.turn_id : null;
}
