import { servicesDecide } from '../../access/decides.ts';
import { nodeAt } from '../tree.ts';
import type { Blueprint } from '../types.ts';
import { checkBaseUrl, checkCredentialsTravel, isLoopback } from './addresses.ts';
import type { Context } from './context.ts';

/** One place, nothing that goes with a policy of the blueprint's own, and nothing that could be changed on the way. */
export const checkExistingBundle = (context: Context, bundle: NonNullable<Blueprint['authorization']['bundle']>): void => {
  const { blueprint, root, findings } = context;
  const { url, file, token, module, keys, scope } = bundle;
  const path = ['authorization', 'bundle'];
  const wrong = (field: readonly string[], message: string, more: { readonly expected?: string; readonly hint?: string }): void => findings.add('BLUEPRINT_BUNDLE', field, message, more);
  if ((url === undefined) === (file === undefined))
    wrong(path, url === undefined ? 'nothing says where the bundle is' : 'it cannot be in two places', { expected: 'either url: https://bundles.example/authz.tar.gz, or file: policies/authz.tar.gz' });
  if (token && url === undefined && module === undefined) wrong([...path, 'token'], 'this is not used: nothing is fetched', { hint: 'remove it' });
  if (scope !== undefined && Object.keys(keys).length === 0) wrong([...path, 'scope'], 'this is not used: no key is stated that could have signed it', { hint: 'state keys' });
  for (const [field, address] of Object.entries({ url, module })) {
    if (address === undefined) continue;
    checkBaseUrl(context, [...path, field], address);
    if (token) checkCredentialsTravel(context, [...path, field], address, blueprint.targets.opa?.insecure);
    else if (Object.keys(keys).length === 0) checkUnsigned(context, [...path, field], address);
  }
  for (const [field, what] of [['policy', 'the policy is in the bundle'], ['roots', 'the bundle says itself what it owns']] as const)
    if (nodeAt(root, ['authorization', field])) wrong(['authorization', field], `this is not used: ${what}`, { hint: 'state "policy", or "bundle"' });
  if (nodeAt(root, ['targets', 'opa', 'bundle'])) wrong(['targets', 'opa', 'bundle'], 'nothing is published: authorization.bundle is published by somebody else', { hint: 'remove it' });
  if (servicesDecide(blueprint) && module === undefined)
    wrong(path, `with the pattern ${blueprint.authorization.pattern} services decide by a module, and nothing says where it is`, { expected: 'module: https://bundles.example/authz-service.tar.gz, as "opa build --target wasm" makes it' });
  if (!servicesDecide(blueprint) && module !== undefined) wrong([...path, 'module'], 'this is not used: no service decides itself', { hint: 'remove it' });
};

/** What nobody signed is believed for its address alone. */
const checkUnsigned = ({ blueprint, findings }: Context, path: readonly string[], address: string): void => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' || isLoopback(url) || blueprint.targets.opa?.insecure === true) return;
  findings.add('BLUEPRINT_INSECURE', path, `${path.join('.')} is plain http to another machine: whoever is on the way decides who may pass`, {
    expected: 'an https URL, or "keys" that have signed it',
    hint: 'where the network between is yours alone, say so with "insecure: true" at targets.opa',
  });
};
