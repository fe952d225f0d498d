import type { PermissionsRequest } from '../app/index.ts';
import type { Action } from './index.ts';

export const permissionsCommand: Action<{ for: PermissionsRequest['login'] }> = async ({ authctl, finish }, path, { for: login }) =>
  finish(await authctl.permissions(path, { login }));
