import type { Row } from '../schema/types.ts';
import { isUuid } from '../schema/validators.ts';
import { unescapeUri } from './arguments.ts';
import { children, insert, remove, select } from './dao.ts';
import type { Database } from './database.ts';
import { notFound, plain, schemaViolation } from './errors.ts';
import { ok } from './endpoints.ts';
import type { Overrides } from './overrides.ts';
import type { Call, Handler, Reply } from './routing.ts';

const namesOf = (db: Database, id: unknown): string[] =>
  children(db, 'snis', 'certificate', id).map((row) => String(row['name'])).sort();

const withNames = (db: Database, reply: Reply): Reply => {
  const row = reply.body as Row;
  return { ...reply, body: { ...row, snis: namesOf(db, row['id']) } };
};

/** The names a request gives, without `undefined` when it gives none. Throws when one is there twice or belongs to another certificate. */
const readNames = (db: Database, given: unknown, id: string | undefined): readonly string[] | undefined => {
  if (given === undefined) return undefined;
  const names = given === null ? [] : (Array.isArray(given) ? given : [given]).map(String);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) throw schemaViolation({ snis: `${name} is duplicated` });
    const held = db.store.find('snis', 'name', name);
    if (held && (held['certificate'] as Row)['id'] !== id) {
      const other = String((held['certificate'] as Row)['id']);
      throw schemaViolation({ snis: `${name} already associated with existing certificate '${other}'` });
    }
  }
  return names;
};

const setNames = (db: Database, id: unknown, names: readonly string[]): void => {
  for (const row of children(db, 'snis', 'certificate', id)) {
    if (!names.includes(String(row['name']))) remove(db, 'snis', { field: 'id', value: String(row['id']) });
  }
  const before = namesOf(db, id);
  for (const name of names) if (!before.includes(name)) insert(db, 'snis', { name, certificate: { id } });
};

const writeWithNames = (db: Database) => (parent: Handler): Handler => (call) => {
  const id = call.params['certificates'];
  const names = readNames(db, call.method === 'PUT' ? (call.post['snis'] ?? null) : call.post['snis'], id);
  const reply = parent(call);
  if (names) setNames(db, (reply.body as Row)['id'], names);
  return withNames(db, reply);
};

/** A server name may stand in the path in the place of the certificate's id (`kong/api/routes/certificates.lua`). */
const byName = (db: Database) => (parent: Handler): Handler => (call: Call) => {
  const text = unescapeUri(call.params['certificates'] ?? '');
  if (isUuid(text)) return parent(call);
  const sni = select(db, 'snis', { field: 'name', value: text });
  if (!sni && call.method !== 'PUT') throw plain(404, 'SNI not found');
  const id = String(sni ? (sni['certificate'] as Row)['id'] : db.rules.uuid());
  const given = call.post['snis'];
  const listed = given === undefined || given === null ? [] : Array.isArray(given) ? given : [given];
  const snis = call.method === 'PUT' && !listed.includes(text) ? [...listed, text] : given;
  return parent({ ...call, params: { ...call.params, certificates: id }, ...(call.method === 'PUT' && { post: { ...call.post, snis } }) });
};

export const certificateOverrides = (db: Database): Overrides => {
  const resolve = byName(db);
  const write = writeWithNames(db);
  const show = (parent: Handler): Handler => (call) => {
    const id = (call.params['certificates'] ?? '').toLowerCase();
    if (!select(db, 'certificates', { field: 'id', value: id })) throw notFound({ id });
    return withNames(db, parent(call));
  };
  const listed = (parent: Handler): Handler => (call) => {
    const reply = parent(call);
    const body = reply.body as { readonly data: readonly Row[] };
    return ok({ ...body, data: body.data.map((row) => ({ ...row, snis: namesOf(db, row['id']) })) });
  };
  const below = { GET: resolve, POST: resolve };
  return {
    '/certificates': { GET: listed, POST: write },
    '/certificates/:certificates': {
      GET: (parent) => resolve(show(parent)),
      PUT: (parent) => resolve(write(parent)),
      PATCH: (parent) => resolve(write(parent)),
      DELETE: (parent) => resolve((call) => {
        setNames(db, call.params['certificates'], []);
        return parent(call);
      }),
    },
    '/certificates/:certificates/snis': below,
    '/certificates/:certificates/snis/:snis': { GET: resolve, PUT: resolve, PATCH: resolve, DELETE: resolve },
  };
};
