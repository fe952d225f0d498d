import { Buffer } from 'node:buffer';

/** The tag that keeps how an API was called before it was taken over and renamed, for when it is let go. */
export const WAS = 'authctl-was';

/** The most that a tag's value may have. https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html */
const LONGEST = 256;

/**
 * A name as the value of a tag, which has letters, digits, spaces and `_ . : / + - @` of what a name may have (and `=`, which begins what stands for
 * the rest here: `=28` for a parenthesis). `undefined`: it is too long for a tag then, and is not kept.
 */
export const wasTag = (name: string): string | undefined => {
  const text = name.replace(/^ | $|[^\p{L}\p{N} _.:/+\-@]/gu, (character) => [...Buffer.from(character)].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join(''));
  return text.length > LONGEST ? undefined : text;
};

/** The name that an API gets back; `undefined`: it keeps the one that it has. */
export const formerName = (tags: Readonly<Record<string, string>> | undefined): string | undefined =>
  tags?.[WAS]?.replace(/(?:=[\da-f]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());
