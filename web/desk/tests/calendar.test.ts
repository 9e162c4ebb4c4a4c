import { describe, expect, it } from "vitest";
import type { CalendarYear } from "../src/api/calendar";
import { countsOf, monthsOf, startForm, toYaml } from "../src/state/calendar";

const shown: CalendarYear = {
  year: 2026,
  today: "2026-11-21",
  announced: true,
  revision: 0,
  source: { title: "通知", number: "1号", link: "https://example.org/a b", issued_on: "2025-11-04", checked_on: "2026-01-01", exception: null },
  holidays: [
    { name: "国庆节", from: "2026-10-01", to: "2026-10-07" },
    { name: "元旦", from: "2026-01-01", to: "2026-01-03" },
  ],
  workdays: ["2026-01-04", "2026-10-10"],
  years: [],
  versions: [],
  may_import: true,
};

describe("a year as months", () => {
  const months = monthsOf(shown);
  const day = (month: number, date: number) => months[month - 1]!.days[date - 1]!;

  it("begins each month on its weekday and has all of its days", () => {
    expect(months.map((one) => one.days.length)).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
    // 1 January 2026 is a Thursday, 1 June a Monday, 1 November a Sunday
    expect([months[0]!.lead, months[5]!.lead, months[10]!.lead]).toEqual([3, 0, 6]);
    expect(monthsOf({ ...shown, year: 2028 })[1]!.days.length).toBe(29);
  });

  it("knows days off, made-up days and plain ones", () => {
    expect([day(10, 3).kind, day(10, 3).name]).toEqual(["holiday", "国庆节"]);
    expect([day(10, 10).kind, day(10, 11).kind, day(10, 8).kind]).toEqual(["make_up", "weekend", "workday"]);
    expect(day(1, 4)).toEqual({ day: "2026-01-04", date: 4, kind: "make_up", name: "" });
    expect(countsOf(months)).toMatchObject({ off: 10, madeUp: 2 });
  });
});

describe("a year as YAML", () => {
  it("starts with what is in force and leaves empty rows out", () => {
    const form = startForm(shown, "", []);
    form.holidays.push({ name: "春节", from: "", to: "" });
    form.workdays.push("");

    expect(toYaml(form)).toBe(
      [
        "year: 2026",
        "title: 通知",
        "number: 1号",
        'link: "https://example.org/a b"',
        "issued_on: 2025-11-04",
        "checked_on: 2026-11-21",
        "holidays:",
        "  - {name: 国庆节, from: 2026-10-01, to: 2026-10-07}",
        "  - {name: 元旦, from: 2026-01-01, to: 2026-01-03}",
        "workdays:",
        "  - 2026-01-04",
        "  - 2026-10-10",
        "",
      ].join("\n"),
    );
  });

  it("of a year that is not announced has the festivals without days, and one day may stand alone", () => {
    const form = startForm({ ...shown, year: 2027, source: null, holidays: [], workdays: [] }, "标题", ["元旦", "春节"]);
    form.holidays[0]!.from = "2027-01-01";

    expect(form.holidays.map((one) => one.name)).toEqual(["元旦", "春节"]);
    expect(toYaml(form)).toContain("  - {name: 元旦, from: 2027-01-01, to: 2027-01-01}\nworkdays: []\n");
  });

  it("keeps what could be read otherwise in quotes", () => {
    const form = startForm(shown, "", []);
    form.title = 'a: "b"';
    form.exception = "- 理由, {x}";
    form.holidays = [{ name: "国庆节, 中秋节}", from: "2026-10-01", to: "2026-10-08" }];

    const text = toYaml(form);

    expect(text).toContain('title: "a: \\"b\\""');
    expect(text).toContain('exception: "- 理由, {x}"');
    expect(text).toContain('{name: "国庆节, 中秋节}", from: 2026-10-01');
  });
});
