/**
 * The bytes of strict base64url (RFC 7515 section 2), or `undefined`: no padding, no other alphabet, unused bits zero (RFC 4648
 * section 3.5). Whatever the lenient decoder skipped or changed does not come back when the bytes are encoded again, so that one token
 * has one spelling.
 */
export const decodeBase64url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};
