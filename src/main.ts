import { readFileSync } from 'node:fs';

// The two questions that need none of the program are answered before it is loaded.
const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  process.stdout.write(`${version}\n`);
} else {
  // Who reads has gone (a pipe that ended, a terminal that was closed): what is under way is finished all the same.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  const { run } = await import('./cli/index.ts');
  process.exitCode = await run(argv, process);
}
