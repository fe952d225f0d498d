import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { isObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { ServiceRequest } from '../request.ts';

/** Where the certificate of a client is found. */
export type CertificateSource =
  /** The TLS connection to this service, whose server asks for one (`requestCert: true`). */
  | { readonly from: 'tls' }
  /** A header of a proxy in front that ends TLS (RFC 9440, or escaped PEM), where the connection comes from one of `proxies`: addresses and networks. */
  | { readonly from: 'header'; readonly proxies: readonly string[]; readonly header?: string; readonly format?: 'rfc9440' | 'pem' };

export interface CertificateRules {
  readonly header: string | undefined;
  readonly format: 'rfc9440' | 'pem';
  readonly isProxy: (address: string) => boolean;
}

/** Characters of a certificate's text: no server takes a header that is much longer. */
const LONGEST = 16_384;

const OCTETS = [...Array(256).keys()];

/** Throws a `RangeError` for an address or a network that is none, or so wide that it is everybody's. */
export const certificateRules = (source: CertificateSource): CertificateRules => {
  if (source.from === 'tls') return { header: undefined, format: 'rfc9440', isProxy: () => false };
  const { proxies, header = 'client-cert', format = 'rfc9440' } = source;
  if (proxies.length === 0) throw new RangeError('no proxies: the header would be believed of nobody');
  const known = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits, more] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0 || more !== undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) throw new RangeError(`${JSON.stringify(proxy)} is no address and no network`);
    if (bits === undefined) known.addAddress(address, family);
    else {
      const network = new BlockList();
      network.addSubnet(address, Number(bits), family);
      // A network of IPv6 may hold addresses of IPv4 (::ffff:0:0/96 holds all of them; RFC 4291 section 2.5.5.2), and is as wide as it is for these.
      if (Number(bits) < 8 || OCTETS.filter((octet) => network.check(`${String(octet)}.0.0.0`)).length > 1) throw new RangeError(`${proxy} is too wide for a network of proxies`);
      known.addSubnet(address, Number(bits), family);
    }
  }
  return { header: header.toLowerCase(), format, isProxy: (address) => isIP(address) !== 0 && known.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') };
};

/**
 * Why a token, which holds, is not for whoever sent this request: it is bound to a certificate (RFC 8705 section 3) that the request does not come with. For
 * the log; `undefined` when it is.
 */
export const judgeCertificate = (rules: CertificateRules, request: ServiceRequest, { cnf }: JsonObject): string | undefined => {
  if (!isObject(cnf) || typeof cnf['x5t#S256'] !== 'string' || cnf['jkt'] !== undefined || cnf['jwk'] !== undefined) return 'cnf: bound in another way';
  const found = rules.header === undefined ? (request.certificate ?? 'none in the handshake') : fromProxy(rules, rules.header, request);
  if (typeof found === 'string') return `certificate: ${found}`;
  return createHash('sha256').update(found).digest('base64url') === cnf['x5t#S256'] ? undefined : "certificate: another than the token's";
};

const fromProxy = ({ format, isProxy }: CertificateRules, header: string, { headers, clientIp = '' }: ServiceRequest): Uint8Array | string => {
  if (!isProxy(clientIp.replace(/^::ffff:(?=\d+\.)/i, ''))) return 'no proxy of ours';
  const [value, second] = headers.get(header) ?? [];
  if (value === undefined) return 'none in the header';
  if (second !== undefined || value.length > LONGEST) return 'two, or a long one, in the header';
  return (format === 'pem' ? fromEscaped(unescaped(value)) : fromBytes(value)) ?? 'unreadable in the header';
};

/** A byte sequence of structured fields (RFC 9440 section 2.1; RFC 8941 section 3.3.5). */
const fromBytes = (value: string): Uint8Array | undefined => {
  const [, text] = /^[ \t]*:([\w+/=]+):[ \t]*$/.exec(value) ?? [];
  return text === undefined ? undefined : decoded(text);
};

/** PEM, or what stands between its first and its last line: the client's own certificate before a comma and those that signed it (Traefik). */
const fromEscaped = (text: string): Uint8Array | undefined => fromPem(text) ?? decoded(text.split(',', 1)[0] ?? '');

/** The first certificate of a text (RFC 7468). */
const fromPem = (text: string): Uint8Array | undefined => {
  const [, body] = /^\s*-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(text) ?? [];
  return body === undefined ? undefined : decoded(body.replaceAll(/\s/g, ''));
};

const unescaped = (text: string): string => text.replaceAll(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));

const decoded = (text: string): Uint8Array | undefined => (text.length % 4 === 0 && /^[A-Za-z\d+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined);
