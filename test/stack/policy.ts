import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packBundle } from '../../src/providers/opa/archive.ts';
import { buildBundle } from '../../src/providers/opa/bundle.ts';
import { stackEnv } from './authctl.ts';
import { eventually } from '../eventually.ts';

const ALLOW_ALL = 'package shop.authz\n\nallow := true\n\nreasons := []\n';

/** Puts a policy that allows everything into the bundle store, by hand, and waits until OPA decides by it. */
export const publishAllowAll = async (): Promise<void> => {
  const { BUNDLE_STORE = '', OPA_URL = '' } = stackEnv();
  const { files } = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': ALLOW_ALL }, data: {} });
  await writeFile(join(BUNDLE_STORE.replace(/^file:/, ''), 'shop.tar.gz'), await packBundle(files));
  const allows = async (): Promise<boolean> => {
    const answer = await fetch(`${OPA_URL}/v1/data/shop/authz/allow`, { method: 'POST', body: '{"input":{}}' });
    return ((await answer.json()) as { result?: unknown }).result === true;
  };
  await eventually('OPA to take the bundle', allows);
};
