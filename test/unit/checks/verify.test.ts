import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { verify } from '../../../src/checks/index.ts';
import { noJournal } from '../../../src/checks/kit/fixtures/index.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { VerifyEvent } from '../../../src/core/events.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Report } from '../../../src/core/report.ts';
import { shopEnv } from '../../cli/run.ts';

/** What a server answers to `GET /path`, or to that and what was sent. */
type Answers = (asked: string, body: string) => readonly [status: number, body: unknown] | undefined;

/** An issuer whose discovery document offers these algorithms; to anything else it answers as it is told, or 404. */
const startIssuer = async (algorithms: readonly string[], answers: Answers, asked: string[]): Promise<string> => {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      asked.push(`${method} ${url}`);
      const discovery = [200, { id_token_signing_alg_values_supported: algorithms }] as const;
      const [status, body] = answers(`${method} ${url}`, text) ?? (url.endsWith('/.well-known/openid-configuration') ? discovery : [404, {}]);
      response.statusCode = status;
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

interface Run {
  readonly report: Promise<Report>;
  readonly events: VerifyEvent[];
  /** What was done with the provider, in order. */
  readonly done: readonly string[];
  /** What the server was asked for that is everything here, in order. */
  readonly asked: readonly string[];
}

interface Given {
  readonly algorithms?: readonly string[];
  readonly answers?: Answers;
  readonly list?: () => Promise<never[]>;
  readonly confirm?: () => Promise<readonly Problem[]>;
  readonly signal?: AbortSignal;
  readonly proxy?: string;
  readonly file?: string;
  readonly change?: (blueprint: Blueprint) => Blueprint;
  readonly local?: boolean;
  readonly disruptive?: boolean;
  readonly budget?: number;
  readonly today?: string;
}

/** Of the other examples. */
const secrets = Object.fromEntries(['TRACKER_SECRET', 'DORA_PASSWORD', 'CLEO_PASSWORD', 'LEDGER_SECRET', 'GATEWAY_SECRET', 'VERA_PASSWORD', 'OTTO_PASSWORD'].map((name) => [name, name.toLowerCase()]));

const run = async (
  only: readonly string[],
  { algorithms = ['RS256'], answers = () => undefined, list = () => Promise.resolve([]), confirm, signal, proxy, file = 'sso', change = (one) => one, local = false, disruptive = false, budget, today }: Given = {},
): Promise<Run> => {
  const asked: string[] = [];
  const issuer = await startIssuer(algorithms, answers, asked);
  // A proxy that answers, and lets nobody in.
  const env = { ...shopEnv, KEYCLOAK_URL: issuer, KONG_ADMIN_URL: issuer, KONG_PROXY_URL: proxy ?? issuer, AWS_ENDPOINT: issuer };
  const blueprint = change(await loadBlueprint(`blueprints/${file}.yaml`, { env: { ...secrets, ...env } }));
  const events: VerifyEvent[] = [];
  const done: string[] = [];
  const provider = {
    name: 'keycloak',
    kinds: [{ name: 'keycloak.realm', list: () => { done.push('list'); return list(); } }],
    ...(confirm && { confirm }),
    close: () => { done.push('close'); return Promise.resolve(); },
  } as unknown as Provider;
  const input = { blueprint, providers: [provider], journal: noJournal, local, disruptive, only, rate: 1000, events: (event: VerifyEvent) => void events.push(event) };
  return { report: verify({ ...input, ...(signal && { signal }), ...(budget !== undefined && { budget }), ...(today !== undefined && { today }) }), events, done, asked };
};
const told = ({ verdicts, negative, problems, notes }: Report): readonly unknown[] =>
  [verdicts?.map(({ id, status }) => `${id} ${status}`), negative, problems.map(({ code }) => code), notes];

it('reports what it was asked for, and lets go of the providers', async () => {
  const { report, events, done } = await run(['IDP-19']);
  expect(told(await report)).toEqual([['IDP-19 passed'], false, [], undefined]);
  expect(await report).toMatchObject({ command: 'verify', blueprint: 'shop', seconds: expect.any(Number) as number });
  expect(done).toEqual(['list', 'close']);
  expect(events.map(({ type }) => type)).toEqual(['verify.group.started', 'verify.group.finished']);
});

it('says no when a check fails, when one stays unknown, and when nothing was proved', async () => {
  expect(told(await (await run(['IDP-19'], { algorithms: ['RS256', 'none'] })).report)).toEqual([['IDP-19 failed'], true, [], undefined]);
  expect(told(await (await run(['SES-01'])).report)).toEqual([['SES-01 skipped'], true, [], undefined]);
  const unknown = await (await run(['POS-01'])).report;
  expect([...new Set(unknown.verdicts?.map(({ status }) => status))]).toContain('inconclusive');
  expect(unknown.negative).toBe(true);
});

const known = (until?: string) => (blueprint: Blueprint): Blueprint => ({ ...blueprint, waivers: [{ check: 'IDP-19', reason: 'known', ...(until !== undefined && { until }), origin: { file: 'b.yaml', line: 9, column: 3 } }] });

it('bears what is waived, as long as it is, and says where a waiver is not needed', async () => {
  const bad = { algorithms: ['RS256', 'none'] };
  const waived = await (await run(['IDP-19', 'KEY-11'], { ...bad, change: known('2026-01-31'), today: '2026-01-31' })).report;
  expect(waived.verdicts?.find(({ id }) => id === 'IDP-19')).toMatchObject({ status: 'waived', waiver: { was: 'failed', reason: 'known', until: '2026-01-31' } });
  const over = await (await run(['IDP-19'], { ...bad, change: known('2026-01-31'), today: '2026-02-01' })).report;
  expect(told(over)).toEqual([['IDP-19 failed'], true, [], undefined]);
  expect(over.verdicts?.[0]?.why).toContain('its waiver expired on 2026-01-31 (line 9)');
  expect(told(await (await run(['IDP-19'], { change: known() })).report)).toEqual([['IDP-19 passed'], false, [], ['the waiver of IDP-19 is not needed: the check passes  b.yaml:9']]);
  // A run in which everything is waived has proved nothing.
  expect((await (await run(['IDP-19'], { ...bad, change: known() })).report).negative).toBe(true);
});

it('sends no more than its budget, and what is left is no yes', async () => {
  const { report, asked } = await run(['IDP-19', 'STR', 'ERR'], { budget: 1 });
  const found = await report;
  const verdicts = found.verdicts ?? [];
  expect(verdicts.filter(({ status }) => status === 'passed')).toEqual([]);
  expect(verdicts.filter(({ status, why = '' }) => status === 'inconclusive' && why.startsWith('not run: ')).map(({ id }) => id)).toEqual(expect.arrayContaining(['STR-01', 'ERR-01', 'IDP-19']));
  expect([found.negative, found.notes]).toEqual([true, ['the budget of 1 requests is spent: what was left is not run, and nothing is known of it']]);
  // One of a check, and one that says whether the proxy is there.
  expect(asked).toHaveLength(2);
});

it('has problems and no verdicts where a target is out of reach', async () => {
  const away = await run(['IDP-19'], { list: () => Promise.reject(new Problem('TARGET_UNREACHABLE', 'nobody is there', {})) });
  expect(told(await away.report)).toEqual([undefined, undefined, ['TARGET_UNREACHABLE'], undefined]);
  expect(away.done).toEqual(['list', 'close']);
});

it('has a problem and no verdicts where nobody is at the proxy', async () => {
  const away = await run(['IDP-19'], { proxy: 'http://127.0.0.1:9' });
  expect(told(await away.report)).toEqual([undefined, undefined, ['TARGET_UNREACHABLE'], undefined]);
});

it('does not hide a bug, and lets go of the providers then, too', async () => {
  const broken = await run(['IDP-19'], { list: () => Promise.reject(new Error('a bug')) });
  await expect(broken.report).rejects.toThrow('a bug');
  expect(broken.done).toEqual(['list', 'close']);
});

it('keeps what it knows when it is interrupted, and says so', async () => {
  const interrupted = await (await run(['IDP-19'], { signal: AbortSignal.abort() })).report;
  expect(told(interrupted)).toEqual([['IDP-19 skipped'], true, [], ['interrupted: what was not tried yet is skipped']]);
});

it('takes no longer than it says, in seconds', async () => {
  const begun = performance.now();
  const { seconds = Infinity } = await (await run(['IDP-19'])).report;
  expect(seconds * 1000).toBeLessThanOrEqual(performance.now() - begun + 1);
  expect(seconds).toBeGreaterThan(0);
});

it('says what the choices of a blueprint cost, and nothing where they cost nothing', async () => {
  const inScripts = (blueprint: Blueprint): Blueprint => {
    const services = Object.entries(blueprint.services).map(([id, service]) => [id, { ...service, authentication: { ...service.authentication, token: { ...service.authentication.token, storage: 'localStorage' } } }] as const);
    return { ...blueprint, services: Object.fromEntries(services) };
  };
  expect((await (await run(['IDP-19'], { change: inScripts })).report).limits?.[0]?.what).toMatch(/^storage localStorage/);
  expect(await (await run(['IDP-19'])).report).not.toHaveProperty('limits');
});

it('has a problem and no verdicts where a provider finds that the issuer is another one', async () => {
  const wrong = new Problem('TARGET_UNREACHABLE', 'it is somebody else', {});
  expect(told(await (await run(['IDP-19'], { confirm: () => Promise.resolve([wrong]) })).report)).toEqual([undefined, undefined, ['TARGET_UNREACHABLE'], undefined]);
  expect(told(await (await run(['IDP-19'], { confirm: () => Promise.resolve([]) })).report)).toEqual([['IDP-19 passed'], false, [], undefined]);
});

it('has stand-ins of our own stack forget the keys that it made, and nobody else', async () => {
  const forget = 'POST /_authctl/forget-keys';
  expect((await (await ended(run(['IDP-19'], { file: 'aws', local: true }))).asked).at(-1)).toBe(forget);
  expect(await (await ended(run(['IDP-19'], { file: 'aws' }))).asked).not.toContain(forget);
  expect(await (await ended(run(['IDP-19'], { file: 'opaque', local: true }))).asked).not.toContain(forget);
});

const ended = async (running: Promise<Run>): Promise<Run> => {
  const one = await running;
  await one.report;
  return one;
};

describe('what runs make on servers', () => {
  const LEFT = 'authctl-verify-s0rrow-0a';
  const MADE = ['POST /admin/realms/shop/components', 'POST /consumers/shop.issuer/jwt'];
  const NOTE = `taken away, left behind by another run of verify: user ${LEFT} at keycloak`;
  /** A Keycloak and a Kong that do as they are asked, but for what is said, and on which a run left a user long ago. */
  const server = (but: Readonly<Record<string, number>> = {}): Answers => {
    const made = { key: 'none', credential: 'none' };
    return (asked, body) => {
      const refusal = Object.entries(but).find(([start]) => asked.startsWith(start))?.[1];
      if (refusal !== undefined) return [refusal, {}];
      const [what = ''] = asked.split('?');
      if (what === MADE[0]) made.key = (JSON.parse(body) as { name: string }).name;
      if (what === MADE[1]) made.credential = (JSON.parse(body) as { tags: string[] }).tags[1] ?? '';
      if (MADE.includes(what) || what.startsWith('DELETE')) return [204, {}];
      if (what.endsWith('/token') && body.includes('client_credentials')) return [200, { access_token: 'x' }];
      const found: Readonly<Record<string, unknown>> = {
        'GET /admin/realms/shop': { id: 'shop' },
        'GET /admin/realms/shop/users': [{ id: 'left', username: LEFT }],
        'GET /admin/realms/shop/components': [{ id: 'the-key', name: made.key }],
        'GET /admin/realms/shop/keys': { keys: [{ kid: 'by another', providerId: 'other' }, { kid: 'ours', providerId: 'the-key' }] },
        'GET /consumers/shop.issuer/jwt': { data: [{ id: 'at-kong', tags: ['authctl-verify', made.credential] }] },
        'GET /consumers/shop.issuer/jwt/ours': {},
      };
      return what in found ? [200, found[what]] : undefined;
    };
  };
  const changes = (asked: readonly string[]): readonly string[] => asked.filter((one) => /^(POST|DELETE) \/(admin|consumers)/.test(one));

  it('goes before the next one begins, where that may disturb', async () => {
    const found = await run(['IDP-19'], { answers: server(), disruptive: true });
    expect(told(await found.report)).toEqual([['IDP-19 passed'], false, [], [NOTE]]);
    expect(changes(found.asked)).toEqual(['DELETE /admin/realms/shop/users/left']);
    const careful = await run(['IDP-19'], { answers: server() });
    expect([told(await careful.report), changes(careful.asked)]).toEqual([[['IDP-19 passed'], false, [], undefined], []]);
  });

  it('is told where it stays, beside the verdicts', async () => {
    const { report } = await run(['IDP-19'], { answers: server({ 'DELETE /admin': 500 }), disruptive: true });
    expect(told(await report)).toEqual([['IDP-19 passed'], false, ['VERIFY_FIXTURE_LEFT'], undefined]);
  });

  it('is told beside an interruption', async () => {
    const { report, asked } = await run(['TIM-05'], { answers: server(), disruptive: true, signal: AbortSignal.abort() });
    expect(told(await report).slice(1)).toEqual([true, [], [NOTE, 'interrupted: what was not tried yet is skipped']]);
    expect(changes(asked)).toEqual(['DELETE /admin/realms/shop/users/left']);
  });

  it('is a key where a check needs one, and goes with the run', async () => {
    const { report, asked } = await run(['TIM-05'], { answers: server(), disruptive: true });
    expect((await report).problems).toEqual([]);
    expect(changes(asked)).toEqual(['DELETE /admin/realms/shop/users/left', ...MADE, 'DELETE /consumers/shop.issuer/jwt/at-kong', 'DELETE /admin/realms/shop/components/the-key']);
    expect(new Set((await report).verdicts?.map(({ why }) => why))).not.toContain('issuer-key');
  });

  it('is no key where no check needs one, nor where tokens are what their issuer says', async () => {
    const opaque = await ended(run(['TIM-05'], { file: 'opaque', answers: server(), disruptive: true }));
    expect(changes(opaque.asked).filter((one) => one.startsWith('POST'))).toEqual([]);
  });

  it('is told, and no verdict is, where the key is refused', async () => {
    const { report, asked } = await run(['TIM-05'], { answers: server({ [MADE[0] ?? '']: 403 }), disruptive: true });
    expect(told(await report)).toEqual([undefined, undefined, ['VERIFY_NO_HARNESS_KEY'], [NOTE]]);
    expect(asked).not.toContain(MADE[1]);
  });
});
