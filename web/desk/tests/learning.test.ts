import { describe, expect, it } from "vitest";
import type { Group } from "../src/api/learning";
import { kept, makingOf, problemOf } from "../src/state/learning";

const near = (id: string) => ({ id, question: id, edited: false, score: 0.5 });
const asked = (text: string) => ({ text }) as Group["examples"][number];
const group = {
  kind: "similar",
  entry: near("b"),
  nearest: [near("a"), near("b")],
  examples: [asked("卖蜂箱要交税吗"), asked("蜂箱卖了要不要交税")],
  topic: { code: "vat", label: "增值税" },
  word: null,
  term: null,
  term_kinds: [{ code: "said", label: "口语" }],
} as unknown as Group;

describe("what the forms begin with", () => {
  it("is what was asked and what is suggested", () => {
    const making = makingOf(group);
    expect(making).toMatchObject({ way: "similar", entryId: "b", topic: "vat", kind: "said" });
    expect([making.wordings, making.question, making.similar]).toEqual([
      ["卖蜂箱要交税吗"], "卖蜂箱要交税吗", ["蜂箱卖了要不要交税"],
    ]);
  });

  it("is the nearest entry where the suggested one is not near any more", () => {
    expect(makingOf({ ...group, entry: near("c") }).entryId).toBe("a");
  });

  it("is to settle it where the entry was found and did not help", () => {
    expect(makingOf({ ...group, kind: "content" }).way).toBe("dismiss");
  });
});

describe("what stands against sending it", () => {
  const making = makingOf(group);

  it("is nothing for what is suggested", () => expect(problemOf(making)).toBe(""));

  it.each([
    [{ wordings: [" "] }, "至少写一种问法"],
    [{ wordings: ["税吗"] }, "问法要有 4 到 60 个字"],
    [{ wordings: ["电话13800138000能报税吗"] }, "问法里像是有号码，请去掉"],
    [{ wordings: ["电话138****8000能报税吗"] }, "问法里像是有号码，请去掉"],
    [{ entryId: "" }, "请选一个条目"],
    [{ way: "entry" as const, id: "Bee hives" }, "条目编号只能用小写字母、数字和短横"],
    [{ way: "entry" as const, id: "bee-hives", topic: "" }, "请选主题"],
    [{ way: "term" as const, text: "税", term: "增值税" }, "说法和标准用语都要有 2 到 14 个字"],
    [{ way: "dismiss" as const, reason: " " }, "请写明理由"],
  ])("is %j", (changes, told) => expect(problemOf({ ...making, ...changes })).toBe(told));
});

it("keeps no blank wordings", () => expect(kept([" 卖蜂箱 ", "", " "])).toEqual(["卖蜂箱"]));
