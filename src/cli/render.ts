import type { RenderTarget } from '../app/index.ts';
import type { Action } from './index.ts';

export const renderCommand: Action<{ target: RenderTarget; jwks?: string; closed?: boolean }> = async ({ authctl, finish }, path, { target, jwks, closed }) =>
  finish(await authctl.render(path, { target, ...(jwks !== undefined && { jwks }), ...(closed !== undefined && { closed }) }));
