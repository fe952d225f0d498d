import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { verify } from '../../../src/checks/index.ts';
import { noJournal } from '../../../src/checks/kit/fixtures/index.ts';
import { Problem } from '../../../src/core/problem.ts';
import type { VerifyEvent } from '../../../src/core/events.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Report } from '../../../src/core/report.ts';
import { shopEnv } from '../../cli/run.ts';

/** An issuer whose discovery document offers these algorithms; it answers 404 to anything else. */
const startIssuer = async (algorithms: readonly string[]): Promise<string> => {
  const server = createServer((request, response) => {
    response.statusCode = request.url?.endsWith('/.well-known/openid-configuration') ? 200 : 404;
    response.end(JSON.stringify({ id_token_signing_alg_values_supported: algorithms }));
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
}

const run = async (only: readonly string[], { algorithms = ['RS256'], list = () => Promise.resolve([]), signal, proxy }: { readonly algorithms?: readonly string[]; readonly list?: () => Promise<never[]>; readonly signal?: AbortSignal; readonly proxy?: string } = {}): Promise<Run> => {
  const issuer = await startIssuer(algorithms);
  // A proxy that answers, and lets nobody in.
  const blueprint = await loadBlueprint('blueprints/sso.yaml', { env: { ...shopEnv, KEYCLOAK_URL: issuer, KONG_PROXY_URL: proxy ?? issuer } });
  const events: VerifyEvent[] = [];
  const done: string[] = [];
  const provider = {
    name: 'keycloak',
    kinds: [{ name: 'keycloak.realm', list: () => { done.push('list'); return list(); } }],
    close: () => { done.push('close'); return Promise.resolve(); },
  } as unknown as Provider;
  const input = { blueprint, providers: [provider], journal: noJournal, local: false, disruptive: false, only, rate: 1000, events: (event: VerifyEvent) => void events.push(event) };
  return { report: verify({ ...input, ...(signal && { signal }) }), events, done };
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
