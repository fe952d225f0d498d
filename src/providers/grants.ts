import { groupBy } from '../core/collections.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { bucketPlace } from './bucket-place.ts';
import type { LoginFor } from './permissions.ts';

/** How some rights are given: what it is, and its text (a list of roles, a document). */
export interface Grant {
  readonly what: string;
  readonly text: string;
}

/** The rights of a target in the form in which its server takes them. */
export const grantsOf = (target: 'keycloak' | 'kong' | 'opa' | 'aws', rights: readonly string[], blueprint: Blueprint, login: LoginFor): readonly Grant[] => {
  switch (target) {
    case 'keycloak':
      return keycloakRoles(rights, blueprint);
    case 'kong':
      return [kongRole(rights, blueprint, login)];
    case 'opa':
      return opaGrants(rights, blueprint);
    case 'aws':
      return [{ what: 'AWS: an IAM policy', text: iamPolicy(iamStatements(rights, blueprint.targets.aws?.region ?? '*')) }];
  }
};

/** Over which realm: `master` has a client for each realm, itself included; any other realm has `realm-management` for itself. */
const keycloakRoles = (rights: readonly string[], { targets, realm }: Blueprint): readonly Grant[] => {
  const home = targets.keycloak?.credentials.realm ?? 'master';
  const over = (name: string): string => (home === 'master' ? `${name}-realm` : 'realm-management');
  const own = rights.filter((right) => !right.startsWith('login:'));
  const atHome = rights.flatMap((right) => (right.startsWith('login:') ? [right.slice('login:'.length)] : []));
  const lock = atHome.filter((right) => right !== 'create-realm');
  const account = `Keycloak: the service account of client "${targets.keycloak?.credentials.clientId ?? ''}" in realm "${home}"`;
  return [
    { what: `${account}, roles of the client "${over(realm.name)}"`, text: [...new Set([...own, ...(home === realm.name ? lock : [])])].join('\n') },
    ...(lock.length > 0 && home !== realm.name ? [{ what: `${account}, for the lock, of the client "${over(home)}"`, text: lock.join('\n') }] : []),
    // Realms are made from master alone.
    ...(home === 'master' && atHome.includes('create-realm') ? [{ what: `${account}, of realm "${home}" itself, for a realm that is not there yet`, text: 'create-realm' }] : []),
  ];
};

const kongRole = (rights: readonly string[], { targets, name }: Blueprint, login: LoginFor): Grant => {
  const { konnect, workspace = 'default' } = targets.kong ?? {};
  // https://developer.konghq.com/konnect-platform/teams-and-roles/
  if (konnect) return { what: `Konnect: the role "Viewer" of the entity type "Control Planes", for a system account in the region ${konnect.region}`, text: konnect.controlPlane };
  const role = `authctl-${name}-${login.replace(/\W+/g, '-')}`;
  const endpoints = [...groupBy(rights.map((right) => right.split(' ')), ([, path = '']) => path)].map(([endpoint, same]) => ({ workspace, endpoint, actions: same.map(([action = '']) => action).toSorted().join(',') }));
  return {
    what: `Kong Enterprise: the role "${role}" (POST /rbac/roles), and to POST /rbac/roles/${role}/endpoints one by one; Kong without RBAC has no rights: who reaches the Admin API may do everything`,
    text: endpoints.map((endpoint) => JSON.stringify(endpoint)).join('\n'),
  };
};

const opaGrants = (rights: readonly string[], { targets }: Blueprint): readonly Grant[] => {
  const bucket = bucketPlace(targets.opa?.bundle.publish ?? '');
  const stored = rights.flatMap((right) => (right.startsWith('bundle:') ? [right.slice('bundle:'.length)] : []));
  const asked = rights.filter((right) => !right.startsWith('bundle:'));
  const actions: Readonly<Record<string, string>> = { read: 's3:GetObject', write: 's3:PutObject', delete: 's3:DeleteObject' };
  const { bucket: name, prefix } = bucket ?? { bucket: '', prefix: '' };
  const object = `arn:aws:s3:::${name}/${prefix === '' ? '*' : `${prefix.replace(/\/$/, '')}/*`}`;
  return [
    { what: 'OPA: where it asks who may ask it (--authorization=basic), for the identity of this login', text: regoOf(asked) },
    bucket
      ? { what: 'OPA: the bucket of its bundles, an IAM policy', text: iamPolicy([...stored.map((one) => [actions[one] ?? '', [object]] as const), ['s3:ListBucket', [`arn:aws:s3:::${name}`]] as const]) }
      : { what: `OPA: where its bundles are kept (${targets.opa?.bundle.publish ?? ''})`, text: stored.join('\n') },
  ];
};

/** Objects below a prefix, and the list of them alone. https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
export const bucketGrant = (what: string, { bucket, prefix }: { readonly bucket: string; readonly prefix: string }, actions: readonly string[]): Grant => ({
  what: `S3: ${what}, an IAM policy; where the bucket has a key of its own, kms:Decrypt${actions.includes('s3:PutObject') ? ' and kms:GenerateDataKey' : ''} on it, too`,
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: [`arn:aws:s3:::${bucket}`], ...(prefix !== '' && { Condition: { StringEquals: { 's3:prefix': prefix } } }) },
      { Effect: 'Allow', Action: actions, Resource: [`arn:aws:s3:::${bucket}/${prefix}*`] },
    ],
  }, null, 2),
});

const regoOf = (asked: readonly string[]): string =>
  ['package system.authz', '', 'default allow := false', ...asked.flatMap((right) => {
    const [method = '', path = ''] = right.split(' ');
    const parts = path.split('/').filter((part) => part !== '');
    const whole = parts.at(-1) === '*' ? parts.slice(0, -1) : parts;
    const fits = whole.length < parts.length ? `array.slice(input.path, 0, ${whole.length}) == ${JSON.stringify(whole)}` : `input.path == ${JSON.stringify(parts)}`;
    return ['', 'allow if {', '\tinput.identity == data.authctl.identity', `\tinput.method == ${JSON.stringify(method)}`, `\t${fits}`, '}'];
  })].join('\n');

/** What is a method and a path is API Gateway's; an action of another service (`cloudtrail:LookupEvents`) takes no resource. */
const iamStatements = (rights: readonly string[], region: string): Parameters<typeof iamPolicy>[0] =>
  [...groupBy(rights.map((right) => right.split(' ')), ([action = '']) => action)].map(([action, same]) => [
    action.includes(':') ? action : `apigateway:${action}`,
    same.map(([, path]) => (path === undefined ? '*' : `arn:aws:apigateway:${region}::${path}`)),
  ] as const);

const iamPolicy = (statements: readonly (readonly [action: string, resources: readonly string[]])[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource: [...new Set(Resource)] })) }, null, 2);
