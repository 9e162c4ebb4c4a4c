// Reading something for the screen: loading, the error's sentence, and only the newest answer counts.

import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { sentenceFor } from "../api/client";

export interface Load<Data> {
  data: ShallowRef<Data | null>;
  loading: Ref<boolean>;
  error: Ref<string | null>;
  /** Read again; `quiet` keeps what is on screen meanwhile. */
  read: (quiet?: boolean) => Promise<void>;
}

export function useLoad<Data>(fetcher: () => Promise<Data>): Load<Data> {
  const data = shallowRef<Data | null>(null);
  const loading = ref(true);
  const error = ref<string | null>(null);
  let latest = 0;

  async function read(quiet = false): Promise<void> {
    const mine = ++latest;
    if (!quiet) {
      loading.value = true;
      error.value = null;
    }
    try {
      const fresh = await fetcher();
      if (mine !== latest) return;
      data.value = fresh;
      error.value = null;
    } catch (problem) {
      if (mine === latest && !quiet) error.value = sentenceFor(problem);
    } finally {
      if (mine === latest) loading.value = false;
    }
  }

  return { data, loading, error, read };
}

/** Wait until nothing has happened for a moment, then act once; in a busy hall, after five moments. */
export function settle(action: () => void, milliseconds = 300): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = 0;
  return () => {
    if (timer === undefined) since = Date.now();
    else if (Date.now() - since >= 4 * milliseconds) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      action();
    }, milliseconds);
  };
}
