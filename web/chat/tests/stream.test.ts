import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { EventParser, EventStream, type StreamEvent } from "@/logic/stream";

const TWO = 'id: 7\nevent: message\ndata: {"id":7}\n\nevent: status\ndata: {"stage":"done"}\n\n';

test("an event is read with its id, name and data", () => {
  expect(new EventParser().feed(TWO)).toEqual([
    { id: "7", event: "message", data: '{"id":7}' },
    { id: null, event: "status", data: '{"stage":"done"}' },
  ]);
});

test("cuts anywhere between chunks change nothing", () => {
  for (let cut = 0; cut <= TWO.length; cut += 1) {
    const parser = new EventParser();
    const found = [...parser.feed(TWO.slice(0, cut)), ...parser.feed(TWO.slice(cut))];
    expect(found.map((event) => event.data)).toEqual(['{"id":7}', '{"stage":"done"}']);
  }
});

test("pings and empty events are passed over, line ends of all kinds are understood", () => {
  const parser = new EventParser();
  expect(parser.feed(": ping\n\nevent: status\n\n")).toEqual([]);
  expect(parser.feed("data: one\r\ndata: two\r\n\r\n")).toEqual([
    { id: null, event: "message", data: "one\ntwo" },
  ]);
});

function streamOf(text: string): Response {
  return new Response(new Blob([text]).stream(), { status: 200 });
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a broken line is opened again from the last message", async () => {
  const asked: string[] = [];
  const replies = [streamOf('id: 3\ndata: {"id":3}\n\n'), streamOf('id: 4\ndata: {"id":4}\n\n')];
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return replies.shift() ?? new Response(null, { status: 503 });
  });
  const events: StreamEvent[] = [];
  const stream = new EventStream({
    url: () => `/events?after=${events[events.length - 1]?.id ?? 0}`,
    headers: () => ({}),
    onEvent: (event) => events.push(event),
    onOpen: () => undefined,
    onLost: () => undefined,
    onRefused: () => undefined,
  });

  stream.start();
  await vi.waitFor(() => expect(events).toHaveLength(1));
  await vi.advanceTimersByTimeAsync(1_000);
  await vi.waitFor(() => expect(events).toHaveLength(2));
  stream.stop();

  expect(asked.slice(0, 2)).toEqual(["/events?after=0", "/events?after=3"]);
});

test("a refused token ends the stream instead of asking for ever", async () => {
  const asked = vi.fn(async () => new Response(null, { status: 401 }));
  vi.stubGlobal("fetch", asked);
  const refused = vi.fn();
  const stream = new EventStream({
    url: () => "/events",
    headers: () => ({}),
    onEvent: () => undefined,
    onOpen: () => undefined,
    onLost: () => undefined,
    onRefused: refused,
  });

  stream.start();
  await vi.waitFor(() => expect(refused).toHaveBeenCalledWith(401));
  await vi.advanceTimersByTimeAsync(60_000);

  expect(asked).toHaveBeenCalledTimes(1);
});
