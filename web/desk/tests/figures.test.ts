import { describe, expect, it } from "vitest";
import type { FigureRow } from "../src/api/figures";
import { addDays, cellText, changeText, figureText, periodOf, periodText, problemOf, sortedRows, stepped } from "../src/state/figures";

const DAY = 390;

function row(key: string, filed: number | null): FigureRow {
  return { key, label: key, values: { filed, satisfied_share: null }, rounds: [], ratings: null, hidden: true };
}

describe("a period", () => {
  it("is the week from Monday to Sunday, the month or the quarter of a day", () => {
    expect(periodOf("week", "2026-11-22")).toEqual({ from: "2026-11-16", to: "2026-11-22" });
    expect(periodOf("week", "2026-11-23")).toEqual({ from: "2026-11-23", to: "2026-11-29" });
    expect(periodOf("month", "2028-02-10")).toEqual({ from: "2028-02-01", to: "2028-02-29" });
    expect(periodOf("quarter", "2026-11-21")).toEqual({ from: "2026-10-01", to: "2026-12-31" });
    expect(periodOf("range", "2026-11-21")).toEqual({ from: "2026-10-23", to: "2026-11-21" });
  });

  it("steps over the end of a year either way", () => {
    expect(stepped("month", { from: "2026-01-01", to: "2026-01-31" }, false)).toEqual({ from: "2025-12-01", to: "2025-12-31" });
    expect(stepped("quarter", { from: "2026-10-01", to: "2026-12-31" }, true)).toEqual({ from: "2027-01-01", to: "2027-03-31" });
    expect(stepped("week", { from: "2025-12-29", to: "2026-01-04" }, false).to).toBe("2025-12-28");
  });

  it("is named as people name it, the first week of a year by its Thursday", () => {
    expect(periodText("week", { from: "2025-12-29", to: "2026-01-04" })).toBe("2026年第1周");
    expect(periodText("week", { from: "2026-12-28", to: "2027-01-03" })).toBe("2026年第53周");
    expect(periodText("quarter", { from: "2026-10-01", to: "2026-12-31" })).toBe("2026年第四季度");
  });

  it("that cannot be counted says why", () => {
    const today = "2026-11-21";
    expect(problemOf({ from: "", to: today }, today)).toContain("请选");
    expect(problemOf({ from: "2026-11-20", to: "2026-11-19" }, today)).toContain("不能晚于");
    expect(problemOf({ from: "2026-11-22", to: "2026-11-30" }, today)).toContain("还没有到");
    expect(problemOf({ from: addDays(today, -1100), to: today }, today)).toContain("缩短");
    expect(problemOf({ from: addDays(today, -1099), to: today }, today)).toBeNull();
  });
});

describe("a figure", () => {
  it("is written in its own way", () => {
    expect(figureText(0.9234, "share", DAY)).toBe("92.3%");
    expect(figureText(45, "minutes", DAY)).toBe("45 分");
    expect(figureText(135, "minutes", DAY)).toBe("2 时 15 分");
    expect(figureText(975, "minutes", DAY)).toBe("2.5 工作日");
    expect(figureText(0, "count", DAY)).toBe("0");
    expect(figureText(null, "share", DAY)).toBe("—");
  });

  it("says how it changed, a share in points", () => {
    expect(changeText(0.95, 0.9, "share", DAY)).toBe("比上一期多 5.0 个百分点");
    expect(changeText(3, 8, "count", DAY)).toBe("比上一期少 5");
    expect(changeText(3, 3, "count", DAY)).toBe("与上一期持平");
    expect(changeText(3, null, "count", DAY)).toBe("上一期没有数");
  });

  it("that is hidden says so, and only where it speaks of ratings", () => {
    const share = { code: "satisfied_share", group: "satisfaction", label: "", format: "share" as const, meaning: "" };
    expect(cellText(row("a", 2), share, DAY)).toBe("评价太少");
    expect(cellText({ ...row("a", 2), hidden: false }, share, DAY)).toBe("—");
  });

  it("sorts its rows, with what cannot be told last either way", () => {
    const rows = [row("a", 2), row("b", null), row("c", 9)];
    expect(sortedRows(rows, "filed", true).map((one) => one.key)).toEqual(["c", "a", "b"]);
    expect(sortedRows(rows, "filed", false).map((one) => one.key)).toEqual(["a", "c", "b"]);
    expect(sortedRows(rows, "", true)).toBe(rows);
  });
});
