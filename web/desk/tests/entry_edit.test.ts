import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { effectScope, nextTick, type EffectScope } from "vue";
import { useEntryEdit } from "../src/state/entry_edit";
import { Shelf } from "./shelf";

const versions = (...editors: string[]) =>
  editors.map((editor, place) => ({ version: editors.length - place, editor, at: "2026-11-18T01:00:00+00:00" }));
const entry = (yaml: string, ...editors: string[]) =>
  ({ id: "vat-one", yaml, version: editors.length, versions: versions(...editors) }) as never;
const first = entry("旧", "甲");
const theirs = entry("他改的", "乙", "甲");

describe("an entry that is edited", () => {
  let scope: EffectScope;
  let shelf: Shelf;
  const open = () => scope.run(() => useEntryEdit("editor01", shelf))!;

  beforeEach(() => {
    scope = effectScope();
    shelf = new Shelf();
  });
  afterEach(() => scope.stop());

  it("follows what others save while nothing is typed", () => {
    const edit = open();
    edit.show(first);
    edit.show(theirs);

    expect([edit.text.value, edit.version.value, edit.edited.value]).toEqual(["他改的", 2, false]);
    expect(edit.overtaken.value).toBeNull();
  });

  it("stays as typed when somebody else saves, and names who it was", () => {
    const edit = open();
    edit.show(first);
    edit.text.value = "我改的";
    edit.show(theirs);

    expect(edit.text.value).toBe("我改的");
    expect(edit.version.value).toBe(1);
    expect(edit.overtaken.value).toMatchObject({ version: 2, by: "乙" });
  });

  it("is saved over another's only when that was decided", () => {
    const edit = open();
    edit.show(first);
    edit.text.value = "我改的";
    edit.show(theirs);
    edit.keepMine(theirs);

    expect([edit.text.value, edit.version.value]).toEqual(["我改的", 2]);
    expect(edit.overtaken.value).toBeNull();
  });

  it("can be had back after reading the other's", () => {
    const edit = open();
    edit.show(first);
    edit.text.value = "我改的";
    edit.show(theirs);
    edit.takeTheirs(theirs);
    const read = edit.text.value;
    edit.takeBack();

    expect([read, edit.text.value, edit.version.value]).toEqual(["他改的", "我改的", 2]);
  });

  it("comes back after a reload, with the version it began from", async () => {
    const before = open();
    before.show(first);
    before.text.value = "我改的";
    await nextTick();
    const [same, later] = [open(), open()];

    expect(same.show(first)).toBe(true);
    expect([same.text.value, same.overtaken.value]).toEqual(["我改的", null]);
    expect(later.show(theirs)).toBe(true);
    expect([later.text.value, later.version.value]).toEqual(["我改的", 1]);
    expect(later.overtaken.value).toMatchObject({ by: "乙" });
  });

  it("leaves nothing on the machine once it is saved", async () => {
    const edit = open();
    edit.show(first);
    edit.text.value = "我改的";
    await nextTick();
    edit.settle(entry("我改的", "甲", "甲"));
    await nextTick();

    expect([shelf.length, edit.edited.value]).toEqual([0, false]);
  });
});
