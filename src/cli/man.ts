import type { Command } from 'commander';
import { versionOf } from '../core/version.ts';
import { wordsOf } from './completion.ts';
import type { Context } from './context.ts';
import { manPage } from './man-page.ts';

/** `man`: the page of the manual, made of the commands as they are registered; the package brings it as `man/authctl.1`. */
export const manCommand = (context: Context, program: Command): Promise<number> =>
  context.finish({ command: 'man', problems: [], text: manPage(wordsOf(program), versionOf()).trimEnd() });
