import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { checks } from '../../../src/checks/catalogue.ts';
import type { Check } from '../../../src/checks/contract.ts';
import { EXAMPLES, loadExample } from './worlds/examples.ts';
import { routeAt } from './worlds/gateway.ts';
import type { Entrance } from './worlds/gateway.ts';
import type { Incoming } from './worlds/incoming.ts';
import { createWorld } from './worlds/world.ts';
import type { Hands, Place, Sin } from './worlds/world.ts';

const NOW = Date.UTC(2026, 0, 1);
const examples: Blueprint[] = [];
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  for (const example of EXAMPLES) examples.push(await loadExample(example));
});
afterAll(() => void vi.useRealTimers());

/** What differs from run to run by what it is: moments by their distance from now, ids and keys not at all, long repetitions by their length. */
const settled = (text: string): string =>
  text
    .replaceAll(/-----BEGIN%20CERTIFICATE-----[\w%.~*'()!-]*/g, '<certificate>')
    .replaceAll(/:[A-Za-z0-9+/]{100,}={0,2}:/g, ':<certificate>:')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/(127\.0\.0\.1|localhost|\[::1\]):\d+/g, '<host>')
    .replaceAll(/\b17[67]\d{7}\b/g, (moment) => `<now${Number(moment) < NOW / 1000 ? '' : '+'}${Number(moment) - NOW / 1000}>`)
    .replaceAll(/(.)\1{30,}/g, (all, letter: string) => `${letter}×${all.length}`)
    .replaceAll(/[\w-]{16,}/g, (word) => (/[A-Z0-9]/.test(word) && !word.includes('×') ? '<random>' : word));

const jsonIn = (segment: string): string | undefined => {
  const text = Buffer.from(segment, 'base64url').toString();
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
};

/** The claims of the tokens that were shown as the issuer made them, by their `jti`: of what is made of one only the difference is told. */
type Good = Map<unknown, Readonly<Record<string, unknown>>>;
const differences = (text: string, good: Good): string => {
  const claims: unknown = JSON.parse(text);
  const base = typeof claims === 'object' && claims !== null && 'jti' in claims ? good.get(claims.jti) : undefined;
  if (!base) return text;
  const changed = Object.entries(claims as object).filter(([name, value]) => JSON.stringify(base[name]) !== JSON.stringify(value));
  const gone = Object.keys(base).filter((name) => !(name in (claims as object)));
  return `the good claims but ${[...changed.map((one) => one.map((part: unknown) => JSON.stringify(part)).join(': ')), ...gone.map((name) => `no "${name}"`)].join(', ') || 'nothing'}`;
};

/** A text with its tokens taken apart: what the issuer made is named by whom it is for, anything else shows what is in it. */
const readable = (text: string, { issuer }: Hands, good: Good): string =>
  settled(
    text.replaceAll(/[\w-]+(\.[\w-]*){1,4}/g, (token) => {
      const known = issuer.claimsOf(token);
      if (known) {
        good.set(known.jti, known);
        return `<issued to ${String(known.azp)}: ${String(known.scope)}>`;
      }
      const segments = token.split('.');
      const [header = '', payload = ''] = segments;
      const [head, claims] = [jsonIn(header), jsonIn(payload)];
      return head === undefined && claims === undefined ? token : `<${[head ?? header, claims === undefined ? payload : differences(claims, good), ...segments.slice(2).map((segment) => (segment.length < 10 ? segment : '<random>'))].join(' . ')}>`;
    }),
  );

const NOISE = ['x-authctl-check', 'accept', 'content-length', 'user-agent'];
const isEntrance = (place: Place): place is Entrance => place === 'kong' || place === 'aws' || place === 'service';
const lineOf = (place: Place, request: Incoming, hands: Hands, good: Good): string => {
  const { method, query, form, headers } = request;
  // Which routes are tried is told by how many verdicts there are, in worlds.test.ts.
  const path = isEntrance(place) && routeAt(hands.blueprint, place, request) ? '<a route>' : request.path;
  const asked = [...query].map(([name, value]) => `${name}=${value}`);
  const body = [...form].map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const sent = headers.filter(([name]) => !NOISE.includes(name.toLowerCase())).map(([name, value]) => `${name}: ${value}`);
  return readable([`${place} ${method} ${path}`, ...asked.map((one) => `?${one}`), ...sent, ...body.map((one) => `> ${one}`)].join(' | '), hands, good);
};

/** Elsewhere the issuer is only asked for good tokens. */
const ASKS_THE_ISSUER = /^(IDP|KEY|OPQ|SES|COO)-/;

/** Every different request of a check where all is right. */
const sentBy = async (check: Check): Promise<readonly string[]> => {
  for (const blueprint of examples) {
    const lines = new Set<string>();
    const good: Good = new Map();
    const watching: Sin = {
      answer: (place, request, right, hands) => {
        if (place !== 'issuer' || ASKS_THE_ISSUER.test(check.id)) lines.add(lineOf(place, request, hands, good));
        return right();
      },
      bytes: (text, hands) => {
        lines.add(readable(JSON.stringify(text), hands, good));
        if (/^expect: 100-continue/im.test(text)) return { status: /^authorization:/im.test(text) ? 403 : 401, headers: {}, setCookies: [], body: '', milliseconds: 1 };
        return { status: /^transfer-encoding: xchunked/im.test(text) ? 501 : 400, headers: {}, setCookies: [], body: '', milliseconds: 1 };
      },
    };
    const verdicts = await createWorld(blueprint, watching).verify([check]);
    if (verdicts.some(({ status }) => status !== 'skipped')) return [...lines].toSorted();
  }
  return [];
};

/**
 * What goes over the wire: a token that is not what its label says is refused, too, and nobody would see that the claim was never tried. Read by
 * whoever changes a check; written by `npx vitest run --project sweeps test/unit/checks/attacks.sweep.test.ts -u`.
 */
it.each(checks.map((check) => [check.id, check] as const))('%s sends what is listed', async (_id, check) => {
  expect(await sentBy(check)).toMatchSnapshot();
});
