// What was typed but not sent, kept on this machine for the person signed in.

export interface Draft {
  text: string;
  suggestionId: number | null;
  suggestionText: string | null;
  /** The version of an entry that the text began from. */
  version?: number;
}

const EMPTY: Draft = { text: "", suggestionId: null, suggestionText: null };

function place(login: string, name: string): string {
  return `runmiao.desk.${login}.${name}`;
}

export function readDraft(login: string, name: string, store: Storage = localStorage): Draft {
  try {
    const kept = JSON.parse(store.getItem(place(login, name)) ?? "null");
    return kept && typeof kept.text === "string" ? { ...EMPTY, ...kept } : { ...EMPTY };
  } catch {
    return { ...EMPTY };
  }
}

export function keepDraft(
  login: string,
  name: string,
  draft: Draft,
  store: Storage = localStorage,
): void {
  try {
    if (draft.text) store.setItem(place(login, name), JSON.stringify(draft));
    else store.removeItem(place(login, name));
  } catch {
    // A full or forbidden store loses only the convenience, not the text on screen.
  }
}

/** What a reply counts as: sent as suggested, changed, or the officer's own. */
export function sentAs(draft: Draft): "as_is" | "edited" | "own" {
  if (draft.suggestionId === null || draft.suggestionText === null) return "own";
  return draft.text.trim() === draft.suggestionText.trim() ? "as_is" : "edited";
}
