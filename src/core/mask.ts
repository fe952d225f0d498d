import { SHORTEST_SECRET } from './secret.ts';
import type { Secret } from './secret.ts';

/** Every secret of a list, replaced wherever a server repeats it in a message. */
export const masker = (secrets: readonly Secret[]): ((text: string) => string) => {
  const mask = createMask();
  mask.add(secrets);
  return mask.apply;
};

/** A last net under everything that is printed: no known secret value leaves, however it got into the text. */
export const createMask = () => {
  const values = new Set<string>();
  let longestFirst: readonly string[] = [];
  return {
    add: (secrets: readonly Secret[]): void => {
      for (const secret of secrets) {
        const value = secret.reveal();
        if (value.length >= SHORTEST_SECRET) for (const form of formsOf(value)) values.add(form);
      }
      // One value may begin another: the shorter one, taken out first, would leave the rest of the longer one.
      longestFirst = [...values].toSorted((a, b) => b.length - a.length);
    },
    apply: (text: string): string => {
      let masked = text;
      for (const value of longestFirst) masked = masked.replaceAll(value, '[secret]');
      return masked.replace(BASIC, (whole, scheme: string, encoded: string) => (holdsOne(Buffer.from(encoded, 'base64').toString(), longestFirst) ? `${scheme}[secret]` : whole));
    },
  };
};

/** A user and a password as HTTP sends them (RFC 7617 section 2), in which no value stands as it is; of a client its secret, encoded as in a form (RFC 6749 section 2.3.1). */
const BASIC = /\b(Basic(?:\s|%20|\+)+)([A-Za-z0-9+/_-]{8,}(?:=|%3D){0,2})/gi;
const holdsOne = (text: string, values: readonly string[]): boolean => values.some((value) => text.includes(value));

/** As a server repeats it: as it is, in an address, in a form (application/x-www-form-urlencoded), in JSON, and in JSON within JSON. */
const formsOf = (value: string): readonly string[] => {
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
  return [value, encodeURIComponent(value), new URLSearchParams({ value }).toString().slice('value='.length), inJson(value), inJson(inJson(value))];
};
