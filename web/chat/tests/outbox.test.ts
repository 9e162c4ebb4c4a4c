import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Outbox, Sender, type Delivery } from "@/logic/outbox";

class Store {
  values = new Map<string, string>();
  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }
  removeItem(key: string): void {
    this.values.delete(key);
  }
}

let store: Store;
let outbox: Outbox;
let count: number;

function openOutbox(): Outbox {
  return new Outbox(store, () => `id-${(count += 1)}`, () => "2026-11-21T01:00:00Z");
}

beforeEach(() => {
  vi.useFakeTimers();
  store = new Store();
  count = 0;
  outbox = openOutbox();
});
afterEach(() => vi.useRealTimers());

test("what was not sent is there again after the page was closed", () => {
  outbox.add("要交多少税");

  expect(openOutbox().list()).toMatchObject([{ text: "要交多少税", state: "queued" }]);
});

test("a spoilt storage counts as empty", () => {
  store.setItem("runmiao.outbox", "{oops");

  expect(outbox.list()).toEqual([]);
});

test("messages leave in order, and each once", async () => {
  const sent: string[] = [];
  const sender = new Sender(outbox, async (item) => (sent.push(item.text), { kind: "delivered" }), () => undefined);
  outbox.add("一");
  outbox.add("二");

  await Promise.all([sender.flush(), sender.flush()]);

  expect(sent).toEqual(["一", "二"]);
  expect(outbox.list()).toEqual([]);
});

test("after an unclear failure the same id is sent again, and nothing overtakes it", async () => {
  const tried: string[] = [];
  const results: Delivery[] = [{ kind: "later", afterSeconds: null }, { kind: "delivered" }, { kind: "delivered" }];
  const sender = new Sender(outbox, async (item) => (tried.push(item.client_message_id), results.shift()!), () => undefined);
  outbox.add("一");
  outbox.add("二");

  await sender.flush();
  expect(tried).toEqual(["id-1"]);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(tried).toEqual(["id-1", "id-1", "id-2"]);
  expect(outbox.list()).toEqual([]);
});

test("the service says when to come back", async () => {
  const tries: number[] = [];
  const started = Date.now();
  const results: Delivery[] = [{ kind: "later", afterSeconds: 12 }, { kind: "delivered" }];
  const sender = new Sender(outbox, async () => (tries.push(Date.now() - started), results.shift()!), () => undefined);
  outbox.add("一");

  await sender.flush();
  await vi.advanceTimersByTimeAsync(12_000);

  expect(tries).toEqual([0, 12_000]);
});

test("a refused message keeps its text and reason, and does not hold up the next", async () => {
  const results: Delivery[] = [{ kind: "refused", reason: "太长" }, { kind: "delivered" }];
  const sender = new Sender(outbox, async () => results.shift()!, () => undefined);
  outbox.add("很长");
  outbox.add("短");

  await sender.flush();

  expect(outbox.list()).toMatchObject([{ text: "很长", state: "failed", reason: "太长" }]);
});

test("a failed message is sent on request only", async () => {
  const results: Delivery[] = [{ kind: "refused", reason: "太长" }, { kind: "delivered" }];
  const sender = new Sender(outbox, async () => results.shift()!, () => undefined);
  const item = outbox.add("一");
  await sender.flush();
  await sender.flush();
  expect(results).toHaveLength(1);

  outbox.retry(item.client_message_id);
  await sender.flush();

  expect(outbox.list()).toEqual([]);
});
