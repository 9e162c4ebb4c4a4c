import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, sentenceFor } from "../src/api/client";
import { byPlace, faultsIn, importFile, type Fault, type Progress } from "../src/api/exchange";

afterEach(() => vi.unstubAllGlobals());

const READING = { step: "read", label: "读取", done: 1, total: 2 };
const SAVING = { step: "save", label: "保存", done: 2, total: 2 };
const FAULT: Fault = { place: "条目", row: 3, column: "编号", code: "empty", message: "没有填写，请补上" };

/** Answer with these pieces, cut anywhere; returns what was sent. */
function answer(pieces: Uint8Array[]): { path: string; body: FormData; headers: Record<string, string> }[] {
  const sent: { path: string; body: FormData; headers: Record<string, string> }[] = [];
  vi.stubGlobal("fetch", async (path: string, options: RequestInit) => {
    sent.push({ path, body: options.body as FormData, headers: options.headers as Record<string, string> });
    return new Response(
      new ReadableStream({
        start(controller) {
          for (const piece of pieces) controller.enqueue(piece);
          controller.close();
        },
      }),
    );
  });
  return sent;
}

function bytes(...lines: unknown[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail("it should be refused"),
    (problem) => problem,
  );
}

describe("an import", () => {
  it("tells every step and then the result, wherever the network cuts the lines", async () => {
    const whole = bytes(READING, SAVING, { result: { dry_run: true } });
    const sent = answer([...whole].map((byte) => new Uint8Array([byte])));
    const told: Progress[] = [];

    const result = await importFile(new File(["x"], "条目.xlsx"), true, (step) => told.push(step));

    expect(told).toEqual([READING, SAVING]);
    expect(result).toEqual({ dry_run: true });
    expect(sent[0]!.path).toBe("/api/v1/desk/library/import");
    expect(sent[0]!.body.get("dry_run")).toBe("true");
    expect((sent[0]!.body.get("file") as File).name).toBe("条目.xlsx");
    // The browser names the boundary of the form itself.
    expect(sent[0]!.headers).not.toHaveProperty("Content-Type");
  });

  it("gives the faults of the file with their sentence", async () => {
    const error = { status: 422, code: "exchange_refused", message: "有 1 处问题", details: { count: 1, faults: [FAULT] } };
    answer([bytes(READING, { error })]);

    const problem = await refusalOf(importFile(new File(["x"], "a.xlsx"), false, () => undefined));

    expect(sentenceFor(problem)).toBe("有 1 处问题");
    expect(faultsIn(problem)).toEqual({ count: 1, faults: [FAULT] });
  });

  it("is no success when the answer ends before its last line", async () => {
    answer([bytes(READING)]);

    const problem = await refusalOf(importFile(new File(["x"], "a.xlsx"), false, () => undefined));

    expect(problem).toBeInstanceOf(ApiError);
    expect(faultsIn(problem)).toBeNull();
  });
});

describe("faults", () => {
  it("are counted by sheet in the order in which they come", () => {
    const faults = ["问法", "条目", "问法"].map((place) => ({ ...FAULT, place }));

    expect(byPlace(faults)).toEqual([{ place: "问法", count: 2 }, { place: "条目", count: 1 }]);
  });
});
