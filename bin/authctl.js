#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

// What was compiled once is kept (Node.js 22.8 and newer): the second start is a quicker one.
module.enableCompileCache?.();
if (existsSync(new URL('../dist/bin/main.js', import.meta.url))) await import('../dist/bin/main.js');
else {
  // A clone, and not a package that was installed.
  process.stderr.write('authctl is not built yet: run "npm ci && npm run build" in its directory\n');
  process.exitCode = 1;
}
