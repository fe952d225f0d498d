const posix: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z', digit: '0-9', alnum: 'A-Za-z0-9', upper: 'A-Z', lower: 'a-z', space: ' \\t\\n\\v\\f\\r', blank: ' \\t',
  xdigit: '0-9A-Fa-f',
  word: '\\w', cntrl: '\\x00-\\x1f\\x7f', print: '\\x20-\\x7e', graph: '\\x21-\\x7e', punct: '!-\\/:-@\\[-`{-~',
};
const blank = ' \\t\\n\\v\\f\\r';
const end = '(?![\\s\\S])';

const escape = (letter: string, inClass: boolean): string => {
  if (letter === 's') return inClass ? blank : `[${blank}]`;
  if (letter === 'h') return inClass ? ' \\t' : '[ \\t]';
  if (letter === 'e') return '\\x1b';
  if (letter === 'a') return '\\x07';
  if (inClass) {
    if (letter === 'S') throw new SyntaxError('\\S in a class is not there in the embedded gateway');
    return /[\w]/.test(letter) && !/[dDwWbnrtfvx0-7]/.test(letter) ? unknown(letter) : `\\${letter}`;
  }
  if (letter === 'S') return `[^${blank}]`;
  if (letter === 'A') return '(?<![\\s\\S])';
  if (letter === 'z') return end;
  if (letter === 'Z') return `(?=\\n?${end})`;
  return /[A-Za-z]/.test(letter) && !/[dDwWbBnrtfvxk]/.test(letter) ? unknown(letter) : `\\${letter}`;
};

const unknown = (letter: string): never => {
  throw new SyntaxError(`\\${letter} is not there in the embedded gateway`);
};

/** Reads a class from its "[" on; gives the JavaScript class and where it ends. */
const classAt = (pattern: string, start: number): { text: string; next: number } => {
  let at = start + 1;
  let text = '[';
  if (pattern.charAt(at) === '^') { text += '^'; at += 1; }
  if (pattern.charAt(at) === ']') { text += '\\]'; at += 1; }
  for (;;) {
    const char = pattern.charAt(at);
    if (char === '') throw new SyntaxError('missing terminating ] for character class');
    if (char === ']') return { text: `${text}]`, next: at + 1 };
    const named = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(at));
    if (named !== null) {
      const set = named[1] === '' ? posix[named[2] ?? ''] : undefined;
      if (set === undefined) throw new SyntaxError(`unknown POSIX class ${named[0]}`);
      text += set;
      at += named[0].length;
    } else if (char === '\\') {
      text += escape(pattern.charAt(at + 1), true);
      at += 2;
    } else {
      text += char === '[' ? '\\[' : char;
      at += 1;
    }
  }
};

/**
 * Writes a PCRE pattern, as `ngx.re` takes it, in JavaScript's form with the same meaning over bytes: `$` also matches before
 * a last newline, `.` takes all but a newline, `\s` is ASCII. Throws `SyntaxError` for what has no equal (possessive and
 * atomic groups, recursion, ...).
 */
export const fromPcre = (pattern: string, options: string): RegExp => {
  if (/[^ijosmxuadDJU]/.test(options)) throw new SyntaxError(`unknown flag in "${options}"`);
  let source = pattern;
  const flags = new Set(options);
  const inline = /^\(\?([imsx]+)\)/.exec(source);
  if (inline !== null) {
    for (const flag of inline[1] ?? '') flags.add(flag);
    source = source.slice(inline[0].length);
  }
  let out = '';
  let at = 0;
  while (at < source.length) {
    const char = source.charAt(at);
    const rest = source.slice(at);
    if (char === '\\') { out += escape(source.charAt(at + 1), false); at += 2; continue; }
    if (char === '[') {
      const { text, next } = classAt(source, at);
      out += text;
      at = next;
      continue;
    }
    if (flags.has('x') && /\s/.test(char)) { at += 1; continue; }
    if (flags.has('x') && char === '#') {
      const line = rest.indexOf('\n');
      at = line === -1 ? source.length : at + line + 1;
      continue;
    }
    if (rest.startsWith('(?P<')) { out += '(?<'; at += 4; continue; }
    if (/^\(\?(?!:|=|!|<)/.test(rest) || /^[*+?}]\+/.test(rest) || rest.startsWith('(*')) {
      throw new SyntaxError(`"${rest.slice(0, 4)}" is not there in the embedded gateway`);
    }
    if (char === '$') out += flags.has('m') ? '(?=\\n|(?![\\s\\S]))' : `(?=\\n?${end})`;
    else if (char === '.') out += flags.has('s') ? '[\\s\\S]' : '[^\\n]';
    else if (char === '^') out += flags.has('m') ? '(?<=\\n|(?<![\\s\\S]))' : '(?<![\\s\\S])';
    else out += char;
    at += 1;
  }
  return new RegExp(out, `${flags.has('a') ? 'y' : 'g'}d${flags.has('i') ? 'i' : ''}`);
};

/** A match as the Lua side takes it: `from` and `to` count bytes from 1, captures by number, and by name in `names`. */
export interface PcreMatch {
  readonly from: number;
  readonly to: number;
  readonly captures: readonly (string | undefined)[];
  readonly starts: readonly (number | undefined)[];
  readonly names: Readonly<Record<string, string | false>>;
}

const compiled = new Map<string, RegExp>();

/** The first match at or after `from` (1 is the start). Throws `SyntaxError` for a pattern that cannot be run. */
export const matchPcre = (subject: string, pattern: string, options: string, from: number): PcreMatch | undefined => {
  const key = `${options}/${pattern}`;
  let regex = compiled.get(key);
  if (regex === undefined) {
    regex = fromPcre(pattern, options);
    compiled.set(key, regex);
  }
  regex.lastIndex = from - 1;
  const found = regex.exec(subject);
  if (found === null) return undefined;
  const names: Record<string, string | false> = {};
  for (const [name, value] of Object.entries((found.groups ?? {}) as Record<string, string | undefined>)) names[name] = value ?? false;
  const indices = (found.indices ?? []) as readonly (readonly [number, number] | undefined)[];
  return {
    from: found.index + 1, to: found.index + found[0].length, captures: [...found], names,
    starts: indices.map((pair) => (pair === undefined ? undefined : pair[0] + 1)),
  };
};
