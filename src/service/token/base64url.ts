/** Last characters whose unused bits are zero, by how many are left after whole groups of four; of one alone nothing can be made. */
const ENDS = ['', '', 'AQgw', 'AEIMQUYcgkosw048'];

/**
 * The bytes of strict base64url (RFC 7515 section 2), or `undefined`: no padding, no other alphabet, unused bits zero (RFC 4648
 * section 3.5), so that one token has one spelling. What Node's lenient decoder skips it has no bytes for; what else it takes (the alphabet of plain
 * base64, and a character beyond Latin-1 for the one of its lower byte) is looked for. To encode the bytes again and compare says the same for twice
 * the time.
 */
export const decodeBase64url = (text: string): Buffer | undefined => {
  const { length } = text;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== (length * 3) >> 2 || text.indexOf('+') >= 0 || text.indexOf('/') >= 0 || Buffer.byteLength(text) !== length) return undefined;
  const left = length % 4;
  return left === 0 || ENDS[left]?.includes(text.charAt(length - 1)) ? bytes : undefined;
};
