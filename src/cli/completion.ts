import type { Command } from 'commander';
import { completionScript } from './completion-script.ts';
import type { CommandWords, Shell } from './completion-script.ts';
import type { Context } from './context.ts';

/** `completion`: a script for the shell, made of the commands as they are registered. */
export const completionCommand = (context: Context, shell: Shell, program: Command): Promise<number> =>
  context.finish({ command: 'completion', problems: [], text: completionScript(shell, wordsOf(program)) });

const wordsOf = (command: Command): CommandWords => ({
  name: command.name(),
  description: command.description(),
  options: [...command.options, ...inherited(command)].map(({ short, long, description, required, optional, argChoices }) => ({
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    takesValue: required || optional,
    choices: argChoices ?? [],
  })),
  commands: command.commands.map(wordsOf),
  choices: command.registeredArguments[0]?.argChoices ?? [],
});

/** The program's own options are taken after a command, too; all but the version. */
const inherited = ({ parent }: Command): Command['options'] =>
  parent?.parent === null ? parent.options.filter(({ long }) => long !== '--version') : [];
