const CLASSES: Readonly<Record<string, string>> = {
  a: 'A-Za-z', d: '0-9', l: 'a-z', u: 'A-Z', w: 'A-Za-z0-9', x: '0-9A-Fa-f', s: '\\t-\\r ', p: '!-\\/:-@\\[-`{-~', c: '\\0-\\x1f\\x7f',
};

const cache = new Map<string, RegExp>();

const literal = (char: string): string => (/[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char);

const classOf = (letter: string, inside: boolean): string => {
  const set = CLASSES[letter.toLowerCase()];
  if (set === undefined) return literal(letter);
  if (letter === letter.toLowerCase()) return inside ? set : `[${set}]`;
  if (inside) throw new Error(`a Lua pattern with the complement %${letter} inside a set is not supported`);
  return `[^${set}]`;
};

/** Reads `[...]` from `at`; returns the JavaScript set and the index after it. A `]` straight after the opening stands for itself. */
const readSet = (pattern: string, at: number): { source: string; end: number } => {
  let i = at + 1;
  let source = '[';
  if (pattern[i] === '^') {
    source += '^';
    i += 1;
  }
  let first = true;
  for (; i < pattern.length && (first || pattern[i] !== ']'); i += 1) {
    const char = pattern[i] ?? '';
    if (char === '%') {
      i += 1;
      source += classOf(pattern[i] ?? '', true);
    } else if (char === '-' && !first && pattern[i + 1] !== ']') {
      source += '-';
    } else {
      source += literal(char);
    }
    first = false;
  }
  return { source: `${source}]`, end: i };
};

/**
 * A Lua pattern as a regular expression, for the patterns that schemas use: classes, sets, anchors, captures and the four
 * repetitions (Lua 5.1 manual, 5.4.1). Balanced matches (`%b`), frontiers and back references throw.
 */
export const luaPattern = (pattern: string): RegExp => {
  const known = cache.get(pattern);
  if (known) return known;
  let source = '';
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i] ?? '';
    if (char === '^' && i === 0) source += '^';
    else if (char === '$' && i === pattern.length - 1) source += '$';
    else if (char === '(' || char === ')') source += char;
    else if (char === '.') source += '[^]';
    else if (char === '[') {
      const set = readSet(pattern, i);
      source += set.source;
      i = set.end;
    } else if (char === '%') {
      i += 1;
      const letter = pattern[i] ?? '';
      if (/[bf1-9]/.test(letter)) throw new Error(`the Lua pattern item %${letter} is not supported`);
      source += classOf(letter, false);
    } else source += literal(char);
    const repeat = pattern[i + 1];
    if (char !== '(' && char !== ')' && char !== '^' && (repeat === '*' || repeat === '+' || repeat === '?' || repeat === '-')) {
      if (!(repeat === '-' && i + 1 === pattern.length)) {
        source += repeat === '-' ? '*?' : repeat;
        i += 1;
      }
    }
  }
  const compiled = new RegExp(source);
  cache.set(pattern, compiled);
  return compiled;
};
