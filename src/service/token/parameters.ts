/** A parameter's name as a careless reader would take it: without case, percent-decoded, without a bracket behind it (`jwt[]`). */
const plainName = (encoded: string): string => percentDecode(encoded.replaceAll('+', ' ')).toLowerCase().trimStart().replace(/\[.*$/s, '');

/** Percent-decoding that cannot fail; bytes that are not UTF-8 become U+FFFD. */
export const percentDecode = (text: string): string => {
  if (!text.includes('%')) return text;
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  // A target is ASCII, so that each character is one byte by now; anything else is kept as the text it is.
  return /^[\u0000-\u00ff]*$/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
};

/**
 * True when a query carries a parameter of one of `names` (lower case). RFC 6750 section 2.3 lets a token travel there; this module
 * does not.
 */
export const queryHolds = (query: string, names: ReadonlySet<string>): boolean =>
  // Nothing is taken apart unless something in it could be such a name.
  query !== '' &&
  (query.includes('%') || [...names].some((name) => query.toLowerCase().includes(name))) &&
  query.split(/[&;]/).some((part) => names.has(plainName(part.split('=', 1)[0] ?? '')));

/** The same for the parameter names of a parsed form (RFC 6750 section 2.2). */
export const formHolds = (formNames: readonly string[], names: ReadonlySet<string>): boolean =>
  formNames.some((name) => names.has(plainName(name)));
