import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { act, current, drafts, leave, look, refresh } from "@/logic/appealCase";

const KEY = { number: "SQ20261121-7K3M9Q", check_code: "ABC234" };
let answers: { status: number; body: unknown }[];
let asked: { path: string; body: Record<string, unknown> }[];

function view(version: number, status = "working"): object {
  return { number: KEY.number, version, status, verbs: [], moves: [] };
}

function refusal(code: string, details: object = {}): object {
  return { error: { code, message: `说明：${code}`, details } };
}

beforeEach(() => {
  answers = [];
  asked = [];
  leave();
  Object.assign(current, { waitUntil: 0, lockedNumber: "" });
  vi.stubGlobal("fetch", async (path: string, init: { body: string }) => {
    asked.push({ path, body: JSON.parse(init.body) as Record<string, unknown> });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("no line");
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
});
afterEach(() => vi.unstubAllGlobals());

async function opened(version = 3): Promise<void> {
  answers.push({ status: 200, body: view(version) });
  await look(KEY);
}

test("a move carries the version that the page shows, and what came of it is shown", async () => {
  await opened();
  answers.push({ status: 200, body: view(4, "withdrawn") });

  expect(await act("withdraw", { reason: "好了" }, "已撤回")).toBe("");

  expect(asked[1]).toEqual({ path: "/api/v1/appeals/withdraw", body: { ...KEY, version: 3, reason: "好了" } });
  expect(current.view?.status).toBe("withdrawn");
  expect(current.notice).toBe("已撤回");
});

test("a page out of date is refreshed and says so", async () => {
  await opened();
  answers.push({ status: 409, body: refusal("appeal_changed") }, { status: 200, body: view(5, "answered") });

  expect(await act("supplement", { text: "补充" }, "已补充")).toContain("刚刚有新进展");

  expect(current.view?.status).toBe("answered");
  expect(current.notice).toBe("");
});

test("without a line nothing is lost and nothing is said to be done", async () => {
  await opened();

  expect(await act("urge", {}, "已催办")).toContain("联网后再点一次");

  expect(current.notice).toBe("");
  expect(current.busy).toBeNull();
});

test("while one move is on its way a second one is not taken for done", async () => {
  await opened();
  answers.push({ status: 200, body: view(4) });

  const [first, second] = await Promise.all([act("urge", {}, "已催办"), act("supplement", { text: "补充" }, "已补充")]);

  expect(first).toBe("");
  expect(second).toContain("请稍等");
  expect(asked.map((each) => each.path)).toEqual(["/api/v1/appeals/status", "/api/v1/appeals/urge"]);
});

test("an older answer does not take the place of a newer one", async () => {
  await opened(7);
  answers.push({ status: 200, body: view(6, "accepted") });

  await refresh();

  expect(current.view?.version).toBe(7);
});

test("a lost line at a refresh leaves what was shown, and marks it", async () => {
  await opened();

  await refresh();

  expect(current.view?.version).toBe(3);
  expect(current.stale).toBe(true);
});

test("a locked number says how long; another number may still be looked at", async () => {
  answers.push({ status: 429, body: refusal("check_code_locked", { minutes: 12 }) });

  await look(KEY);

  expect(current.failure).toBe("");
  expect(current.lockedNumber).toBe(KEY.number);
  expect(current.waitUntil - Date.now()).toBeGreaterThan(11 * 60_000);
});

test("too many looks say the seconds, whatever the number", async () => {
  answers.push({ status: 429, body: refusal("too_many_looks", { retry_after: 6 }) });

  await look(KEY);

  expect(current.lockedNumber).toBe("");
  expect(current.waitUntil).toBeGreaterThan(Date.now());
});

test("leaving forgets number, code and case; what was typed stays in the tab until it is sent", async () => {
  await opened();
  drafts.write(KEY.number, "supplement", "写了一半");

  leave();

  expect([current.key, current.view]).toEqual([null, null]);
  expect(drafts.read(KEY.number, "supplement")).toBe("写了一半");
  drafts.write(KEY.number, "supplement", "");
  expect(drafts.read(KEY.number, "supplement")).toBe("");
});
