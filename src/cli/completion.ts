import type { Command, Option } from 'commander';
import { completionScript } from './completion-script.ts';
import type { CommandWords, OptionWords, Shell } from './completion-script.ts';
import type { Context } from './context.ts';

/** `completion`: a script for the shell, made of the commands as they are registered. */
export const completionCommand = (context: Context, shell: Shell, program: Command): Promise<number> =>
  context.finish({ command: 'completion', problems: [], text: completionScript(shell, wordsOf(program)) });

/** The commands as they are registered; those that help does not list are left out. */
export const wordsOf = (command: Command): CommandWords => ({
  name: command.name(),
  description: command.description(),
  usage: command.usage(),
  options: [...command.options.map((option) => optionWords(option, false)), ...inherited(command).map((option) => optionWords(option, true))],
  commands: command.createHelp().visibleCommands(command).filter((child) => child.name() !== 'help').map(wordsOf),
  choices: command.registeredArguments[0]?.argChoices ?? [],
});

const optionWords = ({ short, long, flags, description, required, optional, argChoices }: Option, isInherited: boolean): OptionWords => ({
  flags: [short, long].filter((flag) => flag !== undefined),
  description,
  takesValue: required || optional,
  choices: argChoices ?? [],
  value: /[<[].*/.exec(flags)?.[0] ?? '',
  inherited: isInherited,
});

/** The program's own options are taken after a command, too; all but the version. */
const inherited = ({ parent }: Command): Command['options'] =>
  parent?.parent === null ? parent.options.filter(({ long }) => long !== '--version') : [];
