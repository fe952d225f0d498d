import type { ImportFrom } from '../app/index.ts';
import type { Context } from './context.ts';

export interface ImportFlags {
  readonly from?: readonly ImportFrom[];
  readonly fromFile?: readonly string[];
  readonly out?: string;
  readonly force?: boolean;
  readonly name?: string;
  readonly url?: string;
  readonly kongUrl?: string;
  readonly realm?: string;
  readonly loginRealm?: string;
  readonly clientId?: string;
  readonly api?: string;
  readonly region?: string;
}

export const importCommand = async ({ authctl, finish }: Context, flags: ImportFlags): Promise<number> => {
  const { from = [], fromFile = [], url, kongUrl, loginRealm, clientId, api, region } = flags;
  const stated = <Key extends 'out' | 'force' | 'name' | 'realm'>(key: Key) => (flags[key] === undefined ? {} : { [key]: flags[key] });
  return finish(
    await authctl.import({
      from,
      files: fromFile,
      ...stated('out'),
      ...stated('force'),
      ...stated('name'),
      ...stated('realm'),
      ...(kongUrl !== undefined && { kong: { url: kongUrl } }),
      aws: { ...(api !== undefined && { api }), ...(region !== undefined && { region }) },
      keycloak: { ...(url !== undefined && { url }), ...(loginRealm !== undefined && { loginRealm }), ...(clientId !== undefined && { clientId }) },
    }),
  );
};
