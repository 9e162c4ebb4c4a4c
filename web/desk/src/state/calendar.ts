// A year of the working calendar: its months for the screen, and a form for it as YAML.

import type { CalendarYear, Holiday } from "../api/calendar";

export type DayKind = "workday" | "weekend" | "holiday" | "make_up";

export interface Day {
  day: string;
  date: number;
  kind: DayKind;
  /** The holiday it belongs to. */
  name: string;
}

export interface Month {
  month: number;
  /** Empty places before the first day, Monday being the first of the week. */
  lead: number;
  days: Day[];
}

type Shown = Pick<CalendarYear, "year" | "holidays" | "workdays">;

const iso = (year: number, month: number, date: number) =>
  `${year}-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`;

/** 0 for Monday to 6 for Sunday. */
const weekdayOf = (day: string) => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;

export function monthsOf(shown: Shown): Month[] {
  const madeUp = new Set(shown.workdays);
  return Array.from({ length: 12 }, (_, place) => {
    const month = place + 1;
    const length = new Date(Date.UTC(shown.year, month, 0)).getUTCDate();
    const days = Array.from({ length }, (_, at) => dayOf(shown, madeUp, iso(shown.year, month, at + 1)));
    return { month, lead: weekdayOf(days[0]!.day), days };
  });
}

function dayOf(shown: Shown, madeUp: Set<string>, day: string): Day {
  const holiday = shown.holidays.find((one) => one.from <= day && day <= one.to);
  const free = weekdayOf(day) >= 5;
  const kind = madeUp.has(day) ? "make_up" : holiday ? "holiday" : free ? "weekend" : "workday";
  return { day, date: Number(day.slice(8)), kind, name: kind === "holiday" ? holiday!.name : "" };
}

/** How many days of a year are worked, off by a holiday, and made up. */
export function countsOf(months: Month[]): { worked: number; off: number; madeUp: number } {
  const kinds = months.flatMap((month) => month.days.map((day) => day.kind));
  const count = (...wanted: DayKind[]) => kinds.filter((kind) => wanted.includes(kind)).length;
  return { worked: count("workday", "make_up"), off: count("holiday"), madeUp: count("make_up") };
}

export interface YearForm {
  year: number;
  title: string;
  number: string;
  link: string;
  issued_on: string;
  checked_on: string;
  exception: string;
  holidays: Holiday[];
  workdays: string[];
}

/** What an editor starts with: the year in force to correct it, or the seven festivals without days. */
export function startForm(shown: CalendarYear, title: string, festivals: string[]): YearForm {
  const { source } = shown;
  return {
    year: shown.year,
    title: source?.title ?? title,
    number: source?.number ?? "",
    link: source?.link ?? "",
    issued_on: source?.issued_on ?? "",
    checked_on: shown.today,
    exception: source?.exception ?? "",
    holidays: source ? shown.holidays.map((one) => ({ ...one })) : festivals.map((name) => ({ name, from: "", to: "" })),
    workdays: source ? [...shown.workdays] : [""],
  };
}

const PLAIN = /^[\p{L}\p{N}〔〕（）、。《》/_.-]+$/u;
/** A text as YAML holds it; in quotes where it could be read otherwise. */
const written = (text: string) => (PLAIN.test(text) && !text.startsWith("-") ? text : JSON.stringify(text));

/** The form as the YAML that is checked and kept; rows without any day are left out. */
export function toYaml(form: YearForm): string {
  const holidays = form.holidays.filter((one) => one.from || one.to);
  const workdays = form.workdays.filter(Boolean);
  return [
    `year: ${form.year}`,
    `title: ${written(form.title)}`,
    `number: ${written(form.number)}`,
    `link: ${written(form.link)}`,
    `issued_on: ${written(form.issued_on)}`,
    `checked_on: ${written(form.checked_on)}`,
    ...(form.exception ? [`exception: ${written(form.exception)}`] : []),
    holidays.length ? "holidays:" : "holidays: []",
    ...holidays.map((one) => `  - {name: ${written(one.name)}, from: ${written(one.from)}, to: ${written(one.to || one.from)}}`),
    workdays.length ? "workdays:" : "workdays: []",
    ...workdays.map((day) => `  - ${day}`),
    "",
  ].join("\n");
}
