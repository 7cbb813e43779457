/** Goes through a storm at the address that it is given, closes, and must then end of its own. */
import { storm } from './storm.ts';

const [url = '', calls = '200'] = process.argv.slice(2);
const { run, close, broken } = storm({ url, seed: 7, connections: 8, concurrency: 20 });
await run(Number(calls));
await close();
process.stdout.write(broken.length === 0 ? 'closed' : broken.join('\n'));
