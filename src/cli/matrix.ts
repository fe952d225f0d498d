import type { FormatName, MatrixRequest } from '../app/index.ts';
import type { GlobalOptions } from './context.ts';
import type { Action } from './index.ts';

const drawn: Readonly<Record<FormatName, NonNullable<MatrixRequest['as']>>> = {
  text: 'text',
  json: 'data',
  markdown: 'markdown',
  html: 'table',
  junit: 'verdicts',
  sarif: 'verdicts',
  github: 'verdicts',
  // It is no drawing.
  svg: 'data',
};

export const matrixCommand: Action<GlobalOptions & { policy?: boolean }> = async ({ authctl, finish, format }, path, options) => {
  return finish(await authctl.matrix(path, { policy: options.policy !== false, as: drawn[format] }));
};
