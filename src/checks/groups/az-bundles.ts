import { bundleName, hasPolicy } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { isObject } from '../../core/json.ts';
import type { Check, Outcome, PlainSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { readJson } from '../kit/http.ts';
import type { Kit } from '../kit/index.ts';

const signing = (blueprint: Blueprint) => (hasPolicy(blueprint) ? blueprint.targets.opa?.bundle.signing : undefined);

/** The keys of which one must have signed what an OPA takes, as algorithms by id: that of the blueprint, or those of whoever publishes in its place. */
const keysOf = (blueprint: Blueprint): Readonly<Record<string, string>> => {
  if (!hasPolicy(blueprint)) return {};
  const { bundle } = blueprint.authorization;
  const own = signing(blueprint);
  return { ...(own && { [own.keyId]: own.algorithm }), ...Object.fromEntries(Object.entries(bundle?.keys ?? {}).map(([id, { algorithm }]) => [id, algorithm])) };
};

const eachServer = (blueprint: Blueprint): readonly (PlainSubject & { readonly server: string })[] => {
  const origin = blueprint.at(blueprint.authorization.bundle ? 'authorization.bundle.keys' : 'targets.opa.bundle.signing');
  return Object.keys(keysOf(blueprint)).length > 0 ? (blueprint.targets.opa?.servers ?? []).map((server) => ({ name: `opa ${server}`, server, origin, of: 'opa' })) : [];
};

const theArchives = (blueprint: Blueprint): readonly PlainSubject[] =>
  signing(blueprint) ? [{ name: `the bundle ${blueprint.name}`, origin: blueprint.at('targets.opa.bundle.signing'), of: 'opa' }] : [];

interface Configuration {
  readonly bundles?: Readonly<Record<string, { readonly signing?: { readonly keyid?: string } }>>;
  readonly keys?: Readonly<Record<string, { readonly algorithm?: string }>>;
}

/** Where a key states no algorithm. (v1/keys/keys.go; https://www.openpolicyagent.org/docs/configuration#keys) */
const USUAL = 'RS256';

/** OPA tells its configuration without credentials and without the keys themselves. */
const demandsSignature = async (server: string, kit: Kit): Promise<Outcome> => {
  const { blueprint } = kit;
  const token = blueprint.targets.opa?.token;
  const answer = await kit.send({
    url: `${server}/v1/config`,
    method: 'GET',
    headers: token ? [['Authorization', `Bearer ${token.reveal()}`]] : [],
  });
  const evidence = [{ request: `the configuration of ${server}`, status: answer.status }];
  if (answer.status !== 200) return { status: 'inconclusive', why: 'OPA does not tell its configuration', evidence };
  // A proxy in front has a page for everything.
  const told = readJson(answer.body)?.['result'];
  if (!isObject(told)) return { status: 'inconclusive', why: 'what answers for the configuration is no OPA', evidence };
  const { bundles = {}, keys = {} } = told as Configuration;
  const wanted = keysOf(blueprint);
  const called = bundleName(blueprint);
  const demanded = bundles[called]?.signing;
  const hint = `configure bundles.${called}.signing.keyid and keys.${Object.keys(wanted)[0] ?? ''} on this server`;
  if (demanded === undefined) return { status: 'failed', why: 'it takes unsigned bundles', hint, evidence };
  // Without a key id of its own, OPA takes the one that the signature names, of all that it knows: whoever has one of these writes the policy.
  const ids = demanded.keyid === undefined ? Object.keys(keys) : [demanded.keyid];
  const algorithms = Object.fromEntries(Object.entries(keys).map(([id, { algorithm = USUAL }]) => [id, algorithm]));
  const others = ids.filter((id) => !Object.hasOwn(wanted, id) || !Object.hasOwn(algorithms, id) || algorithms[id] !== wanted[id]);
  if (ids.length > 0 && others.length === 0) return { status: 'passed', evidence };
  if (ids.length === 0) return { status: 'failed', why: 'it demands a signature, and has no key to hold it against: it takes no bundle', hint, evidence };
  const named = (id: string): string => (Object.hasOwn(algorithms, id) ? `${algorithms[id]}${keys[id]?.algorithm === undefined ? ', as it states none,' : ''} by "${id}"` : `"${id}", of which it has no key: it takes no bundle`);
  const found = others.map(named).join(', ');
  if (others.length < ids.length) return { status: 'failed', why: `it takes what another key than the blueprint's has signed as well: ${found}`, hint: `state bundles.${called}.signing.keyid; while keys are changed, take the former one away when the next one signs`, evidence };
  return { status: 'failed', why: `it verifies with another key than the blueprint signs with: ${found}`, hint, evidence };
};

/** Bundles on their way: signed by the blueprint, and verified by whoever takes them. */
export const bundles: readonly Check[] = [
  defineCheck({
    id: 'AZ-12',
    claim: 'every OPA refuses a bundle that the key of the blueprint has not signed',
    severity: 'high',
    source: 'OPA documentation, bundle signature verification: bundles[].signing.keyid',
    needs: ['opa'],
    readsConfiguration: true,
    subjects: eachServer,
    run: ({ server }, kit) => demandsSignature(server, kit),
  }),
  defineCheck({
    id: 'AZ-13',
    claim: 'what is published is signed by the key of the blueprint, every file of it as it was',
    severity: 'high',
    source: 'OPA documentation, bundle signing; the blueprint: signing',
    needs: ['opa'],
    readsConfiguration: true,
    subjects: theArchives,
    run: async (_subject, kit) => {
      const { expand } = await import('../../patterns/index.ts');
      const { name } = kit.blueprint;
      const wanted = expand(kit.blueprint).desired.find(({ kind }) => kind === 'opa.bundle')?.spec ?? {};
      const live = (await kit.live('opa.bundle')).find(({ id }) => id === name)?.spec ?? {};
      const stated = ['signature', 'module'].filter((field) => field in wanted);
      const evidence = stated.map((field) => ({ request: `the ${field} of the published bundle`, answer: String(live[field] ?? 'none') }));
      const wrong = stated.filter((field) => live[field] !== wanted[field]);
      if (wrong.length === 0) return { status: 'passed', evidence };
      const why = wrong.map((field) => `${field}: ${String(live[field] ?? 'none')} instead of ${String(wanted[field])}`).join('; ');
      return { status: 'failed', why, hint: 'authctl apply publishes it again; who else can write to the store?', evidence };
    },
  }),
];
