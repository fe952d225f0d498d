import type { Stored } from '../blueprint/stored.ts';
import { groupBy } from '../core/collections.ts';
import { Problem } from '../core/problem.ts';
import { errnoOf, statusOf } from '../providers/thrown.ts';
import { textOrField } from './given.ts';
import type { Given } from './given.ts';

/** `arn:partition:service:region:account:…` */
export const regionOf = (name: string): string | undefined => /^arn:[^:]+:[^:]+:([^:]+):/.exec(name)?.[1];

const LOGIN = /Credential|Token|Signature|UnrecognizedClient|AccessDenied|MissingAuthentication|NotAuthorized|OptInRequired/;
const NONE = /^(ResourceNotFoundException|ParameterNotFound|ParameterVersionNotFound)$/;

interface Reading {
  /** Of the service. */
  readonly what: string;
  /** That a login needs for it. */
  readonly action: string;
  /** The text that is held under a name; why there is none that counts. */
  readonly read: (name: string) => Promise<string | { readonly why: string; readonly hint?: string }>;
}

/** Each name is read once, for all that refer to it; what is wrong with it is told of the first. */
export const readEach = async (wanted: readonly Stored[], { what, action, read }: Reading): Promise<readonly Given[]> =>
  (
    await Promise.all(
      [...groupBy(wanted, ({ name }) => name)].map(async ([name, its]): Promise<readonly Given[]> => {
        const failed = (why: (one: Stored) => Problem): readonly Given[] => its.slice(0, 1).map((one) => [one, why(one)] as const);
        try {
          const text = await read(name);
          if (typeof text === 'string') return its.map((one) => [one, textOrField(text, one)] as const);
          return failed(({ reference, at }) => new Problem('SECRETS_MISSING', `what ${reference} refers to is ${text.why}`, { at, hint: text.hint }));
        } catch (thrown) {
          return failed((one) => problemOf(thrown, what, action, one));
        }
      }),
    )
  ).flat();

/** What the SDK threw, as a problem at the line that asked for it. A bug is thrown on. */
const problemOf = (thrown: unknown, what: string, action: string, { reference, at }: Stored): Problem => {
  if (!(thrown instanceof Error)) throw thrown;
  const { name, message } = thrown;
  const status = statusOf(thrown);
  if (/Region is missing/i.test(message)) return new Problem('SECRETS_SETTING', `no region is stated for ${what}`, { at, hint: 'export AWS_REGION=eu-central-1, or refer to the secret by its ARN' });
  if (NONE.test(name)) return new Problem('SECRETS_MISSING', `${what} has no ${reference}`, { at, hint: 'is it in this region and account?' });
  if (LOGIN.test(name)) return new Problem('SECRETS_FORBIDDEN', `${what} does not let this login read ${reference}: ${name}`, { at, hint: `check the credentials (aws sts get-caller-identity) and that they may ${action}, and kms:Decrypt where it has a key of its own` });
  if (status === undefined || status >= 500 || status === 429) {
    if (status === undefined && errnoOf(thrown) === undefined && !/Timeout|Abort|Network/.test(name)) throw thrown;
    return new Problem('SECRETS_UNREACHABLE', `${what} did not answer: ${errnoOf(thrown) ?? name}`, { at, nature: 'unreachable', hint: 'is AWS reachable from here?' });
  }
  return new Problem('SECRETS_REFUSED', `${what} did not give ${reference} (${status}): ${name}`, { at, hint: 'its name says why; docs/secrets.md has what can be referred to' });
};
