import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBlueprint, referencedVariables } from '../../../src/blueprint/index.ts';
import type { ReadStored, Stored } from '../../../src/blueprint/stored.ts';
import { stackNeeds } from '../../../src/stack/needs/index.ts';
import { complaints, env, inDirectory, load, sso } from './loading.ts';

const IN_VAULT = '${vault:secret/data/shop#reports}';
/** The shop, whose reports client has its secret in a store. */
const shop = (reference: string = IN_VAULT): Promise<string> => sso(['"${REPORTS_SECRET}"', `"${reference}"`]);

/** A store that gives each reference a value, and remembers what it was asked. */
const store = () => {
  const asked: Stored[] = [];
  const readStored: ReadStored = (wanted) => {
    asked.push(...wanted);
    return Promise.resolve(new Map(wanted.map(({ reference, key = 'all' }) => [reference, `value-of-${key}`])));
  };
  return { asked, readStored };
};

describe('a secret of a store', () => {
  it.each([
    [IN_VAULT, { store: 'vault', name: 'secret/data/shop', key: 'reports' }],
    ['${aws-secret:shop/reports#secret}', { store: 'aws-secret', name: 'shop/reports', key: 'secret' }],
    ['${aws-secret:arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf}', { store: 'aws-secret', name: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf' }],
    ['${ssm:/shop/reports}', { store: 'ssm', name: '/shop/reports' }],
    ['${ssm:/shop/reports:3#secret}', { store: 'ssm', name: '/shop/reports:3', key: 'secret' }],
  ])('is asked for once, at its line, and is a secret: %s', async (reference, parts) => {
    const { asked, readStored } = store();
    const text = await shop(reference);
    const blueprint = await load(text, { readStored });
    expect(blueprint.realm.clients['reports']).toHaveProperty('secret');
    const value = `value-of-${'key' in parts ? parts.key : 'all'}`;
    expect(blueprint.secrets.map((secret) => secret.reveal())).toContain(value);
    expect(JSON.stringify(blueprint)).not.toContain(value);
    const line = text.split('\n').findIndex((one) => one.includes(reference)) + 1;
    expect(asked).toEqual([{ ...parts, reference, at: expect.objectContaining({ line, column: 15 }) as object }]);
  });

  it('is asked for once where several fields refer to it, and only in the environment that is chosen', async () => {
    const { asked, readStored } = store();
    const text = `${await sso(['"${REPORTS_SECRET}"', `"${IN_VAULT}"`], ['"${ALICE_PASSWORD}"', `"${IN_VAULT}"`])}\nenvironments:\n  other:\n    personas: { sam: { password: "\${ssm:/sam}" } }\n`;
    await load(text, { readStored });
    expect(asked.map(({ reference }) => reference)).toEqual([IN_VAULT]);
    await load(text, { readStored, overlay: 'other' });
    expect(asked.map(({ reference }) => reference)).toEqual([IN_VAULT, IN_VAULT, '${ssm:/sam}']);
  });

  it('is asked for by nobody while anything else is wrong, nor for what contacts nothing, which lists it', async () => {
    const { asked, readStored } = store();
    expect(await complaints((await shop()).replace('type: service', 'type: servic'), { readStored })).not.toEqual([]);
    expect(await complaints(await shop(), { readStored, env: { ...env, ADA_PASSWORD: undefined } })).toMatchObject([{ code: 'BLUEPRINT_VARIABLE_MISSING' }]);
    expect((await load(await shop(), { readStored, placeholders: true, env: { AWS_ENDPOINT: env['AWS_ENDPOINT'] } })).lacking.map(({ reference }) => reference)).toContain(IN_VAULT);
    expect(asked).toEqual([]);
  });

  it('is no value that was made up: where nobody asks, nothing is loaded', async () => {
    await expect(load(await shop())).rejects.toThrow(`nobody has asked for ${IN_VAULT}`);
    await expect(load(await shop(), { readStored: () => Promise.resolve(new Map()) })).rejects.toThrow('nobody has asked for');
  });

  it('that is short is refused', async () => {
    expect(await complaints(await shop(), { readStored: (wanted) => Promise.resolve(new Map(wanted.map(({ reference }) => [reference, 'seven77']))) })).toMatchObject([{ code: 'BLUEPRINT_SECRET_SHORT', marked: `"${IN_VAULT}"` }]);
  });

  it.each(['${vault:secret/data/shop}', '${vault:#key}', '${aws-secret:}', '${ssm:a b}', '${aws-secret:a#b#c}', '${vaults:a#b}'])('is referred to by no other form: %s', async (reference) => {
    expect((await complaints(await shop(reference), store())).map(({ code, marked }) => [code, marked])).toEqual([['BLUEPRINT_REFERENCE', `"${reference}"`]]);
  });

  it('stands nowhere else, in no environment', async () => {
    const elsewhere = await sso(['"${KONG_PROXY_URL:-http://localhost:8000}"', '"${ssm:/address}"']);
    expect(await complaints(elsewhere, store())).toMatchObject([{ code: 'BLUEPRINT_STORED_PLACE', marked: '"${ssm:/address}"' }]);
    const other = `${await sso()}\nenvironments:\n  other:\n    targets: { kong: { proxy: { url: "\${ssm:/address}" } } }\n`;
    expect(await complaints(other, store())).toMatchObject([{ code: 'BLUEPRINT_STORED_PLACE', marked: '"${ssm:/address}"' }]);
    expect(await complaints(await shop(`prefix-${IN_VAULT}`), store())).toMatchObject([{ code: 'BLUEPRINT_SECRET_LITERAL' }]);
  });

  it('is listed among what a blueprint refers to, and is nothing that a local stack makes up', async () => {
    await inDirectory({ 'blueprint.yaml': await shop() }, async (directory) => {
      const file = join(directory, 'blueprint.yaml');
      expect(await referencedVariables(file)).toContainEqual({ kind: 'stored', name: IN_VAULT, secret: true, required: true });
      const { secretNames } = await stackNeeds(file, {});
      expect([secretNames.includes('REPORTS_SECRET'), secretNames.includes('ALICE_PASSWORD')]).toEqual([false, true]);
      await expect(loadBlueprint(file, { env })).rejects.toThrow('nobody has asked');
    });
  });
});
