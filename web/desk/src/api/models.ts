// Trained models: what lies in the folder, what was tried, which one Rasa runs on.

import { call, withQuery } from "./client";
import type { Paged } from "./documents";
import type { Verdict } from "./releases";

export type ModelState = "measuring" | "measured" | "current" | "replaced" | "taken_back";

export interface ModelTrial {
  id: number;
  number: number | null;
  state: ModelState;
  state_label: string;
  file: string;
  digest: string;
  is_current: boolean;
  /** It was measured beside the model that is current now. */
  is_comparable: boolean;
  size: number;
  trained_at: string | null;
  tried_by: string;
  tried_at: string;
  measured_at: string | null;
  verdict: Verdict | null;
  fault: string | null;
  released_by: string | null;
  released_at: string | null;
  reason: string | null;
  ended_by: string | null;
  ended_at: string | null;
  end_reason: string | null;
}

export interface Models extends Paged<ModelTrial> {
  current: string | null;
  candidates: string[];
}

export const models = (query: { page?: number }) => call<Models>("GET", withQuery("/models", { page: query.page }));
export const tryModel = (file: string) => call<ModelTrial>("POST", "/models", { file });
export const releaseModel = (id: number, reason: string) => call<ModelTrial>("POST", `/models/${id}/release`, { reason });
export const rollBackModel = (reason: string) => call<ModelTrial>("POST", "/models/roll-back", { reason });
