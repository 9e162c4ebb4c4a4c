// Figures of appeals: a period, its groups, its weeks, and the period before.

import { call, download, withQuery } from "./client";

export type FigureFormat = "count" | "share" | "minutes" | "days" | "rating";

export interface FigureMeant {
  code: string;
  group: string;
  label: string;
  format: FigureFormat;
  meaning: string;
}

export interface Round {
  round: number;
  on_time: number;
  breached: number;
  pending: number;
  on_time_share: number | null;
}

export interface FigureRow {
  key: string;
  label: string;
  values: Record<string, number | null>;
  rounds: Round[];
  /** One to five stars; null where too few gave a rating. */
  ratings: number[] | null;
  hidden: boolean;
}

export interface Named {
  code: string;
  label: string;
}

export interface FiguresPage {
  as_of: string;
  period: { from: string; to: string };
  before: { from: string; to: string; total: FigureRow };
  total: FigureRow;
  by: string;
  rows: FigureRow[];
  weeks: FigureRow[];
  kinds: FigureRow[];
  answers_took: { label: string; count: number }[];
  minutes_a_day: number;
  groupings: Named[];
  figures: FigureMeant[];
  figure_groups: Named[];
  rules: { code: string; label: string; meaning: string }[];
  hidden: string;
}

export function readFigures(from: string, to: string, by: string): Promise<FiguresPage> {
  return call("GET", withQuery("/figures", { from, to, by }));
}

export function exportFigures(from: string, to: string): Promise<void> {
  return download(withQuery("/figures/export", { from, to }));
}
