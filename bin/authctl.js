#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import v8 from 'node:v8';

// A command lives for a second or two, and a third of its processor time went into optimizing functions that were about to end. They are optimized when they
// have run sixteen times as long as V8 would wait: what really is hot has that behind it in milliseconds. The V8 of Node.js 22 is more patient by itself, and
// knows no such flag.
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--interrupt-budget=1081344');
// What was compiled once is kept (Node.js 22.8 and newer): the second start is a quicker one.
module.enableCompileCache?.();
if (existsSync(new URL('../dist/bin/main.js', import.meta.url))) await import('../dist/bin/main.js');
else {
  // A clone, and not a package that was installed.
  process.stderr.write('authctl is not built yet: run "npm ci && npm run build" in its directory\n');
  process.exitCode = 1;
}
