import type { PermissionsRequest } from '../app/index.ts';
import type { Action } from './index.ts';

export const permissionsCommand: Action<{ for: PermissionsRequest['login'] | 'drift' }> = async ({ authctl, finish }, path, { for: login }) =>
  finish(await authctl.permissions(path, { login: login === 'drift' ? 'plan' : login }));
