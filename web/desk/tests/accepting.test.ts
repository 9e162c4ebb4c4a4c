import { describe, expect, it } from "vitest";
import type { Proposal } from "../src/api/notices";
import { acceptanceOf, choicesOf, documentOf, fieldsOf, isEntryId } from "../src/state/accepting";

const DOCUMENT = {
  id: "sta-2026-99",
  number: "国家税务总局公告2026年第99号",
  title: "关于示例事项的公告",
  issuers: ["国家税务总局", "财政部"],
  issued_on: "2026-11-01",
  in_force_from: null,
  ended_on: null,
  url: null,
};
const PROPOSAL = {
  id: 7,
  state: "open",
  known_as: null,
  document: DOCUMENT,
  skeletons: [
    { key: "a", id: "sta-2026-99-a", clause: "第一条", question: "一？", similar: [], yaml: "" },
    { key: "b", id: "sta-2026-99-b", clause: "第二条", question: "二？", similar: [], yaml: "" },
  ],
} as unknown as Proposal;

describe("accepting a notice", () => {
  it("sends only what was chosen, and no document that stays as proposed", () => {
    const choices = choicesOf(PROPOSAL);
    choices[1]!.chosen = true;

    expect(acceptanceOf(PROPOSAL, fieldsOf(DOCUMENT), choices)).toEqual({
      document: null,
      skeletons: [{ key: "b", id: null }],
    });
  });

  it("sends a corrected document whole, and an id that was changed", () => {
    const fields = { ...fieldsOf(DOCUMENT), in_force_from: "2026-12-01", issuers: "国家税务总局, 财政部；科技部" };
    const choices = choicesOf(PROPOSAL);
    Object.assign(choices[0]!, { chosen: true, id: " another-id " });

    expect(acceptanceOf(PROPOSAL, fields, choices)).toEqual({
      document: { ...DOCUMENT, in_force_from: "2026-12-01", issuers: ["国家税务总局", "财政部", "科技部"] },
      skeletons: [{ key: "a", id: "another-id" }],
    });
  });

  it("never changes a document that is on register", () => {
    const known = { ...PROPOSAL, known_as: DOCUMENT.id } as Proposal;

    expect(acceptanceOf(known, { ...fieldsOf(DOCUMENT), title: "别的" }, choicesOf(known)).document).toBeNull();
  });

  it("knows what can be the id of an entry", () => {
    expect(["vat-threshold", " a1 ", "Vat", "vat_x", "-a", "条目", ""].map(isEntryId)).toEqual([true, true, false, false, false, false, false]);
  });

  it("leaves out what is empty", () => {
    const empty = { ...fieldsOf(DOCUMENT), number: " ", url: "", issued_on: "" };

    expect(documentOf(empty)).toMatchObject({ number: null, url: null, issued_on: null });
  });
});
