import { describe, expect, it } from 'vitest';
import { shopWith } from './entities.ts';
import type { Rows } from './reach-world.ts';
import { world } from './reach-world.ts';

const { told, realm, addFlow, step } = world(() => shopWith());
const corp = () => realm().beside.identityProviders[0] as Record<string, unknown>;

const rows: Rows = [
  ['the flow that is meant by itself', () => (corp().firstBrokerLoginFlowAlias = 'first broker login'), []],
  ['one that takes over accounts', () => { addFlow('auto', [step('idp-create-user-if-unique', 'ALTERNATIVE'), step('idp-auto-link', 'ALTERNATIVE')]); corp().postBrokerLoginFlowAlias = 'auto'; }, ['opens flow/auto: by the flow "auto" of the identity provider corp people take over accounts by idp-auto-link']],
  ['one with other steps', () => { addFlow('own', [step('idp-review-profile')]); corp().postBrokerLoginFlowAlias = 'own'; }, ['differs flow/own: by the flow "own" of the identity provider corp people come in by steps that the blueprint does not state']],
  ['one that is not there', () => (corp().postBrokerLoginFlowAlias = 'gone'), ['breaks flow/gone: by the flow "gone" of the identity provider corp nobody gets through: it is not there']],
];

describe('the flow of an identity provider of the blueprint', () => {
  it.each(rows)('%s', async (_what, change, expected) => {
    change();
    expect((await told()).filter((line) => line.includes('flow/'))).toEqual(expected);
  });
});
