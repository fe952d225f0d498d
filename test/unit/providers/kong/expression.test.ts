import { describe, expect, it } from 'vitest';
import { expressionOf } from '../../../../src/providers/kong/reach/expression.ts';

const asked = { 'http.method': 'GET', 'http.path': '/orders', 'http.host': 'a.example', 'http.headers.x_key': 'One' };
const matches = (source: string, facts: Record<string, string> = asked): boolean | undefined => expressionOf(source).matches(facts);

describe('a router expression', () => {
  it.each([
    ['http.path == "/orders"', true],
    ['http.path == "/order"', false],
    ['http.path != "/orders"', false],
    ['http.path != "/order"', true],
    ['http.path ^= "/ord"', true],
    ['http.path ^= "ders"', false],
    ['http.path =^ "ders"', true],
    ['http.path =^ "/ord"', false],
    ['http.path contains "rde"', true],
    ['http.path contains "edr"', false],
    ['http.path ~ "^/o.*s$"', true],
    ['http.path ~ "^o"', false],
    ['http.path ~ r#"^/(?P<what>[a-z"]+)$"#', true],
    ['http.path~r#"\\d"#', false],
  ])('compares: %s is %s', (source, found) => expect(matches(source)).toBe(found));

  it.each([
    ['http.path ~ "("', 'an expression that is none'],
    ['http.path > "/a"', 'an operator for numbers'],
    ['http.path in "/a"', 'an operator for addresses'],
    ['http.path not in "/a"', 'two words that are one operator'],
    ['net.dst.port == 8443', 'a field that nobody knows'],
    ['http.path ^= 7', 'a number where text is compared'],
  ])('does not know: %s (%s)', (source) => expect(matches(source)).toBeUndefined());

  it('knows equality of numbers where the field is known', () => {
    const facts = { 'net.dst.port': '8443' };
    expect([matches('net.dst.port == 8443', facts), matches('net.dst.port == 80', facts), matches('net.dst.port != 80', facts)]).toEqual([true, false, true]);
    expect(matches('net.dst.port >= 80', facts)).toBeUndefined();
    expect(matches('net.src.ip == 10.0.0.1', { 'net.src.ip': '10.0.0.1' })).toBe(true);
    expect(matches('net.src.ip == fe80::1', { 'net.src.ip': 'fe80::1' })).toBe(true);
  });

  it.each([
    ['http.method == "GET" && http.path == "/x"', false],
    ['http.method == "GET" && http.path == "/orders" && http.host == "a.example"', true],
    ['http.method == "PUT" || http.path == "/x" || http.host == "a.example"', true],
    ['http.method == "PUT" || http.path == "/x"', false],
    ['http.method == "GET" || http.path == "/x" && http.host == "b.example"', true],
    ['(http.method == "GET" || http.path == "/x") && http.host == "b.example"', false],
    ['((http.method == "GET"))', true],
    ['!(http.method == "GET")', false],
    ['!(http.method == "PUT")', true],
    ['!!(http.method == "GET")', true],
    ['!(http.method == "PUT") && http.path == "/orders"', true],
    ['!(http.method == "GET") || http.path == "/orders"', true],
    ['!http.method == "PUT"', true],
  ])('joins: %s is %s', (source, found) => expect(matches(source)).toBe(found));

  it.each([
    ['net.src.ip == 10.0.0.1 && http.method == "GET"', undefined],
    ['net.src.ip == 10.0.0.1 && http.method == "PUT"', false],
    ['net.src.ip == 10.0.0.1 || http.method == "GET"', true],
    ['net.src.ip == 10.0.0.1 || http.method == "PUT"', undefined],
    ['!(net.src.ip == 10.0.0.1)', undefined],
  ])('lets what is not known decide nothing else: %s is %s', (source, found) => expect(matches(source)).toBe(found));

  it.each([
    ['lower(http.headers.x_key) == "one"', true],
    ['http.headers.x_key == "one"', false],
    ['any(http.headers.x_key) == "One"', true],
    ['any(lower(http.headers.x_key)) == "one"', true],
    ['lower(any(http.headers.x_key)) == "one"', true],
    ['lower(http.path) == "/orders"', true],
    ['http.headers.x_other == "One"', false],
    ['!(http.headers.x_other == "One")', true],
    ['http.headers.x_other != "One"', false],
  ])('reads headers and functions: %s is %s', (source, found) => expect(matches(source)).toBe(found));

  it.each([
    [String.raw`http.path == "a\"b"`, 'a"b'],
    [String.raw`http.path == "a\\b"`, String.raw`a\b`],
    [String.raw`http.path == "a\nb\tc\rd"`, 'a\nb\tc\rd'],
    [String.raw`http.path == r#"a\n"b"#`, String.raw`a\n"b`],
    ['http.path == "two words  apart"', 'two words  apart'],
    ['http.path == ""', ''],
    ['http.path == "r#"', 'r#'],
    ['http.path == "a && (b || !c)"', 'a && (b || !c)'],
    ['http.path == "two\nlines"', 'two\nlines'],
    ['http.path == r#"two\nlines"#', 'two\nlines'],
    ['http.path\n==\t"x"', 'x'],
  ])('takes a text for what it stands for: %s', (source, text) => {
    expect(matches(source, { 'http.path': text })).toBe(true);
    expect(matches(source, { 'http.path': `${text}-` })).toBe(false);
    expect(expressionOf(source).literals('http.path')).toEqual([text]);
  });

  it.each(['', '(', '(http.path == "/orders"', 'http.path == "/orders")', 'http.path ==', 'http.path', 'lower(http.path == "/orders"', 'http.path == "/orders" &&', '|| http.path == "/orders"', 'http.path == "/orders" http.method == "GET"', 'http.path == "/orders', 'http.path == "/orders" ; x', 'http.path == "/orders" & http.method == "GET"', 'http.path € "/orders"', '!', '[http.path == "/orders"]'])(
    'that cannot be read decides nothing: %j', (source) => expect(matches(source)).toBeUndefined(),
  );

  it('tells what it compares with what, also where it can be read in part only', () => {
    const { literals } = expressionOf('(http.path ^= "/a" || lower(http.path) == "/b") && any(http.headers.x_key) == "k" && net.dst.port in [80');
    expect(['http.path', 'http.headers.x_key', 'net.src.ip'].map(literals)).toEqual([['/a', '/b'], ['k'], []]);
    expect(expressionOf('http.path.segments.0 == "a" && net.src.ip in 10.0.0.0/8').literals('net.src.ip')).toEqual(['10.0.0.0/8']);
    expect(expressionOf('tls.sni == "a-b.example"').literals('tls.sni')).toEqual(['a-b.example']);
  });
});
