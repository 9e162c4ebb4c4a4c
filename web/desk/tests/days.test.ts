import { describe, expect, it } from "vitest";
import { groupByDay } from "../src/state/days";

describe("what ends", () => {
  it("stands together by day, in the order in which it comes", () => {
    const rows = [
      { last_day: "2026-12-31", days_left: 43, title: "一" },
      { last_day: "2026-12-31", days_left: 43, title: "二" },
      { last_day: "2027-05-31", days_left: 194, title: "三" },
    ];

    expect(groupByDay(rows)).toEqual([
      { day: "2026-12-31", left: 43, rows: rows.slice(0, 2) },
      { day: "2027-05-31", left: 194, rows: rows.slice(2) },
    ]);
    expect(groupByDay([])).toEqual([]);
  });
});
