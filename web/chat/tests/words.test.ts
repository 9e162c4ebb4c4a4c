import { expect, test } from "vitest";

import { dateInWords, length, moment, safeLink } from "@/logic/format";
import { merge, unansweredTurn } from "@/logic/messages";
import { toBlocks } from "@/logic/paragraphs";
import type { Message } from "@/logic/types";

function message(id: number, author: Message["author"] = "bot"): Message {
  return { id, author, turn_id: `t${id}`, at: "2026-11-21T01:00:00Z", body: {} as Message["body"] };
}

test("bullets that follow each other become one list", () => {
  expect(toBlocks("可以免征。\n\n· 条件一\n· 条件二\n办理：电子税务局")).toEqual([
    { kind: "paragraph", label: "", text: "可以免征。" },
    { kind: "bullets", items: ["条件一", "条件二"] },
    { kind: "paragraph", label: "办理：", text: "电子税务局" },
  ]);
});

test("numbered lines become steps, a sum stays a paragraph", () => {
  expect(toBlocks("怎么办：\n1. 登录\n2. 填表\n1.5万元以下")).toEqual([
    { kind: "paragraph", label: "怎么办：", text: "" },
    { kind: "steps", items: ["登录", "填表"] },
    { kind: "paragraph", label: "", text: "1.5万元以下" },
  ]);
});

test("the day of a moment is the Chinese one", () => {
  const now = new Date("2026-11-21T02:00:00Z");

  expect(moment("2026-11-20T17:30:00Z", now)).toBe("01:30");
  expect(moment("2026-11-20T15:30:00Z", now)).toBe("11月20日 23:30");
  expect(moment("2025-12-31T01:00:00Z", now)).toBe("2025年12月31日 09:00");
});

test("a date is put in words, other words stay", () => {
  expect(dateInWords("2026-07-01")).toBe("2026年7月1日");
  expect(dateInWords("长期")).toBe("长期");
});

test("a rare character counts once", () => {
  expect(length("𠮷税😀")).toBe(3);
});

test("a link that would run a script is no link", () => {
  expect(safeLink("javascript:alert(1)")).toBeNull();
  expect(safeLink("//elsewhere.example")).toBeNull();
  expect(safeLink("/appeal")).toBe("/appeal");
  expect(safeLink("tel:12366")).toBe("tel:12366");
});

test("messages that come twice or late stand once and in order", () => {
  expect(merge([message(2), message(5)], [message(5), message(3)]).map((each) => each.id)).toEqual([2, 3, 5]);
});

test("only a question without a reply is waited for", () => {
  expect(unansweredTurn([message(1, "taxpayer")])).toBe("t1");
  expect(unansweredTurn([message(1, "taxpayer"), message(2)])).toBeNull();
});
