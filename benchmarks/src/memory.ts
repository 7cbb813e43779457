import { columns } from './load/columns.ts';
import { contestants } from './load/clients.ts';
import { openFilesAllowed } from './load/grid.ts';
import { writeResults } from './results.ts';
import { growth, growthOverHttp, neverSeen, sameCalls, type Growth } from './memory/growth.ts';
import { inFlight, type InFlight } from './memory/in-flight.ts';

/**
 * What is held: by a call in flight beyond what the client itself holds, and by all the calls, models and keys
 * that ever were. The law: at most 12 KB more per call in flight, and no growth after a million calls.
 */
const isQuick = process.env['QUICK'] === '1';
const calls = isQuick ? 200 : 2000;
const million = isQuick ? 20_000 : 1_000_000;
const overHttp = isQuick ? 2000 : 60_000;
const many = isQuick ? 1200 : 10_000;
const limit = { inFlightBytes: 12 * 1024, growthBytes: 256 * 1024 } as const;
const kilo = (bytes: number): string => (bytes / 1024).toFixed(1);
// The children exit when this process is gone.
process.once('SIGINT', () => process.exit(130));

const laws: { law: string; holds: boolean }[] = [];
const judge = (law: string, holds: boolean): void => {
  laws.push({ law: `${law} — ${holds ? 'holds' : 'DOES NOT HOLD'}`, holds });
};

const held: Record<string, InFlight> = {};
const rows: string[][] = [['KB per call in flight', 'held', 'beyond bare', 'kept after', 'beyond bare']];
if (openFilesAllowed() < calls + 200)
  console.log(`Calls in flight were skipped: a process may have ${openFilesAllowed()} files open (ulimit -n).`);
else
  for (const kind of ['call', 'stream'] as const)
    for (const name of contestants) {
      const own = await inFlight(name, kind, calls);
      held[`${name}, ${kind}`] = own;
      const bare = held[`bare client, ${kind}`] as InFlight;
      const beyond = own.during - bare.during;
      const isBare = name === 'bare client';
      rows.push([
        `${name}, ${kind}`,
        kilo(own.during),
        isBare ? '' : kilo(beyond),
        kilo(own.after),
        isBare ? '' : kilo(own.after - bare.after),
      ]);
      if (!isBare)
        judge(
          `${name}, a ${kind} in flight: ${kilo(beyond)} KB beyond bare, of at most 12`,
          beyond <= limit.inFlightBytes,
        );
    }
console.log(columns(rows));

const grown: Record<string, Growth> = {};
const growthRows: string[][] = [['KB held', 'after the first stage', 'at the end', 'grown by', 'noise']];
async function watch(what: string, found: Promise<Growth>, isJudged = true): Promise<void> {
  const { stages, bytes, noise } = (grown[what] = await found);
  const isNoise = Math.abs(bytes) <= noise;
  const text = isNoise ? 'noise' : kilo(bytes);
  const row = [what, kilo(stages[0] ?? 0), kilo(stages.at(-1) ?? 0), text, kilo(noise)];
  console.log(`  ${what}: ${text}`);
  growthRows.push(row);
  if (isJudged)
    judge(
      `${what}: grown by ${isNoise ? 'less than the noise' : `${kilo(bytes)} KB`}, of at most 256`,
      isNoise || bytes <= limit.growthBytes,
    );
}

const stages = 10;
const name = 'everything';
await watch(
  `bare client, ${million / 5} calls from memory`,
  growth({ name: 'bare client' }, sameCalls(million / 5, stages)),
  false,
);
await watch(`everything, ${million} calls from memory`, growth({ name }, sameCalls(million, stages)));
for (const own of contestants)
  await watch(
    `${own}, ${overHttp} calls over HTTP`,
    growthOverHttp(own, sameCalls(overHttp, stages)),
    own !== 'bare client',
  );
await watch(`everything, ${many} new models a stage`, growth({ name }, neverSeen('model', many, 1)));
await watch(`everything, ${many} new keys a stage`, growth({ name }, neverSeen('key', many, 1)));
await watch(`bare client, ${many} new keys a stage`, growth({ name: 'bare client' }, neverSeen('key', many, 1)), false);
// Five failures in a row open a circuit, and open ones are the ones that are kept.
await watch(
  `everything, ${many / 5} new models a stage, all down`,
  growth({ name, isDown: true }, neverSeen('model', many / 5, 5)),
);
console.log(`\n${columns(growthRows)}\n\n${laws.map(({ law }) => law).join('\n')}`);

if (!isQuick)
  writeResults(
    'memory',
    { callsInFlight: calls, bytesPerCallInFlight: held, growth: grown, laws },
    {
      title: 'Held in memory',
      subtitle: 'KB held per call while it is in flight, its connection included; less is better.',
      groups: (['call', 'stream'] as const).map((kind) => ({
        name: `${calls} ${kind}s in flight`,
        bars: contestants.map((own) => {
          const bytes = held[`${own}, ${kind}`]?.during ?? 0;
          return { label: own, value: bytes, text: `${kilo(bytes)} KB` };
        }),
      })),
    },
  );
