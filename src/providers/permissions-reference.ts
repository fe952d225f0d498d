import type { ProviderDefinition } from './definition.ts';

/** docs/permissions.md, between its marks: the tables by which `authctl permissions` answers. */
export const permissionReference = (providers: readonly ProviderDefinition[]): string =>
  providers
    .map(({ title, permissions: { kinds, reach, apply, who, verify, disruptive } }) =>
      [
        `### ${title}`,
        '',
        '| for | to look | to write | to delete |',
        '| --- | --- | --- | --- |',
        ...Object.entries(kinds).map(([kind, { look, write, remove = [] }]) => `| \`${kind}\` | ${cell(look)} | ${cell(write)} | ${cell(remove)} |`),
        ...[['what else is within reach', reach, []] as const, ['drift, to say who and when; it may be left out', who, []] as const, ['an apply beside its objects, its lock', [], apply] as const, ['verify', verify, []] as const, ['verify --disruptive', [], disruptive] as const]
          .filter(([, look, write]) => look.length + write.length > 0)
          .map(([what, look, write]) => `| ${what} | ${cell(look)} | ${cell(write)} | |`),
      ].join('\n'),
    )
    .join('\n\n');

const cell = (rights: readonly string[]): string => rights.map((right) => `\`${right}\``).join(', ');
