// The text of an entry while it is edited: what it began from, and who was faster meanwhile.

import { computed, ref, watch, type ComputedRef, type Ref } from "vue";
import type { EntryView } from "../api/types";
import { keepDraft, readDraft } from "./drafts";

type Saved = Pick<EntryView, "id" | "version" | "yaml" | "versions">;

/** Somebody saved another version meanwhile. */
export interface Overtaken {
  version: number;
  by: string;
  at: string;
}

export interface EntryEdit {
  text: Ref<string>;
  /** The version to be named when saving. */
  version: ComputedRef<number>;
  edited: ComputedRef<boolean>;
  overtaken: Ref<Overtaken | null>;
  /** A text of mine that was set aside for somebody else's. */
  aside: Ref<string | null>;
  /** Take in the entry as it now is; tells whether a text kept on this machine came back. */
  show: (entry: Saved) => boolean;
  /** The entry as saved, or as it was: nothing of mine is left over. */
  settle: (entry: Saved) => void;
  /** Go on with mine, knowing theirs: the next save comes after it. */
  keepMine: (entry: Saved) => void;
  /** Read theirs; mine can be had back. */
  takeTheirs: (entry: Saved) => void;
  /** Have back what was set aside. */
  takeBack: () => void;
}

export function useEntryEdit(login: string, store: Storage = localStorage): EntryEdit {
  const text = ref("");
  const base = ref<{ id: string; version: number; yaml: string } | null>(null);
  const overtaken = ref<Overtaken | null>(null);
  const aside = ref<string | null>(null);
  const edited = computed(() => base.value !== null && text.value !== base.value.yaml);
  const version = computed(() => base.value?.version ?? 0);

  function keep(): void {
    if (!base.value) return;
    const kept = { text: edited.value ? text.value : "", suggestionId: null, suggestionText: null };
    keepDraft(login, `entry.${base.value.id}`, { ...kept, version: base.value.version }, store);
  }

  function settle(entry: Saved): void {
    base.value = { id: entry.id, version: entry.version, yaml: entry.yaml };
    text.value = entry.yaml;
    overtaken.value = null;
  }

  function open(entry: Saved): boolean {
    settle(entry);
    aside.value = null;
    const kept = readDraft(login, `entry.${entry.id}`, store);
    if (!kept.text || kept.text === entry.yaml) return false;
    base.value = { id: entry.id, version: kept.version ?? entry.version, yaml: entry.yaml };
    text.value = kept.text;
    compare(entry);
    return true;
  }

  /** Whether the version that mine began from is still the latest. */
  function compare(entry: Saved): void {
    const last = entry.versions[0];
    const isLatest = entry.version === version.value || !last;
    overtaken.value = isLatest ? null : { version: last.version, by: last.editor, at: last.at };
  }

  function show(entry: Saved): boolean {
    if (base.value?.id !== entry.id) return open(entry);
    if (edited.value) compare(entry);
    else settle(entry);
    return false;
  }

  function keepMine(entry: Saved): void {
    base.value = { id: entry.id, version: entry.version, yaml: entry.yaml };
    overtaken.value = null;
    keep();
  }

  function takeTheirs(entry: Saved): void {
    aside.value = text.value;
    settle(entry);
  }

  function takeBack(): void {
    text.value = aside.value ?? text.value;
    aside.value = null;
  }

  watch([text, base], keep);
  return { text, version, edited, overtaken, aside, show, settle, keepMine, takeTheirs, takeBack };
}
