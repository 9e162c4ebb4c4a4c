// A file of entries brought to the library: what it would change, and its faults.

import { ApiError, callInLines } from "./client";

/** The service takes no larger file. */
export const MOST_MEGABYTES = 32;

export interface Progress {
  step: string;
  label: string;
  done: number;
  total: number;
}

export interface ImportedEntry {
  id: string;
  question: string;
  version: number;
  /** Which fields differ; of a new entry none is named. */
  fields: string[];
}

export interface ImportedDocument {
  id: string;
  fields: string[];
}

export interface ImportResult {
  dry_run: boolean;
  entries: {
    new: ImportedEntry[];
    changed: ImportedEntry[];
    counts: { new: number; changed: number; unchanged: number };
  };
  documents: {
    new: string[];
    changed: ImportedDocument[];
    /** Cited by what is published: the file does not change them. */
    kept: ImportedDocument[];
    counts: { new: number; changed: number; kept: number; unchanged: number };
  };
}

export interface Fault {
  place: string;
  row: number | null;
  column: string | null;
  code: string;
  message: string;
}

export interface Faults {
  count: number;
  faults: Fault[];
}

export function importFile(
  file: File,
  dryRun: boolean,
  tell: (step: Progress) => void,
): Promise<ImportResult> {
  const form = new FormData();
  form.append("dry_run", String(dryRun));
  form.append("file", file);
  return callInLines<ImportResult, Progress>("/library/import", form, tell);
}

/** The faults of a refused file, where that is what was wrong. */
export function faultsIn(problem: unknown): Faults | null {
  if (!(problem instanceof ApiError) || problem.code !== "exchange_refused") return null;
  const { count, faults } = problem.details as unknown as Faults;
  return { count, faults };
}

/** How many faults each sheet or file has, in the order in which they come. */
export function byPlace(faults: Fault[]): { place: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { place } of faults) counts.set(place, (counts.get(place) ?? 0) + 1);
  return [...counts].map(([place, count]) => ({ place, count }));
}
