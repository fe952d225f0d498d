import type { Blueprint } from '../../blueprint/types.ts';
import type { Problem } from '../../core/problem.ts';
import { createApi } from './api.ts';
import type { Api } from './api.ts';
import type { Send } from './http.ts';

interface KongAdminInput {
  readonly blueprint: Blueprint;
  readonly send: Send;
  readonly refused: (what: string, status: number) => Problem;
}

/** Kong's Admin API, in the workspace of the blueprint. */
export const kongAdminOf = ({ blueprint, send, refused }: KongAdminInput): Api => {
  const target = blueprint.targets.kong;
  if (!target) throw new Error('no kong target');
  const workspace = target.workspace === undefined ? '' : `/${encodeURIComponent(target.workspace)}`;
  return createApi({
    send,
    base: `${target.admin.url.replace(/\/$/, '')}${workspace}`,
    headers: target.admin.token ? [['kong-admin-token', target.admin.token.reveal()]] : [],
    target: 'kong',
    at: blueprint.at('targets.kong'),
    refused,
  });
};
