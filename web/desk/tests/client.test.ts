import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, call, sentenceFor, useCsrfToken, whenSignedOut, withQuery } from "../src/api/client";
import { pauseAfter } from "../src/state/live";

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: unknown): void {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(body), { status }));
}

describe("addresses", () => {
  it("carry only what was asked for, safely written", () => {
    expect(withQuery("/inbox", { filter: "all", search: "", page: null })).toBe("/inbox?filter=all");
    expect(withQuery("/inbox", { search: "100%&折扣" })).toBe("/inbox?search=100%25%26%E6%8A%98%E6%89%A3");
  });
});

describe("calls", () => {
  it("send the CSRF token with every change and never with a reading", async () => {
    const seen: Record<string, string>[] = [];
    vi.stubGlobal("fetch", async (_: string, options: RequestInit) => {
      seen.push(options.headers as Record<string, string>);
      return new Response("{}");
    });
    useCsrfToken("secret");

    await call("GET", "/me");
    await call("POST", "/logout", {});

    expect(seen[0]).not.toHaveProperty("X-CSRF-Token");
    expect(seen[1]).toHaveProperty("X-CSRF-Token", "secret");
  });

  it("tell what the service said", async () => {
    answer(409, { error: { code: "appeal_changed", message: "刚被处理过", details: { changed_by: "王" } } });

    const error: ApiError = await call("POST", "/appeals/SQ/answer", {}).then(
      () => expect.fail("it should be refused"),
      (problem) => problem,
    );

    expect(error).toBeInstanceOf(ApiError);
    expect([error.status, error.code, error.details.changed_by]).toEqual([409, "appeal_changed", "王"]);
    expect(sentenceFor(error)).toBe("刚被处理过");
  });

  it("have a sentence of their own where the service is gone or speaks no JSON", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("network");
    });
    expect(sentenceFor(await call("GET", "/me").catch((problem) => problem))).toContain("连不上");
    vi.stubGlobal("fetch", async () => new Response("<html>", { status: 502 }));
    expect(sentenceFor(await call("GET", "/me").catch((problem) => problem))).toContain("没有正常答复");
    expect(sentenceFor(new Error("inner"))).toContain("没有正常答复");
  });

  it("notice an ended session, but not a failed sign-in", async () => {
    let ended = 0;
    whenSignedOut(() => (ended += 1));
    answer(401, { error: { code: "login_needed", message: "请登录" } });

    await call("POST", "/login", {}).catch(() => undefined);
    expect(ended).toBe(0);
    await call("GET", "/inbox").catch(() => undefined);
    expect(ended).toBe(1);
  });
});

describe("a broken line", () => {
  it("is tried again in growing pauses of half a minute at most", () => {
    expect([0, 1, 2, 3, 9].map(pauseAfter)).toEqual([1000, 2000, 4000, 8000, 30_000]);
  });
});
