import type { Draft } from './draft.ts';
import { createDraft } from './draft.ts';
import type { Foreign } from './read-file.ts';
import { Problem } from '../core/problem.ts';
import { sayRealm } from './keycloak/index.ts';

export { readForeign } from './read-file.ts';
export type { Draft } from './draft.ts';
export { blueprintText } from './write.ts';

/** Where what is imported stands, as far as whoever asks knows it. */
export interface Places {
  readonly keycloak?: string | undefined;
}
export interface ImportRequest {
  /** The blueprint's: the mark that its objects get when it takes over. */
  readonly name?: string | undefined;
  readonly files: readonly Foreign[];
  readonly places?: Places;
}

/** Only looked at until somebody decides: an import is no takeover. */
const MANAGE = 'none';

/** Everything that the sources have, as one blueprint. */
export const draftOf = ({ name, files, places = {} }: ImportRequest): Draft => {
  const draft = createDraft();
  const kinds = files.map((file) => ({ file, kind: kindOf(file) }));
  const realms = kinds.filter(({ kind }) => kind === 'realm');
  const [first, second] = realms;
  if (second) throw new Problem('IMPORT_TWICE', `"${second.file.file}" is a second realm: a blueprint has one`, { at: second.file.at('realm'), sensitive: true, hint: 'import each into a blueprint of its own' });
  draft.put(['apiVersion'], 'authctl/v1');
  draft.put(['name'], name ?? nameFrom(String(first?.file.content.realm ?? 'imported')));
  draft.put(['manage'], MANAGE);
  draft.comment(['manage'], 'Nothing is written to what stands below. To take it over, take this line away, and read what "authctl plan --adopt" would do.');
  draft.put(['targets', 'keycloak', 'url'], draft.reference(`KEYCLOAK_URL:-${places.keycloak ?? 'http://localhost:8080'}`));
  draft.put(['targets', 'keycloak', 'credentials'], { clientId: 'authctl', clientSecret: draft.secret('KEYCLOAK_CLIENT_SECRET', 'the client authctl of the realm master, by which it works') });
  if (first) sayRealm(draft, first.file.content, first.file.at('realm'));
  return draft;
};

const kindOf = ({ file, content, at }: Foreign): 'realm' | 'kong' => {
  if (typeof content.realm === 'string') return 'realm';
  throw new Problem('IMPORT_UNKNOWN_FILE', `"${file}" is no file that can be imported`, { at: at(), sensitive: true, expected: 'a realm ("realm": its name), or a file of decK ("_format_version")' });
};

/** A blueprint's name, made of a realm's. */
const nameFrom = (realm: string): string => {
  const plain = realm.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return (/^[a-z]/.test(plain) ? plain : `realm-${plain}`).slice(0, 31).replace(/-+$/, '');
};
