import type { Danger, Desired, Effect, Live, Spec } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Fields } from '../../../core/spec.ts';
import { setsInOrder } from '../../../core/spec.ts';
import { unstated, unstatedDangers } from '../../../core/unstated.ts';
import type { Unstated } from '../../../core/unstated.ts';
import { fieldsOf, kong } from '../specs/index.ts';
import { configFields } from '../specs/plugin-config.ts';
import { isTooShort } from '../specs/service.ts';
import type { Gateway } from './gateway.ts';
import { stillMeant } from './schema-defaults.ts';
import type { SchemaOf } from './schema-defaults.ts';

/** Objects of ours with something in them that the blueprint does not state and the server does not ship: each field by itself. */
export const strangeFields = async ({ wanted, live, name }: Gateway, schemaOf: SchemaOf): Promise<readonly Danger[]> => {
  const found = await Promise.all(
    live.map(async (object): Promise<readonly Danger[]> => {
      const desired = wanted.get(addressOf(object));
      if (desired === undefined || object.owner !== name) return [];
      const known = knownFields(desired, object);
      if (unstated(known, desired.spec, object.spec).length === 0) return [];
      // Only now is the server asked what it ships: nobody states most of a plugin's fields, and nearly all are as they came.
      const fields = await shippedFields(desired, known, schemaOf);
      return unstatedDangers(desired, { ...object, spec: setsInOrder(fields, object.spec) }, { fields, effectOf: (field) => effectOf(object, field) });
    }),
  );
  return found.flat();
};

const knownFields = ({ kind, spec }: Desired, held: Live): Fields =>
  kind === kong.plugin.kind ? withConfig(fieldsOf(kind), configFields(String(held.spec.name ?? spec.name))) : { ...fieldsOf(kind), ...SHOWN_BESIDE[kind] };

/** What Kong shows with a row and keeps in rows of their own. */
const SHOWN_BESIDE: Readonly<Record<string, Fields>> = { [kong.certificate.kind]: { snis: { shape: 'list', readOnly: true } } };

const withConfig = (fields: Fields, config: Fields): Fields => ({ ...fields, config: { shape: 'record', fields: config, access: 'what it demands' } });

/** What the live schema says, where it says anything: its defaults are those of this very version. */
const shippedFields = async ({ kind, spec }: Desired, known: Fields, schemaOf: SchemaOf): Promise<Fields> => {
  if (kind !== kong.plugin.kind) return { ...(await schemaOf(SCHEMAS[kind] ?? '')), ...withoutUnknown(known) };
  const schema = await schemaOf(`plugins/${String(spec.name)}`);
  const config = schema?.config?.fields;
  const stated = spec.config;
  return config === undefined ? known : withConfig(known, stillMeant(config, typeof stated === 'object' && stated !== null ? (stated as Spec) : {}));
};

/** Kinds of which the declaration leaves much to the server. */
const SCHEMAS: Readonly<Record<string, string>> = { [kong.upstream.kind]: 'upstreams', [kong.vault.kind]: 'vaults' };
const withoutUnknown = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, { shape, default: usual }]) => usual !== undefined || (shape !== 'record' && shape !== 'map')));

/** Plugins of ours that guard: a field of theirs that somebody set by hand is a thinner guard until somebody has looked at it. */
const guards = (name: string): boolean => name.startsWith('authctl-') || ['jwt', 'openid-connect', 'opa', 'acl', 'key-auth', 'basic-auth', 'hmac-auth', 'cors', 'ip-restriction'].includes(name);

const effectOf = (live: Live, { path, held, access }: Unstated): Effect | undefined => {
  if (kong.service.is(live) && path.endsWith('_timeout')) return isTooShort(held) ? 'breaks' : undefined;
  if (!kong.plugin.is(live)) return kong.route.is(live) && NARROWS.has(path) ? 'breaks' : undefined;
  if (path === 'config.anonymous') return 'opens';
  if (REFUSES.has(`${live.spec.name} ${path}`)) return 'breaks';
  if (path.startsWith('config.')) return guards(live.spec.name) ? 'weakens' : 'differs';
  // A field that only a newer Kong, or Enterprise, has: when it runs (`ordering`), or for whom.
  if (access === undefined && path !== 'instance_name') return guards(live.spec.name) ? 'weakens' : 'differs';
  // A plugin of ours that runs for fewer requests than it was meant for.
  if (access !== undefined) return held === null ? 'differs' : 'weakens';
  return undefined;
};

/** What a guard asks of a token beside the rest: whoever has none of it is refused. */
const REFUSES: ReadonlySet<string> = new Set([...['max_age', 'clients', 'max_lifetime'].map((field) => `authctl-token-guard config.${field}`), ...['max_age', 'acr'].map((field) => `authctl-scope-guard config.${field}`), 'jwt config.maximum_expiration']);

/** Conditions that nobody stated: fewer requests become the route. */
const NARROWS: ReadonlySet<string> = new Set(['sources', 'destinations', 'snis', 'hosts', 'headers', 'protocols']);
