// Every call about appeals, one function each.

import { call, withQuery } from "./client";
import type {
  AlertsPage,
  Alike,
  AppealFilter,
  AppealVerb,
  AppealView,
  AppealsPage,
  FiledCard,
  FilingForm,
  FilingKinds,
  MoveForm,
  PageOf,
  WaitingRequest,
} from "./types";

export const appeals = (query: {
  filter: AppealFilter;
  kind?: string;
  status?: string;
  unit?: string;
  order?: string;
  search?: string;
  page?: number;
}) => call<AppealsPage>("GET", withQuery("/appeals", query));
export const appeal = (number: string, knownFirm?: number) =>
  call<AppealView>("GET", withQuery(`/appeals/${number}`, { known_firm: knownFirm }));
export const appealContact = (number: string) =>
  call<{ contact: string | null }>("POST", `/appeals/${number}/contact`, {});
export const moveAppeal = (number: string, verb: AppealVerb, body: MoveForm, knownFirm?: number) =>
  call<AppealView>("POST", withQuery(`/appeals/${number}/${verb}`, { known_firm: knownFirm }), body);
export const extensionPreview = (number: string, workingDays: number) =>
  call<{ new_due_label: string }>(
    "GET",
    withQuery(`/appeals/${number}/extension`, { working_days: workingDays }),
  );
export const likelyRepeats = (number: string) =>
  call<{ rows: Alike[] }>("GET", `/appeals/${number}/similar`);

export const alerts = (query: { seen?: string; page?: number }) =>
  call<AlertsPage>("GET", withQuery("/appeal-alerts", query));
export const seeAlert = (id: number) => call<object>("POST", `/appeal-alerts/${id}/seen`, {});
export const waitingRequests = (page = 1) =>
  call<PageOf<WaitingRequest>>("GET", withQuery("/appeal-requests", { page }));

export const filingKinds = () => call<FilingKinds>("GET", "/appeal-kinds");
export const similarTo = (text: string, kind: string | null) =>
  call<{ rows: Alike[] }>("POST", "/appeals/similar", { text, kind });
export const fileAppeal = (form: FilingForm) => call<FiledCard>("POST", "/appeals", form);

export const attachmentPath = (number: string, id: number) =>
  `/api/v1/desk/appeals/${number}/attachments/${id}`;
export const addAttachment = (number: string, form: FormData) =>
  call<object>("POST", `/appeals/${number}/attachments`, form);
