import type { Effect, Spec, SpecValue } from '../../../core/resource.ts';
import type { FieldChange } from '../../../core/spec.ts';
import { isSpec } from '../../../core/spec.ts';

/** `of` and `held` are the two configurations. */
type Judge = (change: FieldChange) => Effect | undefined;

/** What it does that a field of a configuration of ours is another one: nothing is said where that is not known. */
export const boundChanged = ({ of, held, ...change }: FieldChange): Effect | undefined => JUDGES[String(of['name'])]?.({ ...change, of: configOf(of), held: configOf(held) });

/** True where a plugin of the same name with this configuration lets some through that the stated one stops. */
export const letsMore = (name: string, of: Spec, held: Spec): boolean => {
  const judge = JUDGES[name];
  return judge !== undefined && Object.keys({ ...of, ...held }).some((inside) => !same(held[inside], of[inside]) && judge({ inside, live: held[inside], stated: of[inside], of, held }) === 'weakens');
};

const same = (one: SpecValue | undefined, other: SpecValue | undefined): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

const configOf = ({ config }: Spec): Spec => (isSpec(config) ? config : {});

const PERIODS: ReadonlySet<string> = new Set(['second', 'minute', 'hour', 'day', 'month', 'year']);
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number.POSITIVE_INFINITY);

const rate: Judge = ({ inside, live, stated }) => {
  if (PERIODS.has(inside)) return numberOf(live) > numberOf(stated) ? 'weakens' : 'breaks';
  // One count for all of a service stops everybody as soon as one has used it up; any other is shared by fewer, and who chooses its own name has as many as it likes.
  if (inside === 'limit_by') return live === 'service' ? 'breaks' : 'weakens';
  return inside === 'hide_client_headers' || inside.startsWith('error_') ? 'differs' : undefined;
};

const UNITS: Readonly<Record<string, number>> = { bytes: 1, kilobytes: 2 ** 10, megabytes: 2 ** 20 };
const bytesOf = ({ allowed_payload_size: count = 128, size_unit: unit = 'megabytes' }: Spec): number => numberOf(count) * (UNITS[String(unit)] ?? 1);

const size: Judge = ({ inside, live, of, held }) => {
  if (inside === 'require_content_length') return live === true ? 'breaks' : 'weakens';
  return bytesOf(held) > bytesOf(of) ? 'weakens' : bytesOf(held) < bytesOf(of) ? 'breaks' : 'differs';
};

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map((one) => String(one).toLowerCase()) : []);
/** Where nothing is listed, Kong allows everything. */
const isEverything = (value: unknown): boolean => textsOf(value).length === 0 || textsOf(value).includes('*');
const isMore = (live: unknown, stated: unknown): boolean => textsOf(live).some((one) => !textsOf(stated).includes(one));

const cors: Judge = ({ inside, live, stated }) => {
  if (['origins', 'methods', 'headers'].includes(inside)) return !isEverything(stated) && (isEverything(live) || isMore(live, stated)) ? 'weakens' : 'breaks';
  if (inside === 'exposed_headers') return isMore(live, stated) ? 'weakens' : 'breaks';
  if (inside === 'credentials') return live === true ? 'weakens' : 'breaks';
  return inside === 'max_age' ? 'differs' : undefined;
};

const holdsAll = (live: unknown, stated: unknown): boolean => textsOf(stated).every((one) => textsOf(live).includes(one));

/** Who decides is whoever answers there. */
const opa: Judge = ({ inside }) => (inside === 'url' ? 'opens' : undefined);

/** Each of the scopes is asked for; of the roles and of the levels of a sign-in any one will do. */
const scopes: Judge = ({ inside, live, stated }) => {
  if (inside === 'deny_all') return live === true ? 'breaks' : undefined;
  if (inside === 'scopes') return holdsAll(live, stated) ? 'breaks' : undefined;
  // Whoever has any token gets in where nothing is asked of the sign-in.
  if (inside === 'acr') return textsOf(live).length === 0 ? 'opens' : textsOf(stated).length === 0 || holdsAll(stated, live) ? 'breaks' : undefined;
  if (inside === 'max_age') return typeof live !== 'number' ? 'opens' : typeof stated !== 'number' || live < stated ? 'breaks' : undefined;
  if (inside === 'leeway') return numberOf(live) < numberOf(stated) ? 'breaks' : undefined;
  return inside === 'roles' && textsOf(stated).length === 0 ? 'breaks' : undefined;
};

/** Keys that are fetched more often, or a withdrawn key that is taken for longer; a new key that nobody sees, or an issuer that may not be away any more. */
const followed: Judge = ({ inside, live, stated }) => {
  const more = numberOf(live) > numberOf(stated);
  if (inside === 'jwks_refresh') return more ? 'weakens' : 'differs';
  if (inside === 'jwks_stale') return more ? 'weakens' : 'breaks';
  if (inside === 'jwks_cool_down') return more ? 'breaks' : 'weakens';
  return inside === 'jwks_allow_plain_http' && live === false ? 'breaks' : undefined;
};

const token: Judge = (change) => {
  const { inside, live, stated } = change;
  if (inside.startsWith('jwks_')) return followed(change);
  // Its keys are the only ones that get as far as jwt, and without it jwt looks for every key id that somebody makes up.
  if (inside === 'pinned_consumer') return typeof live === 'string' ? 'breaks' : 'differs';
  if (inside === 'header') return live === false ? 'breaks' : undefined;
  if (inside === 'leeway') return numberOf(live) < numberOf(stated) ? 'breaks' : undefined;
  if (inside === 'max_lifetime') return numberOf(live) < numberOf(stated) ? 'breaks' : undefined;
  if (!['clients', 'token_types', 'types', 'algorithms'].includes(inside) || textsOf(live).length === 0) return undefined;
  // An empty list asks for nothing.
  return textsOf(stated).length === 0 || holdsAll(stated, live) ? 'breaks' : undefined;
};

const JUDGES: Readonly<Record<string, Judge>> = { 'rate-limiting': rate, 'request-size-limiting': size, cors, 'authctl-opa': opa, 'authctl-scope-guard': scopes, 'authctl-token-guard': token };
