import type { RenderTarget } from '../app/index.ts';
import type { Action } from './index.ts';

export const renderCommand: Action<{ target: RenderTarget; jwks?: string }> = async ({ authctl, finish }, path, { target, jwks }) =>
  finish(await authctl.render(path, { target, ...(jwks !== undefined && { jwks }) }));
