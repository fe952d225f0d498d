/**
 * Characters that do something instead of being seen: controls (C0 with the line feed, DEL, C1), format characters (bidirectional overrides, zero
 * width) and line separators. What a server calls its things may hold any of them. (Unicode, general categories Cc, Cf, Zl and Zp)
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Plain ASCII, as nearly every text is, holds none of them. */
const SEEN = /^[ -~]*$/;

/** Text of somebody else as one line that does nothing where it is shown: such characters stand as `\u001b`. */
export const oneLine = (text: string): string =>
  SEEN.test(text) ? text : text.replace(UNSEEN, (found) => (found === '\n' ? '\\n' : found === '\t' ? ' ' : `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`));
