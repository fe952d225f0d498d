import { describe, expect, it } from 'vitest';
import { isUsualMapper, usualMappers, usualPrincipal } from '../../../../src/providers/keycloak/usual-mappers.ts';
import { directories, directoryConfig } from './fake/components.ts';

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

describe('what Keycloak puts into a directory', () => {
  it.each(directories)('is as it was recorded: $directory', ({ directory, mappers }) => {
    expect(usualMappers(directoryConfig(directory)).toSorted(byName)).toEqual(mappers);
    for (const one of mappers) expect(isUsualMapper(directoryConfig(directory), { name: one.name, providerId: one.providerId, config: one.config })).toBe(true);
  });

  const directory = directoryConfig({ vendor: 'other', editMode: 'READ_ONLY', username: 'uid', rdn: 'uid' });
  const [email] = usualMappers(directory).filter(({ name }) => name === 'email');
  const changed = (config: Record<string, string[]>) => ({ ...email!, config: { ...email!.config, ...config } });

  it('is nobody’s, whichever the mode was, and whatever the console leaves empty', () => {
    expect(isUsualMapper(directory, changed({ 'read.only': ['false'], 'attribute.default.value': [''] }))).toBe(true);
    expect(isUsualMapper({ ...directory, editMode: ['WRITABLE'] }, email!)).toBe(true);
  });

  it('is somebody’s when it says something else, whatever its name is', () => {
    expect(isUsualMapper(directory, changed({ 'ldap.attribute': ['description'] }))).toBe(false);
    expect(isUsualMapper(directory, changed({ 'user.model.attribute': ['username'] }))).toBe(false);
    expect(isUsualMapper(directory, changed({ 'attribute.default.value': ['root@shop.test'] }))).toBe(false);
    expect(isUsualMapper(directory, { ...email!, providerId: 'role-ldap-mapper' })).toBe(false);
    expect(isUsualMapper(directory, { ...email!, name: 'mail' })).toBe(false);
    expect(isUsualMapper(directory, { name: 'email', providerId: 'user-attribute-ldap-mapper' })).toBe(false);
  });

  it('says the principal by whose directory it is', () => {
    expect(['ad', 'rhds', 'other', undefined].map(usualPrincipal)).toEqual(['userPrincipalName', 'krbPrincipalName', 'krb5PrincipalName', 'krb5PrincipalName']);
  });
});
