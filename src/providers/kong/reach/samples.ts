const MOST = 24;
const FILLINGS = ['x', '1', 'a1', '42', '00000000-0000-4000-8000-000000000000'];

/**
 * Texts that a regular expression matches from its beginning, found by walking it: each branch of an alternation, the shortest repetition and one
 * more. Those that it does not match after all are left out, so that an expression beyond this walk gives few or none.
 */
export const samplesOf = (source: string): readonly string[] => {
  const test = compiled(source);
  if (test === undefined) return [];
  const found = new Set(walkedTexts(source).filter((text) => test.test(text)));
  return [...found].slice(0, MOST);
};

/** Escapes that Kong's routers (Rust's regex, PCRE) and this language take for the same. Not among them: `\A`, `\z`, `\p{L}`, `\x{6f}`, `\h`. */
const ESCAPED_ALIKE = /^(?:[^\\]|\\[^A-Za-z]|\\[dDwWsSbBnrtfv]|\\x[0-9A-Fa-f]{2})*$/s;
/** `[[:alpha:]]`, `[a-z&&[^x]]`: what stands in a class and is more than characters. */
const CLASS_INSIDE = /\[\^?\]?[^\][]*(?:\[|&&|--|~~)/;

/** A regular expression of Kong's router, which may match anywhere; `undefined` where it cannot be read here. */
export const compiledAnywhere = (source: string): RegExp | undefined => {
  if (!ESCAPED_ALIKE.test(source) || CLASS_INSIDE.test(source.replace(/\\./gs, ''))) return undefined;
  // Kong writes `^` before the flag of a path.
  const insensitive = /^\^?\(\?i\)/.test(source);
  try {
    return new RegExp((insensitive ? source.replace('(?i)', '') : source).replaceAll('(?P<', '(?<'), insensitive ? 'i' : '');
  } catch {
    return undefined;
  }
};

/**
 * The same, anchored as that of a path is: Kong puts `^` before its text, so that it holds for the first of several alternatives alone, and the others match
 * anywhere: `~/orders|/internal` takes `/x/internal`, too. (kong/router/transform.lua)
 */
export const compiled = (source: string): RegExp | undefined => {
  const anywhere = compiledAnywhere(source);
  return anywhere && new RegExp(`^${anywhere.source}`, anywhere.flags);
};

const walkedTexts = (source: string): readonly string[] => {
  const walk = { text: source.replace(/^\(\?i\)/, ''), at: 0 };
  try {
    return alternatives(walk);
  } catch {
    return [];
  }
};

interface Walk {
  readonly text: string;
  at: number;
}

const alternatives = (walk: Walk): readonly string[] => {
  const found = [...sequence(walk)];
  while (walk.text[walk.at] === '|') {
    walk.at += 1;
    found.push(...sequence(walk));
  }
  return [...new Set(found)].slice(0, MOST);
};

const sequence = (walk: Walk): readonly string[] => {
  let texts: readonly string[] = [''];
  while (walk.at < walk.text.length && !'|)'.includes(walk.text[walk.at] ?? '')) {
    const parts = repeated(walk, atom(walk));
    texts = [...new Set(texts.flatMap((text) => parts.map((part) => text + part)))].slice(0, MOST);
  }
  return texts;
};

const atom = (walk: Walk): readonly string[] => {
  const character = walk.text[walk.at] ?? '';
  walk.at += 1;
  switch (character) {
    case '^':
    case '$':
      return [''];
    case '.':
      return FILLINGS.map((text) => text.slice(0, 1));
    case '(':
      return group(walk);
    case '[':
      return characterClass(walk);
    case '\\':
      return escaped(walk);
    default:
      return [character];
  }
};

const group = (walk: Walk): readonly string[] => {
  const [opening = ''] = /^\?(?:P?<[A-Za-z_]\w*>|[:=!>]|<[=!]|[a-z]*:|[a-z]+(?=\)))/.exec(walk.text.slice(walk.at)) ?? [];
  walk.at += opening.length;
  const inside = alternatives(walk);
  walk.at += 1;
  return /^\?(<?[=!])/.test(opening) ? [''] : inside;
};

const characterClass = (walk: Walk): readonly string[] => {
  let end = walk.text[walk.at] === '^' ? walk.at + 1 : walk.at;
  // A closing bracket that stands first is one of the characters.
  for (end += 1; end < walk.text.length && walk.text[end] !== ']'; end += 1) if (walk.text[end] === '\\') end += 1;
  const source = walk.text.slice(walk.at - 1, end + 1);
  walk.at = end + 1;
  const test = new RegExp(`^${source}$`);
  const own = source.replace(/\\./g, '').replace(/[[\]^-]/g, '');
  return [...new Set([...FILLINGS.join(''), ...own, ...'/-_.~%AZz09'])].filter((one) => test.test(one)).slice(0, 4);
};

const escaped = (walk: Walk): readonly string[] => {
  const character = walk.text[walk.at] ?? '';
  walk.at += 1;
  if (character === 'd') return ['4', '1'];
  if (character === 'w') return ['x', '1'];
  if (character === 's') return [' '];
  if (character === 'D' || character === 'S') return ['x'];
  if (character === 'W') return ['-'];
  if ('bBAzZ'.includes(character)) return [''];
  return [character];
};

const repeated = (walk: Walk, parts: readonly string[]): readonly string[] => {
  const [sign = ''] = /^(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?/.exec(walk.text.slice(walk.at)) ?? [];
  walk.at += sign.length;
  if (sign === '') return parts;
  if (sign.startsWith('+')) return [...parts, ...fillings(parts)];
  if (sign.startsWith('?')) return ['', ...parts];
  if (sign.startsWith('*')) return ['', ...parts, ...fillings(parts)];
  const least = Number(/\d+/.exec(sign)?.[0] ?? 1);
  return parts.map((part) => part.repeat(Math.min(least, 64)));
};

/** Longer texts of the same characters: those that people put into paths, where each of them may stand there. */
const fillings = (parts: readonly string[]): readonly string[] =>
  parts.includes('x') && parts.includes('1') ? FILLINGS.slice(1) : parts.map((part) => part + part);
