/** What many people ask these days (大家在问); shown where there is something, silent otherwise. */

import { ref } from "vue";

import { api } from "./api";
import type { HotList } from "./types";

export const TOP = 5;
export const hot = ref<HotList | null>(null);
let isAsked = false;

/** Ask once for each opening of the page; a failure leaves nothing to show. */
export async function loadHot(): Promise<void> {
  if (isAsked) return;
  isAsked = true;
  try {
    const list = await api.hot();
    hot.value = list.items.length > 0 ? list : null;
  } catch {
    isAsked = false;
  }
}
