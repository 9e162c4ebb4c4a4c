// The working calendar: one year, what a new version would change, putting it into force.

import { call } from "./client";

export interface Holiday {
  name: string;
  from: string;
  to: string;
}

export interface YearSource {
  title: string;
  number: string;
  link: string;
  issued_on: string;
  checked_on: string;
  /** Why the days off do not balance, where they do not. */
  exception: string | null;
}

export interface CalendarYear {
  year: number;
  today: string;
  announced: boolean;
  revision: number;
  source: YearSource | null;
  holidays: Holiday[];
  workdays: string[];
  years: { year: number; announced: boolean }[];
  versions: { version: number; by: string; at: string; text: string }[];
  may_import: boolean;
}

export interface Promised {
  due_on: string;
  provisional: boolean;
}

export interface Comparison {
  year: number;
  announced: boolean;
  revision: number;
  source: YearSource;
  unchanged: boolean;
  days: { day: string; before: string; after: string }[];
  appeals: { number: string; kind: string; before: Promised; after: Promised }[];
  appeals_total: number;
}

export interface LineFault {
  line: number;
  reason: string;
}

export const calendarYear = (year: number) => call<CalendarYear>("GET", `/calendar/${year}`);
export const compareCalendar = (text: string) => call<Comparison>("POST", "/calendar/compare", { text });
export const importCalendar = (text: string, revision: number) =>
  call<CalendarYear>("POST", "/calendar", { text, revision });
