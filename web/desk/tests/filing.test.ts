import { describe, expect, it } from "vitest";
import type { FilingKind } from "../src/api/types";
import { refusalOf, sizeText } from "../src/state/attachments";
import { bodyFor, emptyFiling, keepable, missingIn, newRequestId, restored, spaced } from "../src/state/filing";

const KIND: FilingKind = {
  code: "system_fault", family: "help", label: "系统故障", meaning: "", working_days: 3, promised: "", origins: ["agent"],
  asks: [
    { name: "system", label: "哪个系统", required: true },
    { name: "message", label: "提示什么", required: false },
  ],
};
const FULL = {
  ...emptyFiling(), source_name: "王女士", contact: "13800138000", kind: "system_fault", subject: "登录不上",
  detail: "一直提示网络错误", consented: true, particulars: { system: "电子税务局" },
};

describe("filing for somebody", () => {
  it("says of every field that is missing, the consent too", () => {
    expect(Object.keys(missingIn(emptyFiling(), undefined))).toEqual(["source_name", "contact", "kind", "subject", "detail", "consented"]);
    expect(missingIn(FULL, KIND)).toEqual({});
    expect(missingIn({ ...FULL, consented: false }, KIND).consented).toContain("同意");
  });

  it("asks for what the kind needs, and nothing of another kind is sent", () => {
    const changed = { ...FULL, particulars: { system: " ", message: "", relief: "六税两费" } };

    expect(missingIn(changed, KIND)["particular.system"]).toContain("哪个系统");
    expect(bodyFor({ ...FULL, particulars: { ...FULL.particulars, relief: "六税两费" } }, KIND, false).particulars).toEqual({ system: "电子税务局" });
  });

  it("keeps an unfinished form without telephone and consent", () => {
    const kept = keepable(FULL);

    expect(kept).not.toContain("13800138000");
    expect(restored(kept)).toEqual({ ...FULL, contact: "", consented: false });
    expect(keepable(emptyFiling())).toBe("");
    expect(restored("{no json")).toEqual(emptyFiling());
  });

  it("reads a code out in two halves", () => {
    expect(spaced("7K3M9Q")).toBe("7K3 M9Q");
  });
});

describe("a sending", () => {
  it("has a name that the service takes and no other has", () => {
    const names = new Set(Array.from({ length: 200 }, newRequestId));

    expect(names.size).toBe(200);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("a file", () => {
  it("is not sent when it is too large or of another kind", () => {
    expect(refusalOf({ size: 2_000_000, type: "image/jpeg" })).toBeNull();
    expect(refusalOf({ size: 50_000_000, type: "image/png" })).toContain("10 MB");
    expect(refusalOf({ size: 100, type: "application/zip" })).toContain("PDF");
  });

  it("has a size that people read", () => {
    expect([sizeText(10), sizeText(880_000), sizeText(3_400_000)]).toEqual(["1 KB", "859 KB", "3.2 MB"]);
  });
});
