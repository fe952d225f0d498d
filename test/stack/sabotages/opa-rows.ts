import type { Sabotage, Told } from './table.ts';

/** What somebody at an OPA, or at the store it reads from, can do. */
export interface OpaHand {
  /** Takes a policy; the status is returned. */
  readonly policy: (id: string, rego: string) => Promise<number>;
  readonly data: (path: string, value: unknown) => Promise<number>;
  /** Changes a file of the published bundle behind its manifest, and returns when OPA decides by it. */
  readonly tamper: (change: (path: string, text: string) => string) => Promise<void>;
  /** Takes the published bundle away. */
  readonly unpublish: () => Promise<void>;
}

const beside = (kind: string, name: string): RegExp => new RegExp(`^opa\\.${kind}/127\\.0\\.0\\.1:\\d+/${name}$`);
const published: Told = { effect: 'change', address: /^opa\.bundle\/shop$/ };
const always = (allow: boolean) => (path: string, text: string): string =>
  path.endsWith('authz.rego') ? text.replace(/^default allow := .*$/m, '').replace(/^(package .*)$/m, '$1').replaceAll(/^allow\b/gm, 'was_allowed').concat(`\nallow := ${allow}\n`) : text;

/** What was done by hand to a good OPA, and what drift says to it. */
export const opaRows: readonly Sabotage<OpaHand>[] = [
  { what: 'a bundle that lets everybody in, under the revision of the good one', do: (hand) => hand.tamper(always(true)), told: [published, { effect: 'opens', address: beside('decision', 'yes') }], verify: ['AZ-06'] },
  { what: 'a bundle that lets nobody in', do: (hand) => hand.tamper(always(false)), told: [published, { effect: 'breaks', address: beside('decision', 'no') }] },
  { what: 'a comment in the published policy', do: (hand) => hand.tamper((path, text) => (path.endsWith('authz.rego') ? `${text}\n# theirs\n` : text)), told: published },
  { what: 'the bundle taken out of the store', do: (hand) => hand.unpublish(), told: published },
  { what: 'a policy beside the bundle', do: (hand) => hand.policy('theirs', 'package theirs.rules\n\nallow := true\n'), told: { effect: 'differs', address: beside('policy', 'theirs') } },
  { what: 'a policy under a name that looks like ours', do: (hand) => hand.policy('shop/more.rego', 'package shopping\n\nallow := true\n'), told: { effect: 'differs', address: beside('policy', 'shop/more\\.rego') } },
  { what: 'a policy about who may ask', do: (hand) => hand.policy('gate', 'package system.authz\n\ndefault allow := true\n'), told: { effect: 'opens', address: beside('policy', 'gate') } },
  { what: 'a policy about the decision log', do: (hand) => hand.policy('mask', 'package system.log\n\nmask contains "/input/token"\n'), told: { effect: 'differs', address: beside('policy', 'mask') } },
  { what: 'a policy for questions without a path', do: (hand) => hand.policy('main', 'package system\n\nmain := true\n'), told: { effect: 'differs', address: beside('policy', 'main') } },
  { what: 'data beside the bundle', do: (hand) => hand.data('theirs', { admins: ['mallory'] }), told: { effect: 'differs', address: beside('data', 'theirs') } },
  // What OPA itself rules out, so that nothing is there to be told.
  { what: 'a policy below our root', do: async (hand) => refused(await hand.policy('more', 'package shop.authz\n\nallow := true\n')), told: 'silent' },
  { what: 'data below our root', do: async (hand) => refused(await hand.data('shop/blueprint', {})), told: 'silent' },
  { what: 'a question that is no business of ours', do: (hand) => hand.data('', undefined), told: 'silent' },
];

const refused = (status: number): void => {
  if (status !== 400) throw new Error(`OPA took it: ${status}`);
};
