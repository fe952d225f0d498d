import { readFile } from 'node:fs/promises';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem, reason } from '../../core/problem.ts';
import type { ExistingBundle, StackNeeds } from '../types.ts';
import { NOWHERE } from './placeholders.ts';

/** The bundle that somebody else publishes, as the local OPA and services fetch it. What is in the stack's own store is there by its name. */
export const existingBundleOf = async ({ authorization: { bundle }, at }: Blueprint): Promise<Pick<StackNeeds, 'existingBundle'>> => {
  if (!bundle) return {};
  const { name, url = '', file, module, token, scope } = bundle;
  const place = (address: string): Exclude<ExistingBundle['from'], { readonly file: string }> =>
    address.startsWith(`${NOWHERE}/`) ? { stored: address.slice(NOWHERE.length + 1) } : { url: address, ...(token && { token: token.reveal() }) };
  const keys = await Promise.all(
    Object.entries(bundle.keys).map(async ([id, key]) => {
      const text = await readFile(key.file, 'utf8').catch((cause: unknown) => {
        throw new Problem('OPA_BUNDLE_FOREIGN', `the key "${id}" of the bundle cannot be read: ${reason(cause)}`, { at: at(`authorization.bundle.keys.${id}`), cause });
      });
      return [id, { algorithm: key.algorithm, key: text }] as const;
    }),
  );
  return {
    existingBundle: {
      name,
      from: file === undefined ? place(url) : { file },
      ...(module !== undefined && { module: place(module) }),
      keys: Object.fromEntries(keys),
      ...(scope !== undefined && { scope }),
    },
  };
};
