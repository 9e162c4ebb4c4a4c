import { describe, expect, it } from "vitest";
import { keepDraft, readDraft, sentAs } from "../src/state/drafts";
import { Shelf } from "./shelf";

const draft = { text: "您好，", suggestionId: 3, suggestionText: "您好，免征。" };

describe("drafts", () => {
  it("come back after a reload, for the same person and talk only", () => {
    const shelf = new Shelf();
    keepDraft("agent01", "talk.5", draft, shelf);

    expect(readDraft("agent01", "talk.5", shelf)).toEqual(draft);
    expect(readDraft("agent02", "talk.5", shelf).text).toBe("");
    expect(readDraft("agent01", "talk.6", shelf).text).toBe("");
  });

  it("leave nothing behind once they are sent", () => {
    const shelf = new Shelf();
    keepDraft("agent01", "talk.5", draft, shelf);
    keepDraft("agent01", "talk.5", { ...draft, text: "" }, shelf);

    expect(shelf.length).toBe(0);
  });

  it("are empty where the store is broken, full or forbidden", () => {
    const shelf = new Shelf();
    shelf.setItem("runmiao.desk.agent01.talk.5", "{no json");
    const full = new Shelf();
    full.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };

    expect(readDraft("agent01", "talk.5", shelf).text).toBe("");
    expect(() => keepDraft("agent01", "talk.5", draft, full)).not.toThrow();
  });
});

describe("what a reply counts as", () => {
  it("is as suggested, changed, or the officer's own", () => {
    const suggested = { text: " 免征。\n", suggestionId: 3, suggestionText: "免征。" };

    expect(sentAs(suggested)).toBe("as_is");
    expect(sentAs({ ...suggested, text: "免征，不用备案。" })).toBe("edited");
    expect(sentAs({ text: "免征。", suggestionId: null, suggestionText: null })).toBe("own");
  });
});
