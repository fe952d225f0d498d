#!/usr/bin/env node
import module from 'node:module';

// What was compiled once is kept (Node.js 22.8 and newer): the second start is a quicker one.
module.enableCompileCache?.();
// On which Node.js the SDK will run one day is for this package to follow, and nothing that somebody who runs a command can act on.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
await import('../dist/bin/main.js');
