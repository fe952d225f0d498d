import { describe, expect, it } from 'vitest';
import { atAnyAddress, canonicalHost, defaultPort, endpointsOf, isAddress, isThisMachine, mayBeOne } from '../../../src/providers/address.ts';

describe('a host has one spelling', () => {
  it.each([
    // Names.
    ['Kong.Example', 'kong.example'],
    ['  kong.example. ', 'kong.example'],
    ['kong.example...', 'kong.example'],
    ['notlocalhost', 'notlocalhost'],
    ['localhost.example', 'localhost.example'],
    ['localhost5', 'localhost5'],
    // IPv4 as inet_aton takes it: fewer parts, octal, hexadecimal.
    ['10.0.0.1', '10.0.0.1'],
    ['10.1', '10.0.0.1'],
    ['10.1.2', '10.1.0.2'],
    ['10.1.258', '10.1.1.2'],
    ['10.66051', '10.1.2.3'],
    ['167772161', '10.0.0.1'],
    ['0xa000001', '10.0.0.1'],
    ['0x0a.0.0.0x1', '10.0.0.1'],
    ['012.0.0.010', '10.0.0.8'],
    ['255.255.255.255', '255.255.255.255'],
    ['4294967295', '255.255.255.255'],
    ['10.16777215', '10.255.255.255'],
    ['10.1.65535', '10.1.255.255'],
    // No IPv4: too large a part, too many, none, or no number.
    ['256.0.0.1', '256.0.0.1'],
    ['10.0.0.256', '10.0.0.256'],
    ['10.0.65536', '10.0.65536'],
    ['10.16777216', '10.16777216'],
    ['4294967296', '4294967296'],
    ['1.2.3.4.5', '1.2.3.4.5'],
    ['10..0.1', '10..0.1'],
    ['10.0.0.1a', '10.0.0.1a'],
    ['a10.0.0.1', 'a10.0.0.1'],
    ['10.0.0.0xg', '10.0.0.0xg'],
    ['09.0.0.1', '09.0.0.1'],
    ['018.0.0.1', '018.0.0.1'],
    // IPv6.
    ['[2001:DB8::1]', '2001:db8::1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['[fe80::1%eth0]', 'fe80::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:a00:1', '10.0.0.1'],
    ['::10.1.2.3', '10.1.2.3'],
    ['::ffff:c0a8:102', '192.168.1.2'],
    ['::ffff:0:a00:1', '::ffff:0:a00:1'],
    ['1::ffff:a00:1', '1::ffff:a00:1'],
    ['::a00:1:2', '::a00:1:2'],
    ['2001:db8::1::2', '2001:db8::1::2'],
  ])('%s is %s', (host, canonical) => expect(canonicalHost(host)).toBe(canonical));

  it.each([
    'localhost', 'LOCALHOST.', 'localhost.localdomain', 'localhost4', 'localhost6', 'ip6-localhost', 'ip6-loopback', 'kong.localhost', 'a.b.localhost',
    '127.0.0.1', '127.8.9.10', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '0', '0.0.0.0', '::1', '[::1]', '0:0:0:0:0:0:0:1', '::', '[::]', '::ffff:127.0.0.1', '::ffff:7f00:1', '::1%lo',
  ])('%s is this machine', (host) => {
    expect([canonicalHost(host), isThisMachine(host)]).toEqual([host === '127.8.9.10' ? host : 'loopback', true]);
    expect(isAddress(host)).toBe(true);
  }); // prettier-ignore
  // Two servers may have one port there and at 127.0.0.1.
  it.each([['127.0.0.2', '127.0.0.2'], ['127.2', '127.0.0.2'], ['0x7f000002', '127.0.0.2'], ['::ffff:127.0.0.2', '127.0.0.2'], ['127.255.255.254', '127.255.255.254']])('%s is this machine by an address of its own', (host, canonical) => {
    expect([canonicalHost(host), isThisMachine(host), isAddress(host)]).toEqual([canonical, true, true]);
  });

  it.each(['10.127.0.1', '1270.0.0.1', '128.0.0.1', '100.0.0.1', '2001:db8::', 'ip6-localhost.example', 'xlocalhost.localdomain'])('%s is not this machine', (host) => {
    expect([canonicalHost(host) === 'loopback', isThisMachine(host)]).toEqual([false, false]);
  });
});

it.each([
  ['10.0.0.1', true],
  ['0xa000001', true],
  ['2001:db8::1', true],
  ['[2001:db8::1]', true],
  ['::ffff:10.0.0.1', true],
  ['kong.example', false],
  ['256.0.0.1', false],
  ['1.2.3.4.5', false],
])('whether %s is an address: %s', (host, is) => expect(isAddress(host)).toBe(is));

describe('a host and port are known under', () => {
  const resolve = (name: string) => (name === 'kong.example' ? ['10.0.0.1', '0xa000001', '::FFFF:10.0.0.2', '::1'] : undefined);
  it('the name and every address behind it, each in one spelling and once', () => {
    expect(endpointsOf('Kong.Example.', 8001, resolve)).toEqual(['kong.example:8001', '10.0.0.1:8001', '10.0.0.2:8001', 'loopback:8001']);
  });
  it('the name alone where nobody knows it', () => expect(endpointsOf('other.example', 80, resolve)).toEqual(['other.example:80']));
  it.each([['10.0.0.9', '10.0.0.9:80'], ['localhost', 'loopback:80'], ['2001:DB8::1', '2001:db8::1:80']])('%s: no resolver is asked', (host, endpoint) => {
    const asked: string[] = [];
    expect(endpointsOf(host, 80, (name) => (asked.push(name), ['10.9.9.9']))).toEqual([endpoint]);
    expect(asked).toEqual([]);
  });
});

it('what listens on all addresses of this machine is perhaps at each of them', () => {
  expect(['loopback:80', '127.0.0.2:80', '127.example:80', '10.0.0.5:80', '2001:db8::1:80'].map((one) => atAnyAddress(one))).toEqual(['loopback:80', 'loopback:80', '127.example:80', '10.0.0.5:80', '2001:db8::1:80']);
  expect(atAnyAddress('10.0.0.5:80', new Set(['10.0.0.5']))).toBe('loopback:80');
  expect([mayBeOne(['a:80', '127.0.0.2:80'], ['loopback:80']), mayBeOne(['127.0.0.2:80'], ['loopback:81']), mayBeOne(['a:80'], ['a:80']), mayBeOne([], ['a:80'])]).toEqual([true, false, true, false]);
  expect([mayBeOne(['10.0.0.5:80'], ['loopback:80']), mayBeOne(['10.0.0.5:80'], ['loopback:80'], new Set(['10.0.0.5']))]).toEqual([false, true]);
});

it.each([
  ['http', 80], ['ws', 80], ['grpc', 80], ['https', 443], ['wss', 443], ['grpcs', 443], ['tls', 443],
  ['tcp', 80], [null, 80], [undefined, 80],
])('the port of %s is %s where none is stated', (protocol, port) => expect(defaultPort(protocol)).toBe(port)); // prettier-ignore
