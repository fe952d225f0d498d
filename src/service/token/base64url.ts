const ALPHABET = /^[A-Za-z0-9_-]*$/;
/** What the last character may be when two or three characters are left over: the unused bits are zero (RFC 4648 section 3.5). */
const LAST = { 2: /[AQgw]$/, 3: /[AEIMQUYcgkosw048]$/ } as const;

/** The bytes of strict base64url without padding (RFC 7515 section 2), or `undefined`: one token has one spelling. */
export const decodeBase64url = (text: string): Buffer | undefined => {
  const rest = text.length % 4;
  if (rest === 1 || !ALPHABET.test(text)) return undefined;
  if ((rest === 2 || rest === 3) && !LAST[rest].test(text)) return undefined;
  return Buffer.from(text, 'base64url');
};
