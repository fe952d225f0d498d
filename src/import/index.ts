import type { Position } from '../core/problem.ts';
import { Problem } from '../core/problem.ts';
import type { JsonObject } from '../core/json.ts';
import { isLoopback } from '../blueprint/checks/addresses.ts';
import type { Draft } from './draft.ts';
import { createDraft, misfit, namesAt } from './draft.ts';
import { proposalOf } from './proposal.ts';
import { sayRealm } from './keycloak/index.ts';
import type { HttpApi } from './aws/model.ts';
import { sayApi } from './aws/say.ts';
import { apiOfTemplate, isTemplate } from './aws/template.ts';
import { apiOfTerraform, isTerraform } from './aws/terraform.ts';
import { issuerRealm, sayKong } from './kong/index.ts';
import type { Defaults } from './kong/index.ts';

export { readForeign } from './read-file.ts';
export { readRealm } from './keycloak/live.ts';
export { readGateway } from './kong/live.ts';
export { readApi } from './aws/live.ts';
export type { Draft } from './draft.ts';
export { blueprintText } from './write.ts';

/** A file, or what a server answered. */
export interface Source {
  /** What it is called in messages. */
  readonly file: string;
  readonly content: JsonObject;
  readonly at: (...path: readonly string[]) => Position | undefined;
  /** There are people who are not in it. */
  readonly more?: boolean;
  /** What the server that answered has when nobody says anything. */
  readonly defaults?: Defaults;
  /** The HTTP API that was read from API Gateway. */
  readonly api?: HttpApi;
}
/** Where what is imported stands, and as whom it was read, as far as whoever asks knows it. */
export interface Places {
  readonly keycloak?: { readonly url: string; readonly realm: string; readonly clientId: string } | undefined;
  readonly kong?: { readonly url: string; readonly store: 'database' | 'dbless'; readonly token: boolean } | undefined;
}
export interface Sources {
  /** The blueprint's: the mark that its objects get when it takes over. */
  readonly name?: string | undefined;
  readonly sources: readonly Source[];
  readonly places?: Places;
}

/** Only looked at until somebody decides: an import is no takeover. */
const MANAGE = 'none';

/** Everything that the sources have, as one blueprint. */
export const draftOf = ({ name, sources, places = {} }: Sources): Draft => {
  const draft = createDraft();
  const realm = only(sources.filter((source) => kindOf(source) === 'realm'));
  const gateway = only(sources.filter((source) => kindOf(source) === 'kong'));
  const cloud = only(sources.filter((source) => kindOf(source) === 'aws'));
  if (cloud) return ofApi(draft, { cloud, name, others: [realm, gateway].flatMap((one) => one ?? []) });
  // Whose tokens a gateway believes is said by the keys that it knows.
  const believed = gateway && issuerRealm(gateway.content);
  draft.put(['apiVersion'], 'authctl/v1');
  draft.put(['name'], name ?? nameFrom(String(realm?.content.realm ?? believed?.realm ?? 'imported')));
  draft.put(['manage'], MANAGE);
  draft.comment(['manage'], 'Nothing is written to what stands below. To take it over, take this line away, and read what "authctl plan --adopt" would do.');
  const { url = believed?.url ?? 'http://localhost:8080', realm: of = 'master', clientId = 'authctl' } = places.keycloak ?? {};
  draft.put(['targets', 'keycloak', 'url'], draft.reference(`KEYCLOAK_URL:-${url}`));
  draft.put(['targets', 'keycloak', 'credentials'], { ...(of !== 'master' && { realm: of }), clientId, clientSecret: draft.secret('KEYCLOAK_CLIENT_SECRET', `the client ${clientId} of the realm ${of}, by which authctl works`) });
  if (isInTheClear(url)) inTheClear(draft, ['targets', 'keycloak']);
  if (gateway) {
    const { url: admin = 'http://localhost:8001', store = 'database', token = false } = places.kong ?? {};
    draft.put(['targets', 'kong'], { admin: { url: draft.reference(`KONG_ADMIN_URL:-${admin}`), ...(token && { token: draft.secret('KONG_ADMIN_TOKEN', "Kong's Admin API") }) }, proxy: { url: draft.reference('KONG_PROXY_URL:-http://localhost:8000') }, ...(store === 'dbless' && { store }) });
    if (token && isInTheClear(admin)) inTheClear(draft, ['targets', 'kong', 'admin']);
  }
  if (realm) sayRealm(draft, realm.content, { at: realm.at('realm'), more: realm.more ?? false, mtls: url.startsWith('https:') });
  else {
    draft.put(['realm'], { name: believed?.realm ?? nameFrom(name ?? 'imported'), shared: true });
    draft.comment(['realm'], `No realm was imported: ${believed ? 'its keys say that this gateway believes tokens of this one' : 'name the one whose tokens count here'}.`);
  }
  const flat = gateway && sayKong(draft, gateway.content, gateway.defaults);
  draft.propose(proposalOf(flat, realm?.content, namesAt(draft, ['realm', 'clients'])));
  return draft;
};

/** What API Gateway believes is an issuer, whosever it is: no realm is made beside it. */
const ofApi = (draft: Draft, { cloud, name, others }: { readonly cloud: Source; readonly name: string | undefined; readonly others: readonly Source[] }): Draft => {
  const [other] = others;
  if (other) throw new Problem('IMPORT_TWICE', `"${other.file}" cannot stand in one blueprint with an HTTP API that is imported`, { at: other.at(), sensitive: true, hint: 'import each into a blueprint of its own' });
  const api = cloud.api ?? (isTerraform(cloud.content) ? apiOfTerraform(cloud, name) : apiOfTemplate(cloud, name));
  draft.put(['apiVersion'], 'authctl/v1');
  draft.put(['name'], name ?? nameFrom(api.name));
  draft.put(['manage'], MANAGE);
  draft.comment(['manage'], 'Nothing is written to what stands below. To take it over, take this line away, and read what "authctl plan --adopt" would do.');
  sayApi(draft, api);
  // It is found by the name of its blueprint, unless that says by which; by its id where a blueprint cannot hold its name.
  if ((name ?? nameFrom(api.name)) !== api.name) draft.put(['targets', 'aws', 'adopts'], misfit(['targets', 'aws', 'adopts'], api.name) === undefined ? api.name : (api.id ?? api.name));
  return draft;
};

/** Plain http to another machine, which a blueprint refuses unless it is said. */
const isInTheClear = (url: string): boolean => url.startsWith('http:') && URL.canParse(url) && !isLoopback(new URL(url));
const inTheClear = (draft: Draft, path: readonly string[]): void => {
  draft.put([...path, 'insecure'], true);
  draft.warn([...path, 'insecure'], 'the login goes there in plain http, and can be read on the way', 'Put https before it, and take the line away');
};

const only = ([first, second]: readonly Source[]): Source | undefined => {
  if (second) throw new Problem('IMPORT_TWICE', `"${second.file}" is a second one of its sort: a blueprint has one`, { at: second.at('realm'), sensitive: true, hint: 'import each into a blueprint of its own' });
  return first;
};

const kindOf = ({ file, content, at, api }: Source): 'realm' | 'kong' | 'aws' => {
  if (api !== undefined || isTerraform(content) || isTemplate(content)) return 'aws';
  if (typeof content.realm === 'string') return 'realm';
  if ('_format_version' in content) return 'kong';
  throw new Problem('IMPORT_UNKNOWN_FILE', `"${file}" is no file that can be imported`, { at: at(), sensitive: true, expected: 'a realm ("realm": its name), a file of decK ("_format_version"), a template ("Resources"), or a plan of Terraform as JSON ("planned_values")' });
};

/** A blueprint's name, made of a realm's. */
const nameFrom = (realm: string): string => {
  const plain = realm.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return (/^[a-z]/.test(plain) ? plain : `realm-${plain}`).slice(0, 31).replace(/-+$/, '');
};
