import { createSign } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookie, goodClaims, hostileRequests, now, tokenOf } from '../../../lua/hostile.ts';
import type { HostileRequest } from '../../../lua/hostile.ts';
import { signingKey, startGateway } from '../../../lua/gateway.ts';
import type { Call, Gateway } from '../../../lua/gateway.ts';
import { wrongAboutHeaders, wrongAboutPassing } from '../../../lua/verdict.ts';
import { parseResponse, requestText, sendRaw } from './replay-wire.ts';

const requests = Number(process.env.AUTHCTL_HOSTILE_HTTP_REQUESTS ?? 1000);
const seed = Number(process.env.AUTHCTL_HOSTILE_SEED ?? 20_261_121);

const sign = (input: string): string => createSign('RSA-SHA256').update(input).sign(signingKey).toString('base64url');
const good = tokenOf(sign);
const opaque = 'b3BhcXVl_opaque-token~1';
const paths = ['/jwt', '/opaque', '/public'] as const;
type Path = (typeof paths)[number];
const guarded = { cookie, relay: 'header', allowed_origins: ['https://app.example'] };
const scope = { scopes: ['orders:read'], identity_headers: true };

const asking = { by_value: 'introspect', max_failures_per_minute: 0, cache_ttl: 0, negative_ttl: 0 };

interface Told {
  readonly status: number;
  readonly received: readonly Call[];
}

describe(`${requests} hostile requests, seed ${seed}, over HTTP at the embedded gateway`, () => {
  let gateway: Gateway;
  /** The token of the request on its way, which the issuer knows if it was signed. */
  let signed = '';
  beforeAll(async () => {
    gateway = await startGateway({ clock: () => now });
    const { status } = await gateway.configure({
      jwt: { guard: guarded, jwt: {}, scope },
      opaque: { phantom: { ...asking, cookie, allowed_origins: guarded.allowed_origins }, guard: { relay: 'header' }, jwt: {}, scope },
      public: { guard: { public: true, cookie } },
    });
    expect(status).toBe(201);
    gateway.provider.behave = ({ body }) => {
      const token = new URLSearchParams(body).get('token') ?? '';
      const jwt = token === opaque ? good : [good, signed].find((known) => known !== '' && known === token);
      return { body: JSON.stringify(jwt === undefined ? { active: false } : { active: true, exp: goodClaims.exp, iss: goodClaims.iss,
        aud: goodClaims.aud, jwt }) };
    };
  });
  afterAll(() => gateway.close());

  const send = async (path: Path, request: HostileRequest): Promise<Told> => {
    const before = gateway.upstream.calls.length;
    signed = request.signed;
    const form = request.body === '' ? [] : [['Content-Length', String(request.body.length)] as const];
    const text = requestText(request.method, `${path}${request.query === '' ? '' : `?${request.query}`}`, [['Host', 'x'],
      ...request.headers, ...form], request.body);
    const { status } = parseResponse(await sendRaw(Number(new URL(gateway.url).port), text));
    return { status, received: gateway.upstream.calls.slice(before) };
  };
  const control = async (path: Path): Promise<void> => {
    const headers = [['Authorization', `Bearer ${path === '/opaque' ? opaque : good}`]] as const;
    const { status, received } = await send(path, { method: 'GET', query: '', body: '', headers, signed: '' });
    expect([path, status, received.length]).toEqual([path, 200, 1]);
  };

  const wrongAbout = (path: Path, request: HostileRequest, { status, received }: Told): string | undefined => {
    // The issuer here vouches for whatever it signed: what it says of a token that says something else is no answer about it.
    const vouched = path === '/opaque' && request.signed !== '' && status === 503;
    if (!(status >= 200 && status <= 499) && !vouched) return `answered ${status}`;
    if (received.length > 1) return 'two calls at the upstream';
    const [call] = received;
    if (!call) return status < 300 ? `answered ${status} without the upstream` : undefined;
    const lines = Object.entries(call.headers).map(([name, value]) => [name, String(value)] as const);
    return path === '/public' ? wrongAboutHeaders(lines) : wrongAboutPassing(request, lines, good);
  };

  it('get no 5xx, pass nothing that was not signed for here, and claim no identity', { timeout: 900_000 }, async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<Path>('/jwt', '/jwt', '/opaque', '/public'), hostileRequests(good, sign), async (path, request) => {
        const told = await send(path, request);
        expect(wrongAbout(path, request, told)).toBeUndefined();
        tried += 1;
        if (tried % 200 === 0) for (const each of paths) await control(each);
      }),
      { numRuns: requests, seed },
    );
  });
});
