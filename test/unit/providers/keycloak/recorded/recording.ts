import type { Answered, Ask, Caller } from './ask.ts';
import { requests } from './requests.ts';

/** One request with its answer; ids, times, generated secrets and keys stand as `<id 1>`, `<time>`, `<secret>`, `<key>`. */
export interface Recorded {
  /** `POST /recorded/roles`, and as whom when it is not the administrator. */
  readonly request: string;
  readonly sent?: Answered;
  readonly status: number;
  readonly body?: Answered;
}

/** Sends one request as it is, to a real server or to the fake. */
export type Transport = (
  method: string,
  path: string,
  asking: { readonly body?: unknown; readonly form?: Readonly<Record<string, string>>; readonly as?: Caller },
) => Promise<{ readonly status: number; readonly body: unknown }>;

/** As it is kept: one answer a line, for people who look at what has changed. */
export const written = (recording: readonly Recorded[]): string => `[\n${recording.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`;

/** Plays all requests against a server, and answers what it said in a form that is the same every time. */
export const recordingOf = async (transport: Transport): Promise<readonly Recorded[]> => {
  const records: Recorded[] = [];
  const ask: Ask = async (method, path, { only, ...asking } = {}) => {
    const { status, body } = await transport(method, path, asking);
    const seen = only === undefined ? body : asList(body).filter(({ name }) => name === only);
    records.push({
      request: [method, path, ...(asking.as ? [`as ${asking.as}`] : []), ...(only ? [`only ${only}`] : [])].join(' '),
      ...((asking.body ?? asking.form) !== undefined && { sent: asking.body ?? asking.form }),
      status,
      ...(seen !== '' && seen !== undefined && { body: readIn(path, seen) }),
    });
    return seen;
  };
  await requests(ask);
  return normal(records);
};

const asList = (body: Answered): Answered[] => (Array.isArray(body) ? body : []);

/** What a partial export shows beside what the provider reads: whole objects that are not its business. */
const UNREAD = new Set(['authenticationFlows', 'authenticatorConfig', 'requiredActions', 'clientScopeMappings']);
/** Clients that every realm has. */
const SHIPPED = new Set(['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console']);
const PROFILE = 'org.keycloak.userprofile.UserProfileProvider';

/** What the provider reads: of an export and of a realm's keys, which are many, a part. */
const readIn = (path: string, body: Answered): Answered => {
  if (path.endsWith('/keys')) return { active: body.active };
  if (path.startsWith('/master/clients?')) return asList(body).map(({ id, clientId }) => ({ id, clientId }));
  return path.includes('/partial-export') ? readInExport(body) : body;
};

const readInExport = ({ components, roles, ...exported }: Answered): Answered => ({
  ...Object.fromEntries(Object.entries(exported).filter(([field]) => !UNREAD.has(field))),
  ...(roles && { roles: { realm: roles.realm, client: Object.fromEntries(Object.entries(roles.client).filter(([client]) => !SHIPPED.has(client))) } }),
  ...(components?.[PROFILE] && { components: { [PROFILE]: components[PROFILE].map(({ config }: Answered) => ({ config })) } }),
});

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIMES = new Set(['createdTimestamp', 'createdDate', 'timestamp', 'client.secret.creation.time']);
const KEYS = new Set(['kid', 'n', 'x', 'y', 'x5c', 'x5t', 'x5t#S256']);

/** Lists in an order of their own, and everything that is different each time replaced by its name. */
const normal = (records: readonly Recorded[]): readonly Recorded[] => {
  const ids = new Map<string, string>();
  const named = (text: string): string =>
    text.replace(ID, (id) => {
      if (!ids.has(id)) ids.set(id, `<id ${ids.size + 1}>`);
      return ids.get(id) ?? id;
    });
  const walk = (value: Answered, field: string): Answered => {
    if (TIMES.has(field)) return '<time>';
    if (KEYS.has(field)) return '<key>';
    if (field === 'access_token' || field === 'token') return '<secret>';
    // A second may pass between the token and its answer.
    if (field === 'expires_in') return '<seconds>';
    if (field === 'secret' && typeof value === 'string' && !/^(given-|\*)/.test(value)) return '<secret>';
    if (typeof value === 'string') return value.startsWith('{') ? JSON.stringify(walk(JSON.parse(value), '')) : named(value);
    if (Array.isArray(value)) return value.toSorted(bySpelling).map((item: Answered) => walk(item, ''));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.keys(value)
        .toSorted()
        .map((key) => [key, field === 'active' ? '<key>' : walk(value[key], key)]),
    );
  };
  return records.map(({ request, ...rest }) => ({ request: named(request), ...walk(rest, '') }));
};

const keyOf = (value: Answered): string =>
  typeof value === 'object' && value !== null
    ? String(value.name ?? value.clientId ?? value.username ?? value.client ?? value.clientScope ?? value.alg ?? JSON.stringify(value))
    : String(value);
const bySpelling = (left: Answered, right: Answered): number => (keyOf(left) < keyOf(right) ? -1 : keyOf(left) > keyOf(right) ? 1 : 0);
