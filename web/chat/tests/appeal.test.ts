import { expect, test } from "vitest";

import { codeFault, numberFault, numberInAddress, tidyCode, tidyNumber } from "@/logic/appealNumber";
import { daysLeft, promiseOf, stepsOf, toneOf, whoActs } from "@/logic/appealWords";
import { fileFault, MOST_BYTES, shortName, sizeInWords } from "@/logic/files";
import type { AppealView } from "@/logic/types";

function view(changes: Partial<AppealView> = {}): AppealView {
  return {
    status: "working", working_days_left: 3, is_late: false, handed_to: null, ...changes,
  } as AppealView;
}

test.each([
  ["sq20261121-7k3m9q", "SQ20261121-7K3M9Q"],
  [" ＳＱ２０２６１１２１－７Ｋ３Ｍ９Ｑ ", "SQ20261121-7K3M9Q"],
  ["SQ20261121 7K3M9Q", "SQ20261121-7K3M9Q"],
  ["SQ20261121—7K3M9Q", "SQ20261121-7K3M9Q"],
  ["编号：SQ20261121-7K3M9Q", "SQ20261121-7K3M9Q"],
  ["sq2026", "SQ2026"],
  ["SQ20261121", "SQ20261121"],
  ["SQ20261121-", "SQ20261121-"],
  ["", ""],
])("a number typed as %j is read", (typed, wanted) => {
  expect(tidyNumber(typed)).toBe(wanted);
});

test.each([
  ["SQ20261121-7K3M9Q", null],
  ["", "short"],
  ["S", "short"],
  ["SQ2026", "short"],
  ["AB20261121-7K3M9Q", "start"],
  ["20261121", "start"],
  ["SQ2026A121-7K3M9Q", "day"],
  ["SQ20261121-7K3M0Q", "letter"],
  ["SQ20261121-7K3M9QA", "long"],
])("the number %j has the fault %j", (number, fault) => {
  expect(numberFault(number)).toBe(fault);
});

test("a check code is tidied and held against the letters that are used", () => {
  expect(tidyCode(" ａｂｃ 234 ")).toBe("ABC234");
  expect(codeFault("ABC234")).toBeNull();
  expect(codeFault("ABC")).toBe("short");
  expect(codeFault("ABC2345")).toBe("long");
  expect(codeFault("ABO1")).toBe("letter");
});

test("an address may name the number, whole and well formed, and nothing else", () => {
  expect(numberInAddress("#SQ20261121-7K3M9Q")).toBe("SQ20261121-7K3M9Q");
  expect(numberInAddress("#sq202611217k3m9q")).toBe("SQ20261121-7K3M9Q");
  expect(numberInAddress("#%E0%A4%A")).toBe("");
  expect(numberInAddress("#<img onerror=1>")).toBe("");
  expect(numberInAddress("")).toBe("");
});

test("the steps show where it stands, and a case that ended otherwise has none", () => {
  const states = (status: string) => stepsOf(view({ status })).map((step) => step.state).join(" ");

  expect(states("submitted")).toBe("now ahead ahead ahead ahead");
  expect(states("waiting")).toBe("done done now ahead ahead");
  expect(states("answered")).toBe("done done done now ahead");
  expect(states("closed")).toBe("done done done done done");
  expect(states("withdrawn")).toBe("");
});

test("who has to act is named", () => {
  const office = { office: "市医保局", receipt_at: null } as AppealView["handed_to"];

  expect(whoActs(view({ status: "waiting" }))).toBe("您");
  expect(whoActs(view({ status: "answered" }))).toBe("您");
  expect(whoActs(view({ status: "merged" }))).toBe("税务机关");
  expect(whoActs(view({ status: "transferred", handed_to: office }))).toBe("税务机关");
  expect(
    whoActs(view({ status: "transferred", handed_to: { ...office!, receipt_at: "2026-11-21T01:00:00Z" } })),
  ).toBe("市医保局");
  expect(whoActs(view({ status: "refused" }))).toBeNull();
});

test("days left are told, and days over are not hidden", () => {
  expect(daysLeft(view())).toBe("还有 3 个工作日");
  expect(daysLeft(view({ working_days_left: 0 }))).toBe("就在今天");
  expect(daysLeft(view({ working_days_left: 0, is_late: true }))).toBe("已超过承诺时间");
  expect(daysLeft(view({ working_days_left: -2, is_late: true }))).toBe("已超过 2 个工作日");
  expect(daysLeft(view({ working_days_left: null }))).toBe("");
  expect(toneOf(view({ is_late: true }))).toBe("urgent");
});

test("what is promised follows the date, but not a sentence without one", () => {
  expect(promiseOf("11月25日（周三）前", "落实解决")).toBe("11月25日（周三）前落实解决");
  expect(promiseOf("待您补充，承诺日期暂停计算", "答复")).toBe("待您补充，承诺日期暂停计算");
});

const JPEG = [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1];
const bytes = (text: string) => [...text].map((letter) => letter.charCodeAt(0));

test.each([
  [JPEG, "回单.jpg", null],
  [bytes("%PDF-1.7\n"), "申报表.pdf", null],
  [[...bytes("RIFF"), 1, 2, 3, 4, ...bytes("WEBPVP8 ")], "a.webp", null],
  [[], "a.jpg", "empty"],
  [bytes("<html><body>"), "a.jpg", "kind"],
  [bytes("PK\x03\x04"), "a.docx", "kind"],
  [[0, 0, 0, 24, ...bytes("ftypheic")], "IMG_1.HEIC", "heic"],
])("a file is looked at by its first bytes (%#)", async (content, name, fault) => {
  expect(await fileFault(new File([new Uint8Array(content)], name))).toBe(fault);
});

test("a picture of more than 10 MB is refused before it is sent", async () => {
  const large = new File([new Uint8Array(JPEG), new Uint8Array(MOST_BYTES)], "a.jpg");

  expect(await fileFault(large)).toBe("large");
});

test("sizes and long names are put in few words", () => {
  expect(sizeInWords(10)).toBe("1 KB");
  expect(sizeInWords(3.4 * 1024 * 1024)).toBe("3.4 MB");
  expect(shortName("回单.jpg")).toBe("回单.jpg");
  expect(shortName("2026年第三季度增值税及附加税费申报表扫描件最终版.pdf")).toBe("2026年第三季度增值税及附…描件最终版.pdf");
});
