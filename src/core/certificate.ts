import { createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  // Lengths of X.690 section 8.1.3: one byte below 128, else as many as they need.
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const SHA256_WITH_RSA = sequence(Buffer.from('06092a864886f70d01010b', 'hex'), Buffer.from('0500', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');

/** UTCTime of X.690: `261128161500Z`. */
const time = (at: Date): Buffer => tagged(0x17, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));

/** Subject alternative names (RFC 5280 section 4.2.1.6) that are addresses of IPv4, in the version that has extensions. */
const namedBy = (addresses: readonly string[]): { readonly version: readonly Buffer[]; readonly extensions: readonly Buffer[] } => {
  if (addresses.length === 0) return { version: [], extensions: [] };
  const names = sequence(...addresses.map((address) => tagged(0x87, Buffer.from(address.split('.').map(Number)))));
  return { version: [tagged(0xa0, tagged(0x02, Buffer.from([2])))], extensions: [tagged(0xa3, sequence(sequence(ALTERNATIVE_NAMES, tagged(0x04, names))))] };
};
const ALTERNATIVE_NAMES = Buffer.from('0603551d11', 'hex');

/** A certificate that an RSA key signs for itself (RFC 5280 section 4.1), PEM: a name, and the addresses of a server if there are any, that travel with the public key. */
export const selfSigned = (name: string, key: KeyObject, from: Date, until: Date, addresses: readonly string[] = []): string => {
  const who = sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(name)))));
  const { version, extensions } = namedBy(addresses);
  const body = sequence(
    ...version,
    tagged(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    who,
    sequence(time(from), time(until)),
    who,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    ...extensions,
  );
  const signature = tagged(0x03, Buffer.from([0]), sign('sha256', body, key));
  const text = sequence(body, SHA256_WITH_RSA, signature).toString('base64').replaceAll(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${text.trimEnd()}\n-----END CERTIFICATE-----\n`;
};
