import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of realms, as people write them: exports, files by hand, files of keycloak-config-cli. */
export const REALM_FILES = join(import.meta.dirname, 'data/import');

/** What no Keycloak of today takes as it stands: one of a version long gone, and one whose names are an attack. */
const NOT_TAKEN: readonly string[] = ['hostile.json', 'portal-old.json'];

export const realmFiles = async (): Promise<readonly string[]> => (await readdir(REALM_FILES)).filter((file) => /\.(json|ya?ml)$/.test(file));

/** Those that a Keycloak is set up by, imported from, and made anew as: the whole way. */
export const takenFiles = async (): Promise<readonly string[]> => (await realmFiles()).filter((file) => !NOT_TAKEN.includes(file));
