import type { FormatName, MatrixRequest } from '../app/index.ts';
import type { GlobalOptions } from './context.ts';
import type { Action } from './index.ts';

const drawn: Readonly<Record<FormatName, NonNullable<MatrixRequest['as']>>> = {
  text: 'text',
  json: 'data',
  markdown: 'markdown',
  html: 'html',
  junit: 'verdicts',
  sarif: 'verdicts',
  github: 'verdicts',
  // It is no drawing.
  svg: 'data',
};

export const matrixCommand: Action<GlobalOptions & { policy?: boolean }> = async ({ authctl, finish, format }, path, options) => {
  const report = await authctl.matrix(path, { policy: options.policy !== false, as: drawn[format] });
  // A page of its own: the report's page holds a text as it stands, and this is a table.
  return finish(report, format === 'html' && report.text !== undefined ? 'text' : format);
};
