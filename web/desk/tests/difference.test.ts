import { describe, expect, it } from "vitest";
import { changedStretches, compareLines, compareWords, type Piece } from "../src/state/difference";

/** The way a person would note it: [-gone-] and {+new+}. */
function noted(pieces: Piece[]): string {
  return pieces
    .map(({ kind, text }) => (kind === "same" ? text : kind === "removed" ? `[-${text}-]` : `{+${text}+}`))
    .join("");
}

/** What each side reads, put together again from the pieces. */
function sides(pieces: Piece[], gap = ""): string[] {
  return (["removed", "added"] as const).map((own) =>
    pieces.filter(({ kind }) => kind === "same" || kind === own).map(({ text }) => text).join(gap),
  );
}

describe("two texts compared by words", () => {
  it("mark a changed figure whole", () => {
    const pieces = compareWords("减按1%征收率征收增值税。", "减按1.5%征收率征收增值税。");

    expect(noted(pieces)).toBe("减按[-1%-]{+1.5%+}征收率征收增值税。");
  });

  it("do not cut a change up where one character happens to stay", () => {
    const pieces = compareWords("作废的发票可以不重开。", "作废的发票必须马以重开。");

    expect(noted(pieces)).toBe("作废的发票[-可以不-]{+必须马以+}重开。");
  });

  it("stand one after the other where little is shared", () => {
    const pieces = compareWords("月销售额不超过十万元免税。", "请向主管机关咨询。");

    expect(pieces.map(({ kind }) => kind)).toEqual(["removed", "added"]);
  });

  it("that are the same show no change", () => {
    expect(noted(compareWords("免税。", "免税。"))).toBe("免税。");
    expect(compareWords("", "")).toEqual([]);
  });

  it("can each be read in full, however they differ", () => {
    const texts = ["", "免", "不超过10万元的，免征增值税。\n超过的，全额缴纳。", "超过10万元的，不免征。", "全额\n缴纳"];
    for (const before of texts)
      for (const after of texts) expect(sides(compareWords(before, after))).toEqual([before, after]);
  });

  it("of great length are shown whole instead of keeping people waiting", () => {
    const [before, after] = ["甲乙".repeat(3000), "丙丁".repeat(3000)];

    expect(sides(compareWords(before, after))).toEqual([before, after]);
  });
});

describe("two texts compared by lines", () => {
  const before = Array.from({ length: 20 }, (_, place) => `第${place + 1}行`);
  const after = [...before];
  after[1] = "改过的一行";
  after.splice(17, 0, "多出的一行");

  it("keep every line of both", () => {
    const pieces = compareLines(before.join("\n"), after.join("\n"));

    expect(sides(pieces, "\n")).toEqual([before.join("\n"), after.join("\n")]);
    expect(pieces.filter(({ kind }) => kind !== "same").map(({ kind, text }) => kind + text)).toEqual([
      "removed第2行",
      "added改过的一行",
      "added多出的一行",
    ]);
  });

  it("show what differs with a little around it, and how much lies between", () => {
    const [first, second, ...others] = changedStretches(compareLines(before.join("\n"), after.join("\n")), 1);

    expect(first).toMatchObject({ skipped: 0, lines: [{}, {}, {}, {}] });
    expect(second?.skipped).toBe(13);
    expect(second?.lines.map(({ text }) => text)).toEqual(["第17行", "多出的一行", "第18行"]);
    expect(others).toEqual([]);
  });

  it("that are the same leave nothing to show", () => {
    expect(changedStretches(compareLines("一\n二", "一\n二"))).toEqual([]);
  });
});
