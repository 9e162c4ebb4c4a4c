// Who is signed in, and the counts beside the navigation.

import { computed, reactive } from "vue";
import * as desk from "../api/desk";
import { useCsrfToken, whenSignedOut } from "../api/client";
import type { Counts, Me, Role } from "../api/types";

const state = reactive<{ me: Me | null; asked: boolean; expired: boolean; counts: Counts | null }>({
  me: null,
  asked: false,
  expired: false,
  counts: null,
});

whenSignedOut(() => {
  state.expired = state.me !== null;
  state.me = null;
});

export const session = state;
export const login = computed(() => state.me?.login ?? "");

export function hasRole(...roles: Role[]): boolean {
  return roles.some((role) => state.me?.rights.includes(role));
}

export function setMe(me: Me | null): void {
  state.me = me;
  state.asked = true;
  if (me) {
    state.expired = false;
    useCsrfToken(me.csrf_token);
  } else state.counts = null;
}

/** Ask once, at the first page, whether the cookie still holds. */
export async function restore(): Promise<void> {
  if (state.asked) return;
  try {
    setMe(await desk.me());
  } catch {
    state.asked = true;
  }
}

export async function refreshCounts(): Promise<void> {
  if (!state.me) return;
  try {
    state.counts = await desk.counts();
  } catch {
    // The numbers stay as they were; the page itself tells of a lost connection.
  }
}
