import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, effectScope, nextTick, type EffectScope } from "vue";
import { createMemoryHistory, createRouter, type Router } from "vue-router";
import { fromAddress, toAddress, useListing, type Asked } from "../src/state/listing";

const first = { state: "open", topic: "" };
type Wanted = Asked<typeof first>;

describe("the address of a list", () => {
  it("says only what differs from the list as it is at first", () => {
    expect(toAddress(first, { state: "open", topic: "", search: "", page: 1 })).toEqual({});
    expect(toAddress(first, { state: "", topic: "vat", search: "发票", page: 3 })).toEqual({
      page: "3",
      search: "发票",
      state: "",
      topic: "vat",
    });
  });

  it("leads back to the same list", () => {
    const asked = { state: "all", topic: "vat", search: "发票", page: 2 };

    expect(fromAddress(first, toAddress(first, asked))).toEqual(asked);
  });

  it("that says nonsense is read as the list at first", () => {
    const asked = fromAddress(first, { page: "-3", topic: ["a", "b"], other: "x" });

    expect(asked).toEqual({ state: "open", topic: "", search: "", page: 1 });
  });
});

describe("a list", () => {
  let scope: EffectScope;
  let router: Router;
  let asked: Wanted[];

  async function open(address: string, rows = (_: Wanted): unknown[] => [1]) {
    const page = { template: "" };
    router = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: "/library", name: "library", component: page }],
    });
    const app = createApp({}).use(router);
    await router.push(address);
    asked = [];
    const fetch = async (what: Wanted) => {
      asked.push(what);
      return { rows: rows(what) };
    };
    const options = { filters: first, fetch, kinds: [] };
    return scope.run(() => app.runWithContext(() => useListing<{ rows: unknown[] }, typeof first>(options)))!;
  }

  async function calm(): Promise<void> {
    await nextTick();
    await vi.advanceTimersByTimeAsync(1000);
  }

  beforeEach(() => {
    vi.useFakeTimers();
    scope = effectScope();
  });
  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
  });

  it("begins as its address says", async () => {
    const list = await open("/library?topic=vat&page=2");

    expect(asked).toEqual([{ state: "open", topic: "vat", search: "", page: 2 }]);
    expect(list.narrowed.value).toBe(true);
  });

  it("goes to the first page when a filter changes, and asks once", async () => {
    const list = await open("/library?page=4");
    list.filters.state = "draft";
    list.filters.topic = "vat";
    await calm();

    expect(asked.slice(1)).toEqual([{ state: "draft", topic: "vat", search: "", page: 1 }]);
    expect(router.currentRoute.value.query).toEqual({ state: "draft", topic: "vat" });
  });

  it("searches once the typing has paused", async () => {
    const list = await open("/library?page=4");
    for (const typed of ["发", "发票", "发票 "]) {
      list.search.value = typed;
      await nextTick();
    }
    await calm();

    expect(asked.slice(1)).toEqual([{ state: "open", topic: "", search: "发票", page: 1 }]);
    expect(router.currentRoute.value.query).toEqual({ search: "发票" });
  });

  it("follows a link to the same page with other filters, page and all", async () => {
    const list = await open("/library?search=发票");
    await router.push("/library?topic=vat&page=3");
    await calm();

    expect(asked.slice(1)).toEqual([{ state: "open", topic: "vat", search: "", page: 3 }]);
    expect(list.search.value).toBe("");
    expect(router.currentRoute.value.query).toEqual({ topic: "vat", page: "3" });
  });

  it("goes back to the first page when the page asked for is gone", async () => {
    const list = await open("/library?page=9", (what) => (what.page > 2 ? [] : [1]));
    await calm();

    expect(asked.map((each) => each.page)).toEqual([9, 1]);
    expect(list.data.value).toEqual({ rows: [1] });
    expect(router.currentRoute.value.query).toEqual({});
  });
});
