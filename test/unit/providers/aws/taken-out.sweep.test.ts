import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import { createAuthctl } from '../../../../src/app/index.ts';
import { addressOfChange, changesOf, reasonsOf } from '../../../../src/core/plan.ts';
import { startForeignIssuer } from '../../../foreign-issuer.ts';

let cwd: string;
let aws: Awaited<ReturnType<typeof startEmbeddedAws>>;
let issuer: Awaited<ReturnType<typeof startForeignIssuer>>;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-taken-out-'));
  aws = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  issuer = await startForeignIssuer();
});
afterAll(async () => {
  await issuer.close();
  await aws.close();
  await rm(cwd, { recursive: true, force: true });
});

const withRaw = async (raw: string): Promise<string> => {
  const path = join(cwd, 'blueprint.yaml');
  await writeFile(
    path,
    `apiVersion: authctl/v1
name: harbour
targets: { aws: { region: eu-west-1, endpoint: "${aws.control.url}" } }
issuer:
  url: ${issuer.url}
  scopes: { "berths:read": { audience: berths } }
  clients: { web: { type: public, scopes: ["berths:read"], audiences: [berths] } }
authentication: { pattern: aws, client: web }
authorization: { pattern: none }
services:
  berths:
    upstream: http://127.0.0.1:9301
    gateways: [aws]
    routes: { list: { match: GET /berths, scopes: ["berths:read"] } }
expect: { anonymous: {} }
raw: { aws: ${raw} }
`,
  );
  return path;
};

it.each([
  ['a description of the API', '{ api: { Description: once } }', 'update aws.api/harbour Description'],
  ['another time limit of an integration', '{ integrations: { berths.list: { TimeoutInMillis: 9000 } } }', 'update aws.integration/harbour/berths.list TimeoutInMillis'],
  ['a version of the API', '{ api: { Version: "7" } }', 'danger aws.api/harbour Version'],
  ['a variable of a stage', '{ stages: { $default: { StageVariables: { place: north } } } }', 'danger aws.stage/harbour/$default StageVariables.place'],
  ['a limit of one route at a stage', '{ stages: { $default: { RouteSettings: { "GET /berths": { ThrottlingRateLimit: 1 } } } } }', 'danger aws.stage/harbour/$default RouteSettings.GET /berths.ThrottlingRateLimit'],
  ['a header that an integration sets', '{ integrations: { berths.list: { RequestParameters: { "overwrite:header.x-stage": draft } } } }', 'danger aws.integration/harbour/berths.list RequestParameters'],
])('%s that is taken out of raw is told, or put back', async (_what, raw, told) => {
  const authctl = createAuthctl({ env: {}, cwd, localStack: false });
  const apply = async (stated: string): Promise<void> => expect((await authctl.apply(await withRaw(stated), { approve: true })).problems).toEqual([]);
  const toldBy = async (stated: string): Promise<readonly string[]> => {
    const { plan, problems } = await authctl.plan(await withRaw(stated));
    expect(problems).toEqual([]);
    return changesOf(plan!).filter(({ action }) => action !== 'keep').map((change) => [change.action, addressOfChange(change), ...('danger' in change ? [change.danger.field ?? ''] : reasonsOf(change).map(({ path }) => path))].join(' '));
  };
  await apply(raw);
  expect(await toldBy(raw)).not.toContain(told);
  expect(await toldBy('{}')).toContain(told);
  await apply('{}');
  // What is put back is so then; what is told stays in force, and stays told.
  expect((await toldBy('{}')).includes(told)).toBe(told.startsWith('danger'));
});
