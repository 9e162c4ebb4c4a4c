/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import movesText from "../../../appeals/moves.yml?raw";
import type { AppealAction, AppealVerb } from "../src/api/types";
import { bodyOf, fieldsOf, grouped, missing, rowAction, type Filled } from "../src/state/appeal_moves";
import { t } from "../src/strings";

const EMPTY: Filled = {
  note: "", assignee: "", resolution: "", unit: "", telephone: "", receipt: "", promisedOn: "",
  workingDays: null, parent: "", rating: 0, reopen: false,
};

function action(verb: AppealVerb, ...needs: string[]): AppealAction {
  return { verb, label: verb, needs };
}

function lacks(one: AppealAction, filled: Partial<Filled> = {}, at = { status: "working", supervises: false }, days = 5) {
  return missing(one, fieldsOf(one, at), { ...EMPTY, ...filled }, { days });
}

/** The rows of the service's own table: verb and what it needs. */
function table(): Map<string, string[]> {
  return new Map(
    movesText.split(/^- /m).slice(1).map((row) => [
      /^verb: (\w+)/.exec(row)![1]!.replaceAll("_", "-"),
      (/needs: \[(.*)\]/.exec(row)![1] ?? "").split(", ").filter(Boolean),
    ]),
  );
}

describe("the buttons of a case", () => {
  it("stand in three groups, the commonest first, whatever order the service gives", () => {
    const found = grouped([action("remind"), action("merge"), action("refuse"), action("answer"), action("transfer")]);

    expect(found.map((one) => one.group)).toEqual(["work", "flow", "watch"]);
    expect(found[0]!.actions.map((one) => one.verb)).toEqual(["answer", "refuse"]);
  });

  it("leave out groups without a button, and verbs that have no dialog here", () => {
    expect(grouped([action("remind"), action("enclose" as AppealVerb, "file")])).toHaveLength(1);
    expect(grouped([])).toEqual([]);
  });

  it("each have their words", () => {
    const verbs = [...table().keys()].filter((verb) => grouped([action(verb as AppealVerb)]).length);

    expect(verbs).toHaveLength(23);
    for (const verb of verbs) expect(t.appeal.dialogs[verb]?.lead, verb).toBeTruthy();
  });
});

describe("a dialog", () => {
  it("started from a list asks for what the service's table says", () => {
    const rows = table();
    for (const verb of ["accept", "assign", "reassign", "remind", "grant-extension", "deny-extension", "uphold-objection", "overrule-objection"] as const)
      expect(rowAction(verb, "").needs, verb).toEqual(rows.get(verb));
  });

  it("is not sent before every needed field is filled", () => {
    expect(Object.keys(lacks(action("answer", "text", "resolution")))).toEqual(["note", "resolution"]);
    expect(Object.keys(lacks(action("transfer-out", "unit", "telephone", "reason")))).toEqual(["note", "unit", "telephone"]);
    expect(Object.keys(lacks(action("merge", "parent")))).toEqual(["parent"]);
    expect(Object.keys(lacks(action("receipt", "receipt")))).toEqual(["receipt"]);
    expect(lacks(action("assign", "assignee"), { assignee: "agent01" })).toEqual({});
  });

  it("takes blanks for nothing", () => {
    expect(lacks(action("remind", "note"), { note: " \n " }).note).toBe("请填写督办意见。");
    expect(lacks(action("object", "reason", "unit"), { note: "不归我们", unit: "  " }).unit).toBeTruthy();
  });

  it("is not sent with a template that is not filled in", () => {
    const filled = { note: t.appeal.dialogs.answer!.template! };

    expect(lacks(action("answer", "text"), filled).note).toBe(t.appeal.templateLeft);
    expect(lacks(action("answer", "text"), { note: "已更正，可以退税。" })).toEqual({});
  });

  it("takes whole working days up to what the kind allows", () => {
    const ask = action("ask-extension", "reason", "working_days");
    const said = (workingDays: number | null, days = 5) => lacks(ask, { note: "要调档案", workingDays }, undefined, days).workingDays;

    expect([said(1), said(5)]).toEqual([undefined, undefined]);
    for (const bad of [null, 0, -1, 2.5, 6, Number.NaN]) expect(said(bad), String(bad)).toBeTruthy();
  });

  it("asks for the reason of a low rating only", () => {
    const call = action("call-back", "rating", "low_rating_reason");

    expect(lacks(call).rating).toBeTruthy();
    expect(lacks(call, { rating: 2 }).note).toBe(t.appeal.need.low_rating);
    expect(lacks(call, { rating: 2, note: "没人回电话" })).toEqual({});
    expect(lacks(call, { rating: 3 })).toEqual({});
  });

  it("lets supervisors choose who has an accepted case, and agents not", () => {
    const accept = action("accept");

    expect(fieldsOf(accept, { supervises: true }).assignee).toBe("optional");
    expect(fieldsOf(accept, { supervises: false }).assignee).toBe("none");
  });

  it("does not ask for a receipt again when a handed-on case is closed", () => {
    expect(fieldsOf(action("close", "receipt"), { status: "transferred", supervises: false }).receipt).toBe(false);
    expect(fieldsOf(action("receipt", "receipt"), { status: "transferred", supervises: false }).promisedOn).toBe(true);
    expect(fieldsOf(action("receipt", "receipt"), { status: "accepted", supervises: false }).promisedOn).toBe(false);
  });

  it("sends only what was asked for", () => {
    const filled = { ...EMPTY, note: " 要调档案 ", workingDays: 3, unit: "信息中心", rating: 4 };
    const ask = action("ask-extension", "reason", "working_days");

    expect(bodyOf(fieldsOf(ask, { supervises: false }), filled, 7)).toEqual({ version: 7, note: "要调档案", working_days: 3 });
    const merge = action("merge", "parent");
    expect(bodyOf(fieldsOf(merge, { supervises: true }), { ...filled, parent: "SQ1" }, 7)).toEqual({ version: 7, parent: "SQ1" });
  });
});
