import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { settle } from "../src/state/load";

describe("settling", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("acts once when several changes come together", () => {
    const act = vi.fn();
    const changed = settle(act, 100);
    for (let count = 0; count < 3; count += 1) changed();
    vi.advanceTimersByTime(100);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("acts in time where changes never cease", () => {
    const act = vi.fn();
    const changed = settle(act, 100);
    for (let passed = 0; passed < 1000; passed += 50) {
      changed();
      vi.advanceTimersByTime(50);
    }
    expect(act).toHaveBeenCalledTimes(2);
  });

  it("acts again after it has acted", () => {
    const act = vi.fn();
    const changed = settle(act, 100);
    changed();
    vi.advanceTimersByTime(100);
    changed();
    vi.advanceTimersByTime(100);
    expect(act).toHaveBeenCalledTimes(2);
  });
});
