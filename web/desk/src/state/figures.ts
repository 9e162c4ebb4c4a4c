// Periods of figures, and how figures are written and sorted.

import type { FigureFormat, FigureMeant, FigureRow } from "../api/figures";
import { figures as words } from "../strings_figures";

export type Unit = "week" | "month" | "quarter" | "range";
export interface Period {
  from: string;
  to: string;
}

export const UNITS: Unit[] = ["week", "month", "quarter", "range"];
/** The service counts no longer period at once. */
export const LONGEST_DAYS = 1100;
const DAY = 86_400_000;

function moment(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function addDays(day: string, days: number): string {
  return dayOf(new Date(moment(day).getTime() + days * DAY));
}

/** The week, month or quarter in which a day lies; of a range the last thirty days up to it. */
export function periodOf(unit: Unit, day: string): Period {
  const [year, month] = day.split("-").map(Number);
  if (unit === "range") return { from: addDays(day, -29), to: day };
  if (unit === "week") {
    const from = addDays(day, -((moment(day).getUTCDay() + 6) % 7));
    return { from, to: addDays(from, 6) };
  }
  const months = unit === "month" ? 1 : 3;
  const first = month - ((month - 1) % months);
  return {
    from: dayOf(new Date(Date.UTC(year, first - 1, 1))),
    to: dayOf(new Date(Date.UTC(year, first - 1 + months, 0))),
  };
}

/** The period before or after. */
export function stepped(unit: Unit, period: Period, forward: boolean): Period {
  if (unit !== "range") return periodOf(unit, addDays(forward ? period.to : period.from, forward ? 1 : -1));
  const days = Math.round((moment(period.to).getTime() - moment(period.from).getTime()) / DAY) + 1;
  const by = forward ? days : -days;
  return { from: addDays(period.from, by), to: addDays(period.to, by) };
}

export function periodText(unit: Unit, period: Period): string {
  const [year, month] = period.from.split("-").map(Number);
  if (unit === "month") return words.month(year, month);
  if (unit === "quarter") return words.quarter(year, (month + 2) / 3);
  if (unit === "range") return words.span(period.from, period.to);
  const thursday = addDays(period.from, 3);
  const first = Date.UTC(Number(thursday.slice(0, 4)), 0, 1);
  return words.week(Number(thursday.slice(0, 4)), Math.floor((moment(thursday).getTime() - first) / DAY / 7) + 1);
}

/** What is wrong with a period, in words; null where nothing is. */
export function problemOf(period: Period, today: string): string | null {
  if (!period.from || !period.to) return words.problems.missing;
  if (period.from > period.to) return words.problems.order;
  if (period.from > today) return words.problems.future;
  if (addDays(period.from, LONGEST_DAYS) <= period.to) return words.problems.long(LONGEST_DAYS);
  return null;
}

export function figureText(value: number | null | undefined, format: FigureFormat, minutesADay: number): string {
  if (value === null || value === undefined) return words.none;
  if (format === "share") return `${(value * 100).toFixed(1)}%`;
  if (format === "rating") return value.toFixed(2);
  if (format === "days") return words.days(String(value));
  if (format === "count") return value.toLocaleString("zh-CN");
  if (value < 60) return words.minutes(value);
  if (value < minutesADay) return words.hours(Math.floor(value / 60), value % 60);
  return words.days((value / minutesADay).toFixed(1));
}

/** How a figure has changed since the period before, in words. */
export function changeText(now: number | null, before: number | null, format: FigureFormat, minutesADay: number): string {
  if (now === null || before === null) return words.noBefore;
  const shown = format === "share" ? words.points(Math.abs((now - before) * 100).toFixed(1)) : figureText(Math.abs(now - before), format, minutesADay);
  if (format === "share" ? Math.abs(now - before) < 0.0005 : now === before) return words.same;
  return now > before ? words.more(shown) : words.less(shown);
}

/** Rows in the order of a figure; what cannot be told stands last either way. */
export function sortedRows(rows: FigureRow[], code: string, descending: boolean): FigureRow[] {
  if (!code) return rows;
  return [...rows].sort((one, other) => {
    const [a, b] = [one.values[code], other.values[code]];
    if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
    if (b === null || b === undefined) return -1;
    return descending ? b - a : a - b;
  });
}

/** Satisfaction that too few gave a rating for says so. */
export function cellText(row: FigureRow, figure: FigureMeant, minutesADay: number): string {
  const value = row.values[figure.code];
  if (value === null && row.hidden && figure.group === "satisfaction") return words.hidden;
  return figureText(value, figure.format, minutesADay);
}
