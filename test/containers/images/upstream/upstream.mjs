// Answers every request with what it saw of it, and remembers it: its own recorder.
import { createServer } from 'node:http';
import { createRecorder } from 'authctl-stand-ins';

const service = process.argv[2] ?? 'service';
const recorder = createRecorder({ service });
const server = createServer((request, response) => {
  request.resume();
  const told = recorder.answer(request);
  const { method, path, headers, check } = told ? {} : recorder.record(request);
  const body = told ?? { method, path, headers: Object.keys(headers).toSorted(), check, service };
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
});
server.listen(9100, '0.0.0.0');
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => { process.exit(0); });
