import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { draws } from '../../properties.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const SECRET = 'planted-secret-that-nobody-may-see';
const nasty = fc.constantFrom('__proto__', 'constructor', '<<', '#', ' # x', ': ', '- a', '"', "'", '\n', '${', '${HOME}', '$${', '$(env:X)', '*', '&a', '!t', '|', '>', '%', '@', '`', '{', '[', 'null', 'yes', '~', '1e3', '\u2028', '\u0000', '役割', '😀', '');
const text = fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 12 }), fc.tuple(nasty, fc.string({ maxLength: 5 }), nasty).map((parts) => parts.join('')));
const named = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.array(fc.record({ name: text, ...fields }), { maxLength: 3 });
const config = fc.dictionary(fc.oneof(text, fc.constantFrom('clientSecret', 'client.password', 'private.key', 'x-token')), fc.oneof(text, fc.constant(SECRET)).map((value) => (value === SECRET ? value : `v${value}`)), { maxKeys: 3 }).map((held) => Object.fromEntries(Object.entries(held).filter(([name, value]) => value !== SECRET || /secret$|password$|private\.key$|token$/i.test(name))));

const realm = fc.record(
  {
    realm: fc.constant('hostile'),
    displayName: text,
    passwordPolicy: text,
    loginTheme: text,
    supportedLocales: fc.array(text, { maxLength: 3 }),
    internationalizationEnabled: fc.boolean(),
    accessTokenLifespan: fc.integer({ min: -5, max: 1_000_000 }),
    ssoSessionIdleTimeout: fc.integer({ min: -5, max: 1_000_000 }),
    smtpServer: fc.record({ host: text, from: text, port: text, user: text, password: fc.constant(SECRET), auth: fc.constantFrom('true', 'false') }, { requiredKeys: [] }),
    attributes: fc.dictionary(text, text, { maxKeys: 3 }),
    roles: fc.record({ realm: named({ description: text }), client: fc.dictionary(text, named({}), { maxKeys: 2 }) }),
    groups: named({ realmRoles: fc.array(text, { maxLength: 2 }), subGroups: named({}) }),
    clients: fc.array(fc.record({ clientId: text, secret: fc.constant(SECRET), description: text, redirectUris: fc.array(text, { maxLength: 2 }), attributes: fc.dictionary(text, text, { maxKeys: 2 }), publicClient: fc.boolean(), protocolMappers: named({ protocolMapper: fc.constant('oidc-audience-mapper'), config }) }, { requiredKeys: ['clientId', 'secret'] }), { maxLength: 3 }),
    clientScopes: named({ protocol: fc.constant('openid-connect'), description: text }),
    identityProviders: fc.array(fc.record({ alias: text, providerId: fc.constant('oidc'), config }), { maxLength: 2 }),
    users: fc.array(fc.record({ username: text, email: text, attributes: fc.dictionary(text, fc.array(text, { maxLength: 2 }), { maxKeys: 2 }), credentials: fc.constant([{ type: 'password', value: SECRET }]) }), { maxLength: 2 }),
  },
  { requiredKeys: ['realm'] },
);

it('makes a valid blueprint of whatever names and texts there are, with no secret in it', async () => {
  await fc.assert(
    fc.asyncProperty(realm, async (content) => {
      await writeFile(join(cwd, 'realm.json'), JSON.stringify(content));
      const report = await createAuthctl({ env: {}, cwd, localStack: false }).import({ files: ['realm.json'], out: 'blueprint.yaml', force: true });
      expect(report.problems).toEqual([]);
      expect(JSON.stringify(report)).not.toContain(SECRET);
      const env = Object.fromEntries(report.data!.secrets.map(({ variable }) => [variable, 'set-by-somebody']));
      const authctl = createAuthctl({ env, cwd, localStack: false });
      const blueprint = await authctl.load(join(cwd, 'blueprint.yaml')).catch((thrown: unknown) => {
        throw new Error(`${String(thrown)}\n${report.data!.blueprint}`);
      });
      expand(blueprint);
      // What was said is what is loaded, to the letter.
      const { displayName = '' } = content;
      if (displayName !== '' && !displayName.includes('$(')) expect(blueprint.raw.keycloak.realm.displayName).toBe(displayName);
    }),
    { numRuns: draws(150) },
  );
});
