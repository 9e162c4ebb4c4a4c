import { describe, expect, it } from "vitest";
import { chinaDay, dayText, dayWithWeekday, durationText, momentText } from "../src/time";

// 17 September 2026, 01:30 in China, while it is still the 16th in UTC.
const NOW = Date.parse("2026-09-16T17:30:00Z");

describe("moments", () => {
  it("are read on the Chinese clock, whatever the zone of the machine", () => {
    expect(chinaDay(NOW)).toBe("2026-09-17");
    expect(momentText("2026-09-16T17:05:00+00:00", NOW)).toBe("01:05");
    expect(momentText("2026-09-16T15:59:00+00:00", NOW)).toBe("昨天 23:59");
    expect(momentText("2026-09-10T02:00:00+00:00", NOW)).toBe("9月10日 10:00");
    expect(momentText("2025-12-31T16:00:00+00:00", NOW)).toBe("1月1日 00:00");
    expect(momentText("2025-12-31T15:59:00+00:00", NOW)).toBe("2025年12月31日 23:59");
    expect(momentText(null, NOW)).toBe("");
  });

  it("are days with their weekday", () => {
    expect(dayText("2026-09-21", NOW)).toBe("9月21日");
    expect(dayWithWeekday("2026-09-21", NOW)).toBe("9月21日 周一");
    expect(dayWithWeekday("2027-01-03", NOW)).toBe("2027年1月3日 周日");
  });
});

describe("waiting times", () => {
  it("are told in two units at most and never below nothing", () => {
    const second = 1000;
    expect(durationText(-5 * second)).toBe("0 秒");
    expect(durationText(59 * second)).toBe("59 秒");
    expect(durationText(185 * second)).toBe("3 分 05 秒");
    expect(durationText(3600 * second + 600 * second)).toBe("1 小时 10 分");
    expect(durationText(50 * 3600 * second)).toBe("2 天");
  });
});
