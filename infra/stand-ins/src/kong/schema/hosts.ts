/** Host names and addresses as `kong/tools/ip.lua` reads them: `host`, `host:port`, `[ipv6]:port`. */
export interface Host {
  readonly type: 'ipv4' | 'ipv6' | 'name';
  readonly host: string;
  readonly port?: number;
}

const BAD_PORT = 'invalid port number';

const withPort = (type: Host['type'], host: string, port: string | undefined): Host | string =>
  port === undefined ? { type, host } : Number(port) > 65535 ? BAD_PORT : { type, host, port: Number(port) };

const ipv4 = (address: string): Host | string => {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::(\d+))?$/.exec(address);
  const parts = found?.slice(1, 5).map(Number);
  if (!found || !parts || parts.some((part) => part > 255)) return `invalid ipv4 address: ${address}`;
  return withPort('ipv4', parts.join('.'), found[5]);
};

const expandIpv6 = (text: string): string | undefined => {
  let address = text.startsWith(':') ? `0${text}` : text;
  if (address.endsWith(':')) address += '0';
  if (address.includes('::')) {
    const colons = address.split(':').length - 1;
    address = address.replace('::', `:${'0:'.repeat(Math.max(0, 8 - colons))}`);
  }
  return /^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}$/i.test(address)
    ? address.split(':').map((part) => part.padStart(4, '0')).join(':').toLowerCase()
    : undefined;
};

const ipv6 = (address: string): Host | string => {
  const bracketed = /^\[([^\]]*)\](.*)$/.exec(address);
  const rest = bracketed?.[2] ?? '';
  const port = rest === '' ? undefined : /^:(\d+)$/.exec(rest)?.[1];
  if (rest !== '' && port === undefined) return 'invalid ipv6 address';
  const host = expandIpv6(bracketed?.[1] ?? address);
  return host === undefined ? `invalid ipv6 address: ${address}` : withPort('ipv6', host, port);
};

const name = (address: string): Host | string => {
  const port = /:(\d+)$/.exec(address)?.[1];
  const host = port === undefined ? address : address.slice(0, -(port.length + 1));
  if (port !== undefined && Number(port) > 65535) return BAD_PORT;
  const segments = host.split('.');
  const bad = segments.some((segment, index) => segment.endsWith('-') || (segment === '' && index !== segments.length - 1));
  return !/^[A-Za-z0-9\-._]+$/.test(host) || bad ? `invalid hostname: ${address}` : withPort('name', host, port);
};

/** The parts of a host, or the reason why it is none. */
export const parseHost = (address: string): Host | string => {
  const bare = address.replaceAll(':', '');
  if (address.length - bare.length > 1) return ipv6(address);
  return /^[\d.]+$/.test(bare) ? ipv4(address) : name(address);
};

/** `host:port`, with an IPv6 address in brackets. */
export const formatHost = ({ type, host, port }: Host, defaultPort: number): string =>
  `${type === 'ipv6' ? `[${host}]` : host}:${port ?? defaultPort}`;

/** An address without a port. */
export const isIp = (text: string): boolean => {
  const found = parseHost(text);
  return typeof found !== 'string' && found.type !== 'name' && found.port === undefined && !text.startsWith('[');
};

/** An address, or an address with a prefix length. */
export const isIpOrCidr = (text: string): boolean => {
  const slash = text.indexOf('/', 2);
  if (slash < 0) return isIp(text);
  const prefix = text.slice(slash + 1);
  const most = text.includes(':') ? 128 : 32;
  return isIp(text.slice(0, slash)) && /^(0|[1-9]\d*)$/.test(prefix) && Number(prefix) <= most;
};

export const isBadPort = (reason: string): boolean => reason === BAD_PORT;
