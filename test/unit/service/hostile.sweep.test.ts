import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readObject } from '../../../src/service/json.ts';
import { readTarget } from '../../../src/service/path.ts';
import { aRequest, aVerifier, bearing, encode, goodClaims, goodHeader, mint, sign } from './support/tokens.ts';
import { draws } from '../../properties.ts';

const good = mint();
const verifier = aVerifier({ cookie: 'sid' });
const statuses = [400, 401, 403];

/** Never throws, never passes, never 5xx: the answer of a refusal is one of three. */
const isRefused = async (request: ReturnType<typeof aRequest>): Promise<void> => {
  const answer = await verifier.verify(request);
  expect(answer.ok).toBe(false);
  if (!answer.ok) expect(statuses).toContain(answer.status);
};

describe('hostile input', () => {
  it('never passes as arbitrary text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), (text) => isRefused(bearing(text))),
      { numRuns: draws(500) },
    );
  });
  it('never passes as three arbitrary segments', async () => {
    const segment = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => encode(Buffer.from(bytes))),
      fc.json().map(encode),
      fc.base64String(),
    );
    await fc.assert(
      fc.asyncProperty(fc.tuple(segment, segment, segment), (parts) => isRefused(bearing(parts.join('.')))),
      { numRuns: draws(500) },
    );
  });
  it('never passes with one character changed', async () => {
    const alphabet = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ');
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), alphabet, async (at, character) => {
        fc.pre(good[at] !== character);
        await isRefused(bearing(good.slice(0, at) + character + good.slice(at + 1)));
      }),
      { numRuns: draws(500) },
    );
  });
  it('never passes with a good signature over another header', async () => {
    const member = fc.constantFrom('alg', 'kid', 'typ');
    await fc.assert(
      fc.asyncProperty(member, fc.jsonValue(), async (name, value) => {
        fc.pre(
          typeof value !== 'string' ||
            (value !== goodHeader[name as keyof typeof goodHeader] && !/^(application\/)?(at\+)?jwt$/i.test(value)),
        );
        await isRefused(bearing(mint(goodClaims, { ...goodHeader, [name]: value })));
      }),
      { numRuns: draws(300) },
    );
  });
  it('never passes with a good signature over another value of a judged claim', async () => {
    const name = fc.constantFrom('iss', 'aud', 'typ', 'exp', 'cnf', 'kid');
    await fc.assert(
      fc.asyncProperty(name, fc.jsonValue(), async (claim, value) => {
        fc.pre(!(claim === 'exp' && typeof value === 'number' && value > goodClaims.iat));
        await isRefused(bearing(mint({ ...goodClaims, [claim]: value })));
      }),
      { numRuns: draws(300) },
    );
  });
  it('never throws for headers of any kind', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('Bearer', `Bearer ${good}x`, `sid=${good}x`, ';;==', 'sid'));
    const headers = fc.record({
      authorization: fc.array(value, { maxLength: 3 }),
      cookie: fc.array(value, { maxLength: 3 }),
      origin: fc.array(value, { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(headers, fc.string({ unit: 'binary' }), fc.constantFrom('GET', 'POST', ''), (sent, target, method) =>
        isRefused(aRequest(sent, { target, method })),
      ),
      { numRuns: draws(500) },
    );
  });
  it('takes payload bytes of any kind for a refusal, although they are signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const input = `${encode(goodHeader)}.${encode(Buffer.from(bytes))}`;
        await isRefused(bearing(`${input}.${sign(input)}`));
      }),
      { numRuns: draws(300) },
    );
  });
});

describe('strict JSON', () => {
  it('reads every object as JSON.parse does, or refuses it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 5 })), (value) => {
        const text = JSON.stringify(value);
        const read = readObject(Buffer.from(text), 16);
        if (typeof read === 'string') expect(read).toBe('a value that readers take differently');
        else expect(read).toEqual({ object: JSON.parse(text), text });
      }),
    );
  });
  it('finds a duplicate wherever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.array(fc.string(), { maxLength: 5 }), (name, others) => {
        const members = [...others, name, name].map((each) => `${JSON.stringify(each)} : ["}",{"x":1}]`);
        expect(readObject(Buffer.from(`{"outer":{${members.join(',')}}}`), 16)).toBe('a duplicate member');
      }),
    );
  });
});

describe('a target', () => {
  it('has no second reading once it is accepted', () => {
    const part = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5c',
      '%25',
      '%41',
      'a',
      'B',
      '%C3%A9',
      ';',
      '\\',
      '//',
      '#',
      '?',
      '%0a',
      '{',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const read = readTarget(`/${parts.join('')}`);
        if (typeof read === 'string') return;
        // What a browser's URL parser makes of it, and what a router that decodes first makes of it, is the same path.
        expect(new URL(`http://x${read.path}`).pathname.replaceAll('%7B', '{')).toBe(read.path);
        const decoded = decodeURIComponent(read.path);
        expect(decoded === '/' ? [] : decoded.slice(1).split('/')).toEqual(read.segments.map(decodeURIComponent));
      }),
      { numRuns: draws(3000) },
    );
  });
});
