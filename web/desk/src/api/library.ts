// The calls of the library: entries, their moves, what is taken along.

import { call, download, withQuery } from "./client";
import type {
  EntryDiff,
  EntryMove,
  EntryRendering,
  EntryView,
  ExportFormat,
  LibraryPage,
  MoveBody,
  Part,
} from "./types";

export const entries = (query: {
  search?: string;
  state?: string;
  topic?: string;
  mine?: string;
  page?: number;
}) => call<LibraryPage>("GET", withQuery("/library", query));
export const entry = (id: string) => call<EntryView>("GET", `/library/${id}`);
export const addEntry = (yaml: string) => call<EntryView>("POST", "/library", { yaml });
export const saveEntry = (id: string, yaml: string, version: number) =>
  call<EntryView>("PUT", `/library/${id}`, { yaml, version });
export const moveEntry = (id: string, move: EntryMove, body: MoveBody) =>
  call<EntryView>("POST", `/library/${id}/${move.path}`, { ...body, version: move.version });
export const rendering = (id: string, version: number) =>
  call<EntryRendering>("GET", withQuery(`/library/${id}/rendering`, { version }));
export const diff = (id: string, from: number, to: number) =>
  call<EntryDiff>("GET", withQuery(`/library/${id}/diff`, { from, to }));
export const preview = (id: string, period: string, version: number) =>
  call<Part>("GET", withQuery(`/library/${id}/preview`, { period, version }));

export const exportLibrary = (format: ExportFormat, which: "published" | "latest") =>
  download(withQuery("/library/export", { format, which }));
export const template = () => download("/library/template");
