import { sameValue } from '../../core/diff.ts';
import type { ComponentRep } from './representations.ts';

type Config = NonNullable<ComponentRep['config']>;
interface Mapper {
  readonly name: string;
  readonly providerId: string;
  readonly config?: Config | undefined;
}

const EDIT_MODES = ['READ_ONLY', 'WRITABLE', 'UNSYNCED'];

/** True for a mapper that Keycloak itself puts into such a directory, as it puts it there: in whichever mode the directory was when it was made. */
export const isUsualMapper = (directory: Config, { name, providerId, config = {} }: Mapper): boolean =>
  EDIT_MODES.some((mode) => usualMappers({ ...directory, editMode: [mode] }).some((one) => one.name === name && one.providerId === providerId && sameValue(stated(one.config ?? {}), stated(config))));

const stated = (config: Config): Record<string, string> => Object.fromEntries(Object.entries(config).flatMap(([field, values]) => (values.every((value) => value === '') ? [] : [[field, values.join('\n')]])));

/** What Keycloak puts into a new directory; recorded of a real one for each sort of directory. */
export const usualMappers = (directory: Config): readonly Mapper[] => {
  const [vendor, mode, username = '', rdn] = ['vendor', 'editMode', 'usernameLDAPAttribute', 'rdnLDAPAttribute'].map((field) => directory[field]?.[0]);
  const [microsoft, writable] = [vendor === 'ad', mode === 'WRITABLE'];
  const [readOnly, always] = [String(!writable), String(mode !== 'UNSYNCED')];
  const attribute = (name: string, [user, ldap]: readonly [string, string], facts: { readonly readOnly?: string; readonly always?: string; readonly mandatory?: string } = {}): Mapper => ({
    name,
    providerId: 'user-attribute-ldap-mapper',
    config: {
      'user.model.attribute': [user],
      'ldap.attribute': [ldap],
      'read.only': [facts.readOnly ?? readOnly],
      'always.read.value.from.ldap': [facts.always ?? always],
      'is.mandatory.in.ldap': [facts.mandatory ?? 'true'],
    },
  });
  const named = (): readonly Mapper[] => {
    if (rdn?.toLowerCase() !== 'cn') return [attribute('first name', ['firstName', 'cn'])];
    const first = attribute('first name', ['firstName', 'givenName']);
    if (username.toLowerCase() === 'cn') return [first];
    if (writable) return [first, attribute('username-cn', ['username', 'cn'], { always: 'false' })];
    return [{ name: 'full name', providerId: 'full-name-ldap-mapper', config: { 'ldap.full.name.attribute': ['cn'], 'read.only': [readOnly], 'write.only': ['false'] } }];
  };
  return [
    attribute('username', ['username', username], { always: 'false' }),
    ...named(),
    attribute('last name', ['lastName', 'sn']),
    attribute('email', ['email', 'mail'], { always: 'false', mandatory: 'false' }),
    attribute('creation date', ['createTimestamp', microsoft ? 'whenCreated' : 'createTimestamp'], { readOnly: 'true', mandatory: 'false' }),
    attribute('modify date', ['modifyTimestamp', microsoft ? 'whenChanged' : 'modifyTimestamp'], { readOnly: 'true', mandatory: 'false' }),
    ...(microsoft ? [{ name: 'MSAD account controls', providerId: 'msad-user-account-control-mapper', config: { 'always.read.enabled.value.from.ldap': [always] } }] : []),
    { name: 'Kerberos principal attribute mapper', providerId: 'kerberos-principal-attribute-mapper', config: {} },
  ];
};

/** By whom the Kerberos principal is told, where nobody says: it depends on whose directory it is. */
export const usualPrincipal = (vendor: string | undefined): string => (vendor === 'ad' ? 'userPrincipalName' : vendor === 'rhds' ? 'krbPrincipalName' : 'krb5PrincipalName');
