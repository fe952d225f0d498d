/** One line of how a field differs: `-` what was (or is live), `+` what will be (or the blueprint says), none for what stands around it. */
export interface DiffLine {
  readonly sign: '-' | '+' | '';
  readonly text: string;
}

/** Lines around what differs that are shown. */
const AROUND = 3;
/** Beyond that many lines on both sides only what both begin and end with is left out: a table of all pairs would be too big. */
const MOST_PAIRS = 4_000_000;

/**
 * How two texts of several lines differ, as a unified diff: hunks with three lines around them. `undefined` where one line says it all.
 * (GNU diffutils, Detailed Description of Unified Format)
 */
export const lineDiff = (before: unknown, after: unknown): readonly DiffLine[] | undefined => {
  if (typeof before !== 'string' || typeof after !== 'string' || !(before.includes('\n') && after.includes('\n'))) return undefined;
  return hunksOf(stepsOf(before.replace(/\n$/, '').split('\n'), after.replace(/\n$/, '').split('\n'), before.endsWith('\n') === after.endsWith('\n')));
};

interface Step extends DiffLine {
  readonly old: number;
  readonly next: number;
}

const stepsOf = (old: readonly string[], next: readonly string[], sameEnd: boolean): readonly Step[] => {
  const least = Math.min(old.length, next.length);
  let begin = 0;
  while (begin < least && old[begin] === next[begin]) begin += 1;
  let end = 0;
  while (end < least - begin && old.at(-1 - end) === next.at(-1 - end)) end += 1;
  const steps: Step[] = [];
  const [left, right] = [old.slice(begin, old.length - end), next.slice(begin, next.length - end)];
  for (let at = 0; at < begin; at += 1) steps.push({ sign: '', text: old[at] ?? '', old: at, next: at });
  let [a, b] = [begin, begin];
  for (const sign of walk(left, right)) {
    steps.push({ sign, text: (sign === '+' ? next[b] : old[a]) ?? '', old: a, next: b });
    if (sign !== '+') a += 1;
    if (sign !== '-') b += 1;
  }
  for (; a < old.length; a += 1, b += 1) steps.push({ sign: '', text: old[a] ?? '', old: a, next: b });
  // They are the same but for the line feed at the end.
  if (steps.every(({ sign }) => sign === '') && !sameEnd) steps.push({ sign: '-', text: '(the line feed at the end)', old: a, next: b });
  return steps;
};

/** The way from one to the other with the most lines kept (longest common subsequence), what goes before what comes. */
const walk = (left: readonly string[], right: readonly string[]): readonly DiffLine['sign'][] => {
  if (left.length * right.length > MOST_PAIRS) return [...left.map(() => '-' as const), ...right.map(() => '+' as const)];
  const width = right.length + 1;
  const kept = new Uint32Array((left.length + 1) * width);
  const at = (a: number, b: number): number => kept[a * width + b] ?? 0;
  for (let a = left.length - 1; a >= 0; a -= 1)
    for (let b = right.length - 1; b >= 0; b -= 1) kept[a * width + b] = left[a] === right[b] ? at(a + 1, b + 1) + 1 : Math.max(at(a + 1, b), at(a, b + 1));
  const signs: DiffLine['sign'][] = [];
  let [a, b] = [0, 0];
  while (a < left.length || b < right.length) {
    if (a < left.length && b < right.length && left[a] === right[b]) {
      signs.push('');
      a += 1;
      b += 1;
    } else if (a < left.length && (b >= right.length || at(a + 1, b) >= at(a, b + 1))) {
      signs.push('-');
      a += 1;
    } else {
      signs.push('+');
      b += 1;
    }
  }
  return signs;
};

const hunksOf = (steps: readonly Step[]): readonly DiffLine[] => {
  const shown = new Set(steps.flatMap(({ sign }, at) => (sign === '' ? [] : Array.from({ length: 2 * AROUND + 1 }, (_, around) => at - AROUND + around).filter((place) => place >= 0))));
  const lines: DiffLine[] = [];
  steps.forEach(({ sign, text, old, next }, at) => {
    if (!shown.has(at)) return;
    if (!shown.has(at - 1)) {
      const hunk = steps.slice(at, steps.findIndex((_, later) => later > at && !shown.has(later)) >>> 0);
      const count = (not: DiffLine['sign']): number => hunk.filter((step) => step.sign !== not).length;
      lines.push({ sign: '', text: `@@ -${old + 1},${count('+')} +${next + 1},${count('-')} @@` });
    }
    lines.push({ sign, text: sign === '' ? ` ${text}` : text });
  });
  return lines;
};
