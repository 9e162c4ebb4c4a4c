// What differs between two texts, by words or by lines, for people to read.

export interface Piece {
  kind: "same" | "removed" | "added";
  text: string;
}

/** A number with its unit stays whole; Chinese goes character by character. */
const WORDS = /[A-Za-z0-9][A-Za-z0-9.,%]*|\n|[^\S\n]+|[\s\S]/gu;
/** More steps than this are not worth the wait: the texts are shown whole. */
const MOST_STEPS = 4_000_000;
/** Texts that share less than this part are read better one after the other. */
const LEAST_SHARED = 0.3;

/** Two texts compared word by word; pieces in reading order, removed before added. */
export function compareWords(before: string, after: string): Piece[] {
  const pieces = joined(smoothed(joined(compare(before.match(WORDS) ?? [], after.match(WORDS) ?? []))));
  const same = pieces.reduce((sum, one) => sum + (one.kind === "same" ? one.text.length : 0), 0);
  if (same >= LEAST_SHARED * Math.max(before.length, after.length)) return pieces;
  const whole: Piece[] = [{ kind: "removed", text: before }, { kind: "added", text: after }];
  return whole.filter((one) => one.text);
}

/** Two texts compared line by line, one piece per line. */
export function compareLines(before: string, after: string): Piece[] {
  return compare(before.split("\n"), after.split("\n"));
}

export interface Stretch {
  /** How many lines that are the same were left out before these. */
  skipped: number;
  lines: Piece[];
}

/** Only the lines that differ, with some around them. */
export function changedStretches(lines: Piece[], around = 2): Stretch[] {
  const wanted = lines.map((_, place) =>
    lines.slice(Math.max(0, place - around), place + around + 1).some((one) => one.kind !== "same"),
  );
  const found: Stretch[] = [];
  let skipped = 0;
  lines.forEach((line, place) => {
    if (!wanted[place]) skipped += 1;
    else if (place === 0 || !wanted[place - 1]) {
      found.push({ skipped, lines: [line] });
      skipped = 0;
    } else found[found.length - 1]!.lines.push(line);
  });
  return found;
}

function compare(before: readonly string[], after: readonly string[]): Piece[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const same = (text: string): Piece => ({ kind: "same", text });
  return [
    ...before.slice(0, start).map(same),
    ...inner(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** By the longest common sequence; nothing in common at either end. */
function inner(before: readonly string[], after: readonly string[]): Piece[] {
  const wide = after.length + 1;
  const pieces: Piece[] = [];
  let [row, column] = [0, 0];
  if (before.length * after.length <= MOST_STEPS) {
    const common = new Uint32Array((before.length + 1) * wide);
    for (let i = before.length - 1; i >= 0; i -= 1)
      for (let j = after.length - 1; j >= 0; j -= 1)
        common[i * wide + j] =
          before[i] === after[j]
            ? common[(i + 1) * wide + j + 1]! + 1
            : Math.max(common[(i + 1) * wide + j]!, common[i * wide + j + 1]!);
    while (row < before.length && column < after.length) {
      if (before[row] === after[column]) {
        pieces.push({ kind: "same", text: before[row]! });
        row += 1;
        column += 1;
      } else if (common[(row + 1) * wide + column]! >= common[row * wide + column + 1]!)
        pieces.push({ kind: "removed", text: before[row++]! });
      else pieces.push({ kind: "added", text: after[column++]! });
    }
  }
  for (; row < before.length; row += 1) pieces.push({ kind: "removed", text: before[row]! });
  for (; column < after.length; column += 1) pieces.push({ kind: "added", text: after[column]! });
  return pieces;
}

/** A single character that happens to stay between two changes belongs to them. */
function smoothed(pieces: Piece[]): Piece[] {
  return pieces.flatMap((one, place): Piece[] => {
    const stays = one.kind !== "same" || one.text.length > 1 || one.text === "\n";
    if (stays || place === 0 || place === pieces.length - 1) return [one];
    return [{ kind: "removed", text: one.text }, { kind: "added", text: one.text }];
  });
}

/** Neighbours of a kind in one piece; within a change, what was removed comes first. */
function joined(pieces: Piece[]): Piece[] {
  const found: Piece[] = [];
  let [removed, added] = ["", ""];
  const flush = () => {
    if (removed) found.push({ kind: "removed", text: removed });
    if (added) found.push({ kind: "added", text: added });
    [removed, added] = ["", ""];
  };
  for (const one of pieces) {
    const last = found[found.length - 1];
    if (one.kind === "removed") removed += one.text;
    else if (one.kind === "added") added += one.text;
    else if (last?.kind === "same" && !removed && !added) last.text += one.text;
    else {
      flush();
      found.push({ ...one });
    }
  }
  flush();
  return found;
}
