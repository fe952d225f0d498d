import { isIPv6 } from 'node:net';

/** This machine by the addresses that `localhost` has, however it is spelled. */
const LOOPBACK = 'loopback';
/** The same by whichever address is its own. */
const OWN = /^(?:loopback|127(?:\.\d+){3})$/;
const LOCAL_NAMES = /^(localhost|localhost\.localdomain|localhost[46]|ip6-localhost|ip6-loopback|.*\.localhost)$/;

/** Finds the addresses behind a name; `undefined` where it is not known. */
export type Resolve = (name: string) => readonly string[] | undefined;

/**
 * A host in one spelling: lower case, no trailing dot, IPv4 in four decimal parts (from octal, hexadecimal or fewer parts, as `inet_aton` takes
 * them), IPv6 in its shortest form, IPv4 inside IPv6 as IPv4, and the addresses of `localhost` as one. Any other below 127.0.0.0/8 is one of its own: two
 * servers may have one port at two of them. (seen on a genuine Kong 3.9.3)
 */
export const canonicalHost = (host: string): string => {
  const bare = host.trim().toLowerCase().replace(/^\[|\]$/g, '').replace(/%.*$/, '').replace(/\.+$/, '');
  if (LOCAL_NAMES.test(bare)) return LOOPBACK;
  const four = ipv4Of(bare) ?? mappedIpv4(bare);
  if (four !== undefined) return four === '127.0.0.1' || four.startsWith('0.') ? LOOPBACK : four;
  if (!isIPv6(bare)) return bare;
  const six = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  return six === '::1' || six === '::' ? LOOPBACK : six;
};

/** True for a host that is this machine, by whichever of its addresses. */
export const isThisMachine = (host: string): boolean => OWN.test(canonicalHost(host));

/** True for a host that no resolver is asked about. */
export const isAddress = (host: string): boolean => {
  const canonical = canonicalHost(host);
  return canonical === LOOPBACK || isIPv6(canonical) || ipv4Of(canonical) !== undefined;
};

const ipv4Of = (text: string): string | undefined => {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.at(-1) ?? 0;
  const before = numbers.slice(0, -1);
  if (before.some((part) => part > 255) || last >= 256 ** (5 - parts.length)) return undefined;
  const value = before.reduce((sum, part, at) => sum + part * 256 ** (3 - at), 0) + last;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
};

const mappedIpv4 = (text: string): string | undefined => {
  if (!isIPv6(text)) return undefined;
  const [, high, low] = /^::(?:ffff:)?([0-9a-f]+):([0-9a-f]+)$/.exec(new URL(`http://[${text}]/`).hostname.slice(1, -1)) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
};

/** A host and port by every name it is known under: what two of them have in common leads to one place. */
export const endpointsOf = (host: string, port: number, resolve: Resolve): readonly string[] => {
  const canonical = canonicalHost(host);
  const found = isAddress(host) ? [] : (resolve(canonical) ?? []).map(canonicalHost);
  return [...new Set([canonical, ...found])].map((one) => `${one}:${port}`);
};

/**
 * An endpoint as it is the same for all addresses of this machine, those that are said to be its own, too: a server that listens on every one of them is met at
 * each, and which do is not known from here. What two endpoints have in common by this alone leads to one place perhaps.
 */
export const atAnyAddress = (endpoint: string, own: ReadonlySet<string> = new Set()): string => {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(endpoint) ?? [];
  return OWN.test(host) || own.has(host) ? `${LOOPBACK}:${port}` : endpoint;
};

/** Whether two places, by their endpoints, are one, if only perhaps. */
export const mayBeOne = (some: readonly string[], others: readonly string[], own?: ReadonlySet<string>): boolean => some.some((one) => others.some((other) => atAnyAddress(one, own) === atAnyAddress(other, own)));

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, ws: 80, grpc: 80, https: 443, wss: 443, grpcs: 443, tls: 443 };
export const defaultPort = (protocol: string | null | undefined): number => DEFAULT_PORTS[protocol ?? 'http'] ?? 80;
